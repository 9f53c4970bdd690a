"""What there is to do for each seat, and which of it a lane should do next.

A seat has one frame in work at most, and one frame waiting. So what it sees is in order, and its
result does not depend on the number of lanes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from appliance.domain.frames import CameraKey, Frame
from appliance.domain.seats import SeatKey
from appliance.perception.perceiver import PartialObservation
from appliance.scheduling import gathering
from appliance.scheduling.ages import AgeCounter, AgeHistogram
from appliance.scheduling.gathering import Gathering
from appliance.scheduling.ladder import LaneCounts
from appliance.scheduling.load import DropCause, SeatLoad
from appliance.scheduling.tasks import PosedFrame, QueuedFrame, Stage, Task

LONGEST_S = 0.100
"""A frame is due this long after it was taken at the latest, however seldom the stages run: two
thirds of the age that is allowed (docs/DESIGN.md, 10)."""

EXPECTED_S = 1.0
"""Nobody waits for a camera that has been silent for longer."""

PATIENCE_S = 0.010
"""An idle lane leaves work of the other stage to the others for this long: twice a pose."""

LOYALTY_S = 0.020
"""A lane changes its stage for work that is overdue, and due this much before its own."""


@dataclass(slots=True)
class _Seat:
    camera: CameraKey
    waiting: QueuedFrame | None = None
    posed: PosedFrame | None = None
    busy: bool = False
    settled_s: float = float("-inf")
    """Capture time up to which every frame was looked at or dropped."""
    put_s: float = float("-inf")
    """When its last frame came."""
    given: int = 0
    left_out: int = 0
    observed: int = 0
    pose_runs: int = 0
    expression_runs: int = 0
    drops: dict[DropCause, int] = field(default_factory=lambda: dict.fromkeys(DropCause, 0))
    ages: AgeCounter = field(default_factory=AgeCounter)


class Agenda:
    """The frames of all seats; not thread-safe: the lanes serialise."""

    def __init__(
        self,
        seats: Mapping[SeatKey, CameraKey],
        *,
        patience_s: float = PATIENCE_S,
        gather_s: float = gathering.LONGEST_S,
    ) -> None:
        """Begin with nothing to do.

        Args:
            seats: Which camera sees which seat.
            patience_s: How long a lane without work of its own leaves the other stage's alone.
            gather_s: How long live frames wait for those of other cameras at most.
        """
        self._seats: dict[SeatKey, _Seat] = {seat: _Seat(camera) for seat, camera in seats.items()}
        self._of = {
            camera: [seat for seat in self._seats.values() if seat.camera == camera]
            for camera in seats.values()
        }
        self._patience_s = patience_s
        self._gathering = Gathering(longest_s=gather_s)
        self._burst_since_s: float | None = None

    @property
    def bursting(self) -> bool:
        """True from the moment a lane has begun until nothing is left."""
        return self._burst_since_s is not None

    def complete(self, *, now_s: float) -> bool:
        """Tell whether there is nothing to wait for before a burst begins."""
        seats = self._seats.values()
        waiting = [seat.waiting for seat in seats if seat.waiting is not None]
        expected = sum(now_s - seat.put_s <= EXPECTED_S for seat in seats)
        return len(waiting) >= expected or any(not one.ages for one in waiting)

    def put(self, frame: Frame, *, now_s: float, period_s: float, ages: bool) -> list[Stage]:
        """Take a frame for every seat of its camera.

        A seam is never lost: if the overwritten frame did not continue, its successor does not.
        Neither is a stage: what was due on the overwritten frame is due on its successor.

        Args:
            frame: The newest frame of its camera.
            now_s: Monotonic time.
            period_s: Until the camera's next frame.
            ages: False when it keeps its worth while it waits.

        Returns:
            The stage of each task that a lane could begin at once.
        """
        taken_s = now_s if frame.taken_s is None else frame.taken_s
        ready: list[Stage] = []
        allowed_s = min(period_s, LONGEST_S)
        for seat in self._of[frame.camera]:
            newest = QueuedFrame(
                frame=frame,
                taken_s=taken_s,
                deadline_s=taken_s + allowed_s,
                look_by_s=taken_s + allowed_s / 2,
                ages=ages,
                ready_s=now_s,
            )
            seat.given += 1
            if ages:
                self._gathering.note_interval(now_s - seat.put_s)
            seat.put_s = now_s
            if seat.waiting is not None:
                self._gathering.note_loss()
                seat.drops[DropCause.SUPERSEDED] += 1
                newest = _superseding(newest, seat.waiting)
            seat.waiting = newest
            if not seat.busy and seat.posed is None:
                ready.append(newest.stage)
        return ready

    def leave_out(self, camera: CameraKey) -> None:
        """Count a frame on which nothing was due."""
        for seat in self._of[camera]:
            seat.left_out += 1

    def choose(self, stage: Stage, *, now_s: float) -> tuple[Task | None, float]:
        """Return what a lane should do that did ``stage`` last.

        Nothing until a burst begins, which goes on until nothing is left. In it the earliest
        deadline of the lane's own stage; of the other one if that is overdue and due well before,
        or if there is nothing else and no other lane has come for it.

        Returns:
            The task, or None and for how long there will be none unless something happens.
        """
        tasks = [
            task for key, seat in self._seats.items() if (task := _next_task(key, seat)) is not None
        ]
        if (gathers_s := self._gathers_s(tasks, now_s=now_s)) > 0:
            return None, gathers_s
        first: dict[Stage, Task] = {}
        for task in tasks:
            best = first.get(task.stage)
            if best is None or task.deadline_s < best.deadline_s:
                first[task.stage] = task
        own = first.pop(stage, None)
        other = next(iter(first.values()), None)
        if other is None:
            return own, float("inf")
        if own is None:
            wait_s = other.ready_s + self._patience_s - now_s
            return (other, 0.0) if wait_s <= 0 else (None, wait_s)
        overdue = other.deadline_s < now_s and other.deadline_s < own.deadline_s - LOYALTY_S
        return (other if overdue else own), 0.0

    def _gathers_s(self, tasks: Sequence[Task], *, now_s: float) -> float:
        """Return how long lanes should still wait for more to do; infinite without anything."""
        since_s = self._burst_since_s
        if not tasks:
            if since_s is not None:
                self._gathering.note_burst(now_s - since_s)
                self._burst_since_s = None
            return float("inf")
        if since_s is None:
            # A face to be read has waited as long as its frame.
            oldest_s = min(task.waiting.ready_s for task in tasks)
            wait_s = oldest_s + self._gathering.allowed_s - now_s
            if wait_s > 0 and not self.complete(now_s=now_s):
                return wait_s
            self._burst_since_s = now_s
        return 0.0

    def begin(self, task: Task) -> None:
        """Note that a lane is at it."""
        seat = self._seats[task.seat]
        seat.busy = True
        if isinstance(task.work, PosedFrame):
            seat.posed = None
        else:
            seat.waiting = None

    def put_back(self, task: Task, partial: PartialObservation, *, now_s: float) -> Stage:
        """Take back a frame whose face is still to be read; return the stage of what is left."""
        seat = self._seats[task.seat]
        seat.busy = False
        seat.posed = PosedFrame(waiting=task.waiting, partial=partial, ready_s=now_s)
        return Stage.EXPRESSION

    def finish(
        self, task: Task, cause: DropCause | None, *, seen: bool = True, now_s: float
    ) -> Stage | None:
        """Count a frame that is done with.

        Args:
            task: What was done.
            cause: Why its frame was dropped; None when it was not.
            seen: False where nobody has agreed: the frame was let go without a look.
            now_s: Monotonic time.

        Returns:
            The stage of the seat's next frame, if one waits.
        """
        seat = self._seats[task.seat]
        frame = task.waiting.frame
        seat.busy = False
        seat.settled_s = max(seat.settled_s, frame.captured_at_s)
        if cause is not None:
            seat.drops[cause] += 1
        elif seen:
            seat.observed += 1
            seat.pose_runs += frame.due.pose
            seat.expression_runs += frame.due.expression
            seat.ages.add(now_s - task.waiting.taken_s)
        return None if seat.waiting is None else seat.waiting.stage

    def has_room(self, camera: CameraKey) -> bool:
        """Tell whether every seat of a camera can take a frame without losing one."""
        return all(seat.waiting is None for seat in self._of[camera])

    def done(self, camera: CameraKey) -> bool:
        """Tell whether nothing of a camera waits or is in work."""
        return all(
            seat.waiting is None and seat.posed is None and not seat.busy
            for seat in self._of[camera]
        )

    def settled_s(self, camera: CameraKey) -> float:
        """Return the capture time up to which all seats of a camera are done; -inf before."""
        return min(seat.settled_s for seat in self._of[camera])

    def load(self) -> dict[SeatKey, SeatLoad]:
        """Return the counts of each seat."""
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

    def counts(self, *, busy_s: float) -> LaneCounts:
        """Return the counts of all seats together, as the ladder wants them."""
        seats = self._seats.values()
        return LaneCounts(
            offered=sum(seat.given for seat in seats),
            dropped=sum(
                seat.drops[DropCause.SUPERSEDED] + seat.drops[DropCause.STALE] for seat in seats
            ),
            busy_s=busy_s,
            ages=sum((seat.ages.read() for seat in seats), AgeHistogram()),
        )


def _next_task(key: SeatKey, seat: _Seat) -> Task | None:
    """Return what can be done for a seat now."""
    if seat.busy:
        return None
    posed, waiting = seat.posed, seat.waiting
    if posed is not None:
        return Task(key, Stage.EXPRESSION, posed.waiting.deadline_s, posed.ready_s, posed)
    if waiting is None:
        return None
    by_s = waiting.look_by_s if waiting.stage is Stage.POSE else waiting.deadline_s
    return Task(key, waiting.stage, by_s, waiting.ready_s, waiting)


def _superseding(newest: QueuedFrame, before: QueuedFrame) -> QueuedFrame:
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
        look_by_s=min(newest.look_by_s, before.look_by_s),
        ready_s=before.ready_s,
    )
