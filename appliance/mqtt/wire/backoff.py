"""How long a link waits before it tries again."""

import random

LONGEST_BACKOFF_S = 4.0
"""From one attempt to the next, for ever: below the shortest lifetime of a command, 10 s, so that
none expires at a broker that is back."""


def backoff_s(failures: int, *, first_s: float, rng: random.Random) -> float:
    """Return how long to wait after a number of failures in a row, counted from 0.

    Doubles up to ``LONGEST_BACKOFF_S``; the actual wait is between half and all of that, so that
    the boxes of a school do not come back in step.
    """
    ceiling_s = min(LONGEST_BACKOFF_S, first_s * 2.0 ** min(failures, 16))
    return ceiling_s * rng.uniform(0.5, 1.0)
