"""Recorded choices made again, and compared to the bit."""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from appliance.domain.policy.choices import Choice, ErasedChoice, StoredChoice
from appliance.errors import MissingProgramError, PolicyError
from appliance.intervention.policy.decider import RULES, replay
from appliance.intervention.policy.learner import Learner
from appliance.intervention.policy.learners.loading import load_learner
from appliance.storage.tables.on_record import PolicyWeights

_WORDS = ("learned_action", "action", "reason")
_NUMBERS = ("propensity", "bound", "value")


class ReplayResult(StrEnum):
    """What came of making a choice again."""

    EQUAL = "equal"
    DIFFERENT = "different"
    ERASED = "erased"
    """There is nothing left to make it from."""
    NO_WEIGHTS = "no weights"
    """Those of its policy are lost or damaged, or what reads them is not installed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """One choice made again."""

    id: str
    result: ReplayResult

    detail: str = ""
    """The fields that differ, or why there are no weights."""


class Recomputation:
    """Makes choices again; learners are loaded once, the one used last is kept."""

    def __init__(self, weights: Callable[[str], PolicyWeights | None]) -> None:
        """Begin without a learner; ``weights`` finds those of a version."""
        self._weights = weights
        self._version = RULES
        self._learner: Learner | None = None

    def check(self, found: StoredChoice | ErasedChoice) -> Replayed:
        """Make one choice again."""
        if isinstance(found, ErasedChoice):
            return Replayed(id=found.id, result=ReplayResult.ERASED)
        choice = found.choice
        try:
            learner = self._load(choice.policy)
        except (PolicyError, MissingProgramError) as error:
            return Replayed(id=choice.id, result=ReplayResult.NO_WEIGHTS, detail=str(error))
        differing = differences(choice, replay(choice, learner))
        if not differing:
            return Replayed(id=choice.id, result=ReplayResult.EQUAL)
        return Replayed(id=choice.id, result=ReplayResult.DIFFERENT, detail=", ".join(differing))

    def _load(self, version: str) -> Learner | None:
        if version != self._version:
            self._learner = None if version == RULES else self._find(version)
            self._version = version
        return self._learner

    def _find(self, version: str) -> Learner:
        kept = self._weights(version)
        if kept is None:
            msg = f"the weights of {version} are not on record"
            raise PolicyError(msg)
        return load_learner(version, kept.content)


def differences(recorded: Choice, again: Choice) -> list[str]:
    """Return the names of the fields in which two choices differ, be it by one bit."""
    return [
        *(name for name in _WORDS if getattr(recorded, name) != getattr(again, name)),
        *(name for name in _NUMBERS if _bits(recorded, name) != _bits(again, name)),
    ]


def _bits(choice: Choice, name: str) -> bytes:
    return struct.pack("<d", getattr(choice, name))
