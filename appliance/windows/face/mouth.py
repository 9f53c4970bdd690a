"""The mouth over time: opening relative to the occupancy's own, and yawns."""

import numpy as np

from appliance.domain.arrays import BoolArray, Float64Array
from appliance.domain.tokens import TOKEN_HZ, TOKEN_S, WINDOW_TOKENS
from appliance.windows.baselines import RunningQuantiles
from appliance.windows.rows import RowIndex, TokenRing

CLOSED_SHARE = 0.30  # a student's mouth is closed at least a third of the time
PRIOR_TOKENS = 20 * TOKEN_HZ
MEMORY_TOKENS = 1200 * TOKEN_HZ
# A yawn keeps the jaw open for seconds (Guggisberg et al. 2010: 4-7 s); speech closes it several
# times a second, so the token mean of a talking mouth stays below.
YAWN_OPENING = 0.25  # of the jaw score over the closed mouth
YAWN_TOKENS = int(1.6 * TOKEN_HZ)  # the part of a yawn with the jaw wide open
GAP_TOKENS = 1  # a single token below may be noise
PRIOR_SECONDS = 10.0  # of observation without a yawn, so that one early yawn is not six a minute

_SHARES = np.array([CLOSED_SHARE])


class MouthTracker:
    """Reads the jaw at token rate, one state per row."""

    def __init__(self, rows: int) -> None:
        """Begin every row with the population's mouth."""
        centres = (np.arange(RunningQuantiles.BINS) + 0.5) / RunningQuantiles.BINS
        prior = np.exp(-centres / 0.06)
        self._levels = RunningQuantiles(
            rows, prior=PRIOR_TOKENS * prior / prior.sum(), memory_tokens=MEMORY_TOKENS
        )
        self._minute = TokenRing(rows, tokens=WINDOW_TOKENS, width=2)
        self._open_tokens = np.zeros(rows)
        self._gap_tokens = np.zeros(rows)

    def reset(self, rows: RowIndex) -> None:
        """Forget the occupancies of these rows."""
        self._levels.reset(rows)
        self._minute.reset(rows)
        self._open_tokens[rows] = 0
        self._gap_tokens[rows] = 0

    def step(
        self, rows: RowIndex, jaw: Float64Array, observed: BoolArray
    ) -> tuple[Float64Array, Float64Array]:
        """Read one token.

        Args:
            rows: (R,) row numbers, each at most once.
            jaw: (R,) mean jaw score of the token in [0, 1].
            observed: (R,) whether there was a face to read it from.

        Returns:
            (R,) the closed mouth's score of the occupancy, and (R,) yawns per minute over 60 s.
        """
        self._levels.update(rows, jaw[:, None], observed.astype(np.float64)[:, None])
        closed_level = self._levels.quantiles(rows, _SHARES)[:, 0]
        wide = observed & (jaw - closed_level >= YAWN_OPENING)
        gap = np.where(wide, 0, self._gap_tokens[rows] + 1)
        lasting = wide | (gap <= GAP_TOKENS)
        before = self._open_tokens[rows]
        opened = np.where(wide, before + 1, np.where(lasting, before, 0))
        yawned = wide & (opened == YAWN_TOKENS)
        self._gap_tokens[rows] = gap
        self._open_tokens[rows] = opened
        token = np.empty((len(rows), 2))
        token[:, 0], token[:, 1] = observed, yawned
        sums = self._minute.push(rows, token)
        return closed_level, 60 * sums[:, 1] / (sums[:, 0] * TOKEN_S + PRIOR_SECONDS)
