"""What ``fusion`` hands to ``warning``."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from appliance.domain.arrays import Float32Array, bind_shapes
from appliance.domain.seats import OccupancyKey, SeatKey


class Affect(StrEnum):
    """The four states in model output order (docs/PAPER.md, 4.1.1)."""

    FOCUSED = "focused"
    CONFUSED = "confused"
    FATIGUED = "fatigued"
    BORED = "bored"


AFFECTS: tuple[Affect, ...] = tuple(Affect)


class Vigilance(StrEnum):
    """The two states of the ``fatigue-only`` model in output order (docs/DESIGN.md, 8).

    Alert means awake. It says nothing of what the student attends to or feels, so it is not
    ``Affect.FOCUSED``; only ``fatigued`` is the same state in both.
    """

    ALERT = "alert"
    FATIGUED = "fatigued"


VIGILANCES: tuple[Vigilance, ...] = tuple(Vigilance)

StudentState = Affect | Vigilance
"""What a model tells apart."""


class ReadingStatus(StrEnum):
    """What a reading says beside, or instead of, its probabilities."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    WARMING_UP = "warming_up"
    ABSENT = "absent"


class Doubt(StrEnum):
    """Why the reading of somebody in sight says nothing."""

    UNSURE = "unsure"
    """The leading state is hardly better than the runner-up."""
    UNFAMILIAR = "unfamiliar"
    """Nothing like it was in the training data."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AffectReading:
    """Calibrated probability of each state of one student at one token.

    The states are the model's own: a box that works with ``fatigue-only`` has no place where the
    probability of another one could stand.
    """

    seat: SeatKey
    """Where."""

    occupancy: OccupancyKey | None
    """Who; None when the seat is empty."""

    at_s: float
    """Capture time of the token, seconds."""

    status: ReadingStatus
    """Only ``KNOWN`` readings may lead to an action."""

    probabilities: Float32Array = field(repr=False)
    """(C,) in the order of ``states``, sums to 1; uniform when absent."""

    fused: Float32Array = field(repr=False)
    """(128,) h_fused of eq. 7, for the policy's state vector; zeros when absent."""

    states: tuple[StudentState, ...] = AFFECTS
    """The C states that the model tells apart, in its output order."""

    doubt: Doubt | None = None
    """Why an ``UNKNOWN`` reading of somebody in sight says nothing; None otherwise."""

    def __post_init__(self) -> None:
        """Reject wrong shapes at the border."""
        bind_shapes(
            "AffectReading",
            {
                "probabilities": (self.probabilities, f"{len(self.states)}"),
                "fused": (self.fused, "H"),
            },
        )

    @property
    def leading(self) -> StudentState:
        """The most probable state."""
        return self.states[int(self.probabilities.argmax())]

    def of(self, affects: Sequence[Affect]) -> Float32Array:
        """Return the (A,) probabilities of some affects, in the order asked for.

        Raises:
            ValueError: The model does not tell one of them from the others.
        """
        # The value, not the member: fatigued is one state in both enumerations.
        values = [state.value for state in self.states]
        return self.probabilities[[values.index(affect.value) for affect in affects]]
