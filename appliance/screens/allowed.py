"""Which states a page may be told of; where nobody has said so, fatigue alone.

The box of a ``fatigue-only`` school says nothing else. This is a second lock on the same door: a
box that is set up wrongly, or somebody who speaks in its name, gets no other state onto a page.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from typing import Protocol

from appliance.domain.affect import Affect
from appliance.screens.http.assets import STATIC

FATIGUE_ONLY = "fatigue-only"
FATIGUED = f"state-{Affect.FATIGUED}"
"""Key of a text that may be shown in every profile, wherever a school has put it."""

_WIDER = frozenset({"four-state", "demo"})
_KEY = re.compile(r"^(?P<key>[a-zA-Z][\w-]*) *=(?P<rest>.*)$")
_NO_WORDS = re.compile(r"^\s*(\.[\w-]+ *=|\*?\[[^\]]*\])|\{[^{}\"]*(->)?|[{}\"]")
"""What stands in Fluent beside the words: names of attributes and variants, what is filled in."""


class OwnWords(str):
    """A text that the school itself has written down: shown as it is, since it tells of nobody."""

    __slots__ = ()


def strictest(profiles: Collection[str]) -> str | None:
    """Return the policy profile that holds for a room; None while no box has said any."""
    return FATIGUE_ONLY if FATIGUE_ONLY in profiles else min(profiles, default=None)


def may_name(affect: Affect, profile: str | None) -> bool:
    """Tell whether a state may be shown under a profile; None: no box has said which."""
    return affect is Affect.FATIGUED or profile in _WIDER


class ShowsAllowed(Protocol):
    """Keeps what may not be told from pages; promises in tests/screens/test_allowed.py."""

    def __call__(self, value: object, profile: str | None) -> object:
        """See ``StateNames.only_allowed``."""
        ...


class StateNames:
    """What the states other than fatigue are called, by boxes and in every language there is."""

    def __init__(self, catalogues: Iterable[str]) -> None:
        """Read the names.

        Args:
            catalogues: Fluent: the ``states`` of each language.
        """
        names = {_plain(affect) for affect in Affect if affect is not Affect.FATIGUED}
        self._names = frozenset(names.union(*map(_names_in, catalogues)))

    def only_allowed(self, value: object, profile: str | None) -> object:
        """Return a value for JSON without any text that names a state which may not be shown.

        Args:
            value: Texts, numbers, lists and objects; may come from outside.
            profile: As for ``may_name``; None also for whom no state at all is told, such as
                students.
        """
        if profile in _WIDER or isinstance(value, OwnWords):
            return value
        if isinstance(value, str):
            return "" if self._name_in(value) else value
        if isinstance(value, Mapping):
            return {
                key: self.only_allowed(its, profile)
                for key, its in value.items()
                if not self._name_in(str(key))
            }
        if isinstance(value, list | tuple):
            return [self.only_allowed(one, profile) for one in value]
        return value

    def _name_in(self, text: str) -> bool:
        plain = _plain(text)
        return any(name in plain for name in self._names)


def _names_in(text: str) -> set[str]:
    """Return all that a catalogue says of states other than fatigue, line by line."""
    names: set[str] = set()
    key = ""
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        words = line
        if found := _KEY.match(line):
            key, words = found["key"], found["rest"]
        if key != FATIGUED:
            names.add(_plain(_NO_WORDS.sub(" ", words)))
    return names - {""}


def _plain(text: str) -> str:
    """Return a text as it reads, however its letters and spaces are written."""
    if not text.isascii():
        letters = unicodedata.normalize("NFKD", text)
        text = "".join(one for one in letters if unicodedata.category(one) not in _UNSEEN)
    return " ".join(text.casefold().replace(_DOTLESS_I, "i").split())


_DOTLESS_I = "\N{LATIN SMALL LETTER DOTLESS I}"
"""Whose capital, in Turkish, is the I of all others."""

_UNSEEN = ("Mn", "Cf")
"""Accents, and what takes no room."""

only_allowed: ShowsAllowed = StateNames(
    file.read_text(encoding="utf-8") for file in (STATIC / "texts").glob("states.*.ftl")
).only_allowed
"""Where nothing but the languages that come along is known."""
