"""The seats that sensors see, as the decider knows them: who sits there, and what has come."""

import math
import threading
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

import numpy as np

from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.domain.token_packets import TokenPacket
from appliance.domain.tokens import FACE_SIZE, POSE_STREAM_SIZE, TOKEN_S, SeatStatus, TokenBatch
from appliance.intake.order import IntakeRow, SeatIntake
from appliance.ports import ConsentRegister
from appliance.sensing import SensedTokens
from appliance.windows.baselines import KNOWN_AWAKE_S

HEARD_S = 10.0
"""After so long a sensor has heard of a log-in, or has forgotten everything: a lease's life."""


@dataclass(slots=True)
class _SensorSeat:
    intake: SeatIntake = field(default_factory=SeatIntake)
    at_s: float = 0.0
    occupancy: OccupancyKey | None = None
    """Who sits there."""
    login: OccupancyKey | None = None
    """What the sensor is told; None while nobody is known."""
    expected: OccupancyKey | None = None
    """Begun here, and not yet by the sensor."""
    expected_until_s: float = 0.0
    gone: OccupancyKey | None = None
    """Ended here, and perhaps not yet at the sensor."""
    cut: bool = False
    """The sensor is to forget the seat: the next lease does not allow it."""
    asked: int = 0
    """How often somebody asked for the two minutes."""
    awaited: bool = False
    """They are asked for, and the sensor has not begun them."""
    calibrated_s: float | None = None
    anew: bool = False
    """Something of the seat was not followed: what is known of it begins with the next token."""
    before_s: float = 0.0
    """Age of the occupancy where it does."""


class SensorSeats:
    """Filled by the thread that hears the broker, emptied by the ticker; any thread may ask."""

    def __init__(
        self,
        *,
        seats: Iterable[SeatKey],
        permitted: ConsentRegister,
        monotonic: Callable[[], float],
    ) -> None:
        """Begin with empty seats.

        Args:
            seats: All that a sensor sees, in the order of the rows of every batch.
            permitted: At whom anybody may look.
            monotonic: Clock of the decider.
        """
        self._seats = {seat: _SensorSeat() for seat in seats}
        self._rows = {seat: row for row, seat in enumerate(self._seats)}
        self._heard: set[SeatKey] = set()  # those of which tokens are here
        self._denied: set[SeatKey] = set()
        self._asked_s = -math.inf
        self._permitted = permitted
        self._monotonic = monotonic
        self._lock = threading.Lock()

    def __contains__(self, seat: SeatKey) -> bool:
        """Tell whether a sensor sees the seat."""
        return seat in self._seats

    @property
    def seats(self) -> Collection[SeatKey]:
        """All of them."""
        return self._seats.keys()

    def put(self, packet: TokenPacket) -> None:
        """Take tokens that the rules have let through."""
        with self._lock:
            self._seats[packet.seat].intake.put(packet, now_s=self._monotonic())
            self._heard.add(packet.seat)

    def waiting(self) -> bool:
        """Tell whether a token of some seat can be followed now."""
        now_s = self._monotonic()
        with self._lock:
            return any(self._seats[seat].intake.ready(now_s=now_s) for seat in self._heard)

    def join(self, own: SensedTokens) -> SensedTokens:
        """Take the next token of each seat that has one, behind those of the own cameras.

        Args:
            own: What the own cameras' seats were due.
        """
        count = len(self._seats)
        face = np.zeros((count, FACE_SIZE), dtype=np.float32)
        pose = np.zeros((count, POSE_STREAM_SIZE), dtype=np.float32)
        age_s = np.zeros(count, dtype=np.float32)
        restarted = np.zeros(count, dtype=np.bool_)
        status = [SeatStatus.CAMERA_LOST] * count
        due = set(own.due)
        with self._lock:
            now_s = self._monotonic()
            self._ask_of_all(now_s)
            for seat in tuple(self._heard):
                at, its = self._rows[seat], self._seats[seat]
                row = _next_row(its, now_s=now_s)
                if its.intake.empty:
                    self._heard.discard(seat)
                if row is None:
                    continue
                due.add(seat)
                denies = self._denies(seat)
                its.at_s = row.at_s
                if denies:
                    its.calibrated_s, its.awaited, its.anew = None, False, True
                    status[at] = SeatStatus.NO_CONSENT
                    continue
                status[at] = row.status
                age_s[at], restarted[at] = _follow(its, row)
                if row.status is SeatStatus.PRESENT:
                    face[at], pose[at] = row.face, row.pose
            at_s = tuple(its.at_s for its in self._seats.values())
            occupancies = tuple(its.occupancy for its in self._seats.values())
            denied = own.denied | self._denied
        tokens = own.tokens
        return SensedTokens(
            tokens=TokenBatch(
                at_s=tokens.at_s + at_s,
                seats=tokens.seats + tuple(self._seats),
                occupancies=tokens.occupancies + occupancies,
                status=(*tokens.status, *status),
                age_s=np.concatenate([tokens.age_s, age_s]),
                face=np.concatenate([tokens.face, face]),
                pose=np.concatenate([tokens.pose, pose]),
                restarted=np.concatenate([tokens.restarted, restarted]),
            ),
            due=frozenset(due),
            denied=denied,
        )

    def begin_occupancy(self, seat: SeatKey, occupancy: OccupancyKey) -> None:
        """Somebody has logged in; what the sensor still says of whoever was there is dropped."""
        with self._lock:
            its = self._seats[seat]
            its.login, its.gone = occupancy, None
            if its.occupancy != occupancy:
                its.occupancy = its.expected = occupancy
                its.expected_until_s = self._monotonic() + HEARD_S
                its.calibrated_s, its.awaited = None, False

    def end_occupancy(self, seat: SeatKey) -> None:
        """Forget who sits on a seat, and let the sensor forget it."""
        with self._lock:
            its = self._seats[seat]
            its.gone = its.occupancy or its.gone
            its.occupancy = its.login = its.expected = None
            its.calibrated_s, its.awaited, its.cut = None, False, True

    def occupancy(self, seat: SeatKey) -> OccupancyKey | None:
        """Return who sits on a seat now."""
        with self._lock:
            return self._seats[seat].occupancy

    def calibrate(self, seat: SeatKey) -> None:
        """Ask the sensor to take the next two minutes of its student as known to be awake."""
        with self._lock:
            its = self._seats[seat]
            its.asked += 1
            its.awaited, its.calibrated_s = True, 0.0

    def calibrated_s(self, seat: SeatKey) -> float | None:
        """Return how much of them has come; None where nobody has begun them."""
        with self._lock:
            return self._seats[seat].calibrated_s

    def calibrating(self, seat: SeatKey) -> bool:
        """Tell whether they are not over."""
        seen_s = self.calibrated_s(seat)
        return seen_s is not None and seen_s < KNOWN_AWAKE_S

    def login(self, seat: SeatKey) -> OccupancyKey | None:
        """Return whom the sensor should know on a seat."""
        with self._lock:
            return self._seats[seat].login

    def asked(self, seat: SeatKey) -> int:
        """Return how often the two minutes were asked for."""
        with self._lock:
            return self._seats[seat].asked

    def take_cut(self, seat: SeatKey) -> bool:
        """Tell once whether the sensor has to forget a seat."""
        with self._lock:
            its = self._seats[seat]
            cut, its.cut = its.cut, False
            return cut

    def _ask_of_all(self, now_s: float) -> None:
        """Ask at whom nobody may look, also where no token comes; once in a token's time."""
        if now_s - self._asked_s >= TOKEN_S:
            self._asked_s = now_s
            for seat in self._seats:
                self._denies(seat)

    def _denies(self, seat: SeatKey) -> bool:
        if denies := not self._permitted.granted(seat):
            self._denied.add(seat)
        else:
            self._denied.discard(seat)
        return denies

    def missing(self, seats: Iterable[SeatKey]) -> int:
        """Return how many tokens of these seats never came."""
        with self._lock:
            return sum(self._seats[seat].intake.missing for seat in seats)


def _next_row(its: _SensorSeat, *, now_s: float) -> IntakeRow | None:
    """Return the next row that is of now: not of somebody who has gone, or before a log-in."""
    while (row := its.intake.take()) is not None:
        if row.occupancy is not None and row.occupancy == its.gone:
            its.anew = True
            continue
        if its.expected is not None and row.occupancy != its.expected:
            if now_s < its.expected_until_s:
                its.anew = True
                continue
            its.expected = None
        return row
    return None


def _follow(its: _SensorSeat, row: IntakeRow) -> tuple[float, bool]:
    """Take over a row; return the age and whether state is cleared, as the stages should see it."""
    its.expected = None
    its.occupancy = row.occupancy
    if row.status is not SeatStatus.PRESENT:
        return row.age_s, False
    restarted = row.restarted or its.anew
    if restarted:
        its.before_s = 0.0 if row.restarted else max(0.0, row.age_s - TOKEN_S)
        its.anew = False
    age_s = row.age_s - its.before_s
    if its.calibrated_s is not None:
        if restarted:
            # The first one is the sensor's answer; with another one all that was learnt has gone.
            its.calibrated_s = age_s if its.awaited else None
            its.awaited = False
        elif not its.awaited:
            its.calibrated_s = age_s
    return age_s, restarted
