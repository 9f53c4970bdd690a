"""An ONNX graph under construction whose transpositions are remembered instead of written."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from appliance.domain.arrays import AnyArray
from appliance.errors import ModelLoadError


@dataclass(frozen=True, slots=True)
class Constant:
    """A value known while exporting."""

    array: AnyArray
    """Its value, in the element type the source stores."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """A value known at run time: logical = transpose(stored, permutation)."""

    name: str
    """Name in the graph."""

    shape: tuple[int, ...]
    """Logical shape."""

    permutation: tuple[int, ...]
    """Logical axis i is stored axis permutation[i]."""


Value = Constant | Tensor


class GraphWriter:
    """Collects nodes and constants."""

    def __init__(self) -> None:
        """Start with an empty graph."""
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self._count = 0

    def plain(self, value: Value) -> Tensor:
        """Return the same tensor, stored in its logical order."""
        return self.arranged(tensor_of(value), tuple(range(len(tensor_of(value).shape))))

    def arranged(self, value: Tensor, permutation: Sequence[int]) -> Tensor:
        """Return the same tensor, stored so that it is read through the given permutation."""
        if value.permutation == tuple(permutation):
            return value
        order = [value.permutation[axis] for axis in np.argsort(permutation)]
        stored_shape = tuple(shape_as_stored(value)[axis] for axis in order)
        stored = self.emit("Transpose", [value.name], stored_shape, perm=order)
        return Tensor(stored.name, value.shape, tuple(permutation))

    def store(self, array: AnyArray) -> str:
        """Write a constant; f16 is widened by a Cast that every runtime folds when loading."""
        name = self._fresh("constant")
        self.initializers.append(numpy_helper.from_array(np.array(array, order="C"), name))
        if array.dtype != np.float16:
            return name
        return self.emit("Cast", [name], array.shape, to=TensorProto.FLOAT).name

    def emit(
        self,
        kind: str,
        inputs: Sequence[str],
        shape: tuple[int, ...],
        *,
        output: str | None = None,
        **attributes: int | str | list[int],
    ) -> Tensor:
        """Write a node with one output.

        Args:
            kind: ONNX operator.
            inputs: Names of its inputs.
            shape: Shape of its output as stored.
            output: Name of its output; a fresh one by default.
            attributes: Attributes of the operator.
        """
        name = output or self._fresh(kind.lower())
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return Tensor(name, shape, tuple(range(len(shape))))

    def _fresh(self, stem: str) -> str:
        self._count += 1
        return f"{stem}_{self._count}"


def array_of(value: Value) -> AnyArray:
    """Return a constant's array; anything else is an error of the source graph."""
    if isinstance(value, Tensor):
        msg = f"{value.name}: expected a constant"
        raise ModelLoadError(msg)
    return value.array


def tensor_of(value: Value) -> Tensor:
    """Return a run-time tensor; anything else is an error of the source graph."""
    if isinstance(value, Constant):
        msg = f"constant of shape {value.array.shape}: expected a run-time tensor"
        raise ModelLoadError(msg)
    return value


def shape_as_stored(value: Tensor) -> tuple[int, ...]:
    """Return the shape of the stored array."""
    return tuple(value.shape[axis] for axis in np.argsort(value.permutation))
