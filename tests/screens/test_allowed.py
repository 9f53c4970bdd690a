"""Names of states that may not be told, however somebody writes them."""

import pytest

from appliance.screens.allowed import OwnWords, StateNames, only_allowed

SPELT = ("\uff42\uff4f\uff52\uff45\uff44", "bo\u00adred", "b\u00f6r\u00e9d", "b\u200bored")
NAMES = ("confused", "Bored", "FOCUSED", "verwirrt", "gelangweilt", "fokussiert")


@pytest.mark.parametrize("name", [*NAMES, *SPELT])
def test_no_spelling_of_another_state_is_told(name: str) -> None:
    """In both languages, as a value, inside a text and as a key."""
    said = {"a": [f"pc-1: {name}!"], f"{name} 1": 2, "b": "fatigued", "c": 3}

    assert only_allowed(said, "fatigue-only") == {"a": [""], "b": "fatigued", "c": 3}
    assert only_allowed(said, None) == only_allowed(said, "fatigue-only")
    assert only_allowed(said, "four-state") == said


ROMANIAN = """# Served only where they may be told apart.
state-focused = concentrat
state-confused =
    { $count ->
        [one] nedumerit
       *[other] nedumeriți
    }
state-bored=se   plictisește
    .title = Apatie
state-fatigued = obosit
state-bored-tr = s\u0131k\u0131lm\u0131ş
state-empty = { "" }
"""


@pytest.mark.parametrize(
    "name",
    ["CONCENTRAT", "nedumerit", "nedumeriti", "Se plictiseste", "apatie", "SIKILMIŞ", "bored"],
)
def test_no_name_of_a_third_language_is_told(name: str) -> None:
    """However its catalogue is laid out; the one of fatigue may be."""
    names = StateNames([ROMANIAN])

    assert names.only_allowed([f"a1: {name}."], "fatigue-only") == [""]
    plain = ["obosit", "one", "other", ""]
    assert names.only_allowed(plain, None) == plain
    assert names.only_allowed([name], "four-state") == [name]


def test_what_a_school_has_written_itself_is_shown() -> None:
    """As long as it is that: a box that says the same word shows nothing."""
    said = {"topic": OwnWords("Focused light"), "reason": "Focused light"}

    assert only_allowed(said, None) == {"topic": "Focused light", "reason": ""}
