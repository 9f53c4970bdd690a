"""What is normal for the student on a seat: running centre, scale and quantile per occupancy.

All state has a leading axis of rows (seats, or simulated students). Rows are updated and reset one
by one, and a row's numbers never depend on the other rows.
"""

import numpy as np

from appliance.domain.arrays import BoolArray, Float64Array
from appliance.domain.tokens import TOKEN_HZ
from appliance.windows.rows import RowIndex

# docs/DESIGN.md, 3: "first minutes as calibration". One minute: who tires after two must not have
# been averaged into the baseline, and the prior and the slow drift carry the rest.
CALIBRATION_TOKENS = int(60 * TOKEN_HZ)
# docs/DESIGN.md, 3: "two minutes known to be awake". Whoever has said so cannot have arrived tired,
# and the features over 60 s are whole in the second minute only.
KNOWN_AWAKE_S = 120.0
KNOWN_AWAKE_TOKENS = int(KNOWN_AWAKE_S * TOKEN_HZ)
# After calibration the baseline follows slowly: a posture that lasts 30 min is the new normal, a
# fatigue of 6 min (the mean dwell of docs/DESIGN.md, 9) moves it by a sixth.
DRIFT_TOKENS = int(1800 * TOKEN_HZ)
WINSOR = 2.0  # scales; a longer excursion counts like one of this size, so it is nearly a median
SCALE_OF_DEVIATION = 1.2533  # sqrt(pi / 2): mean absolute deviation to standard deviation


class RunningBaseline:
    """Robust centre and scale of C features per row, shrunk to a population prior.

    A stream of values x updates centre m and scale s (Huber's estimator as a recursion):

        m += g clip(x - m, -2 s, 2 s)          s += g (1.2533 min(|x - m|, 3 s) - s)
        g  = 1 / (n + n_prior), but 1 / ``DRIFT_TOKENS`` once n >= ``CALIBRATION_TOKENS``,
        or ``KNOWN_AWAKE_TOKENS`` of a row that is known to be awake

    The prior counts as ``n_prior`` values already seen, so whoever arrives tired does not make
    tired normal at once.

    Source:
        docs/DESIGN.md, 3, row Baseline. Deviation: an M-estimator instead of median and MAD,
        because it needs two numbers of state instead of minutes of history.
    """

    def __init__(
        self, rows: int, *, centre: Float64Array, scale: Float64Array, prior_tokens: Float64Array
    ) -> None:
        """Begin every row at the prior; each array is (C,), one value per feature."""
        self._prior = np.stack([centre, scale, np.zeros_like(centre)])
        self._prior_tokens = prior_tokens + 1
        self._state = np.tile(self._prior, (rows, 1, 1))  # centre, scale, tokens seen
        self._calibration = np.full((rows, 1), CALIBRATION_TOKENS)

    def reset(self, rows: RowIndex, *, awake: BoolArray | None = None) -> None:
        """Forget the occupancies of these rows.

        Args:
            rows: (R,) row numbers.
            awake: (R,) who is known to be awake from now on; None: nobody is.
        """
        self._state[rows] = self._prior
        self._calibration[rows] = CALIBRATION_TOKENS
        if awake is not None:
            self._calibration[rows[awake]] = KNOWN_AWAKE_TOKENS

    def update(self, rows: RowIndex, values: Float64Array, observed: BoolArray) -> Float64Array:
        """Learn from one token and return the (R, C) centres as they are then.

        Args:
            rows: (R,) row numbers, each at most once.
            values: (R, C) features of these rows; finite also where not observed.
            observed: (R, C) or (R, 1); False leaves the feature's baseline as it is.
        """
        state = self._state[rows]
        centre, scale, count = state[:, 0], state[:, 1], state[:, 2]
        gain = np.where(
            count < self._calibration[rows], 1 / (count + self._prior_tokens), 1 / DRIFT_TOKENS
        )
        gain *= observed
        error = values - centre
        limit = WINSOR * scale
        spread = SCALE_OF_DEVIATION * np.minimum(np.abs(error), 3 * scale) - scale
        centre += gain * np.minimum(np.maximum(error, -limit), limit)
        scale += gain * spread
        count += observed
        self._state[rows] = state
        return centre

    def scale(self, rows: RowIndex) -> Float64Array:
        """Return the (R, C) scales, standard deviations of the undisturbed signal."""
        return np.asarray(self._state[rows, 1])


class RunningQuantiles:
    """Histogram of one feature in [0, 1] per row, from which quantiles are read.

    The prior is a histogram too: its weight in tokens is how much evidence it takes to move the
    quantiles away from the population's.
    """

    BINS = 50  # 0.02 wide: finer than the noise of any facial action

    def __init__(self, rows: int, *, prior: Float64Array, memory_tokens: float) -> None:
        """Begin every row with the (BINS,) prior counts; older evidence fades exponentially."""
        self._prior = prior
        self._keep = 1 - 1 / memory_tokens
        self._counts = np.tile(prior, (rows, 1))

    def reset(self, rows: RowIndex) -> None:
        """Forget the occupancies of these rows."""
        self._counts[rows] = self._prior

    def update(self, rows: RowIndex, values: Float64Array, weight: Float64Array) -> None:
        """Add some values per row, one after the other; a weight of 0 changes nothing.

        Args:
            rows: (R,) row numbers, each at most once.
            values: (R, K) in [0, 1]; limited to it.
            weight: (R, K) tokens' worth of evidence.
        """
        bins = np.minimum(np.maximum(values * self.BINS, 0), self.BINS - 1).astype(np.intp)
        keep = np.where(weight > 0, self._keep, 1)
        counts = self._counts[rows]
        flat = counts.reshape(-1)  # a view: one index is found faster than two
        at = bins + np.arange(0, len(flat), self.BINS)[:, None]
        for slot in range(bins.shape[1]):
            counts *= keep[:, slot, None]
            flat[at[:, slot]] += weight[:, slot]
        self._counts[rows] = counts

    def quantiles(self, rows: RowIndex, shares: Float64Array) -> Float64Array:
        """Return the (R, Q) values below which the (Q,) shares of the evidence lie.

        Linear within a bin, so that the quantile moves smoothly.
        """
        counts = self._counts[rows]
        cumulated = np.add.accumulate(counts, axis=1)
        target = cumulated[:, -1:] * shares
        index = np.add.reduce(cumulated[:, None, :] < target[:, :, None], axis=2)
        index = np.minimum(index, self.BINS - 1)
        at = np.arange(len(rows))[:, None], index
        fraction = 1 - (cumulated[at] - target) / np.maximum(counts[at], 1e-12)
        return np.asarray((index + np.minimum(np.maximum(fraction, 0), 1)) / self.BINS)
