"""Two processors beside each other: which tokens say something else."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two runs of ``decisions.py`` have in common."""

    tokens: int
    """Seats and tokens that both have."""

    differing: tuple[str, ...]
    """Tokens with another state, as ``left 12.4 s: focused, not fatigued``."""

    furthest: float
    """Largest difference of a probability."""

    acts: tuple[str, ...]
    """Alerts and measures that only one of them has."""

    @property
    def equal(self) -> bool:
        """Tell whether both decided the same all the way."""
        return self.tokens > 0 and not self.differing and not self.acts

    def __str__(self) -> str:
        """Return it in a line."""
        said = f"{self.tokens} tokens, {len(self.differing)} of another state"
        said += f", probabilities within {self.furthest:.4f}"
        more = [*self.differing, *self.acts]
        return "\n".join([said, *more]) if more else said


def compare(here: Iterable[str], there: Iterable[str]) -> Comparison:
    """Lay the lines of two runs beside each other, as far as both go.

    Args:
        here: What ``decisions.py`` has printed on this processor.
        there: The same from the other.
    """
    ours, theirs = ([json.loads(line) for line in lines] for lines in (here, there))
    last_s = min(max((row["at_s"] for row in rows), default=0.0) for rows in (ours, theirs))
    states, other = (_states(rows, last_s) for rows in (ours, theirs))
    shared = sorted(states.keys() & other.keys())
    differing = tuple(
        f"{seat} {at_s} s: {other[at_s, seat][0]}, not {states[at_s, seat][0]}"
        for at_s, seat in shared
        if states[at_s, seat][0] != other[at_s, seat][0]
    )
    furthest = max(
        (
            abs(one - two)
            for key in shared
            for one, two in zip(states[key][1], other[key][1], strict=False)
        ),
        default=0.0,
    )
    acts = sorted(_acts(ours, last_s) ^ _acts(theirs, last_s))
    return Comparison(len(shared), differing, furthest, tuple(acts))


def _states(
    rows: list[dict[str, Any]], last_s: float
) -> dict[tuple[float, str], tuple[str, list[float]]]:
    return {
        (row["at_s"], row["seat"]): (row["state"], row["chances"])
        for row in rows
        if "state" in row and row["at_s"] <= last_s
    }


def _acts(rows: list[dict[str, Any]], last_s: float) -> set[str]:
    return {
        json.dumps(row, sort_keys=True)
        for row in rows
        if "state" not in row and row["at_s"] <= last_s
    }
