"""Status and truth are compared with ten seconds of grace, both ways."""

import pytest
from acceptance.flapping.truth import Changes, compare

ALWAYS = [(0.0, True)]
LOST = [(0.0, True), (100.0, False), (160.0, True)]


@pytest.mark.parametrize(
    ("was", "said", "untrue", "late"),
    [
        pytest.param(ALWAYS, ALWAYS, 0, 0, id="nothing-happens"),
        pytest.param(LOST, [(0.0, True), (104.0, False), (165.0, True)], 0, 0, id="in-time"),
        pytest.param(LOST, [(0.0, True), (115.0, False), (165.0, True)], 0, 1, id="told-late"),
        pytest.param(LOST, [(0.0, True), (104.0, False), (175.0, True)], 0, 1, id="back-told-late"),
        pytest.param(LOST, ALWAYS, 0, 1, id="never-told"),
        pytest.param(ALWAYS, [(0.0, True), (50.0, False)], 1, 0, id="made-up"),
        pytest.param(
            LOST, [(0.0, True), (104.0, False), (130.0, True), (131.0, False)], 1, 1, id="flapping"
        ),
        pytest.param(
            [(0.0, True), (100.0, False), (104.0, True)], ALWAYS, 0, 0, id="too-short-to-be-told"
        ),
    ],
)
def test_untrue_and_late_are_counted(was: Changes, said: Changes, untrue: int, late: int) -> None:
    """A message may lag by ten seconds, and a change that lasts has to be told within ten."""
    verdict = compare(was, said, ends_s=300.0)

    assert (len(verdict.untrue), len(verdict.late)) == (untrue, late)
    assert verdict.messages == len(said) - 1


def test_losses_are_those_that_could_be_seen() -> None:
    """A camera that dies again before the box is back has been lost once."""
    was = [(0.0, True), (50.0, False), (60.0, False), (70.0, True), (90.0, False)]

    assert compare(was, ALWAYS, ends_s=100.0).losses == 2
