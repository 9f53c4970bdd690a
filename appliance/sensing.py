"""The upper half of the stages: frames to tokens, where the student sits."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass

from appliance.domain.frames import Frame
from appliance.domain.observations import Observation
from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.domain.tokens import TokenBatch
from appliance.perception.perceiver import PartialObservation, Perceiver
from appliance.ports import ConsentRegister
from appliance.windows.finds import SeatFinds
from appliance.windows.seat_windows import FrameCounts, SeatWindows


@dataclass(frozen=True, slots=True, kw_only=True)
class SensedTokens:
    """One token of the seats that were due: all that leaves the place where frames are."""

    tokens: TokenBatch
    """Rows of all seats; only those of ``due`` are new."""

    due: frozenset[SeatKey]
    """Seats whose row is a new token."""

    denied: frozenset[SeatKey]
    """Seats at which nobody may look, due or not; what is known of them is forgotten."""


class Sensing:
    """Perception and windows; ``look`` and ``read`` run on the lanes, ``close`` on the ticker."""

    def __init__(
        self,
        *,
        perceivers: Mapping[SeatKey, Perceiver],
        windows: SeatWindows,
        consent: ConsentRegister,
    ) -> None:
        """Connect the stages.

        Args:
            perceivers: One per seat, each used by one thread at a time.
            windows: Tokens of all seats.
            consent: At whom the cameras may look.
        """
        self._perceivers = perceivers
        self._windows = windows
        self._consent = consent
        self._filling = threading.Lock()  # windows are filled by lanes and emptied by the ticker

    def observe(self, seat: SeatKey, frame: Frame) -> None:
        """Look at one seat of one frame and read the face."""
        sight = self.look(seat, frame)
        if sight is not None:
            self.read(seat, sight)

    def look(self, seat: SeatKey, frame: Frame) -> PartialObservation | None:
        """Do the first half of ``observe``; without consent the frame is dropped unseen.

        Returns:
            What ``read`` wants, on any thread; None when nothing is left to do.
        """
        perceiver = self._perceivers[seat]
        if not self._consent.granted(seat):
            perceiver.reset()
            return None
        sight = perceiver.look(frame, run_pose=frame.due.pose, run_expression=frame.due.expression)
        if sight.crop is not None:
            return sight
        self._keep(sight.found)
        return None

    def read(self, seat: SeatKey, sight: PartialObservation) -> None:
        """Do the second half of ``observe``, unless the consent has gone in between."""
        if self._consent.granted(seat):
            self._keep(self._perceivers[seat].read(sight))

    def _keep(self, observation: Observation) -> None:
        with self._filling:
            self._windows.append(observation)

    def close(self, ends_s: Mapping[SeatKey, float]) -> SensedTokens:
        """Close one token of the seats given.

        Args:
            ends_s: Capture time of the token's end per seat, on the seat's own camera clock.
        """
        denied = frozenset(seat for seat in ends_s if not self._consent.granted(seat))
        with self._filling:
            tokens = self._windows.close(ends_s, without_consent=denied)
        return SensedTokens(tokens=tokens, due=frozenset(ends_s), denied=denied)

    def begin_occupancy(self, seat: SeatKey, occupancy: OccupancyKey) -> None:
        """Somebody has logged in on a seat's terminal."""
        with self._filling:
            self._windows.begin_occupancy(seat, occupancy)

    def end_occupancy(self, seat: SeatKey) -> None:
        """Forget who sits on a seat: log-out, consent withdrawn, erasure."""
        with self._filling:
            self._windows.end_occupancy(seat)

    def occupancy(self, seat: SeatKey) -> OccupancyKey | None:
        """Return who sits on a seat now."""
        with self._filling:
            occupancy = self._windows.occupancy(seat)
        return None if occupancy is None else occupancy.key

    def calibrate(self, seat: SeatKey) -> None:
        """Take the next two minutes of a seat's student as known to be awake."""
        with self._filling:
            self._windows.calibrate(seat)

    def calibrated_s(self, seat: SeatKey) -> float | None:
        """Return how much of them has been seen, also beyond; None where nobody has begun them."""
        with self._filling:
            return self._windows.calibrated_s(seat)

    def frame_counts(self) -> dict[SeatKey, FrameCounts]:
        """Return which observations came too late for the windows."""
        with self._filling:
            return self._windows.frame_counts()

    def finds(self) -> dict[SeatKey, SeatFinds]:
        """Return how often something was found on each seat."""
        with self._filling:
            return self._windows.finds()
