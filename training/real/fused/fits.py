"""Probes that learn to name people: everything a simple reader of the records could try."""

from collections.abc import Callable, Mapping

import numpy as np

from appliance.domain.arrays import Float64Array
from training.real.identity import Fit, Names, fit_probe

TINY = 1e-6


def fit_scaled(values: Float64Array, person: Names, *, fit: Fit) -> Callable[[Float64Array], Names]:
    """Return a probe of values each in its own spread over what teaches.

    Args:
        values: (N, F) features.
        person: (N,) names.
        fit: The probe.
    """
    centre, spread = values.mean(axis=0), values.std(axis=0)
    scale = np.where(spread > TINY, spread, 1)  # what is constant says nothing
    name = fit((values - centre) / scale, person)
    return lambda asked: name((asked - centre) / scale)


def fit_squares(values: Float64Array, person: Names) -> Callable[[Float64Array], Names]:
    """Return the linear discriminant of values and their squares.

    Who is recentred has the same mean as everybody, and may still be told by how far it swings.

    Args:
        values: (N, F) features.
        person: (N,) names.
    """

    def more(some: Float64Array) -> Float64Array:
        return np.concatenate([some, some**2], axis=1)

    name = fit_scaled(more(values), person, fit=fit_probe)
    return lambda asked: name(more(asked))


def fit_nearest(values: Float64Array, person: Names) -> Callable[[Float64Array], Names]:
    """Return who has the nearest mean, without looking at any covariance.

    Args:
        values: (N, F) features.
        person: (N,) names.

    Returns:
        From (M, F) features to (M,) names.
    """
    names = np.unique(person)
    means = np.array([values[person == name].mean(axis=0) for name in names])
    offset = -0.5 * (means**2).sum(axis=1)
    return lambda asked: names[(asked @ means.T + offset).argmax(axis=1)]


PROBES: Mapping[str, Fit] = {
    "linear": lambda values, person: fit_scaled(values, person, fit=fit_probe),
    "nearest": lambda values, person: fit_scaled(values, person, fit=fit_nearest),
    "squares": fit_squares,
}
