"""Two processors beside each other: what counts as the same decision."""

import json

from acceptance.arm64.comparison import compare


def token(at_s: float, state: str, *chances: float) -> str:
    """Return a line as ``decisions.py`` prints it."""
    return json.dumps({"at_s": at_s, "seat": "left", "state": state, "chances": chances})


def alert(at_s: float) -> str:
    """Return an alert's line."""
    return json.dumps({"at_s": at_s, "seat": "left", "alert": "fatigued", "opened": True})


def test_the_same_states_are_equal_however_near_the_chances() -> None:
    """What is decided counts; how far apart the numbers were is said."""
    found = compare([token(1.0, "focused", 0.75)], [token(1.0, "focused", 0.5)])

    assert found.equal
    assert str(found) == "1 tokens, 0 of another state, probabilities within 0.2500"


def test_a_token_of_another_state_is_named() -> None:
    """With its seat, its time and both states."""
    found = compare([token(1.0, "focused")], [token(1.0, "fatigued")])

    assert not found.equal
    assert "left 1.0 s: fatigued, not focused" in str(found)


def test_an_alert_that_only_one_of_them_raised_is_named() -> None:
    """The states may be equal and the rule not."""
    rows = [token(1.0, "fatigued"), token(2.0, "fatigued")]
    found = compare([*rows, alert(1.0)], rows)

    assert not found.equal
    assert '"alert": "fatigued"' in str(found)


def test_only_what_both_have_reached_is_compared() -> None:
    """A run that was cut off is compared as far as it went."""
    long = [token(1.0, "focused"), token(2.0, "bored"), alert(2.0)]
    found = compare(long, long[:1])

    assert found.equal
    assert found.tokens == 1


def test_nothing_compared_is_not_equal() -> None:
    """A run that said nothing proves nothing."""
    assert not compare([token(1.0, "focused")], []).equal
