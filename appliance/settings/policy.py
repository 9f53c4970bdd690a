"""``[policy]``."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from appliance.settings.section import Expected, Objection, Section


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
    """What the box may infer, and who decides what is done about it."""

    profile: Annotated[Profile, _CHOICES]
    """``fatigue-only``, ``four-state`` or ``demo`` (packaged clip only)."""

    learner: Literal["rules", "dqn", "bandit"] = Field(default="rules", validate_default=True)
    """Who may replace what Table 1 proposes; ``rules``: nobody."""

    explore: bool = Field(default=False, strict=True)
    """Randomise benign actions: research on pupils, which needs guardians' consent and an ethics
    decision."""

    learn: bool = Field(default=False, strict=True)
    """Keep pooled h_fused; refused, because it tells people apart."""

    artifact: Path | None = None
    """The learner's warm start, a file that root has placed; None: the one in the package."""

    @field_validator("learner")
    @classmethod
    def _learner_knows_the_states(cls, learner: str, info: ValidationInfo) -> str:
        if learner != "rules" and info.data.get("profile") is Profile.FATIGUE_ONLY:
            raise Objection(
                f'{learner} chooses by four states, and "fatigue-only" tells no more than fatigued '
                "from alert",
                'set learner = "rules", or leave it out',
            ).as_error()
        return learner

    @field_validator("explore")
    @classmethod
    def _chance_knows_the_states(cls, explore: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 - pydantic hands the value over like this
        if explore and info.data.get("profile") is Profile.FATIGUE_ONLY:
            raise Objection(
                'actions are drawn by four states, and "fatigue-only" tells no more than fatigued '
                "from alert",
                "set explore = false, or leave it out",
            ).as_error()
        return explore

    @field_validator("learn")
    @classmethod
    def _nothing_that_tells_who(cls, learn: bool) -> bool:  # noqa: FBT001 - pydantic hands the value over like this
        if learn:
            raise Objection(
                "h_fused, the numbers inside the model that reads a face and a posture, would be "
                "kept, and they tell who somebody is: 9 to 12 times as often right as a guess; so "
                "this program never keeps them, whoever agrees",
                "set learn = false, or leave it out; a learner needs only readings, durations, "
                "tasks and answers",
            ).as_error()
        return learn

    @field_validator("artifact")
    @classmethod
    def _artifact_is_absolute(cls, path: Path | None) -> Path | None:
        if path is not None and not path.is_absolute():
            msg = "give the whole path, from / on"
            raise ValueError(msg)
        return path

    @property
    def chooses(self) -> bool:
        """True when anything else than Table 1 may decide."""
        return self.learner != "rules" or self.explore

    def research(self, *, refused: bool = False) -> str:
        """Return what is left to chance and what that asks of a school; empty where nothing is.

        Args:
            refused: The learner cannot be used, so that chance has the rules alone beside it.
        """
        if not self.explore:
            return ""
        alone = refused or self.learner == "rules"
        decider = "the rules" if alone else f"the rules and {self.learner}"
        return (
            f"explore is on, so benign actions are drawn by lot: what {decider} would do is "
            "sometimes left out, and where nothing would be done something mild is sometimes "
            "tried; never a lock, never a call for a teacher. This is research on pupils: "
            "guardians' consent and an ethics decision come first; explore = false ends it"
        )

    @property
    def fatigue_only(self) -> bool:
        """True when the box may tell fatigued from alert and nothing else (docs/DESIGN.md, 8)."""
        return self.profile is Profile.FATIGUE_ONLY
