"""How often a stage really runs for a seat; the degrade ladder changes it at any time."""

import numpy as np
from numpy.typing import NDArray

from appliance.domain.arrays import Float64Array
from appliance.domain.tokens import TOKEN_HZ, TOKEN_S
from appliance.windows.rows import RowIndex

REFERENCE_HZ = 15.0  # docs/DESIGN.md, 2: the rate without degradation
RATE_MEMORY_S = 2.0  # at 7.5 Hz tokens hold 1 or 2 frames in turn; 2 s smooth that to 0.3 Hz
# A stage at 5 Hz with a jittering camera leaves a token empty now and then; up to 0.4 s the last
# value stands in for it, longer is a mask.
HOLD_TOKENS = 2


class StageRate:
    """Exponential mean of a stage's runs per second, per row."""

    def __init__(self, rows: int) -> None:
        """Begin with no knowledge."""
        self._rate_hz = np.full(rows, np.nan)

    def reset(self, rows: RowIndex) -> None:
        """Forget the occupancies of these rows."""
        self._rate_hz[rows] = np.nan

    def step(self, rows: RowIndex, runs: NDArray[np.intp]) -> Float64Array:
        """Take in the (R,) runs of one token and return the (R,) rate in Hz."""
        now_hz = runs * TOKEN_HZ
        before = self._rate_hz[rows]
        rate_hz = np.where(
            np.isnan(before), now_hz, before + (now_hz - before) * TOKEN_S / RATE_MEMORY_S
        )
        self._rate_hz[rows] = rate_hz
        return rate_hz
