"""Adam against its printed algorithm."""

import numpy as np

from appliance.intervention.policy.learners.neural.adam import Adam


def test_steps_are_those_of_the_printed_algorithm() -> None:
    """Ten steps with gradients of very different sizes."""
    rng = np.random.default_rng(0)
    vector = rng.normal(0, 1, (2, 3))
    expected, mean, square = vector.copy(), np.zeros((2, 3)), np.zeros((2, 3))
    adam = Adam(vector)

    for step in range(1, 11):
        gradient = rng.normal(0, 10.0 ** rng.integers(-6, 3), (2, 3))
        adam.step(gradient, rate=0.01)
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        corrected = mean / (1 - 0.9**step), square / (1 - 0.999**step)
        expected -= 0.01 * corrected[0] / (np.sqrt(corrected[1]) + 1e-8)

    np.testing.assert_allclose(vector, expected, rtol=1e-12)


def test_it_goes_down_to_the_bottom() -> None:
    """Of a bowl that is a hundred times steeper one way than the other."""
    vector = np.array([3.0, -2.0])
    adam = Adam(vector)
    for _ in range(2000):
        adam.step(np.array([1.0, 100.0]) * vector, rate=0.01)

    assert np.abs(vector).max() < 1e-3
