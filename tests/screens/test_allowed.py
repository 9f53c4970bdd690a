"""Names of states that may not be told, however somebody writes them."""

import pytest

from appliance.screens.allowed import only_allowed

SPELT = ("\uff42\uff4f\uff52\uff45\uff44", "bo\u00adred", "b\u00f6r\u00e9d", "b\u200bored")
NAMES = ("confused", "Bored", "FOCUSED", "verwirrt", "gelangweilt", "fokussiert")


@pytest.mark.parametrize("name", [*NAMES, *SPELT])
def test_no_spelling_of_another_state_is_told(name: str) -> None:
    """In both languages, as a value, inside a text and as a key."""
    said = {"a": [f"pc-1: {name}!"], f"{name} 1": 2, "b": "fatigued", "c": 3}

    assert only_allowed(said, "fatigue-only") == {"a": [""], "b": "fatigued", "c": 3}
    assert only_allowed(said, None) == only_allowed(said, "fatigue-only")
    assert only_allowed(said, "four-state") == said
