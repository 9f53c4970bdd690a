"""Worker threads: as many as cores, earliest frame first, one frame waiting per seat.

A seat never runs on two lanes at once, so what it sees is in order and its result does not depend
on the number of lanes. Live frames are replaced while they wait (the newest wins, the others are
counted); replayed frames wait for their turn and none is lost.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import structlog

from appliance.domain.frames import CameraKey, Frame
from appliance.domain.seats import SeatKey
from appliance.errors import ApplianceError

MAX_AGE_S = 0.2
"""A live frame older than this is not worth looking at (DESIGN.md, 2)."""


class DropCause(StrEnum):
    """Why a frame of a seat was not looked at."""

    SUPERSEDED = "superseded"
    STALE = "stale"
    FAILED = "failed"


@dataclass(slots=True)
class _Seat:
    camera: CameraKey
    waiting: Frame | None = None
    arrived_s: float = 0.0
    busy: bool = False
    settled_s: float = float("-inf")
    """Capture time up to which every frame was looked at or dropped."""
    observed: int = 0
    drops: dict[DropCause, int] = field(default_factory=lambda: dict.fromkeys(DropCause, 0))
    last_age_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatLoad:
    """Counts of one seat since start."""

    camera: CameraKey
    """Which camera sees the seat."""

    observed: int
    """Frames looked at."""

    drops: Mapping[DropCause, int]
    """Frames not looked at, by cause."""

    last_age_s: float
    """From arrival of the last frame to the end of looking at it, seconds."""


class Lanes:
    """Runs ``observe`` for every seat of every frame on a few threads."""

    def __init__(
        self,
        *,
        seats: Mapping[SeatKey, CameraKey],
        observe: Callable[[SeatKey, Frame], None],
        settled: Callable[[], None],
        beat: Callable[[str], None],
        monotonic: Callable[[], float],
        lanes: int,
    ) -> None:
        """Prepare the threads.

        Args:
            seats: Which camera sees which seat.
            observe: Looks at one seat of one frame; never called twice at once for one seat.
            settled: Called after each frame, from the lane's thread.
            beat: Called with the thread's name at least once a second.
            monotonic: Clock for frame ages.
            lanes: Number of threads.
        """
        self._seats = {seat: _Seat(camera) for seat, camera in seats.items()}
        self._observe = observe
        self._settled = settled
        self._beat = beat
        self._monotonic = monotonic
        self._changed = threading.Condition()
        self._stopping = False
        self._log = structlog.get_logger()
        self._threads = [
            threading.Thread(target=self._work, name=f"lane[{index}]", daemon=True)
            for index in range(lanes)
        ]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let each lane finish its frame, then end."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(timeout=10)

    def offer(self, frame: Frame) -> None:
        """Hand over a live frame; it replaces one that is still waiting."""
        with self._changed:
            for seat in self._of(frame.camera):
                if seat.waiting is not None:
                    seat.drops[DropCause.SUPERSEDED] += 1
                    if not seat.waiting.continues and frame.continues:
                        continue  # the seam must be seen, so the newer frame gives way
                seat.waiting, seat.arrived_s = frame, self._monotonic()
            self._changed.notify_all()

    def offer_and_wait(self, frame: Frame) -> None:
        """Hand over a replayed frame once every seat of its camera can take it."""
        with self._changed:
            seats = self._of(frame.camera)
            self._changed.wait_for(
                lambda: self._stopping or all(seat.waiting is None for seat in seats)
            )
            for seat in seats:
                seat.waiting, seat.arrived_s = frame, float("inf")
            self._changed.notify_all()

    def drain(self, camera: CameraKey) -> None:
        """Wait until every frame of a camera has been looked at."""
        with self._changed:
            seats = self._of(camera)
            self._changed.wait_for(
                lambda: (
                    self._stopping or all(seat.waiting is None and not seat.busy for seat in seats)
                )
            )

    def settled_s(self, camera: CameraKey) -> float:
        """Return the capture time up to which all seats of a camera are done; -inf before."""
        with self._changed:
            return min(seat.settled_s for seat in self._of(camera))

    def load(self) -> dict[SeatKey, SeatLoad]:
        """Return the counts for the health report."""
        with self._changed:
            return {
                key: SeatLoad(
                    camera=seat.camera,
                    observed=seat.observed,
                    drops=dict(seat.drops),
                    last_age_s=seat.last_age_s,
                )
                for key, seat in self._seats.items()
            }

    def _of(self, camera: CameraKey) -> list[_Seat]:
        return [seat for seat in self._seats.values() if seat.camera == camera]

    def _work(self) -> None:
        name = threading.current_thread().name
        while not self._stopping:
            self._beat(name)
            taken = self._take()
            if taken is None:
                continue
            key, frame, arrived_s = taken
            seat = self._seats[key]
            cause = self._look(key, frame, arrived_s)
            with self._changed:
                seat.busy = False
                seat.settled_s = max(seat.settled_s, frame.captured_at_s)
                if cause is None:
                    seat.observed += 1
                    seat.last_age_s = max(0.0, self._monotonic() - arrived_s)
                else:
                    seat.drops[cause] += 1
                self._changed.notify_all()
            self._settled()

    def _take(self) -> tuple[SeatKey, Frame, float] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._stopping or self._due() is not None, timeout=1.0)
            key = self._due()
            if self._stopping or key is None:
                return None
            seat = self._seats[key]
            frame, seat.waiting, seat.busy = seat.waiting, None, True
            if frame is None:  # pragma: no cover - _due has just seen it
                return None
            self._changed.notify_all()
            return key, frame, seat.arrived_s

    def _due(self) -> SeatKey | None:
        ready = [
            (seat.arrived_s, seat.waiting.captured_at_s, key)
            for key, seat in self._seats.items()
            if seat.waiting is not None and not seat.busy
        ]
        return min(ready)[2] if ready else None

    def _look(self, key: SeatKey, frame: Frame, arrived_s: float) -> DropCause | None:
        if self._monotonic() - arrived_s > MAX_AGE_S and frame.continues:
            return DropCause.STALE
        try:
            self._observe(key, frame)
        except ApplianceError as error:
            self._log.warning("observation_failed", seat=key, error=str(error))
            return DropCause.FAILED
        except Exception:  # noqa: BLE001 - border of a thread: one bad frame must not end it
            self._log.exception("observation_crashed", seat=key)
            return DropCause.FAILED
        return None
