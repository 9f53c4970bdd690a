"""What ``warning`` hands to ``mqtt`` for the people in front of the class."""

from dataclasses import dataclass

from appliance.domain.alerts import Alert
from appliance.domain.interventions import Intervention


@dataclass(frozen=True, slots=True, kw_only=True)
class TeacherMessage:
    """One message, about one seat or several; never empty."""

    contacts: tuple[Intervention, ...] = ()
    """Students whom row 0 of Table 1 asks to go and see, oldest first; they come first."""

    alerts: tuple[Alert, ...] = ()
    """Other open alerts, most urgent first; or the one that has cleared."""

    def __post_init__(self) -> None:
        """Reject a message about nobody."""
        if not (self.contacts or self.alerts):
            msg = "a message to a teacher names at least one seat"
            raise ValueError(msg)

    @property
    def clears(self) -> bool:
        """True: it takes an earlier message back, so nobody has to look up."""
        return not self.contacts and all(alert.cleared for alert in self.alerts)
