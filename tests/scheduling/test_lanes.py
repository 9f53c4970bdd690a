"""Lanes keep the order within a seat, drop by rule and never lose a replayed frame."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from appliance.domain.frames import CameraKey, Frame
from appliance.domain.seats import SeatKey
from appliance.errors import InferenceError
from appliance.perception.perceiver import PartialObservation
from appliance.scheduling.ladder import STEPS, Step
from appliance.scheduling.lanes import MAX_AGE_S, Lanes
from appliance.scheduling.load import DropCause
from tests.support.observations import partial_observation

FRONT, BACK = CameraKey("front"), CameraKey("back")
A01, A02, B01 = SeatKey("a01"), SeatKey("a02"), SeatKey("b01")
SEATS = {A01: FRONT, A02: FRONT, B01: BACK}


class ManualClock:
    """A monotonic clock that only moves when told."""

    def __init__(self) -> None:
        """Start at zero."""
        self.now_s = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now_s


def frame(index: int, *, camera: CameraKey = FRONT, continues: bool = True) -> Frame:
    """Return a tiny frame taken at ``index`` tenths of a second."""
    return Frame(
        camera=camera,
        index=index,
        captured_at_s=index / 10,
        pixels=np.zeros((2, 2, 3), dtype=np.uint8),
        continues=continues,
    )


def make_lanes(
    look: Callable[[SeatKey, Frame], PartialObservation | None] = lambda _seat, _frame: None,
    *,
    read: Callable[[SeatKey, PartialObservation], None] = lambda _seat, _partial: None,
    lanes: int = 1,
    clock: Callable[[], float] | None = None,
    step: Step = STEPS[0],
    allowed: Callable[[SeatKey], bool] = lambda _seat: True,
    watched: Callable[[CameraKey, float], bool] = lambda _camera, _at_s: False,
) -> Lanes:
    """Build lanes that are not started."""
    return Lanes(
        seats=SEATS,
        look=look,
        read=read,
        settled=lambda: None,
        beat=lambda _name: None,
        monotonic=clock or ManualClock(),
        lanes=lanes,
        step=lambda: step,
        allowed=allowed,
        watched=watched,
    )


@contextmanager
def running(
    observe: Callable[[SeatKey, Frame], None],
    *,
    lanes: int = 1,
    clock: Callable[[], float] | None = None,
) -> Iterator[Lanes]:
    """Run lanes until the block ends."""
    pool = make_lanes(observe, lanes=lanes, clock=clock)
    pool.start()
    try:
        yield pool
    finally:
        pool.stop()


@pytest.mark.parametrize("lanes", [1, 2, 4])
def test_replay_shows_every_frame_to_every_seat_in_order(lanes: int) -> None:
    """Whatever the number of lanes, nothing is lost and nothing overtakes."""
    seen: dict[SeatKey, list[int]] = {A01: [], A02: []}

    with running(lambda s, f: seen[s].append(f.index), lanes=lanes) as pool:
        for index in range(50):
            pool.put(frame(index), block=True)
        pool.drain(FRONT)

        assert seen == {A01: list(range(50)), A02: list(range(50))}
        assert pool.settled_s(FRONT) == 4.9
        assert pool.load()[A01].observed == 50


class Gate:
    """An ``observe`` that stops at its first frame until opened."""

    def __init__(self) -> None:
        """Start closed."""
        self.entered = threading.Event()
        self.opened = threading.Event()
        self.seen: list[tuple[SeatKey, int]] = []
        self.seams: list[int] = []

    def __call__(self, seat: SeatKey, looked_at: Frame) -> None:
        """Note the frame, then wait for the gate."""
        self.seen.append((seat, looked_at.index))
        if not looked_at.continues:
            self.seams.append(looked_at.index)
        self.entered.set()
        assert self.opened.wait(30)


def test_the_newest_live_frame_wins_and_the_others_are_counted() -> None:
    """While a seat is busy only its newest frame waits."""
    gate = Gate()

    with running(gate) as pool:
        pool.put(frame(0, camera=BACK))
        assert gate.entered.wait(30)
        for index in (1, 2, 3):
            pool.put(frame(index, camera=BACK))
        gate.opened.set()
        pool.drain(BACK)

        assert gate.seen == [(B01, 0), (B01, 3)]
        assert pool.load()[B01].drops[DropCause.SUPERSEDED] == 2


def test_a_seam_is_never_lost() -> None:
    """The frame that replaces the first one after a reconnect resets the tracker in its place."""
    gate = Gate()

    with running(gate) as pool:
        pool.put(frame(0, camera=BACK))
        assert gate.entered.wait(30)
        pool.put(frame(1, camera=BACK, continues=False))
        pool.put(frame(2, camera=BACK))
        gate.opened.set()
        pool.drain(BACK)

        assert gate.seen == [(B01, 0), (B01, 2)]
        assert gate.seams == [2]


@pytest.mark.parametrize(
    ("age_s", "seen"),
    [
        pytest.param(MAX_AGE_S, [(B01, 0), (B01, 1)], id="exactly-at-the-limit"),
        pytest.param(MAX_AGE_S + 0.001, [(B01, 0)], id="just-above"),
    ],
)
def test_a_frame_that_waited_too_long_is_skipped(
    age_s: float, seen: list[tuple[SeatKey, int]]
) -> None:
    """More than the limit is stale; the limit itself is not."""
    gate, clock = Gate(), ManualClock()

    with running(gate, clock=clock) as pool:
        pool.put(frame(0, camera=BACK))
        assert gate.entered.wait(30)
        pool.put(frame(1, camera=BACK))
        clock.now_s = age_s
        gate.opened.set()
        pool.drain(BACK)

        assert gate.seen == seen
        assert pool.load()[B01].drops[DropCause.STALE] == 2 - len(seen)
        assert pool.settled_s(BACK) == 0.1


@pytest.mark.parametrize(
    "error", [pytest.param(InferenceError("late"), id="ours"), pytest.param(KeyError(), id="bug")]
)
def test_a_failing_frame_does_not_stop_the_lane(error: Exception) -> None:
    """It is counted, and the next frame is looked at."""

    def observe(_seat: SeatKey, looked_at: Frame) -> None:
        if looked_at.index == 0:
            raise error

    with running(observe) as pool:
        pool.put(frame(0, camera=BACK), block=True)
        pool.put(frame(1, camera=BACK), block=True)
        pool.drain(BACK)

        assert pool.load()[B01].drops[DropCause.FAILED] == 1
        assert pool.load()[B01].observed == 1


@pytest.mark.parametrize("lanes", [1, 2, 4])
def test_what_is_left_to_read_is_read_before_the_seat_goes_on(lanes: int) -> None:
    """The two steps of one frame never change places with another frame's, whatever the lanes."""
    order: dict[SeatKey, list[tuple[str, int]]] = {seat: [] for seat in SEATS}

    def look(seat: SeatKey, looked_at: Frame) -> PartialObservation:
        order[seat].append(("look", looked_at.index))
        return partial_observation(at_s=looked_at.captured_at_s)

    def read(seat: SeatKey, partial: PartialObservation) -> None:
        order[seat].append(("read", round(partial.found.captured_at_s * 10)))

    pool = make_lanes(look, read=read, lanes=lanes, clock=time.monotonic)
    pool.start()
    for index in range(20):
        pool.put(frame(index), block=True)
        pool.put(frame(index, camera=BACK), block=True)
    pool.drain(FRONT)
    pool.drain(BACK)
    pool.stop()

    expected = [(step, index) for index in range(20) for step in ("look", "read")]
    assert order == dict.fromkeys(SEATS, expected)
    assert {load.observed for load in pool.load().values()} == {20}


def test_a_frame_on_which_nothing_is_due_is_counted_and_not_asked_for() -> None:
    """On the third step every other frame is left out; it is offered, and no drop."""
    pool = make_lanes(step=STEPS[2])

    planned = [bool(pool.plan(BACK, index / 15)) for index in range(4)]

    assert planned == [True, False, True, False]
    load = pool.load()[B01]
    assert (load.offered, load.left_out, sum(load.drops.values())) == (2, 2, 0)


def test_a_camera_without_consent_is_hardly_converted() -> None:
    """One frame a second keeps its clock; with the first consent every frame is due again."""
    consented: set[SeatKey] = set()
    pool = make_lanes(allowed=consented.__contains__)

    denied = [bool(pool.plan(FRONT, index / 15)) for index in range(30)]
    consented.add(A02)
    granted = [bool(pool.plan(FRONT, 2 + index / 15)) for index in range(30)]

    assert denied[0]
    assert sum(denied) == 3  # at 0 s, and a quarter of a second before 1 s and 2 s
    assert all(granted)


def test_whoever_watches_beside_the_lanes_is_asked_for_every_frame() -> None:
    """Without consent the frames that are wanted come as well; with it nothing changes."""
    asked: list[tuple[CameraKey, float]] = []
    consented: set[SeatKey] = set()

    def watch(camera: CameraKey, at_s: float) -> bool:
        asked.append((camera, at_s))
        return len(asked) % 3 == 0

    pool = make_lanes(allowed=consented.__contains__, watched=watch, step=STEPS[2])

    denied = [bool(pool.plan(BACK, index / 15)) for index in range(12)]
    consented.add(B01)
    granted = [bool(pool.plan(BACK, 1 + index / 15)) for index in range(4)]

    assert asked == [(BACK, index / 15) for index in range(12)] + [
        (BACK, 1 + index / 15) for index in range(4)
    ]
    assert [index for index, due in enumerate(denied) if due] == [0, 2, 5, 8, 11]
    assert granted.count(True) == 2


def test_without_consent_no_frame_counts_as_looked_at() -> None:
    """It is let go unseen; after a consent the next one counts."""
    consented = {A02}
    pool = make_lanes(allowed=consented.__contains__)
    pool.start()
    try:
        for index in range(3):
            pool.put(frame(index), block=True)
        pool.drain(FRONT)
        before = pool.load()
        consented.add(A01)
        pool.put(frame(3), block=True)
        pool.drain(FRONT)
        after = pool.load()
    finally:
        pool.stop()

    denied = before[A01]
    assert (denied.offered, denied.observed, denied.pose_runs, denied.expression_runs) == (
        3, 0, 0, 0,
    )  # fmt: skip
    assert (before[A02].observed, after[A01].observed, after[A02].observed) == (3, 1, 4)
