"""What ``warning`` hands to ``intervention``."""

from dataclasses import dataclass

from appliance.domain.affect import Affect
from appliance.domain.seats import OccupancyKey, SeatKey


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertEvidence:
    """Why an alert was, or was not, raised; stored next to every decision."""

    mean_score: float
    """Moving average of the score over the L tokens of the window, in [0, 1]."""

    tokens_above: int
    """Tokens of the window whose score exceeds theta."""

    raised: bool
    """True when both conditions of eq. 9 hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldLevel:
    """How long the 30 s mean of a class has been above one level."""

    level: float
    """Intensity that must be exceeded, (0, 1)."""

    duration_s: float
    """Observed seconds since the mean last rose above the level; 0 when it is not above."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An open episode of one student, as it stands now."""

    episode: str
    """Random id of the episode; the same from raising to clearing."""

    seat: SeatKey
    """Where."""

    occupancy: OccupancyKey
    """Who."""

    affect: Affect
    """Type of the alert: the class with the larger 30 s mean."""

    at_s: float
    """Capture time of this evaluation, seconds."""

    onset_s: float
    """Back-dated start of the episode, capture time, seconds."""

    intensity: float
    """30 s mean of the class's calibrated probability, [0, 1]."""

    held: tuple[HeldLevel, ...]
    """Durations above each level that a rule asks about."""

    severe_s: float
    """Seconds for which the 60 s mean of any class but focused has been above the severe level."""

    evidence: AlertEvidence
    """The quantities of eq. 9."""

    opened: bool
    """True on the evaluation that raised the alert."""

    cleared: bool
    """True on the last evaluation of the episode."""

    def held_above_s(self, level: float) -> float:
        """Return the duration above a level.

        Raises:
            ValueError: Nobody asked the monitor to track this level.
        """
        for held in self.held:
            if held.level == level:
                return held.duration_s
        msg = f"level {level} is not tracked; tracked are {[held.level for held in self.held]}"
        raise ValueError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """An alert from its raising to its end."""

    seat: SeatKey
    """Where."""

    affect: Affect
    """Its type when it was raised."""

    onset_s: float
    """Back-dated beginning, seconds; may lie before what is shown."""

    raised_s: float
    """When the rule held, seconds."""

    cleared_s: float | None
    """When it ended, seconds; None while it is open, or when that is not on record."""

    intensity: float
    """30 s mean of the class when it was raised, [0, 1]."""

    mean_score: float
    """Mean of the score over the rule's window then, [0, 1]."""
