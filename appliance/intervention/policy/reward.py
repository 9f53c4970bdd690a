"""Equation 12 from readings, screen events and answers.

Delta F and Delta B are the 30 s mean before the decision minus the 30 s mean that ends 120 s after
it (docs/DESIGN.md, 6). The mean leaves out 30 s after every screen event: a pop-up moves the eyes,
and that is no relief.
"""

import numpy as np

from appliance.domain.affect import AFFECTS, Affect
from appliance.domain.arrays import Float64Array
from appliance.domain.policy.experience import WEIGHTS, RewardWeights, sum_terms
from appliance.domain.tokens import TOKEN_HZ
from appliance.intervention.cooldowns import HOURLY_LIMIT

__all__ = [
    "DELAY_TOKENS",
    "INTRUDE_WITHIN_S",
    "WEIGHTS",
    "ReadingLog",
    "RewardWeights",
    "intrudes",
    "rejects",
    "sum_terms",
]

DELAY_TOKENS = round(120 * TOKEN_HZ)
WINDOW_TOKENS = round(30 * TOKEN_HZ)
AFTER_SCREEN_TOKENS = round(30 * TOKEN_HZ)
KEPT_TOKENS = WINDOW_TOKENS + DELAY_TOKENS + round(60 * TOKEN_HZ)
"""Both windows of a decision, and a minute in which to ask for them."""

MIN_PRESENT = 0.8
COMPLETE_WITHIN_S = 600.0
REJECT_WITHIN_S = 10.0
NEGATIVE_RATING = 2  # 1 and 2 of 5: docs/DESIGN.md, 6 says "rated negative"
INTRUDE_WITHIN_S = 600.0
_DROPPING = [AFFECTS.index(Affect.FATIGUED), AFFECTS.index(Affect.BORED)]


def intrudes(*, since_last_s: float | None, in_last_hour: int) -> bool:
    """Tell whether one more intrudes: less than 10 min after the last, or the fifth in an hour.

    Args:
        since_last_s: Time since the last one was shown; None when there was none.
        in_last_hour: How many were shown in the hour before, this one not counted.
    """
    soon = since_last_s is not None and since_last_s < INTRUDE_WITHIN_S
    return soon or in_last_hour >= HOURLY_LIMIT


def rejects(*, closed_after_s: float | None = None, rating: int | None = None) -> bool:
    """Tell whether the student rejects: closed within 10 s, or rated 1 or 2."""
    closed = closed_after_s is not None and closed_after_s <= REJECT_WITHIN_S
    return closed or (rating is not None and rating <= NEGATIVE_RATING)


class ReadingLog:
    """What the fusion said of one student, token by token, and what the screen showed when.

    Only the last ``KEPT_TOKENS`` are kept: a student may sit there for a day.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self._probabilities = np.zeros((KEPT_TOKENS, len(AFFECTS)))
        self._present = np.zeros(KEPT_TOKENS, dtype=np.bool_)
        self._used = np.zeros(KEPT_TOKENS, dtype=np.bool_)
        self._tokens = 0
        self._left_out_until = 0

    def __len__(self) -> int:
        """Return how many tokens were taken in."""
        return self._tokens

    def add(self, probabilities: Float64Array, *, present: bool) -> None:
        """Take in the next token: (4,) probabilities, and whether somebody sat there."""
        place = self._tokens % KEPT_TOKENS
        self._used[place] = present and self._tokens >= self._left_out_until
        self._probabilities[place] = probabilities
        self._present[place] = present
        self._tokens += 1

    def note_screen_event(self) -> None:
        """Leave out the next 30 s: something appeared on the screen or went from it."""
        self._left_out_until = self._tokens + AFTER_SCREEN_TOKENS

    def drops(self, decided: int) -> tuple[float, float] | None:
        """Return Delta F and Delta B of a decision; None when they are missing, which is not zero.

        Args:
            decided: Number of tokens before the decision; ``DELAY_TOKENS`` more are needed.

        Returns:
            None when there were not 30 s before, when the student was present for less than 80 %
            of either window, when screen events leave nothing of one, or when it is so long ago
            that the earlier one is forgotten.
        """
        before = self._mean(decided - WINDOW_TOKENS, decided)
        after = self._mean(decided + DELAY_TOKENS - WINDOW_TOKENS, decided + DELAY_TOKENS)
        if before is None or after is None:
            return None
        fatigue, boredom = (before - after)[_DROPPING]
        return float(fatigue), float(boredom)

    def _mean(self, start: int, end: int) -> Float64Array | None:
        """Return the (4,) mean over tokens ``start`` to ``end``; None when it is missing."""
        if start < max(0, self._tokens - KEPT_TOKENS) or end > self._tokens:
            return None
        places = np.arange(start, end) % KEPT_TOKENS
        used = self._used[places]
        if self._present[places].sum() < MIN_PRESENT * WINDOW_TOKENS or not used.any():
            return None
        return np.asarray(self._probabilities[places][used].mean(axis=0))
