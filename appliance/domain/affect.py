"""What ``fusion`` hands to ``warning``."""

from dataclasses import dataclass, field
from enum import StrEnum

from appliance.domain.arrays import Float32Array, bind_shapes
from appliance.domain.seats import OccupancyKey, SeatKey


class Affect(StrEnum):
    """The four states in model output order (paper, 4.1.1: p(1) .. p(4))."""

    FOCUSED = "focused"
    CONFUSED = "confused"
    FATIGUED = "fatigued"
    BORED = "bored"


AFFECTS: tuple[Affect, ...] = tuple(Affect)


class ReadingStatus(StrEnum):
    """What a reading says beside, or instead of, its probabilities."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    WARMING_UP = "warming_up"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AffectReading:
    """Calibrated probability of each affect of one student at one token."""

    seat: SeatKey
    """Where."""

    occupancy: OccupancyKey | None
    """Who; None when the seat is empty."""

    at_s: float
    """Capture time of the token, seconds."""

    status: ReadingStatus
    """Only ``KNOWN`` readings may lead to an action."""

    probabilities: Float32Array = field(repr=False)
    """(4,) in the order of ``Affect``, sums to 1; uniform when absent."""

    fused: Float32Array = field(repr=False)
    """(128,) h_fused of eq. 7, for the policy's state vector; zeros when absent."""

    def __post_init__(self) -> None:
        """Reject wrong shapes at the border."""
        bind_shapes(
            "AffectReading",
            {"probabilities": (self.probabilities, "4"), "fused": (self.fused, "H")},
        )

    @property
    def leading(self) -> Affect:
        """The most probable affect."""
        return AFFECTS[int(self.probabilities.argmax())]
