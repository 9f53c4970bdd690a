"""The ladder goes down when frames are lost or late, and up when there is room for it."""

import itertools
from dataclasses import replace

import pytest

from appliance.scheduling.ages import AgeCounter
from appliance.scheduling.ladder import (
    CALM_LOAD,
    EASY_LOAD,
    FAILED_WITHIN_S,
    LONGEST_WAIT_S,
    SETTLE_S,
    STEPS,
    Ladder,
    LadderState,
    LaneCounts,
)

FRAMES = 1000
"""Offered in each span of these tests."""


class Load:
    """A box under a load that is set by hand; a span is as long as a step takes to settle."""

    def __init__(self, ladder: Ladder) -> None:
        """Begin at time zero."""
        self.ladder = ladder
        self.now_s = 0.0
        self.counts = LaneCounts()
        self._ages = AgeCounter()
        self.ladder.assess(self.now_s, self.counts)

    def span(self, *, dropped: int = 0, age_s: float = 0.020, busy: float = 1.0) -> int:
        """Let a span go by; return the step at its end."""
        for _ in range(100):
            self._ages.add(age_s)
        self.now_s += SETTLE_S
        self.counts = LaneCounts(
            offered=self.counts.offered + FRAMES,
            dropped=self.counts.dropped + dropped,
            busy_s=self.counts.busy_s + busy * SETTLE_S,
            ages=self._ages.read(),
        )
        self.ladder.assess(self.now_s, self.counts)
        return self.ladder.state.step


@pytest.mark.parametrize(
    ("dropped", "age_s", "step"),
    [
        pytest.param(20, 0.020, 0, id="two-percent-dropped"),
        pytest.param(21, 0.020, 1, id="just-more"),
        pytest.param(0, 0.149, 0, id="150-ms"),
        pytest.param(0, 0.151, 1, id="just-older"),
        pytest.param(300, 0.020, 1, id="thirty-percent-dropped"),
        pytest.param(301, 0.020, 2, id="so-many-that-one-step-is-not-enough"),
    ],
)
def test_what_is_too_much(dropped: int, age_s: float, step: int) -> None:
    """The limits are those of the product; reaching one is not exceeding it."""
    assert Load(Ladder()).span(dropped=dropped, age_s=age_s) == step


def test_the_reason_is_kept_while_it_stands_below_and_gone_at_the_top() -> None:
    """Health shows why the box went down, not what it saw last."""
    load = Load(Ladder())

    load.span(dropped=70, age_s=0.181)
    load.span(busy=0.99)
    assert load.ladder.state == LadderState(
        step=1, reason="7% of the frames were dropped, p95 age 182 ms", changes=1
    )
    load.span(busy=0.1)
    assert load.ladder.state == LadderState(step=0, reason="", changes=2)


def test_it_ends_at_the_lowest_step() -> None:
    """However bad it is; the lanes' own rules go on dropping."""
    load = Load(Ladder())

    assert [load.span(dropped=100) for _ in range(6)] == [1, 2, 3, 4, 4, 4]
    assert load.ladder.state.changes == 4


def test_it_looks_once_per_span() -> None:
    """A step has to show what it is worth first."""
    load = Load(Ladder())
    bad = replace(load.counts, offered=FRAMES, dropped=FRAMES)

    assert not load.ladder.assess(load.now_s + SETTLE_S - 0.001, bad)
    assert load.ladder.assess(load.now_s + SETTLE_S, bad)


def busy_on(step: int, *, at: int, load: float) -> float:
    """Return how busy lanes are on a step, if they would be so much on another one."""
    return load * STEPS[step].demand / STEPS[at].demand


@pytest.mark.parametrize(
    ("load", "step"),
    [pytest.param(CALM_LOAD - 0.001, 0, id="room"), pytest.param(CALM_LOAD + 0.001, 1, id="none")],
)
def test_it_climbs_when_the_higher_step_would_leave_room(load: float, step: int) -> None:
    """By the work that the higher step would make of what is done now."""
    boxed = Load(Ladder())
    boxed.span(dropped=100)

    assert boxed.span(busy=busy_on(1, at=0, load=load)) == step


def test_it_climbs_as_far_as_there_is_room() -> None:
    """From the bottom to the top at once when the load is gone: well within ten seconds."""
    load = Load(Ladder())
    for _ in range(4):
        load.span(dropped=100)
    gone_s = load.now_s

    assert load.span(busy=0.05) == 0
    assert load.now_s - gone_s < 10


def test_a_climb_that_failed_is_tried_again_later_and_later() -> None:
    """A box at its limit does not swing; the wait doubles up to a minute."""
    load = Load(Ladder())
    load.span(dropped=100)
    edge = busy_on(1, at=0, load=CALM_LOAD - 0.01)

    waits = []
    for _ in range(7):
        began_s = load.now_s
        while load.span(busy=edge) == 1:
            pass
        waits.append(load.now_s - began_s)
        load.span(dropped=100)  # and down again at once

    assert waits == [2, 4, 8, 16, 32, LONGEST_WAIT_S, LONGEST_WAIT_S]


def test_a_climb_that_held_for_a_while_has_not_failed() -> None:
    """What comes later is another load."""
    load = Load(Ladder())
    load.span(dropped=100)
    edge = busy_on(1, at=0, load=CALM_LOAD - 0.01)
    load.span(busy=edge)
    while load.now_s <= SETTLE_S * 2 + FAILED_WITHIN_S:
        load.span(busy=0.8)
    load.span(dropped=100)

    assert load.span(busy=edge) == 0


def test_an_easy_load_is_climbed_at_once_whatever_failed_before() -> None:
    """The cameras that made it hard must have gone."""
    load = Load(Ladder())
    load.span(dropped=100)
    for _ in range(3):
        while load.span(busy=busy_on(1, at=0, load=CALM_LOAD - 0.01)) == 1:
            pass
        load.span(dropped=100)

    assert load.span(busy=busy_on(1, at=0, load=EASY_LOAD + 0.01)) == 1
    assert load.span(busy=busy_on(1, at=0, load=EASY_LOAD - 0.01)) == 0


@pytest.mark.parametrize(("held", "reason"), [(0, ""), (3, "held there by the configuration")])
def test_a_held_step_stays(held: int, reason: str) -> None:
    """Whatever the load."""
    load = Load(Ladder(held=held))

    load.span(dropped=FRAMES)
    load.span(busy=0.0)

    assert load.ladder.state == LadderState(step=held, reason=reason, changes=0)


def test_the_steps_only_go_down() -> None:
    """Each does less work than the one above, and never one stage more often."""
    demands = [step.demand for step in STEPS]

    assert demands == sorted(demands, reverse=True)
    assert demands[0] == 1.0
    assert all(low.pose_hz <= high.pose_hz for high, low in itertools.pairwise(STEPS))


def test_what_is_left_out_moves_nothing() -> None:
    """Neither down nor up, and nothing of it counts afterwards."""
    load = Load(Ladder())
    load.span(dropped=70)
    assert load.ladder.state.step == 1
    before = load.ladder.state

    for _ in range(40):
        load.ladder.skip()
        load.span(dropped=900)
    load.ladder.skip()
    load.span()
    assert load.ladder.state == before
    assert load.span(busy=0.99) == 1
