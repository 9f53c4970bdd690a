"""Estimates with intervals that hold when the choices of one stay depend on each other."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from appliance.domain.arrays import Float64Array, IntArray

LEVEL = 0.95
"""Of every interval: the probability that it holds the truth."""

_POINTS = 8193
"""Of the integral; fine enough for five digits of a quantile."""

_FAR = 40.0
"""A t beyond which there is no mass that a quantile could need, unless freedom is small."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """One number with what is known of its error; the unit is that of what it estimates."""

    value: float
    """NaN when nothing on record tells it."""

    low: float
    """Lower end of the two-sided 95 % interval; minus infinity when there is none."""

    high: float
    """Upper end; infinity when there is none."""

    bound: float
    """One-sided 95 % lower bound: with probability .95 the truth is above it."""

    error: float
    """Standard error by leaving out one stay at a time."""

    freedom: float
    """Degrees of freedom of the t distribution behind the interval."""

    decisions: int
    """Choices that it rests on."""

    stays: int
    """Stays of students that these come from."""

    effective: float
    """Effective sample size of the weighted choices (Kish 1965): (sum w)^2 / sum w^2."""

    covered: float = 1.0
    """Share of what is asked that the record could show at all; 1 in expectation, less when the
    policy does what has never been drawn there. Well below 1, the value is one of another policy.
    """

    @property
    def told(self) -> bool:
        """True when the interval excludes 0."""
        return bool(self.low > 0 or self.high < 0)


def t_quantile(probability: float, freedom: float) -> float:
    """Return the quantile of Student's t distribution.

    With x = sqrt(freedom) tan(angle) the density becomes cos(angle)^(freedom - 1), which is
    integrated by trapezia and inverted.

    Args:
        probability: In [.5, 1).
        freedom: Degrees of freedom, at least 1; need not be whole.
    """
    angles = np.linspace(0, min(np.pi / 2, _FAR / np.sqrt(freedom)), _POINTS)
    density = np.cos(angles) ** (freedom - 1)
    mass = np.concatenate([[0.0], np.cumsum(density[1:] + density[:-1])])
    angle = np.interp(2 * probability - 1, mass / mass[-1], angles)
    return float(np.sqrt(freedom) * np.tan(angle))


def sum_by_stay(values: Float64Array, stays: IntArray) -> Float64Array:
    """Return the (G, K) sums of (N, K) values over each of G stays."""
    _, groups = np.unique(stays, return_inverse=True)
    sums = np.zeros((int(groups.max(initial=-1)) + 1, values.shape[1]))
    np.add.at(sums, groups, values)
    return sums


def estimate_by_stay(
    totals: Float64Array,
    statistic: Callable[[Float64Array], Float64Array],
    *,
    shares: Float64Array,
    decisions: int,
    effective: float,
    covered: float = 1.0,
) -> Estimate:
    """Return a statistic of totals with the interval of the jackknife over stays.

    Leaving out whole stays keeps whatever dependence there is inside them; for a mean it is the
    cluster-robust variance CR3, which errs to the wide side when stays are few. The degrees of
    freedom follow from how evenly the weight lies on the stays (Satterthwaite 1946; Carter,
    Schnepel and Steigerwald 2017), not from their mere number.

    Args:
        totals: (G, K) sums over each stay.
        statistic: Makes (M,) of (M, K) sums; NaN where these do not tell it.
        shares: (G,) what each stay adds to the variance, in any unit.
        decisions: Choices that it rests on.
        effective: Effective sample size.
        covered: See ``Estimate``.
    """
    stays = int(np.count_nonzero(shares > 0))
    whole = totals.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = float(statistic(whole[None])[0])
        without = statistic(whole - totals[shares > 0])
    error, freedom = np.inf, 0.0
    if stays > 1 and np.isfinite(value) and np.isfinite(without).all():
        error = float(np.sqrt((stays - 1) / stays * ((without - value) ** 2).sum()))
        freedom = float(shares.sum() ** 2 / (shares**2).sum()) - 1
    two, one = np.inf, np.inf
    if freedom >= 1:
        two = t_quantile(0.5 + LEVEL / 2, freedom) * error
        one = t_quantile(LEVEL, freedom) * error
    centre = value if np.isfinite(value) else 0.0
    return Estimate(
        value=value,
        low=centre - two,
        high=centre + two,
        bound=centre - one,
        error=error,
        freedom=freedom,
        decisions=decisions,
        stays=stays,
        effective=effective,
        covered=covered,
    )


def effective_size(weights: Float64Array) -> float:
    """Return (sum w)^2 / sum w^2 of weights of any shape; 0 when all are 0."""
    squares = float((weights**2).sum())
    return float(weights.sum()) ** 2 / squares if squares > 0 else 0.0


def as_share(estimate: Estimate) -> Estimate:
    """Return the estimate of a share with an interval inside of [0, 1], also where it is 0 or 1.

    Wilson's (1927), for as many independent answers as would have the same standard error, at most
    one per choice and, where all are alike, one per stay.
    """
    share = estimate.value
    if estimate.low == -np.inf:
        return estimate
    alike = estimate.error == 0 or share in (0.0, 1.0)
    number = estimate.stays if alike else share * (1 - share) / estimate.error**2
    number = min(number, max(estimate.effective, 1.0))
    ends = []
    for probability in (0.5 + LEVEL / 2, LEVEL):
        z = t_quantile(probability, max(estimate.freedom, 1.0))
        middle = (share + z**2 / (2 * number)) / (1 + z**2 / number)
        half = np.sqrt(share * (1 - share) / number + (z / (2 * number)) ** 2) * z
        ends.append((middle, half / (1 + z**2 / number)))
    (middle, two), (lower, one) = ends
    return replace(
        estimate,
        low=float(max(middle - two, 0.0)),
        high=float(min(middle + two, 1.0)),
        bound=float(max(lower - one, 0.0)),
    )
