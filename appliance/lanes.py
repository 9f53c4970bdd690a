"""Worker threads: as many as cores, earliest deadline first over seats and stages.

A seat has one frame in work at most, on one lane at a time, and one frame waiting. So what it sees
is in order, and its result does not depend on the number of lanes. Live frames are replaced while
they wait (the newest wins, the others are counted); replayed frames wait for their turn and none
is lost.

A lane stays with its stage while deadlines allow. A core that runs the same model again finds it in
its caches: two lanes that run one model each need a fifth less processor time than two that change
at every call (pose 3.06 instead of 3.31 ms, expression 1.14 instead of 1.95, measured in turn).
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, StrEnum, auto
from typing import Generic, TypeVar

import structlog

from appliance.ages import AgeCounter, AgeHistogram
from appliance.domain.frames import CameraKey, Due, Frame
from appliance.domain.seats import SeatKey
from appliance.errors import ApplianceError
from appliance.ladder import POSE_SHARE, LaneCounts, Step
from appliance.pace import Pace

MAX_AGE_S = 0.2
"""A live frame older than this is not worth looking at (DESIGN.md, 2)."""


PATIENCE_S = 0.010
"""An idle lane leaves work of the other stage to the others for this long: twice a pose."""

LONGEST_S = 0.100
"""A frame is due this long after it was taken at the latest, however seldom the stages run: two
thirds of the age that is allowed (DESIGN.md, 10)."""

LOYALTY_S = 0.020
"""A lane changes its stage for work that is overdue, and due this much before its own."""

Half = TypeVar("Half")
"""A frame half looked at."""


class DropCause(StrEnum):
    """Why a frame of a seat was not looked at."""

    SUPERSEDED = "superseded"
    STALE = "stale"
    FAILED = "failed"


class Stage(Enum):
    """The halves of looking at one seat of one frame, by the model that runs in them."""

    LOOK = auto()
    """Pose, and where the face is."""

    READ = auto()
    """Expression."""


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
    ready_s: float
    """Since when somebody could work on it."""

    @property
    def stage(self) -> Stage:
        """The model that comes first; without a pose to find there is only the face to read."""
        return Stage.LOOK if self.frame.due.pose else Stage.READ


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Begun(Generic[Half]):
    waiting: _Waiting
    half: Half
    ready_s: float


@dataclass(slots=True)
class _Seat(Generic[Half]):
    camera: CameraKey
    waiting: _Waiting | None = None
    begun: _Begun[Half] | None = None
    busy: bool = False
    settled_s: float = float("-inf")
    """Capture time up to which every frame was looked at or dropped."""
    given: int = 0
    left_out: int = 0
    observed: int = 0
    pose_runs: int = 0
    expression_runs: int = 0
    drops: dict[DropCause, int] = field(default_factory=lambda: dict.fromkeys(DropCause, 0))
    ages: AgeCounter = field(default_factory=AgeCounter)

    @property
    def idle(self) -> bool:
        """True when nothing is in work."""
        return not self.busy and self.begun is None


@dataclass(frozen=True, slots=True, eq=False)
class _Task(Generic[Half]):
    """What a lane can do next."""

    key: SeatKey
    stage: Stage
    deadline_s: float
    ready_s: float
    work: _Waiting | _Begun[Half]


@dataclass(slots=True, eq=False)
class _Lane:
    stage: Stage
    """What it did last."""
    wake: threading.Condition
    idle: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatLoad:
    """Counts of one seat since start."""

    camera: CameraKey
    """Which camera sees the seat."""

    offered: int
    """Frames that the camera sent, as many as were asked of it."""

    left_out: int
    """Of these, frames on which nothing was due on the present step of the ladder."""

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


class Lanes(Generic[Half]):
    """Runs ``look`` and ``read`` for every seat of every frame on a few threads."""

    def __init__(
        self,
        *,
        seats: Mapping[SeatKey, CameraKey],
        look: Callable[[SeatKey, Frame], Half | None],
        read: Callable[[SeatKey, Half], None],
        settled: Callable[[], None],
        beat: Callable[[str], None],
        monotonic: Callable[[], float],
        lanes: int,
        step: Callable[[], Step],
    ) -> None:
        """Prepare the threads.

        Args:
            seats: Which camera sees which seat.
            look: Looks at one seat of one frame and returns what is left to read, None when
                nothing is; neither it nor ``read`` is called twice at once for one seat.
            read: Finishes it, perhaps on another thread.
            settled: Called after each frame, from the lane's thread.
            beat: Called with the thread's name at least once a second.
            monotonic: Clock for frame ages.
            lanes: Number of threads.
            step: Returns how often the stages run now.
        """
        self._seats: dict[SeatKey, _Seat[Half]] = {
            seat: _Seat(camera) for seat, camera in seats.items()
        }
        self._of = {
            camera: [seat for seat in self._seats.values() if seat.camera == camera]
            for camera in seats.values()
        }
        self._paces = {camera: Pace(step=step) for camera in self._of}
        self._step = step
        self._look = look
        self._read = read
        self._settled = settled
        self._beat = beat
        self._monotonic = monotonic
        self._patience_s = PATIENCE_S if lanes > 1 else 0.0
        self._lock = threading.Lock()
        self._room = threading.Condition(self._lock)  # a frame is gone; wakes who waits for that
        self._stopping = False
        self._busy_s = 0.0
        self._log = structlog.get_logger()
        self._lanes = [
            _Lane(stage=stage, wake=threading.Condition(self._lock)) for stage in _share_out(lanes)
        ]
        self._threads = [
            threading.Thread(target=self._run, args=(lane,), name=f"lane[{index}]", daemon=True)
            for index, lane in enumerate(self._lanes)
        ]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let each lane finish its frame, then end."""
        with self._lock:
            self._stopping = True
            for lane in self._lanes:
                lane.wake.notify()
            self._room.notify_all()
        for thread in self._threads:
            thread.join(timeout=10)

    def plan(self, camera: CameraKey, at_s: float) -> Due:
        """Return what is due on a live frame of this capture time; asked once for each, in order.

        A frame on which nothing is due need not be converted, and is not handed over.
        """
        due = self._paces[camera].plan(at_s)
        if not due:
            with self._lock:
                for seat in self._of[camera]:
                    seat.left_out += 1
        return due

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
        with self._lock:
            seats = self._of[frame.camera]
            if block:
                self._room.wait_for(
                    lambda: self._stopping or all(seat.waiting is None for seat in seats)
                )
            if self._stopping:
                return False
            step = self._step()
            now_s = self._monotonic()
            taken_s = now_s if frame.taken_s is None else frame.taken_s
            period_s = 1 / max(step.pose_hz, step.expression_hz)
            deadline_s = taken_s + min(period_s, LONGEST_S)
            for seat in seats:
                seat.given += 1
                newest = _Waiting(
                    frame=frame,
                    taken_s=taken_s,
                    deadline_s=deadline_s,
                    ages=not block,
                    ready_s=now_s,
                )
                if seat.waiting is not None:
                    seat.drops[DropCause.SUPERSEDED] += 1
                    newest = _superseding(newest, seat.waiting)
                seat.waiting = newest
                if seat.idle:
                    self._wake_for(newest.stage)
            return True

    def drain(self, camera: CameraKey) -> None:
        """Wait until every frame of a camera has been looked at."""
        with self._lock:
            seats = self._of[camera]
            self._room.wait_for(
                lambda: self._stopping or all(seat.waiting is None and seat.idle for seat in seats)
            )

    def settled_s(self, camera: CameraKey) -> float:
        """Return the capture time up to which all seats of a camera are done; -inf before."""
        with self._lock:
            return min(seat.settled_s for seat in self._of[camera])

    def load(self) -> dict[SeatKey, SeatLoad]:
        """Return the counts of each seat."""
        with self._lock:
            return {
                key: SeatLoad(
                    camera=seat.camera,
                    offered=seat.given + seat.left_out,
                    left_out=seat.left_out,
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
        with self._lock:
            seats = self._seats.values()
            return LaneCounts(
                offered=sum(seat.given for seat in seats),
                dropped=sum(
                    seat.drops[DropCause.SUPERSEDED] + seat.drops[DropCause.STALE] for seat in seats
                ),
                busy_s=self._busy_s / len(self._threads),
                ages=sum((seat.ages.read() for seat in seats), AgeHistogram()),
            )

    def _run(self, lane: _Lane) -> None:
        name = threading.current_thread().name
        while not self._stopping:
            self._beat(name)
            task = self._take(lane)
            if task is None:
                continue
            began_s = self._monotonic()
            half, cause = self._attempt(task)
            done = self._put_back(task, half, cause, began_s=began_s)
            if done:
                self._settled()

    def _take(self, lane: _Lane) -> _Task[Half] | None:
        """Take what this lane is to do next; None when a second goes by without anything."""
        with self._lock:
            task, wait_s = self._choose(lane.stage)
            if task is None and not self._stopping:
                lane.idle = True
                lane.wake.wait(timeout=wait_s)
                lane.idle = False
                task, _ = self._choose(lane.stage)
            if self._stopping or task is None:
                return None
            seat = self._seats[task.key]
            seat.busy = True
            if isinstance(task.work, _Waiting):
                seat.waiting = None
                self._room.notify_all()
            else:
                seat.begun = None
            lane.stage = task.stage
            return task

    def _choose(self, stage: Stage) -> tuple[_Task[Half] | None, float]:
        """Return what a lane that did this stage last should do; if nothing, for how long."""
        first: dict[Stage, _Task[Half]] = {}
        for key, seat in self._seats.items():
            task = _next_task(key, seat)
            if task is None:
                continue
            best = first.get(task.stage)
            if best is None or task.deadline_s < best.deadline_s:
                first[task.stage] = task
        own = first.pop(stage, None)
        other = next(iter(first.values()), None)
        if other is None:
            return own, 1.0
        now_s = self._monotonic()
        if own is None:
            wait_s = other.ready_s + self._patience_s - now_s
            return (other, 0.0) if wait_s <= 0 else (None, wait_s)
        overdue = other.deadline_s < now_s and other.deadline_s < own.deadline_s - LOYALTY_S
        return (other if overdue else own), 0.0

    def _wake_for(self, stage: Stage) -> None:
        """Wake an idle lane, best one that did this stage last; busy ones look for themselves."""
        idle = [lane for lane in self._lanes if lane.idle]
        if idle:
            next((lane for lane in idle if lane.stage is stage), idle[0]).wake.notify()

    def _attempt(self, task: _Task[Half]) -> tuple[Half | None, DropCause | None]:
        """Do one task; return what is left to read, or why the frame is dropped."""
        work = task.work
        try:
            if isinstance(work, _Begun):
                self._read(task.key, work.half)
                return None, None
            late = self._monotonic() - work.taken_s > MAX_AGE_S
            # The first frame after a seam resets the tracker, so it is looked at however late.
            if late and work.ages and work.frame.continues:
                return None, DropCause.STALE
            half = self._look(task.key, work.frame)
            if half is not None and task.stage is Stage.READ:
                self._read(task.key, half)
                return None, None
        except ApplianceError as error:
            self._log.warning("observation_failed", seat=task.key, error=str(error))
            return None, DropCause.FAILED
        except Exception:  # noqa: BLE001 - border of a thread: one bad frame must not end it
            self._log.exception("observation_crashed", seat=task.key)
            return None, DropCause.FAILED
        return half, None

    def _put_back(
        self, task: _Task[Half], half: Half | None, cause: DropCause | None, *, began_s: float
    ) -> bool:
        """Note what became of a task; tell whether its frame is done with."""
        seat = self._seats[task.key]
        work = task.work
        waiting = work.waiting if isinstance(work, _Begun) else work
        with self._lock:
            now_s = self._monotonic()
            self._busy_s += now_s - began_s
            seat.busy = False
            if half is not None:
                seat.begun = _Begun(waiting=waiting, half=half, ready_s=now_s)
                self._wake_for(Stage.READ)
                return False
            frame = waiting.frame
            seat.settled_s = max(seat.settled_s, frame.captured_at_s)
            if cause is None:
                seat.observed += 1
                seat.pose_runs += frame.due.pose
                seat.expression_runs += frame.due.expression
                seat.ages.add(now_s - waiting.taken_s)
            else:
                seat.drops[cause] += 1
            if seat.waiting is not None:
                self._wake_for(seat.waiting.stage)
            self._room.notify_all()
            return True


def _share_out(lanes: int) -> list[Stage]:
    """Return what each lane is to begin with, by the work that there is."""
    looking = max(1, min(round(lanes * POSE_SHARE), lanes - 1))
    return [Stage.LOOK if index < looking else Stage.READ for index in range(lanes)]


def _next_task(key: SeatKey, seat: _Seat[Half]) -> _Task[Half] | None:
    """Return what can be done for a seat now."""
    if seat.busy:
        return None
    begun, waiting = seat.begun, seat.waiting
    if begun is not None:
        return _Task(key, Stage.READ, begun.waiting.deadline_s, begun.ready_s, begun)
    if waiting is None:
        return None
    deadline_s = waiting.deadline_s
    if waiting.stage is Stage.LOOK:  # the face is to be read by then as well
        deadline_s -= max(waiting.deadline_s - waiting.taken_s, 0.0) / 2
    return _Task(key, waiting.stage, deadline_s, waiting.ready_s, waiting)


def _superseding(newest: _Waiting, before: _Waiting) -> _Waiting:
    """Return what waits for a seat now, with what the frame before leaves behind."""
    frame = newest.frame
    continues = frame.continues and before.frame.continues
    due = frame.due | before.frame.due
    if continues != frame.continues or due != frame.due:
        frame = replace(frame, continues=continues, due=due)
    return replace(
        newest,
        frame=frame,
        deadline_s=min(newest.deadline_s, before.deadline_s),
        ready_s=before.ready_s,
    )
