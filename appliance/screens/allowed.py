"""Which states a page may be told of; where nobody has said so, fatigue alone.

The box of a ``fatigue-only`` school says nothing else. This is a second lock on the same door: a
box that is set up wrongly, or somebody who speaks in its name, gets no other state onto a page.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping

from appliance.domain.affect import Affect
from appliance.screens.http.assets import STATIC

FATIGUE_ONLY = "fatigue-only"
_WIDER = frozenset({"four-state", "demo"})
_NAME = re.compile(r"^state-[\w-]+ = (.+)$", re.MULTILINE)


def strictest(profiles: Collection[str]) -> str | None:
    """Return the policy profile that holds for a room; None while no box has said any."""
    return FATIGUE_ONLY if FATIGUE_ONLY in profiles else min(profiles, default=None)


def may_name(affect: Affect, profile: str | None) -> bool:
    """Tell whether a state may be shown under a profile; None: no box has said which."""
    return affect is Affect.FATIGUED or profile in _WIDER


def only_allowed(value: object, profile: str | None) -> object:
    """Return a value for JSON without any text that names a state which may not be shown.

    Args:
        value: Texts, numbers, lists and objects; may come from outside.
        profile: As for ``may_name``; None also for whom no state at all is told, such as students.
    """
    if profile in _WIDER:
        return value
    if isinstance(value, str):
        return "" if _names_another(value) else value
    if isinstance(value, Mapping):
        return {
            key: only_allowed(its, profile)
            for key, its in value.items()
            if not _names_another(str(key))
        }
    if isinstance(value, list | tuple):
        return [only_allowed(one, profile) for one in value]
    return value


def _plain(text: str) -> str:
    """Return a text as it reads, however its letters are written."""
    if text.isascii():
        return text.lower()
    letters = unicodedata.normalize("NFKD", text)
    return "".join(one for one in letters if unicodedata.category(one) not in _UNSEEN).casefold()


_UNSEEN = ("Mn", "Cf")
"""Accents, and what takes no room."""


def _other_names() -> frozenset[str]:
    """Return what the other states are called, by boxes and in the languages that come along."""
    files = sorted((STATIC / "texts").glob("states.*.ftl"))
    told = [name for file in files for name in _NAME.findall(file.read_text(encoding="utf-8"))]
    ours = [affect.value for affect in Affect if affect is not Affect.FATIGUED]
    return frozenset(map(_plain, (*ours, *told)))


_OTHERS = _other_names()


def _names_another(text: str) -> bool:
    plain = _plain(text)
    return any(name in plain for name in _OTHERS)
