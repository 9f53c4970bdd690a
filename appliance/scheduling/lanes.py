"""Worker threads: as many as cores, earliest deadline first over seats and stages.

Live frames are replaced while they wait (the newest wins, the others are counted); replayed frames
wait for their turn and none is lost.

A lane stays with its stage while deadlines allow. A core that runs the same model again finds it in
its caches: two lanes that run one model each need a fifth less processor time than two that change
at every call (pose 3.06 instead of 3.31 ms, expression 1.14 instead of 1.95, measured in turn).
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog

from appliance.cameras.rate import RateCap
from appliance.domain.frames import EVERYTHING, NOTHING, CameraKey, Due, Frame
from appliance.domain.seats import SeatKey
from appliance.errors import ApplianceError
from appliance.perception.perceiver import PartialObservation
from appliance.scheduling.agenda import PATIENCE_S, Agenda
from appliance.scheduling.ladder import POSE_SHARE, LaneCounts, Step
from appliance.scheduling.load import DropCause, SeatLoad
from appliance.scheduling.pace import Pace
from appliance.scheduling.tasks import PosedFrame, Stage, Task

MAX_AGE_S = 0.2
"""A live frame older than this is not worth looking at (docs/DESIGN.md, 2)."""

CLOCK_HZ = 1.0
"""Frames of a camera that shows nobody who has consented: its tokens say so, in time."""

BEAT_S = 1.0
"""Longest silence of a lane that has nothing to do."""


@dataclass(slots=True, eq=False)
class _Lane:
    stage: Stage
    """What it did last."""
    wake: threading.Condition
    idle: bool = False
    timed: bool = False
    """Idle, but looks by itself when the frames that wait are due."""


class Lanes:
    """Runs ``look`` and ``read`` for every seat of every frame on a few threads."""

    def __init__(
        self,
        *,
        seats: Mapping[SeatKey, CameraKey],
        look: Callable[[SeatKey, Frame], PartialObservation | None],
        read: Callable[[SeatKey, PartialObservation], None],
        settled: Callable[[], None],
        beat: Callable[[str], None],
        monotonic: Callable[[], float],
        lanes: int,
        step: Callable[[], Step],
        allowed: Callable[[SeatKey], bool] = lambda _seat: True,
        watched: Callable[[CameraKey, float], bool] = lambda _camera, _at_s: False,
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
            allowed: Tells whether a seat may be looked at; where none of a camera's may, one frame
                a second is enough to keep its clock.
            watched: Tells whether somebody beside the lanes wants the frame of a camera and capture
                time; asked once for each live frame.
        """
        self._watched = watched
        self._allowed = allowed
        self._seats_of = {
            camera: [seat for seat, its in seats.items() if its == camera]
            for camera in seats.values()
        }
        self._clocks = {camera: RateCap(CLOCK_HZ) for camera in seats.values()}
        self._paces = {camera: Pace(step=step) for camera in seats.values()}
        self._step = step
        self._look = look
        self._read = read
        self._settled = settled
        self._beat = beat
        self._monotonic = monotonic
        self._agenda = Agenda(seats, patience_s=PATIENCE_S if lanes > 1 else 0.0)
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
        """Let each lane finish what it is at, then end."""
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
        due, watched = self._paces[camera].plan(at_s), self._watched(camera, at_s)
        if not any(self._allowed(seat) for seat in self._seats_of[camera]):
            # Nothing is looked at on these seats, so a frame more costs no more than its decoding.
            due = EVERYTHING if self._clocks[camera].due(at_s) or watched else NOTHING
        if not due:
            with self._lock:
                self._agenda.leave_out(camera)
        return due

    def put(self, frame: Frame, *, block: bool = False) -> bool:
        """Hand a frame to every seat of its camera.

        Args:
            frame: The newest frame of its camera.
            block: Wait until every seat can take it instead of overwriting: nothing is lost.

        Returns:
            False when the lanes have stopped.
        """
        step = self._step()
        with self._lock:
            if block:
                self._room.wait_for(lambda: self._stopping or self._agenda.has_room(frame.camera))
            if self._stopping:
                return False
            now_s = self._monotonic()
            ready = self._agenda.put(
                frame,
                now_s=now_s,
                period_s=1 / max(step.pose_hz, step.expression_hz),
                ages=not block,
            )
            if self._agenda.bursting:
                for stage in ready:
                    self._wake_for(stage)
            elif not any(lane.timed for lane in self._lanes) or self._agenda.complete(now_s=now_s):
                self._wake_for(Stage.POSE)
            return True

    def drain(self, camera: CameraKey) -> None:
        """Wait until every frame of a camera has been looked at."""
        with self._lock:
            self._room.wait_for(lambda: self._stopping or self._agenda.done(camera))

    def settled_s(self, camera: CameraKey) -> float:
        """Return the capture time up to which all seats of a camera are done; -inf before."""
        with self._lock:
            return self._agenda.settled_s(camera)

    def load(self) -> dict[SeatKey, SeatLoad]:
        """Return the counts of each seat."""
        with self._lock:
            return self._agenda.load()

    def counts(self) -> LaneCounts:
        """Return the counts of all seats together, as the ladder wants them."""
        with self._lock:
            return self._agenda.counts(busy_s=self._busy_s / len(self._lanes))

    def _run(self, lane: _Lane) -> None:
        name = threading.current_thread().name
        while not self._stopping:
            self._beat(name)
            task = self._take(lane)
            if task is None:
                continue
            began_s = self._monotonic()
            # Asked before, as ``look`` asks: of a frame that is dropped unseen nothing is counted.
            seen = self._allowed(task.seat)
            partial, cause = self._attempt(task)
            with self._lock:
                now_s = self._monotonic()
                self._busy_s += now_s - began_s
                if partial is None:
                    next_stage = self._agenda.finish(task, cause, seen=seen, now_s=now_s)
                    self._room.notify_all()
                else:
                    next_stage = self._agenda.put_back(task, partial, now_s=now_s)
                if next_stage is not None:
                    self._wake_for(next_stage)
            if partial is None:
                self._settled()

    def _take(self, lane: _Lane) -> Task | None:
        """Take what this lane is to do next; None when nothing comes for a while."""
        with self._lock:
            bursting = self._agenda.bursting
            task, wait_s = self._agenda.choose(lane.stage, now_s=self._monotonic())
            if task is None and not self._stopping:
                lane.idle, lane.timed = True, wait_s < BEAT_S
                lane.wake.wait(timeout=min(wait_s, BEAT_S))
                lane.idle = lane.timed = False
                bursting = self._agenda.bursting
                task, _ = self._agenda.choose(lane.stage, now_s=self._monotonic())
            if self._agenda.bursting and not bursting:
                for other in self._lanes:  # the others slept through the gathering
                    self._wake(other)
            if self._stopping or task is None:
                return None
            self._agenda.begin(task)
            lane.stage = task.stage
            self._room.notify_all()
            return task

    def _wake_for(self, stage: Stage) -> None:
        """Wake an idle lane, best one that did this stage last; busy ones look for themselves."""
        idle = [lane for lane in self._lanes if lane.idle]
        if idle:
            self._wake(next((lane for lane in idle if lane.stage is stage), idle[0]))

    @staticmethod
    def _wake(lane: _Lane) -> None:
        if lane.idle:
            lane.idle = False  # the next frame wakes another one
            lane.wake.notify()

    def _attempt(self, task: Task) -> tuple[PartialObservation | None, DropCause | None]:
        """Do one task; return what is left to read, or why the frame is dropped."""
        try:
            if isinstance(task.work, PosedFrame):
                self._read(task.seat, task.work.partial)
                return None, None
            late = self._monotonic() - task.work.taken_s > MAX_AGE_S
            # The first frame after a seam resets the tracker, so it is looked at however late.
            if late and task.work.ages and task.work.frame.continues:
                return None, DropCause.STALE
            partial = self._look(task.seat, task.work.frame)
            if partial is not None and task.stage is Stage.EXPRESSION:
                self._read(task.seat, partial)
                return None, None
        except ApplianceError as error:
            self._log.warning("observation_failed", seat=task.seat, error=str(error))
            return None, DropCause.FAILED
        except Exception:  # noqa: BLE001 - border of a thread: one bad frame must not end it
            self._log.exception("observation_crashed", seat=task.seat)
            return None, DropCause.FAILED
        return partial, None


def _share_out(lanes: int) -> list[Stage]:
    """Return what each lane is to begin with, by the work that there is."""
    looking = max(1, min(round(lanes * POSE_SHARE), lanes - 1))
    return [Stage.POSE if index < looking else Stage.EXPRESSION for index in range(lanes)]
