"""The border check that both engines share."""

from collections.abc import Mapping

from appliance.domain.arrays import AnyArray
from appliance.domain.models import ModelSpec
from appliance.errors import ShapeError

DTYPES = {"u8": "uint8", "f32": "float32", "bool": "bool"}


def check_inputs(spec: ModelSpec, inputs: Mapping[str, AnyArray]) -> None:
    """Check arrays against the promised tensors before the run time is touched.

    Raises:
        ShapeError: A tensor is missing, or an array has another shape or element type.
    """
    for tensor in spec.inputs:
        if tensor.name not in inputs:
            msg = f"{spec.name}.{tensor.name}: missing; got {sorted(inputs)}"
            raise ShapeError(msg)
        array = inputs[tensor.name]
        fits = array.ndim == len(tensor.shape) and all(
            promised in (-1, size) for promised, size in zip(tensor.shape, array.shape, strict=True)
        )
        if not fits:
            msg = f"{spec.name}.{tensor.name}: expected shape {tensor.shape}, got {array.shape}"
            raise ShapeError(msg)
        if array.dtype != DTYPES[tensor.dtype]:
            msg = f"{spec.name}.{tensor.name}: expected {tensor.dtype}, got {array.dtype}"
            raise ShapeError(msg)
