"""``[teacher]``."""

from pydantic import Field

from appliance.settings.section import Section


class TeacherSettings(Section):
    """What a teacher's screen shows beside alerts."""

    live_states: bool = Field(default=False, strict=True)
    """Show the state of each seat as it is; false: only whether a seat is observed, and alerts."""
