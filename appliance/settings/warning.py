"""``[warning]`` and ``[teacher]``: what is found, and what people in front of a class see."""

from pydantic import Field, ValidationInfo, field_validator

from appliance.settings.section import Objection, Section


class WarningSettings(Section):
    """Equation 9 and whom it is told; see ``appliance/warning``."""

    theta: float = Field(default=0.7, gt=0, lt=1)
    """Score threshold, dimensionless."""

    window_s: float = Field(default=90.0, ge=30, le=600)
    """L, seconds of 5 Hz tokens; not below the 30 s whose mean is the intensity."""

    tau_s: float = Field(default=60.0, ge=0, validate_default=True)
    """Time above theta within the window that must be exceeded, seconds."""

    clear_below: float = Field(default=0.5, gt=0, lt=1, validate_default=True)
    """An open episode ends when the mean score falls below this."""

    teacher_messages: int = Field(default=3, ge=1, le=100)
    """Messages to teachers in any 45 minutes, for all seats of the box together."""

    @field_validator("tau_s")
    @classmethod
    def _rule_can_fire(cls, tau_s: float, info: ValidationInfo) -> float:
        window_s = info.data.get("window_s")
        if window_s is not None and tau_s >= window_s:
            raise Objection(
                f"{tau_s:g} is not below window_s ({window_s:g}): the rule wants more than tau "
                "seconds above theta, so no alert could ever be raised",
                f"set tau_s below {window_s:g}, or window_s higher",
            ).as_error()
        return tau_s

    @field_validator("clear_below")
    @classmethod
    def _clears_below_theta(cls, clear_below: float, info: ValidationInfo) -> float:
        theta = info.data.get("theta")
        if theta is not None and clear_below > theta:
            raise Objection(
                f"{clear_below:g} exceeds theta ({theta:g}): an alert would clear as soon as it "
                "was raised",
                f"set clear_below to at most {theta:g}, or theta higher",
            ).as_error()
        return clear_below


class TeacherSettings(Section):
    """What a teacher sees of a seat beside alerts."""

    live_states: bool = False
    """True: also the present state, as far as the policy profile has it. Off, a state is named in
    an alert and nowhere else."""
