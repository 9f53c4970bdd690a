"""Which seat and stage comes next, and what a newer frame takes over from an older one."""

from collections.abc import Mapping

import numpy as np
import pytest

from appliance.domain.frames import EVERYTHING, CameraKey, Due, Frame
from appliance.domain.seats import SeatKey
from appliance.scheduling.agenda import EXPECTED_S, LONGEST_S, LOYALTY_S, PATIENCE_S, Agenda
from appliance.scheduling.gathering import LONGEST_S as GATHER_S
from appliance.scheduling.load import DropCause
from appliance.scheduling.tasks import Stage, Task
from tests.support.observations import partial_observation

PERIOD_S = 1 / 15
CAMERAS = [CameraKey(f"cam-{index}") for index in range(4)]
SEATS: Mapping[SeatKey, CameraKey] = {
    SeatKey(f"seat-{index}"): camera for index, camera in enumerate(CAMERAS)
}
ONE, TWO, THREE, FOUR = SEATS


def agenda(*, patience_s: float = PATIENCE_S, gather_s: float = 0.0) -> Agenda:
    """Return an agenda of four cameras with a seat each; if it gathers, then for so long by now."""
    todo = Agenda(SEATS, patience_s=patience_s, gather_s=gather_s)
    if gather_s > 0:
        for second in range(-200, -100):  # a frame a second leaves room for any wait
            all_four(todo, at_s=second)
            finish_all(todo, at_s=second)
    return todo


def put(
    todo: Agenda,
    seat: SeatKey,
    *,
    at_s: float,
    due: Due = EVERYTHING,
    period_s: float = PERIOD_S,
    continues: bool = True,
    ages: bool = True,
) -> list[Stage]:
    """Give a seat a frame that was taken now."""
    frame = Frame(
        camera=SEATS[seat],
        index=round(at_s * 1000),
        captured_at_s=at_s,
        pixels=np.zeros((2, 2, 3), dtype=np.uint8),
        due=due,
        continues=continues,
    )
    return todo.put(frame, now_s=at_s, period_s=period_s, ages=ages)


def begin(todo: Agenda, stage: Stage, *, at_s: float) -> Task | None:
    """Begin what a lane of this stage should do."""
    task, _ = todo.choose(stage, now_s=at_s)
    if task is not None:
        todo.begin(task)
    return task


def all_four(todo: Agenda, *, at_s: float) -> None:
    """Give every seat a frame."""
    for seat in SEATS:
        put(todo, seat, at_s=at_s)


def finish_all(todo: Agenda, *, at_s: float) -> None:
    """Look at what waits until nothing does."""
    while (task := begin(todo, Stage.POSE, at_s=at_s)) is not None:
        todo.finish(task, None, now_s=at_s)


def looked(todo: Agenda, *, at_s: float) -> SeatKey:
    """Do the pose of what is next."""
    task = begin(todo, Stage.POSE, at_s=at_s)
    assert task is not None
    todo.put_back(task, partial_observation(at_s=0.0), now_s=at_s)
    return task.seat


def test_the_earliest_deadline_is_first() -> None:
    """Not the newest frame, and not the first seat of the configuration."""
    todo = agenda()
    put(todo, TWO, at_s=0.000)
    put(todo, ONE, at_s=0.001)
    put(todo, THREE, at_s=0.0005, period_s=PERIOD_S / 2)

    order = [begin(todo, Stage.POSE, at_s=0.002) for _ in range(3)]

    assert [task.seat for task in order if task is not None] == [THREE, TWO, ONE]


def test_a_seat_that_lost_a_frame_goes_first() -> None:
    """A newer frame takes over the deadline: who was passed over is not passed over for ever."""
    todo = agenda()
    put(todo, ONE, at_s=0.000)
    put(todo, TWO, at_s=0.010)
    put(todo, ONE, at_s=0.067)

    task = begin(todo, Stage.POSE, at_s=0.070)

    assert task is not None
    assert task.seat is ONE
    assert task.waiting.frame.captured_at_s == 0.067
    assert todo.load()[ONE].drops[DropCause.SUPERSEDED] == 1


def test_nobody_starves_however_fast_the_others_are() -> None:
    """One lane, time for one frame per round of four cameras: each gets every fourth round."""
    todo = agenda(patience_s=0.0)
    served: list[SeatKey] = []
    for turn in range(16):
        now_s = turn * PERIOD_S
        for seat in SEATS:
            put(todo, seat, at_s=now_s)
        task = begin(todo, Stage.POSE, at_s=now_s)
        assert task is not None
        served.append(task.seat)
        todo.finish(task, None, now_s=now_s + 0.06)

    assert {seat: served.count(seat) for seat in SEATS} == dict.fromkeys(SEATS, 4)


def test_a_stage_that_was_due_on_a_lost_frame_is_due_on_the_next() -> None:
    """Else a busy moment could cost a seat its pose for another two frames."""
    todo = agenda()
    put(todo, ONE, at_s=0.0)
    put(todo, ONE, at_s=PERIOD_S, due=Due(pose=False))

    task = begin(todo, Stage.POSE, at_s=0.07)

    assert task is not None
    assert task.waiting.frame.due == EVERYTHING
    assert task.stage is Stage.POSE


def test_without_a_pose_to_find_only_the_face_is_left() -> None:
    """Such a frame belongs to whoever reads faces."""
    todo = agenda()

    assert put(todo, ONE, at_s=0.0, due=Due(pose=False)) == [Stage.EXPRESSION]
    assert begin(todo, Stage.EXPRESSION, at_s=0.0) is not None


def test_no_frame_is_due_later_than_the_longest_wait() -> None:
    """On the lowest step the next frame comes after 200 ms; this one is not to wait so long."""
    todo = agenda()
    put(todo, ONE, at_s=0.0, period_s=0.2)

    task = begin(todo, Stage.POSE, at_s=0.0)

    assert task is not None
    assert task.waiting.deadline_s == LONGEST_S
    assert task.deadline_s == LONGEST_S / 2


def test_a_lane_stays_with_its_stage() -> None:
    """Another pose comes before the faces that wait, as long as these are in time."""
    todo = agenda()
    put(todo, ONE, at_s=0.0)
    put(todo, TWO, at_s=0.001)
    looked(todo, at_s=0.002)

    own, _ = todo.choose(Stage.POSE, now_s=0.002)
    other, _ = todo.choose(Stage.EXPRESSION, now_s=0.002)

    assert own is not None
    assert (own.seat, own.stage) == (TWO, Stage.POSE)
    assert other is not None
    assert (other.seat, other.stage) == (ONE, Stage.EXPRESSION)


@pytest.mark.parametrize(
    ("second_s", "now_s", "stage"),
    [
        pytest.param(0.060, PERIOD_S, Stage.POSE, id="due-now-is-not-overdue"),
        pytest.param(0.060, PERIOD_S + 0.001, Stage.EXPRESSION, id="overdue"),
        pytest.param(PERIOD_S / 2 + LOYALTY_S - 0.001, 0.1, Stage.POSE, id="own-due-soon-as-well"),
        pytest.param(
            PERIOD_S / 2 + LOYALTY_S + 0.001, 0.1, Stage.EXPRESSION, id="own-due-well-after"
        ),
    ],
)
def test_a_lane_changes_for_what_is_overdue(second_s: float, now_s: float, stage: Stage) -> None:
    """Only then, and only if its own work is due clearly later."""
    todo = agenda()
    put(todo, ONE, at_s=0.0)
    looked(todo, at_s=0.0)
    put(todo, TWO, at_s=second_s)

    task, _ = todo.choose(Stage.POSE, now_s=now_s)

    assert task is not None
    assert task.stage is stage


def test_an_idle_lane_leaves_the_other_stage_to_the_others_for_a_while() -> None:
    """It says when to ask again, and takes it then."""
    todo = agenda()
    put(todo, ONE, at_s=1.0)

    task, wait_s = todo.choose(Stage.EXPRESSION, now_s=1.004)
    assert task is None
    assert wait_s == pytest.approx(PATIENCE_S - 0.004)
    task, _ = todo.choose(Stage.EXPRESSION, now_s=1.0 + PATIENCE_S + 1e-9)
    assert task is not None


def test_the_only_lane_waits_for_nobody() -> None:
    """There is no other one that could come."""
    todo = agenda(patience_s=0.0)
    put(todo, ONE, at_s=1.0)

    task, _ = todo.choose(Stage.EXPRESSION, now_s=1.0)

    assert task is not None


def test_a_seat_in_work_offers_nothing_more() -> None:
    """Neither its next frame nor, while somebody reads it, the rest."""
    todo = agenda()
    put(todo, ONE, at_s=0.0)
    task = begin(todo, Stage.POSE, at_s=0.0)
    assert task is not None

    assert put(todo, ONE, at_s=0.067) == []
    assert begin(todo, Stage.POSE, at_s=0.07) is None
    assert todo.put_back(task, partial_observation(at_s=0.0), now_s=0.07) is Stage.EXPRESSION
    partial = begin(todo, Stage.EXPRESSION, at_s=0.07)
    assert partial is not None
    assert begin(todo, Stage.POSE, at_s=0.07) is None
    assert todo.finish(partial, None, now_s=0.08) is Stage.POSE
    assert begin(todo, Stage.POSE, at_s=0.08) is not None


def test_what_is_done_is_counted_with_its_age() -> None:
    """From the moment the picture was taken to the end of its expression."""
    todo = agenda()
    put(todo, ONE, at_s=0.0)
    looked(todo, at_s=0.004)
    task = begin(todo, Stage.EXPRESSION, at_s=0.010)
    assert task is not None
    todo.finish(task, None, now_s=0.0139)

    load = todo.load()[ONE]
    assert (load.observed, load.pose_runs, load.expression_runs) == (1, 1, 1)
    assert load.ages.quantile_s(1.0) == pytest.approx(0.014)
    assert todo.settled_s(SEATS[ONE]) == 0.0
    assert todo.done(SEATS[ONE])


def test_the_ladder_hears_of_frames_lost_to_a_busy_box_only() -> None:
    """An engine's failure is no reason to look less often."""
    todo = agenda()
    for at_s, cause in ((0.0, DropCause.STALE), (0.1, DropCause.FAILED), (0.2, None)):
        put(todo, ONE, at_s=at_s)
        task = begin(todo, Stage.POSE, at_s=at_s)
        assert task is not None
        todo.finish(task, cause, now_s=at_s)
    todo.leave_out(SEATS[ONE])

    counts = todo.counts(busy_s=1.5)

    assert (counts.offered, counts.dropped, counts.busy_s) == (3, 1, 1.5)
    assert counts.ages.count == 1
    assert todo.load()[ONE].offered == 4


def test_lanes_wait_until_every_camera_has_sent_a_frame() -> None:
    """Then they begin, and go on until nothing is left."""
    todo = agenda(gather_s=GATHER_S)
    for seat in (ONE, TWO, THREE):
        put(todo, seat, at_s=1.0)
        put(todo, FOUR, at_s=0.5)
    finish_all(todo, at_s=1.0)  # all four: no wait
    for seat in (ONE, TWO, THREE):
        put(todo, seat, at_s=1.01)

    task, wait_s = todo.choose(Stage.POSE, now_s=1.02)
    assert task is None
    assert wait_s == pytest.approx(GATHER_S - 0.01)
    assert not todo.bursting
    put(todo, FOUR, at_s=1.02)
    assert begin(todo, Stage.POSE, at_s=1.02) is not None
    assert todo.bursting
    put(todo, ONE, at_s=1.03)  # late for the gathering, in time for the burst
    assert [begin(todo, Stage.POSE, at_s=1.03) is not None for _ in range(4)] == [
        True,
        True,
        True,
        False,
    ]
    assert not todo.bursting


@pytest.mark.parametrize(("after_s", "begins"), [(GATHER_S - 0.001, False), (GATHER_S, True)])
def test_no_frame_waits_longer_for_the_others(after_s: float, begins: bool) -> None:
    """A third of the allowed age, then it is looked at alone."""
    todo = agenda(gather_s=GATHER_S)
    all_four(todo, at_s=1.0)
    finish_all(todo, at_s=1.0)
    put(todo, ONE, at_s=1.5)

    assert (begin(todo, Stage.POSE, at_s=1.5 + after_s) is not None) is begins


@pytest.mark.parametrize(("silent_s", "begins"), [(EXPECTED_S, False), (EXPECTED_S + 0.001, True)])
def test_nobody_waits_for_a_camera_that_is_gone(silent_s: float, begins: bool) -> None:
    """After a second of silence the others are complete without it."""
    todo = agenda(gather_s=GATHER_S)
    all_four(todo, at_s=1.0)
    finish_all(todo, at_s=1.0)
    for seat in (ONE, TWO, THREE):
        put(todo, seat, at_s=1.0 + silent_s)

    assert (begin(todo, Stage.POSE, at_s=1.0 + silent_s) is not None) is begins


def test_a_face_does_not_wait_again() -> None:
    """It has waited with its frame; the next burst is not for it."""
    todo = agenda(gather_s=GATHER_S)
    all_four(todo, at_s=1.0)
    tasks = [begin(todo, Stage.POSE, at_s=1.0) for _ in SEATS]
    assert begin(todo, Stage.POSE, at_s=1.0) is None
    assert not todo.bursting
    assert tasks[0] is not None
    todo.put_back(tasks[0], partial_observation(at_s=0.0), now_s=1.06)

    assert begin(todo, Stage.EXPRESSION, at_s=1.06) is not None


def test_replay_waits_for_nobody() -> None:
    """Its cameras wait for the lanes, so the lanes must not wait for them."""
    todo = agenda(gather_s=GATHER_S)
    all_four(todo, at_s=1.0)
    finish_all(todo, at_s=1.0)
    put(todo, ONE, at_s=1.01, ages=False)

    assert begin(todo, Stage.POSE, at_s=1.01) is not None
