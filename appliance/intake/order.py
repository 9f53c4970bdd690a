"""One seat's tokens in their order, whatever the way from its sensor does to them.

Each token has a number, so that doubles and disorder are told apart from what is lost. A gap waits
for ``LATENESS_S`` of the decider's monotonic time, then the seat goes on behind it: nothing is made
up for what is missing, and one row that nobody can read marks it. Timers count tokens and capture
time, and neither exists in a gap beyond what the sensor's own clock says.

A sensor's clock may begin anywhere. It is moved by whole seconds, to the decider's monotonic time
where the first token of a process is heard: so seats are comparable, a decider that comes back goes
on where it was, and every second begins where it does on the sensor. A clock that jumps within a
process, back or ahead of all that has passed, is moved anew, and the jump is a gap.
"""

import math
from collections import deque
from dataclasses import dataclass, field

import numpy as np

from appliance.domain.arrays import Float32Array
from appliance.domain.seats import OccupancyKey
from appliance.domain.token_packets import TokenPacket
from appliance.domain.tokens import FACE_SIZE, POSE_STREAM_SIZE, TOKEN_S, SeatStatus

LATENESS_S = 1.0
"""For so long a gap waits for what is late."""

MOST_WAITING = 100
"""Tokens behind a gap, 20 s of them; more are never kept, however wrong the numbers are."""

JUMP_S = 10.0
"""A token so far ahead of the decider's time and of its own number is of a clock that jumped. Twice
the life of a message with tokens."""

FORMER_BOOTS = 4
"""Processes of a sensor of which a straggler is known again."""

_NO_FACE = np.zeros(FACE_SIZE, dtype=np.float32)
_NO_POSE = np.zeros(POSE_STREAM_SIZE, dtype=np.float32)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IntakeRow:
    """One token of one seat as the stages behind want it."""

    at_s: float
    """Capture time of its end, seconds, on the sensor's clock moved to the decider's."""

    status: SeatStatus
    """Whether it can be read."""

    occupancy: OccupancyKey | None
    """Who sat there."""

    age_s: float
    """Observed time since the occupancy began, as far as this decider has followed it, seconds."""

    restarted: bool
    """Recurrent state is cleared before this token."""

    face: Float32Array = field(default_factory=lambda: _NO_FACE, repr=False)
    """(F,) face stream."""

    pose: Float32Array = field(default_factory=lambda: _NO_POSE, repr=False)
    """(P,) pose stream."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    packet: TokenPacket
    at: int
    heard_s: float


class SeatIntake:
    """Packets of one seat in any order to rows in theirs; pure, not thread-safe."""

    def __init__(self) -> None:
        """Begin with nothing heard."""
        self.missing = 0
        """Tokens that never came, since start."""
        self._boot: str | None = None
        self._former: deque[str] = deque(maxlen=FORMER_BOOTS)
        self._next = 0
        self._waiting: dict[int, _Waiting] = {}
        self._ready: deque[IntakeRow] = deque()
        self._contact_s = 0.0  # decider's time less the sensor's, where a process was first heard
        self._offset_s: float | None = None
        self._end_s = -math.inf  # of the last row, moved
        self._heard_s = -math.inf  # when the last row was heard
        self._fresh = True  # the next readable row begins anew
        self._seen: tuple[OccupancyKey | None, float] | None = None  # of the last readable row
        self._unseen_s = 0.0  # age of the occupancy before this decider followed it

    def put(self, packet: TokenPacket, *, now_s: float) -> None:
        """Take what has come; ``now_s`` is the decider's monotonic time."""
        if packet.boot != self._boot:
            if packet.boot in self._former:
                return
            self._begin(packet, now_s=now_s)
        for at in range(len(packet.at_s)):
            number = packet.first + at
            if number >= self._next and number not in self._waiting:
                self._waiting[number] = _Waiting(packet, at, now_s)
        self._release(now_s=now_s)

    def ready(self, *, now_s: float) -> bool:
        """Tell whether a row can be taken, after giving up what is too late."""
        self._release(now_s=now_s)
        return bool(self._ready)

    @property
    def empty(self) -> bool:
        """True while no token is here, ready or behind a gap."""
        return not self._ready and not self._waiting

    def take(self) -> IntakeRow | None:
        """Return the next row, if one is ready."""
        return self._ready.popleft() if self._ready else None

    def _begin(self, packet: TokenPacket, *, now_s: float) -> None:
        """Follow another process of the sensor; what the last one left is handed on first."""
        if self._boot is not None:
            self._former.append(self._boot)
            while self._waiting:
                self._pass_on(min(self._waiting))
        self._boot, self._next, self._offset_s, self._fresh = packet.boot, 0, None, True
        self._contact_s = now_s - packet.at_s[-1]

    def _release(self, *, now_s: float) -> None:
        while self._waiting:
            if self._next in self._waiting:
                self._pass_on(self._next)
                continue
            heard_s = min(one.heard_s for one in self._waiting.values())
            if now_s - heard_s < LATENESS_S and len(self._waiting) <= MOST_WAITING:
                return
            self._pass_on(min(self._waiting))

    def _pass_on(self, number: int) -> None:
        one = self._waiting.pop(number)
        missing, begins = number - self._next, self._offset_s is None
        raw_s = one.packet.at_s[one.at]
        jumps = self._jumps(raw_s, missing=missing, heard_s=one.heard_s)
        if jumps:
            self._contact_s = one.heard_s - one.packet.at_s[-1]
        if self._offset_s is None or jumps:
            after_s = self._end_s + TOKEN_S - raw_s  # time never goes back
            after = -math.inf if math.isinf(after_s) else math.ceil(after_s)
            self._offset_s = float(max(round(self._contact_s), after))
        at_s = raw_s + self._offset_s
        if (missing or begins or jumps) and math.isfinite(self._end_s):
            self._mark_gap(at_s)
        if not begins:
            self.missing += missing
        self._next = number + 1
        self._ready.append(self._row(one, at_s=at_s))
        self._end_s, self._heard_s = at_s, one.heard_s

    def _jumps(self, raw_s: float, *, missing: int, heard_s: float) -> bool:
        """Tell whether the sensor's clock went back, or ahead of all that can have passed."""
        if self._offset_s is None:
            return False
        step_s = raw_s + self._offset_s - self._end_s
        # A camera that was closed leaves no gap in the numbers, and a decider that slept no time.
        passed_s = max(heard_s - self._heard_s, (1 + missing) * TOKEN_S)
        return step_s <= 0 or step_s - passed_s > JUMP_S

    def _mark_gap(self, at_s: float) -> None:
        gap_s = min(self._end_s + TOKEN_S, (self._end_s + at_s) / 2)
        who = None if self._seen is None else self._seen[0]
        self._ready.append(
            IntakeRow(
                at_s=gap_s,
                status=SeatStatus.CAMERA_LOST,
                occupancy=who,
                age_s=0.0,
                restarted=False,
            )
        )

    def _row(self, one: _Waiting, *, at_s: float) -> IntakeRow:
        packet, at = one.packet, one.at
        status, who = packet.status[at], packet.occupancies[at]
        age_s, said = float(packet.age_s[at]), bool(packet.restarted[at])
        restarted = False
        if status is not SeatStatus.PRESENT:
            self._fresh = self._fresh or said
        else:
            restarted = said or self._fresh or self._is_new(who, age_s)
            if restarted:
                # Where the beginning was lost, the history that the fusion knows begins here.
                self._unseen_s = 0.0 if said else max(0.0, age_s - TOKEN_S)
                self._fresh = False
            self._seen = (who, age_s)
        return IntakeRow(
            at_s=at_s,
            status=status,
            occupancy=who,
            age_s=max(0.0, age_s - self._unseen_s),
            restarted=restarted,
            face=packet.face[at],
            pose=packet.pose[at],
        )

    def _is_new(self, who: OccupancyKey | None, age_s: float) -> bool:
        """Tell whether the token that said that somebody new begins was lost."""
        return self._seen is not None and (who != self._seen[0] or age_s < self._seen[1])
