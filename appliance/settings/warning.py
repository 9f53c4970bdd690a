"""``[warning]``."""

from typing import Self

from pydantic import Field, model_validator

from appliance.settings.section import Section


class WarningSettings(Section):
    """Equation 9 and whom it is told; see ``appliance/warning``."""

    theta: float = Field(default=0.7, gt=0, lt=1)
    """Score threshold, dimensionless."""

    window_s: float = Field(default=90.0, ge=1, le=600)
    """L, seconds of 5 Hz tokens."""

    tau_s: float = Field(default=60.0, ge=0)
    """Time above theta within the window that must be exceeded, seconds."""

    clear_below: float = Field(default=0.5, gt=0, lt=1)
    """An open episode ends when the mean score falls below this."""

    teacher_messages: int = Field(default=3, ge=1, le=100)
    """Messages to teachers in any 45 minutes, for all seats of the box together."""

    @model_validator(mode="after")
    def _rule_can_fire(self) -> Self:
        if self.tau_s >= self.window_s:
            msg = (
                f"tau_s ({self.tau_s:g}) must be below window_s ({self.window_s:g}): the rule "
                "wants more than tau seconds above theta, so no alert could ever be raised"
            )
            raise ValueError(msg)
        if self.clear_below > self.theta:
            msg = (
                f"clear_below ({self.clear_below:g}) must not exceed theta ({self.theta:g}): "
                "an alert would clear as soon as it was raised"
            )
            raise ValueError(msg)
        return self
