"""``[policy]``."""

from enum import StrEnum
from typing import Annotated

from appliance.settings.section import Expected, Section


class Profile(StrEnum):
    """What the box may infer; there is no default, a school has to choose (docs/DESIGN.md, 8)."""

    FATIGUE_ONLY = "fatigue-only"
    FOUR_STATE = "four-state"
    DEMO = "demo"


_CHOICES = Expected(
    '"fatigue-only" (alert or drowsy; in the EU, inferring emotions in education is prohibited) or '
    '"four-state" (focused, confused, fatigued, bored)'
)


class PolicySettings(Section):
    """What the box may infer."""

    profile: Annotated[Profile, _CHOICES]
    """``fatigue-only``, ``four-state`` or ``demo`` (packaged clip only)."""

    @property
    def fatigue_only(self) -> bool:
        """True when the box may tell fatigued from alert and nothing else (docs/DESIGN.md, 8)."""
        return self.profile is Profile.FATIGUE_ONLY
