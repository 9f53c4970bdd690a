"""A ChoiceStore without a disk."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from appliance.domain.policy.choices import (
    POLICY_ACTIONS,
    STATE_SIZE,
    Choice,
    ChoiceOutcome,
    ErasedChoice,
    StoredChoice,
)
from appliance.domain.policy.experience import Experience
from appliance.errors import StorageError


@dataclass
class MemoryChoices:
    """Keeps everything in lists, in the order of the calls; what is learned from is the test's."""

    told: Callable[[str, object], None] = lambda *_: None
    recorded: list[Choice] = field(default_factory=list)
    waited: list[list[Choice]] = field(default_factory=list)
    outcomes: list[ChoiceOutcome] = field(default_factory=list)
    policies: dict[str, bytes] = field(default_factory=dict)
    finished: list[float] = field(default_factory=list)
    """Wall times at which outcomes became known."""
    erasures: int = 0
    error: Exception | None = None
    unreadable: bool = False
    """Weights that were kept cannot be read."""
    content: Callable[[int], Experience] = field(default_factory=lambda: empty_experience)
    """Makes an experience of so many choices."""
    asked: list[tuple[int, int]] = field(default_factory=list)
    """Limit and skip of each experience that was read."""

    def record(self, choice: Choice) -> None:
        """Keep a choice, if the disk does."""
        self._may_fail()
        self.recorded.append(choice)
        self.told("choice", choice.id)

    def record_many(self, choices: Sequence[Choice]) -> None:
        """Keep the choices of a step."""
        self.waited.append(list(choices))

    def settle(self, outcome: ChoiceOutcome) -> None:
        """Keep an outcome."""
        self.outcomes.append(outcome)

    def keep_policy(self, version: str, *, learner: str, weights: bytes) -> None:
        """Keep weights."""
        self._may_fail()
        self.told("policy", (version, learner))
        self.policies.setdefault(version, weights)

    def policy(self, version: str) -> bytes | None:
        """Return weights."""
        if self.unreadable:
            msg = "the disk does not answer"
            raise StorageError(msg)
        return self.policies.get(version)

    def count_finished(self, *, since_s: float) -> int:
        """Count."""
        self._may_fail()
        return sum(at_s > since_s for at_s in self.finished)

    def count_erasures(self) -> int:
        """Return what the test says."""
        return self.erasures

    def experience(self, limit: int = 50_000, *, skip: int = 0) -> Experience:
        """Return as many choices as there would be."""
        self.asked.append((limit, skip))
        return self.content(max(0, min(limit, len(self.finished) - skip)))

    def get(self, choice: str) -> StoredChoice | ErasedChoice | None:
        """Nobody asks here."""
        raise NotImplementedError(choice)

    def _may_fail(self) -> None:
        if self.error is not None:
            raise self.error


def empty_experience(count: int) -> Experience:
    """Return choices of nothing, one stay each."""
    whole = np.zeros(count, dtype=np.int64)
    return Experience(
        states=np.zeros((count, STATE_SIZE), dtype=np.float32),
        allowed=np.ones((count, len(POLICY_ACTIONS)), dtype=np.bool_),
        rules=whole,
        actions=whole,
        propensities=np.ones(count),
        rewards=np.zeros(count),
        at_s=np.arange(count, dtype=np.float64),
        stays=np.arange(count),
    )
