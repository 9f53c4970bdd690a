"""``[policy]``."""

from enum import StrEnum

from appliance.settings.section import Section


class Profile(StrEnum):
    """What the box may infer; there is no default, a school has to choose (docs/DESIGN.md, 8)."""

    FATIGUE_ONLY = "fatigue-only"
    FOUR_STATE = "four-state"
    DEMO = "demo"


class PolicySettings(Section):
    """What the box may infer."""

    profile: Profile
    """``fatigue-only``, ``four-state`` or ``demo`` (packaged clip only)."""

    @property
    def fatigue_only(self) -> bool:
        """True when the box may tell fatigued from alert and nothing else (docs/DESIGN.md, 8)."""
        return self.profile is Profile.FATIGUE_ONLY
