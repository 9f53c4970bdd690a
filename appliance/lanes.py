"""Worker threads: as many as cores, earliest frame first, one frame waiting per seat.

A seat never runs on two lanes at once, so what it sees is in order and its result does not depend
on the number of lanes. Live frames are replaced while they wait (the newest wins, the others are
counted); replayed frames wait for their turn and none is lost.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Waiting:
    frame: Frame
    arrived_s: float
    ages: bool
    """False for replayed frames, which keep their worth while they wait."""


@dataclass(slots=True)
class _Seat:
    camera: CameraKey
    waiting: _Waiting | None = None
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

    def put(self, frame: Frame, *, block: bool = False) -> bool:
        """Hand a frame to every seat of its camera.

        A seam is never lost: if the overwritten frame did not continue, its successor does not.

        Args:
            frame: The newest frame of its camera.
            block: Wait until every seat can take it instead of overwriting: nothing is lost.

        Returns:
            False when the lanes have stopped.
        """
        with self._changed:
            seats = self._of(frame.camera)
            if block:
                self._changed.wait_for(
                    lambda: self._stopping or all(seat.waiting is None for seat in seats)
                )
            if self._stopping:
                return False
            for seat in seats:
                newest = frame
                if seat.waiting is not None:
                    seat.drops[DropCause.SUPERSEDED] += 1
                    if not seat.waiting.frame.continues:
                        newest = replace(frame, continues=False)
                seat.waiting = _Waiting(frame=newest, arrived_s=self._monotonic(), ages=not block)
            self._changed.notify_all()
            return True

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
            key, waiting = taken
            seat = self._seats[key]
            cause = self._look(key, waiting)
            with self._changed:
                seat.busy = False
                seat.settled_s = max(seat.settled_s, waiting.frame.captured_at_s)
                if cause is None:
                    seat.observed += 1
                    seat.last_age_s = self._monotonic() - waiting.arrived_s
                else:
                    seat.drops[cause] += 1
                self._changed.notify_all()
            self._settled()

    def _take(self) -> tuple[SeatKey, _Waiting] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._stopping or self._due() is not None, timeout=1.0)
            due = self._due()
            if self._stopping or due is None:
                return None
            seat = self._seats[due[0]]
            seat.waiting, seat.busy = None, True
            self._changed.notify_all()
            return due

    def _due(self) -> tuple[SeatKey, _Waiting] | None:
        ready = [
            (seat.waiting.arrived_s, key, seat.waiting)
            for key, seat in self._seats.items()
            if seat.waiting is not None and not seat.busy
        ]
        if not ready:
            return None
        _, key, waiting = min(ready, key=lambda entry: entry[:2])
        return key, waiting

    def _look(self, key: SeatKey, waiting: _Waiting) -> DropCause | None:
        late = self._monotonic() - waiting.arrived_s > MAX_AGE_S
        # The first frame after a seam resets the tracker, so it is looked at however late.
        if waiting.ages and late and waiting.frame.continues:
            return DropCause.STALE
        try:
            self._observe(key, waiting.frame)
        except ApplianceError as error:
            self._log.warning("observation_failed", seat=key, error=str(error))
            return DropCause.FAILED
        except Exception:  # noqa: BLE001 - border of a thread: one bad frame must not end it
            self._log.exception("observation_crashed", seat=key)
            return DropCause.FAILED
        return None
