"""Worker threads: as many as cores, earliest deadline first, one frame waiting per seat.

A seat never runs on two lanes at once, so what it sees is in order and its result does not depend
on the number of lanes. Live frames are replaced while they wait (the newest wins, the others are
counted); replayed frames wait for their turn and none is lost.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

import structlog

from appliance.ages import AgeCounter, AgeHistogram
from appliance.domain.frames import CameraKey, Due, Frame
from appliance.domain.seats import SeatKey
from appliance.errors import ApplianceError
from appliance.ladder import LaneCounts, Step
from appliance.pace import Pace

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
    taken_s: float
    deadline_s: float
    """When the next frame of the seat is expected. A frame that replaces another one takes over
    its deadline: otherwise a seat that was passed over would go to the end of the queue again,
    and for ever."""
    ages: bool
    """False for replayed frames, which keep their worth while they wait."""


@dataclass(slots=True)
class _Seat:
    camera: CameraKey
    waiting: _Waiting | None = None
    busy: bool = False
    settled_s: float = float("-inf")
    """Capture time up to which every frame was looked at or dropped."""
    offered: int = 0
    observed: int = 0
    pose_runs: int = 0
    expression_runs: int = 0
    drops: dict[DropCause, int] = field(default_factory=lambda: dict.fromkeys(DropCause, 0))
    ages: AgeCounter = field(default_factory=AgeCounter)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatLoad:
    """Counts of one seat since start."""

    camera: CameraKey
    """Which camera sees the seat."""

    offered: int
    """Frames of the camera on which something was due."""

    observed: int
    """Frames looked at."""

    pose_runs: int
    """Of these, frames on which the pose was due."""

    expression_runs: int
    """Of these, frames on which the expression was due."""

    drops: Mapping[DropCause, int]
    """Frames not looked at, by cause."""

    ages: AgeHistogram
    """From the moment a frame was taken to the end of looking at it."""


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
        step: Callable[[], Step],
    ) -> None:
        """Prepare the threads.

        Args:
            seats: Which camera sees which seat.
            observe: Looks at one seat of one frame; never called twice at once for one seat.
            settled: Called after each frame, from the lane's thread.
            beat: Called with the thread's name at least once a second.
            monotonic: Clock for frame ages.
            lanes: Number of threads.
            step: Returns how often the stages run now.
        """
        self._seats = {seat: _Seat(camera) for seat, camera in seats.items()}
        self._of = {
            camera: [seat for seat in self._seats.values() if seat.camera == camera]
            for camera in seats.values()
        }
        self._paces = {camera: Pace(step=step) for camera in self._of}
        self._step = step
        self._observe = observe
        self._settled = settled
        self._beat = beat
        self._monotonic = monotonic
        lock = threading.Lock()
        self._work = threading.Condition(lock)  # a frame has come; wakes lanes
        self._room = threading.Condition(lock)  # a frame is gone; wakes whoever waits for that
        self._stopping = False
        self._busy_s = 0.0
        self._log = structlog.get_logger()
        self._threads = [
            threading.Thread(target=self._run, name=f"lane[{index}]", daemon=True)
            for index in range(lanes)
        ]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let each lane finish its frame, then end."""
        with self._work:
            self._stopping = True
            self._work.notify_all()
            self._room.notify_all()
        for thread in self._threads:
            thread.join(timeout=10)

    def plan(self, camera: CameraKey, at_s: float) -> Due:
        """Return what is due on a live frame of this capture time; asked once for each, in order.

        A frame on which nothing is due need not be converted, and is not handed over.
        """
        return self._paces[camera].plan(at_s)

    def put(self, frame: Frame, *, block: bool = False) -> bool:
        """Hand a frame to every seat of its camera.

        A seam is never lost: if the overwritten frame did not continue, its successor does not.
        Neither is a stage: what was due on the overwritten frame is due on its successor.

        Args:
            frame: The newest frame of its camera.
            block: Wait until every seat can take it instead of overwriting: nothing is lost.

        Returns:
            False when the lanes have stopped.
        """
        with self._work:
            seats = self._of[frame.camera]
            if block:
                self._room.wait_for(
                    lambda: self._stopping or all(seat.waiting is None for seat in seats)
                )
            if self._stopping:
                return False
            step = self._step()
            taken_s = self._monotonic() if frame.taken_s is None else frame.taken_s
            deadline_s = taken_s + 1 / max(step.pose_hz, step.expression_hz)
            for seat in seats:
                seat.offered += 1
                newest = _Waiting(
                    frame=frame, taken_s=taken_s, deadline_s=deadline_s, ages=not block
                )
                if seat.waiting is not None:
                    seat.drops[DropCause.SUPERSEDED] += 1
                    newest = _superseding(newest, seat.waiting)
                seat.waiting = newest
            self._work.notify(len(seats))
            return True

    def drain(self, camera: CameraKey) -> None:
        """Wait until every frame of a camera has been looked at."""
        with self._room:
            seats = self._of[camera]
            self._room.wait_for(
                lambda: (
                    self._stopping or all(seat.waiting is None and not seat.busy for seat in seats)
                )
            )

    def settled_s(self, camera: CameraKey) -> float:
        """Return the capture time up to which all seats of a camera are done; -inf before."""
        with self._work:
            return min(seat.settled_s for seat in self._of[camera])

    def load(self) -> dict[SeatKey, SeatLoad]:
        """Return the counts of each seat."""
        with self._work:
            return {
                key: SeatLoad(
                    camera=seat.camera,
                    offered=seat.offered,
                    observed=seat.observed,
                    pose_runs=seat.pose_runs,
                    expression_runs=seat.expression_runs,
                    drops=dict(seat.drops),
                    ages=seat.ages.read(),
                )
                for key, seat in self._seats.items()
            }

    def counts(self) -> LaneCounts:
        """Return the counts of all seats together, as the ladder wants them."""
        with self._work:
            seats = self._seats.values()
            return LaneCounts(
                offered=sum(seat.offered for seat in seats),
                dropped=sum(
                    seat.drops[DropCause.SUPERSEDED] + seat.drops[DropCause.STALE] for seat in seats
                ),
                busy_s=self._busy_s / len(self._threads),
                ages=sum((seat.ages.read() for seat in seats), AgeHistogram()),
            )

    def _run(self) -> None:
        name = threading.current_thread().name
        while not self._stopping:
            self._beat(name)
            taken = self._take()
            if taken is None:
                continue
            key, waiting = taken
            began_s = self._monotonic()
            cause = self._look(key, waiting)
            self._finish(self._seats[key], waiting, cause, began_s=began_s)
            self._settled()

    def _take(self) -> tuple[SeatKey, _Waiting] | None:
        """Take the frame whose deadline is next; None when a second goes by without one."""
        with self._work:
            due = self._earliest()
            if due is None and not self._stopping:
                self._work.wait(timeout=1.0)
                due = self._earliest()
            if self._stopping or due is None:
                return None
            seat = self._seats[due[0]]
            seat.waiting, seat.busy = None, True
            self._room.notify_all()
            return due

    def _earliest(self) -> tuple[SeatKey, _Waiting] | None:
        first: tuple[SeatKey, _Waiting] | None = None
        for key, seat in self._seats.items():
            waiting = seat.waiting
            if waiting is None or seat.busy:
                continue
            if first is None or waiting.deadline_s < first[1].deadline_s:
                first = key, waiting
        return first

    def _finish(
        self, seat: _Seat, waiting: _Waiting, cause: DropCause | None, *, began_s: float
    ) -> None:
        frame = waiting.frame
        with self._work:
            ended_s = self._monotonic()
            self._busy_s += ended_s - began_s
            seat.busy = False
            seat.settled_s = max(seat.settled_s, frame.captured_at_s)
            if cause is None:
                seat.observed += 1
                seat.pose_runs += frame.due.pose
                seat.expression_runs += frame.due.expression
                seat.ages.add(ended_s - waiting.taken_s)
            else:
                seat.drops[cause] += 1
            self._room.notify_all()

    def _look(self, key: SeatKey, waiting: _Waiting) -> DropCause | None:
        frame = waiting.frame
        late = self._monotonic() - waiting.taken_s > MAX_AGE_S
        # The first frame after a seam resets the tracker, so it is looked at however late.
        if late and waiting.ages and frame.continues:
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


def _superseding(newest: _Waiting, before: _Waiting) -> _Waiting:
    """Return what waits for a seat now, with what the frame before leaves behind."""
    frame = newest.frame
    continues = frame.continues and before.frame.continues
    due = frame.due | before.frame.due
    if continues != frame.continues or due != frame.due:
        frame = replace(frame, continues=continues, due=due)
    deadline_s = min(newest.deadline_s, before.deadline_s)
    return replace(newest, frame=frame, deadline_s=deadline_s)
