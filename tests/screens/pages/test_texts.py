"""The catalogues of the pages."""

import re
from itertools import chain

import pytest

from appliance.screens.http.assets import STATIC

AREAS = ("teacher", "box", "people")
OTHER_STATES = re.compile(
    r"(?i)(?<![a-z])(?:focused|confused|bored|verwirrt|gelangweilt|fokussiert)"
)
KEY = re.compile(r"(?m)^([a-z][a-z0-9_-]*) =")
NAMED = re.compile(
    r"""["'`]((?:room|teacher|box|aim|audit|sheet|door|sign-in|enrol|people)-[a-z0-9-]*)(["'`$])"""
)
GROUP = re.compile(r"`([a-z]+-)[a-z-]*\$\{")
OF_PAGES = re.compile(r"(teacher|box|people-.*|box-sheet)-title|room-timeout|state-.*")
"""The server names these."""


def keys_of(name: str) -> set[str]:
    """Return the keys of a catalogue."""
    return set(KEY.findall((STATIC / "texts" / name).read_text()))


def sources() -> str:
    """Return all that names texts of teachers and IT."""
    files = chain(*((STATIC / area).glob("*") for area in AREAS))
    return "\n".join(file.read_text() for file in sorted(files))


@pytest.mark.parametrize("form", ["{}.ftl", "{}.room.ftl", "states.{}.ftl"])
def test_both_languages_have_the_same_keys(form: str) -> None:
    """A text that one lacks would be said in English to a German."""
    assert keys_of(form.format("en")) == keys_of(form.format("de"))


def test_every_text_that_is_named_is_there() -> None:
    """A key in full is in the catalogue; the beginning of one begins some."""
    known, text = keys_of("en.room.ftl"), sources()
    for key, end in NAMED.findall(text):
        if end == "$":
            assert any(one.startswith(key) for one in known), key
        elif not key.endswith(("-", "-name")):  # a name is an element's id
            is_group = any(one.startswith(f"{key}-") for one in known)
            is_id = f'id: "{key}"' in text or f'id="{key}"' in text
            is_word = bool({f"room-done-{key}", f"room-reason-{key}"} & known)
            assert key in known or is_group or is_id or is_word, key


def test_every_text_is_named() -> None:
    """What nobody shows is not translated."""
    named = NAMED.findall(sources())
    whole = {key for key, _ in named}
    groups = {key for key, end in named if end == "$"} | {f"{key}-" for key in whole}
    lost = [
        key
        for key in keys_of("en.room.ftl")
        if key not in whole
        and not any(key.startswith(group) and group.count("-") > 0 for group in groups)
        and not OF_PAGES.fullmatch(key)
    ]
    assert lost == []


def test_every_text_of_a_seat_is_named_and_there() -> None:
    """A key that is put together begins some: ``title-${kind}``, ``reason-${reason}``."""
    files = chain(*((STATIC / area).glob("*.[hj]*") for area in ("seat", "house", "people")))
    text = "\n".join(file.read_text() for file in sorted(files))
    known = keys_of("en.ftl")
    groups = {one for one in GROUP.findall(text) if any(key.startswith(one) for key in known)}
    assert groups >= {"title-", "text-", "why-", "yes-", "open-", "reason-", "sight-", "consent-"}
    groups |= {"lock-", "rest-"}  # "lock" or "rest" first, and then the end
    named = set(re.findall(r"""["'`]([a-z][a-z0-9_-]*)["'`]""", text)) | {"seat-title"}
    assert [key for key in known - named if not key.startswith(tuple(groups))] == []
    said = re.findall(r"""(?:l10n: \[?|say\([\w.]+, |announce\(|aloud\()"([a-z0-9_-]+)\"""", text)
    assert len(said) > 30
    assert [key for key in said if key not in known | keys_of("en.room.ftl")] == []


def test_states_are_named_in_their_own_catalogue_only() -> None:
    """A fatigue-only school is not even sent their names."""
    assert OTHER_STATES.findall(sources()) == []
    for path in (STATIC / "texts").glob("*.ftl"):
        assert bool(OTHER_STATES.search(path.read_text())) == path.name.startswith("states."), path
