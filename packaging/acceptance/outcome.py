"""What became of one thing that was tried, and how a person reads it."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a step or a check."""

    what: str
    passed: bool
    seconds: float
    fact: str
    """What was seen."""


def show(outcomes: Iterable[Outcome]) -> None:
    """Print a table."""
    for one in outcomes:
        mark = "ok" if one.passed else "FAILED"
        fact = one.fact.replace("\n", f"\n{'':18}")
        print(f"{mark:6} {one.seconds:7.1f} s  {one.what}\n{'':18}{fact}")
