"""Array aliases and the one shape check of the code base."""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from appliance.errors import ShapeError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    AnyArray = NDArray[Any]  # Any: the shape check and the engines serve every element type
    BoolArray = NDArray[np.bool_]
    Float32Array = NDArray[np.float32]
    Float64Array = NDArray[np.float64]
    FloatArray = NDArray[np.floating[Any]]  # Any: either width; rules convert to float64 themselves
    UInt8Array = NDArray[np.uint8]
    IntArray = NDArray[np.int64]
else:
    # For annotations only: a terminal and the screens hold no array and do without NumPy, 11 MB.
    AnyArray = BoolArray = Float32Array = Float64Array = FloatArray = UInt8Array = IntArray = Any


def bind_shapes(owner: str, arrays: Mapping[str, tuple[AnyArray, str]]) -> dict[str, int]:
    """Check arrays against symbolic shapes and return the size of every symbol.

    A shape is written as in docstrings, ``"T J 4"``: a letter binds on first use and must
    agree afterwards, a number must match exactly.

    Args:
        owner: Name of the type being checked, for the message.
        arrays: Field name to (array, symbolic shape), in order.

    Returns:
        Size of each symbol, for example ``{"T": 32, "J": 33}``.

    Raises:
        ShapeError: An array disagrees; the message names the field, the promise and the fact.
    """
    sizes: dict[str, int] = {}
    for field, (array, promise) in arrays.items():
        shape, axes = array.shape, _axes(promise)
        if shape == axes:
            continue  # numbers only, as most promises are
        agrees = len(shape) == len(axes)
        if agrees:
            for size, axis in zip(shape, axes, strict=True):
                if size != (axis if isinstance(axis, int) else sizes.setdefault(axis, size)):
                    agrees = False
                    break
        if not agrees:
            msg = (
                f"{owner}.{field}: expected shape ({', '.join(promise.split())}) with {sizes}, "
                f"got {shape}"
            )
            raise ShapeError(msg)
    return sizes


@cache
def _axes(promise: str) -> tuple[int | str, ...]:
    """Split a promise into numbers and letters."""
    return tuple(int(axis) if axis.isdigit() else axis for axis in promise.split())
