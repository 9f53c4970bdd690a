"""``[intervention]``."""

from appliance.settings.section import Section


class InterventionSettings(Section):
    """Table 1; see ``appliance/intervention/rules.py``."""

    enabled: bool = True
    """False: teachers are told, and nothing reaches a student's screen."""

    literal_severe_rule: bool = False
    """Row 0 as printed: any state above 0.9, whatever its duration."""

    recalibrated: bool = False
    """Lower intensities for the rows that the printed ones hardly ever reach; found with the
    four-state model, so not measured in ``fatigue-only``."""
