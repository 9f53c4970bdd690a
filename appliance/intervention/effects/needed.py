"""How much longer a record has to be before it tells something."""

import math

from appliance.intervention.effects.intervals import LEVEL, Estimate, t_quantile

MOST = 1_000_000
"""More than this is said as "more than a million": a box makes some thousand choices a week."""

_LARGE = 1e6
"""Degrees of freedom at which t is normal."""


def more_decisions(estimate: Estimate, *, decisions: int) -> int | None:
    """Return how many more decisions it takes for the interval to exclude 0.

    If value and spread stay what they are: the error falls with the root of the number of
    decisions, and the degrees of freedom rise with it. That is half a chance, not a promise:
    as often as not the value itself will have moved towards 0.

    Args:
        estimate: Whose interval holds 0.
        decisions: Length of the record behind it, with the choices that do not count.

    Returns:
        0 when it is told already; None when nobody can say: no value, no spread, or more than
        ``MOST``.
    """
    if estimate.told:
        return 0
    if not (math.isfinite(estimate.value) and math.isfinite(estimate.error)):
        return None
    if estimate.value == 0 or estimate.error == 0 or decisions == 0:
        return None
    if not _excludes(estimate, (MOST + decisions) / decisions):
        return None
    low, high = 0, MOST
    while high - low > 1:
        middle = (low + high) // 2
        if _excludes(estimate, (middle + decisions) / decisions):
            high = middle
        else:
            low = middle
    return high


def _excludes(estimate: Estimate, times: float) -> bool:
    """Tell whether a record so many times as long would tell it."""
    freedom = min(max((estimate.freedom + 1) * times - 1, 1.0), _LARGE)
    width = t_quantile(0.5 + LEVEL / 2, freedom) * estimate.error / math.sqrt(times)
    return abs(estimate.value) > width
