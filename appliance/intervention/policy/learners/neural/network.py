"""K small networks of one shape, computed side by side in NumPy.

Q(s, a; theta) of docs/PAPER.md, 4.2.2. K members tell how sure the mean is (docs/DESIGN.md, 6), and
K products of small matrices in one call cost little more than one.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from appliance.domain.arrays import BoolArray, bind_shapes

Floats = NDArray[np.floating[Any]]  # Any: float32 in use, float64 where gradients are tested


class MlpEnsemble:
    """K networks: affine layers with rectifiers in between, none behind the last."""

    def __init__(self, sizes: Sequence[int], vector: Floats) -> None:
        """Lay the layers over one vector a member; changing ``vector`` changes the networks.

        Args:
            sizes: Width of the input, of each hidden layer, of the output.
            vector: (K, P) all weights: layer by layer, (in, out) row by row, then its biases.
        """
        self.sizes = tuple(sizes)
        bind_shapes("MlpEnsemble", {"vector": (vector, f"K {count_parameters(sizes)}")})
        self.vector = vector
        self.weights, self.biases = lay_layers(self.sizes, vector)

    @classmethod
    def draw(
        cls,
        sizes: Sequence[int],
        *,
        members: int,
        rng: np.random.Generator,
        silent: slice = slice(0),
    ) -> Self:
        """Draw float32 networks as He et al. 2015 do for rectifiers, the last layer a tenth of it.

        Args:
            sizes: As in the constructor.
            members: K.
            rng: Where chance comes from.
            silent: Inputs without weight at first, because they are zero in what is taught first:
                otherwise their random weights would disturb whoever sees them change.
        """
        networks = cls(sizes, np.zeros((members, count_parameters(tuple(sizes))), dtype=np.float32))
        for weights in networks.weights:
            weights[:] = rng.normal(0, np.sqrt(2 / weights.shape[1]), weights.shape)
        networks.weights[0][:, silent] = 0
        networks.weights[-1][:] *= 0.1
        return networks

    @property
    def behind(self) -> Floats:
        """(K, ...) all but the weights of the first layer, as a view."""
        return self.vector[:, self.sizes[0] * self.sizes[1] :]

    @property
    def members(self) -> int:
        """K."""
        return len(self.vector)

    def copy(self) -> Self:
        """Return networks of their own with the same weights."""
        return type(self)(self.sizes, self.vector.copy())

    def select_inputs(self, columns: BoolArray) -> Self:
        """Return networks of their own that see only some inputs: the same where others are 0."""
        first = self.weights[0][:, columns].reshape(self.members, -1)
        kept = np.concatenate([first, self.behind], axis=1)
        return type(self)((int(columns.sum()), *self.sizes[1:]), kept)

    def with_inputs(self, columns: BoolArray, selected: Self) -> Self:
        """Return networks that are ``selected`` on some inputs and behind, and this elsewhere."""
        result = self.copy()
        result.weights[0][:, columns] = selected.weights[0]
        result.behind[:] = selected.behind
        return result

    def forward(self, inputs: Floats) -> Floats:
        """Return (K, B, out) for (B, in), or for (K, B, in) where each member has its own."""
        return self.trace(inputs)[-1]

    def trace(self, inputs: Floats) -> list[Floats]:
        """Return the inputs, each hidden layer (K, B, width), and the output (K, B, out)."""
        layers = [inputs]
        last = len(self.weights) - 1
        for index, (weights, biases) in enumerate(zip(self.weights, self.biases, strict=True)):
            values = layers[-1] @ weights
            values += biases
            if index < last:
                np.maximum(values, 0, out=values)
            layers.append(values)
        return layers

    def gradient(self, trace: Sequence[Floats], outputs: Floats) -> Floats:
        """Return (K, P): how a loss changes with the weights.

        Args:
            trace: What ``trace`` returned.
            outputs: (K, B, out) how the loss changes with the output.
        """
        result = np.empty_like(self.vector)
        weights, biases = lay_layers(self.sizes, result)
        delta = outputs
        for index in reversed(range(len(weights))):
            entered = trace[index]
            np.matmul(np.swapaxes(entered, -1, -2), delta, out=weights[index])
            delta.sum(axis=1, keepdims=True, out=biases[index])
            if index:
                delta = delta @ np.swapaxes(self.weights[index], 1, 2)
                delta *= entered > 0
        return result


def count_parameters(sizes: Sequence[int]) -> int:
    """Return P: weights and biases of one network."""
    return sum((before + 1) * after for before, after in pairwise(sizes))


def lay_layers(sizes: Sequence[int], vector: Floats) -> tuple[list[Floats], list[Floats]]:
    """Return views of a (K, P) vector: weights (K, in, out) and biases (K, 1, out) by layer."""
    weights, biases, at = [], [], 0
    for before, after in pairwise(sizes):
        end = at + before * after
        weights.append(vector[:, at:end].reshape(len(vector), before, after))
        biases.append(vector[:, end : end + after].reshape(len(vector), 1, after))
        at = end + after
    return weights, biases


def huber(errors: Floats, *, threshold: float) -> tuple[Floats, Floats]:
    """Return Huber's loss of each error and how it changes with the error.

    e^2 / 2 up to ``threshold``, threshold (|e| - threshold / 2) beyond: one odd outcome pulls
    no harder than ``threshold`` (docs/DESIGN.md, 6; Huber 1964).
    """
    slopes = np.clip(errors, -threshold, threshold)
    return np.asarray(slopes * (errors - slopes / 2)), slopes
