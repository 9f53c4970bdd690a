"""What is known of each student when a choice is due: the numbers behind state and masks."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from appliance.domain.affect import AffectReading, ReadingStatus
from appliance.domain.arrays import BoolArray, Float32Array, Float64Array
from appliance.domain.interventions import TaskContext
from appliance.domain.policy.choices import POLICY_STEP_S, PolicyAction
from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.intervention.cooldowns import Interruptions
from appliance.intervention.policy.masks import FIRST_S, allowed_actions
from appliance.intervention.policy.state import FUSED_SIZE, Acceptance, StateEncoder

# Capture times are sums of fifths of a second: 69.9999999999 belongs to the step at 70.
_SLACK_S = 1e-6

_NOT_KEPT = np.zeros(FUSED_SIZE, dtype=np.float32)
_NOT_KEPT.flags.writeable = False


@dataclass(slots=True, kw_only=True)
class Situation:
    """One student on one seat, as known at the latest token."""

    occupancy: OccupancyKey
    """Who."""

    at_s: float
    """Capture time of the latest token, seconds."""

    age_s: float = 0.0
    """Observed time since the occupancy began, seconds."""

    known: bool = False
    """The latest reading may lead to an action."""

    next_step_s: float = 0.0
    """Capture time from which the next step is due, seconds."""

    held_until_s: float = -np.inf
    """A rule's action was replaced: until then nothing more is proposed."""

    acceptance: Acceptance = field(default_factory=Acceptance)
    """What the student accepts."""

    _encoder: StateEncoder = field(default_factory=StateEncoder)
    _task: tuple[str, str, str] | None = None
    _task_since_s: float = 0.0

    @property
    def mean_p(self) -> Float64Array:
        """(4,) 60 s mean of the probabilities."""
        return self._encoder.mean_p

    def add(self, reading: AffectReading, *, age_s: float, present: bool, keep_fused: bool) -> None:
        """Take in a token.

        Args:
            reading: Of this seat.
            age_s: Observed time since the occupancy began, seconds.
            present: Somebody could be read.
            keep_fused: The student has agreed to be learned from with h_fused.
        """
        self.at_s, self.age_s = reading.at_s, age_s
        self.known = reading.status is ReadingStatus.KNOWN
        if present:
            fused = reading.fused if keep_fused else _NOT_KEPT
            self._encoder.add(fused, reading.probabilities.astype(np.float64))

    def reached(self, time_s: float) -> bool:
        """Tell whether the latest token is of that time or later."""
        return self.at_s >= time_s - _SLACK_S

    def begin_step(self) -> None:
        """Begin a step now: the next one is due in ``POLICY_STEP_S``."""
        self.next_step_s = self.at_s + POLICY_STEP_S

    def allowed(self, context: TaskContext | None, interruptions: Interruptions) -> BoolArray:
        """Return (5,) which actions no mask forbids."""
        since_s = interruptions.since_last_s
        allowed = allowed_actions(
            mean_p=self.mean_p[None],
            known=np.array([self.known and self.age_s >= FIRST_S]),
            exam=np.array([context is not None and context.exam]),
            since_interruption_s=np.array([np.inf if since_s is None else since_s]),
            in_last_hour=np.array([float(interruptions.in_last_hour)]),
        )
        return np.asarray(allowed[0])

    def encode(self, context: TaskContext | None, interruptions: Interruptions) -> Float32Array:
        """Return (``STATE_SIZE``,) s_k, and note which state leads; see ``StateEncoder``."""
        task = None if context is None else (context.task_id, context.topic, context.task_type)
        if task != self._task:
            self._task, self._task_since_s = task, self.at_s
        return self._encoder.encode(
            at_s=self.at_s,
            context=context,
            acceptance=self.acceptance,
            on_task_s=0.0 if task is None else self.at_s - self._task_since_s,
            since_action_s=interruptions.since_last_s,
        )


class Situations:
    """Those of all seats; what is known of a student ends with the stay. Not thread-safe."""

    def __init__(self, *, keeps_fused: Callable[[SeatKey], bool]) -> None:
        """Begin with nobody.

        Args:
            keeps_fused: Tells whether h_fused of a seat's student may be kept; where not, it is
                zeros in every state.
        """
        self._keeps_fused = keeps_fused
        self._seats: dict[SeatKey, Situation] = {}

    def get(self, seat: SeatKey) -> Situation | None:
        """Return that of a seat; None when nobody is known to sit there."""
        return self._seats.get(seat)

    def see(self, reading: AffectReading, *, age_s: float, present: bool) -> None:
        """Take in one token of one seat; see ``Situation.add``."""
        one = self._seats.get(reading.seat)
        if one is not None and (one.occupancy != reading.occupancy or reading.at_s < one.at_s):
            self.end(reading.seat)
            one = None
        if reading.occupancy is None:
            return
        if one is None:
            one = Situation(occupancy=reading.occupancy, at_s=reading.at_s)
            one.next_step_s = reading.at_s
            self._seats[reading.seat] = one
        keep = self._keeps_fused(reading.seat)
        one.add(reading, age_s=age_s, present=present, keep_fused=keep)

    def answer(self, seat: SeatKey, action: PolicyAction, *, accepted: bool) -> None:
        """Take in whether a student has accepted an action."""
        one = self._seats.get(seat)
        if one is not None:
            one.acceptance.answer(action, accepted=accepted)

    def end(self, seat: SeatKey) -> None:
        """Forget whoever leaves."""
        self._seats.pop(seat, None)
