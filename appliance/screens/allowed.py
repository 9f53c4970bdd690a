"""Which states a page may be told of; where nobody has said so, fatigue alone.

The box of a ``fatigue-only`` school says nothing else. This is a second lock on the same door: a
box that is set up wrongly, or somebody who speaks in its name, gets no other state onto a page.
"""

from collections.abc import Collection, Mapping

from appliance.domain.affect import Affect

FATIGUE_ONLY = "fatigue-only"
_WIDER = frozenset({"four-state", "demo"})
_OTHERS = tuple(affect.value for affect in Affect if affect is not Affect.FATIGUED)


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
        profile: As for ``may_name``.
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


def _names_another(text: str) -> bool:
    return any(name in text.lower() for name in _OTHERS)
