"""Two people in a region are noticed, a passer-by is not."""

import numpy as np
import pytest

from appliance.perception.blazepose.detector import PoseDetector
from appliance.perception.crowd import CrowdWatch
from tests.support.sessions import ScriptedSession, people

BLANK = np.zeros((224, 224, 3), dtype=np.uint8)
ONE = people((0.25, 0.5, 0.9))
TWO = people((0.25, 0.5, 0.9), (0.75, 0.5, 0.75))


def watch_of(answers: dict[float, bool]) -> tuple[CrowdWatch, ScriptedSession, list[float]]:
    """Build a watch whose region is crowded from the given times on."""
    clock = [0.0]

    def answer(_: object) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
        crowded = next(
            state for since, state in sorted(answers.items(), reverse=True) if clock[0] >= since
        )
        return TWO if crowded else ONE

    session = ScriptedSession(answer)
    return CrowdWatch(PoseDetector(session)), session, clock


def ambiguous_times(answers: dict[float, bool], *, until_s: float) -> list[float]:
    """Run at eight frames a second and list the times that are ambiguous."""
    watch, _, clock = watch_of(answers)
    found = []
    for frame in range(int(until_s * 8)):
        clock[0] = frame / 8
        if watch.ambiguous(BLANK, clock[0]):
            found.append(clock[0])
    return found


def test_a_lone_student_is_looked_at_every_two_seconds() -> None:
    """The watch is cheap."""
    watch, session, clock = watch_of({0.0: False})
    for frame in range(80):
        clock[0] = frame / 8
        assert not watch.ambiguous(BLANK, clock[0])

    assert session.runs == 5


def test_two_people_are_ambiguous_after_more_than_a_second() -> None:
    """Exactly one second is not yet more than one."""
    times = ambiguous_times({0.0: True}, until_s=4)

    assert times[0] == 1.125
    assert times[-1] == 3.875


def test_a_passer_by_is_not_ambiguous() -> None:
    """Gone at the next look, half a second later."""
    assert ambiguous_times({0.0: True, 0.5: False}, until_s=6) == []


def test_it_ends_when_the_second_one_leaves() -> None:
    """Within half a second."""
    times = ambiguous_times({0.0: True, 2.75: False}, until_s=6)

    assert times[-1] < 3.25


@pytest.mark.parametrize(
    ("score", "noticed"),
    [pytest.param(0.58, False, id="furniture"), pytest.param(0.62, True, id="person")],
)
def test_furniture_is_not_a_second_person(score: float, noticed: bool) -> None:
    """A round table scores up to .58."""
    answer = people((0.25, 0.5, 0.9), (0.75, 0.5, score))
    watch = CrowdWatch(PoseDetector(ScriptedSession(lambda _: answer)))

    assert [watch.ambiguous(BLANK, step / 4) for step in range(8)][-1] is noticed


def test_reset_forgets() -> None:
    """Another occupancy begins unambiguous."""
    watch, _, clock = watch_of({0.0: True})
    for frame in range(16):
        clock[0] = frame / 8
        watch.ambiguous(BLANK, clock[0])
    watch.reset()

    assert not watch.ambiguous(BLANK, 2.0)
