"""Numbers are said as a person says them."""

import pytest

from appliance.commands.policy.words import change, duration, listed, share


@pytest.mark.parametrize(
    ("probability", "words"),
    [
        (0.0, "hardly, 0%"),
        (0.249, "hardly, 25%"),
        (0.25, "perhaps, 25%"),
        (0.5, "probably, 50%"),
        (0.75, "very likely, 75%"),
        (1.0, "very likely, 100%"),
    ],
)
def test_probabilities_have_four_words(probability: float, words: str) -> None:
    """Each begins at its bound."""
    assert share(probability) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, "0 s"), (59.4, "59 s"), (60.0, "1 min"), (61.0, "1 min 1 s"), (1800.0, "30 min")],
)
def test_durations_are_minutes_and_seconds(seconds: float, words: str) -> None:
    """What is zero is left out."""
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("drop", "words"),
    [
        (0.25, "fell by 25 points of 100"),
        (-0.125, "rose by 12 points of 100"),
        (0.004, "stayed as it was"),
        (-0.004, "stayed as it was"),
    ],
)
def test_a_drop_is_a_fall(drop: float, words: str) -> None:
    """Less than half a point is nothing."""
    assert change(drop) == words


@pytest.mark.parametrize(
    ("words", "line"),
    [([], ""), (["a"], "a"), (["a", "b"], "a or b"), (["a", "b", "c"], "a, b or c")],
)
def test_lists_end_with_or(words: list[str], line: str) -> None:
    """One word stands alone."""
    assert listed(words) == line
