"""What a simulated policy is asked about."""

from dataclasses import dataclass
from typing import Self

from appliance.domain.arrays import BoolArray, Float32Array, IntArray
from appliance.domain.policy.experience import Experience


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Situations:
    """B decisions of different students at the same step, or of a record."""

    states: Float32Array
    """(B, ``STATE_SIZE``)."""

    allowed: BoolArray
    """(B, 5)."""

    rules: IntArray
    """(B,) the rule's action."""

    @classmethod
    def of(cls, record: Experience) -> Self:
        """Return those of a record."""
        return cls(states=record.states, allowed=record.allowed, rules=record.rules)
