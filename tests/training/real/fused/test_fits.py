"""Each probe names people by what it can see."""

import numpy as np

from training.real.fused.fits import fit_nearest, fit_scaled, fit_squares

TWO = np.array(["a", "a", "b", "b"])


def test_the_nearest_mean_names() -> None:
    """The border lies half-way."""
    name = fit_nearest(np.array([[0.0], [2.0], [9.0], [11.0]]), TWO)

    assert name(np.array([[5.4], [5.6]])).tolist() == ["a", "b"]


def test_every_number_counts_in_its_own_spread() -> None:
    """A large number that says nothing does not drown a small one that does."""
    values = np.array([[1000.0, 0.0], [-1000.0, 0.1], [1000.0, 1.0], [-1000.0, 0.9]])
    name = fit_scaled(values, TWO, fit=fit_nearest)

    assert name(np.array([[900.0, 0.2], [-900.0, 0.8]])).tolist() == ["a", "b"]


def test_what_is_constant_says_nothing() -> None:
    """What rounding makes of it is not blown up to the size of the others."""
    values = np.array([[1e-9, 0.0], [1e-9, 0.2], [-1e-9, 1.0], [-1e-9, 1.2]])
    name = fit_scaled(values, TWO, fit=fit_nearest)

    assert name(np.array([[-1e-9, 0.1], [1e-9, 1.1]])).tolist() == ["a", "b"]


def test_squares_tell_who_swings_more() -> None:
    """Both have the same mean."""
    rng = np.random.default_rng(8)
    values = np.concatenate([rng.normal(size=(200, 1)), 4 * rng.normal(size=(200, 1))])
    name = fit_squares(values, np.repeat(["a", "b"], 200))

    assert name(np.array([[0.1], [6.0], [-6.0]])).tolist() == ["a", "b", "b"]
    assert (name(values) == np.repeat(["a", "b"], 200)).mean() > 0.7
