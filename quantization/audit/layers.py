"""What an audit counts: the layers a file asks to quantize, and the layers a run time executes."""

from dataclasses import dataclass
from enum import StrEnum
from math import prod


class Role(StrEnum):
    """What an executed layer does."""

    PRODUCT = "product"
    """Multiplies by weights or by another tensor and adds up: convolutions, linear layers."""

    ARITHMETIC = "arithmetic"
    """Any other calculation: additions, activations, pooling, norms, softmax."""

    REORDER = "reorder"
    """Only changes layout or number format."""

    MOVE = "move"
    """Moves or slices values because the model says so: transposing, splitting, joining."""


class NumberFormat(StrEnum):
    """What a layer calculates in."""

    INT8 = "int8"
    F16 = "f16"
    F32 = "f32"
    OTHER = "other"
    """Whole numbers of 32 or 64 bits, truth values, bfloat16."""


_FORMATS = {
    "u8": NumberFormat.INT8,
    "i8": NumberFormat.INT8,
    "f16": NumberFormat.F16,
    "f32": NumberFormat.F32,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutedLayer:
    """One node of the graph that a run time executes."""

    kind: str
    """Layer type in the run time's words."""

    role: Role
    """What it does."""

    number_format: NumberFormat
    """What it calculates in."""

    primitive: str = ""
    """Kernel that was chosen, where the run time tells."""

    multiply_adds: int | None = None
    """Of an INT8 product, for a batch of one; None where unknown or not asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedProduct:
    """One convolution or linear layer of the model file."""

    quantized: bool
    """True when the file quantizes both what it reads and its weights."""

    multiply_adds: int | None
    """For a batch of one; None where a shape is unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lowering:
    """What was asked of a run time, and what it made of it."""

    planned: tuple[PlannedProduct, ...]
    """Products of the model file."""

    executed: tuple[ExecutedLayer, ...]
    """Nodes of the executed graph, without constants, inputs, outputs and views."""


def product_format(data: str, weights: str) -> NumberFormat:
    """Return what a product calculates in: the format of its data, INT8 only if both sides are.

    Weights may be stored narrower than they are used, so they do not decide for float.

    Args:
        data: Element type that flows in.
        weights: Element type of the other side.
    """
    reads = _FORMATS.get(data, NumberFormat.OTHER)
    if reads is NumberFormat.INT8:
        return _FORMATS.get(weights, NumberFormat.OTHER)
    return reads


def arithmetic_format(touched: list[str]) -> NumberFormat:
    """Return what other arithmetic calculates in, from all that it reads and writes.

    INT8 only if everything is: a layer that widens bytes, or narrows to them, calculates in float.
    """
    formats = {_FORMATS.get(name, NumberFormat.OTHER) for name in touched}
    for widest in (NumberFormat.F32, NumberFormat.F16, NumberFormat.OTHER):
        if widest in formats:
            return widest
    return NumberFormat.INT8 if formats else NumberFormat.OTHER


def convolution_multiply_adds(many: list[int], weights: list[int], *, grouped: bool) -> int:
    """Count the multiply-adds of a convolution.

    Args:
        many: Shape of its output; of its input if it is transposed.
        weights: Shape (O, I, ...), or (G, O, I, ...) if grouped; O and I change places if it is
            transposed.
        grouped: Whether the weights begin with the number of groups.
    """
    return prod(many) * prod(weights[2 if grouped else 1 :])
