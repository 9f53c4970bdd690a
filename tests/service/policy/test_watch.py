"""When there is no time to learn, and what a health report says of the policy."""

import pytest

from appliance.intervention.policy.decider import Decider
from appliance.scheduling.ladder import LadderState, LaneCounts
from appliance.service.policy.watch import Lateness, PolicyWatch
from tests.support.scripted_learner import ScriptedLearner


class Lanes:
    """Lanes, ladder and tuner as a test wants them."""

    def __init__(self, *, held: bool = False) -> None:
        """Begin at full rate."""
        self.dropped, self.step, self.tunes = 0, 0, False
        self.late = Lateness(
            counts=lambda: LaneCounts(dropped=self.dropped),
            ladder=lambda: LadderState(step=self.step, reason="", changes=0),
            held=held,
            tuning=lambda: self.tunes,
        )


def test_a_dropped_frame_is_late_once() -> None:
    """What was dropped before does not keep it from learning for ever."""
    lanes = Lanes()
    lanes.dropped = 3

    assert [lanes.late(), lanes.late()] == [True, False]
    lanes.dropped = 4
    assert [lanes.late(), lanes.late()] == [True, False]


@pytest.mark.parametrize(("held", "expected"), [(False, True), (True, False)])
def test_a_box_that_looks_less_often_has_no_time(*, held: bool, expected: bool) -> None:
    """Unless the configuration holds it there, which says nothing of its load."""
    lanes = Lanes(held=held)
    lanes.step = 2

    assert lanes.late() is expected


def test_a_box_that_times_its_engines_has_no_time() -> None:
    """What learns would be timed along."""
    lanes = Lanes()
    lanes.tunes = True

    assert lanes.late()


def test_a_refused_artifact_stays_a_problem() -> None:
    """For as long as the box runs with it."""
    line = "policy: others may write to it; the rules decide alone"

    assert PolicyWatch(refused=line).problems() == {"policy artifact": line}
    assert PolicyWatch().problems() == {}


def test_failures_of_the_learner_are_counted() -> None:
    """From the decider, where there is one."""
    learner = ScriptedLearner()
    learner.error = ZeroDivisionError()
    decider = Decider(
        learner=learner,
        explore=False,
        new_id=lambda: "k",
        new_seed=lambda: 0,
        monotonic=lambda: 0.0,
    )

    assert PolicyWatch(decider=decider).failures() == 1
    assert PolicyWatch().failures() == 0
