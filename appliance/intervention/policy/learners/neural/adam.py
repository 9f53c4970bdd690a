"""Adam (Kingma and Ba 2015, algorithm 1)."""

import numpy as np

from appliance.intervention.policy.learners.neural.network import Floats

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8  # as printed there


class Adam:
    """Changes a vector in place, each number at its own pace."""

    def __init__(self, vector: Floats) -> None:
        """Begin with no memory of gradients."""
        self._vector = vector
        self._mean, self._square = np.zeros_like(vector), np.zeros_like(vector)
        self._scratch = np.empty_like(vector)
        self._steps = 0

    def step(self, gradient: Floats, *, rate: float) -> None:
        """Go one step down.

        Args:
            gradient: Like the vector.
            rate: alpha, greater than 0.
        """
        self._steps += 1
        scratch = self._scratch
        self._mean *= BETA1
        np.multiply(gradient, 1 - BETA1, out=scratch)
        self._mean += scratch
        self._square *= BETA2
        np.multiply(gradient, gradient, out=scratch)
        scratch *= 1 - BETA2
        self._square += scratch
        # The correction of both means at once, in the more efficient order of section 2 there.
        corrected = np.sqrt(1 - BETA2**self._steps)
        np.sqrt(self._square, out=scratch)
        scratch += EPSILON * corrected
        np.divide(self._mean, scratch, out=scratch)
        scratch *= rate * corrected / (1 - BETA1**self._steps)
        self._vector -= scratch
