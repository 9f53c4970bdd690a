"""What a model takes: the border check that both engines share, and noise to time it on."""

from collections.abc import Mapping

import numpy as np

from appliance.domain.arrays import AnyArray
from appliance.domain.models import ModelSpec
from appliance.errors import ModelLoadError, ShapeError

DTYPES = {"u8": "uint8", "f32": "float32", "bool": "bool"}


def take_inputs(spec: ModelSpec, inputs: Mapping[str, AnyArray]) -> dict[str, AnyArray]:
    """Check arrays against the promised tensors, and lay them out as run times read them.

    Returns:
        The promised tensors in order, C-contiguous and aligned: the caller's own arrays where
        they are so already, else copies.

    Raises:
        ShapeError: A tensor is missing, or an array has another shape or element type, or nothing
            in it.
    """
    taken: dict[str, AnyArray] = {}
    for tensor in spec.inputs:
        if tensor.name not in inputs:
            msg = f"{spec.name}.{tensor.name}: missing; got {sorted(inputs)}"
            raise ShapeError(msg)
        array = inputs[tensor.name]
        # Free axes are at least one: run times crash or answer with nothing on empty tensors.
        fits = array.ndim == len(tensor.shape) and all(
            size == promised or (promised == -1 and size > 0)
            for promised, size in zip(tensor.shape, array.shape, strict=True)
        )
        if not fits:
            msg = f"{spec.name}.{tensor.name}: expected shape {tensor.shape}, got {array.shape}"
            raise ShapeError(msg)
        if array.dtype != DTYPES[tensor.dtype]:
            msg = f"{spec.name}.{tensor.name}: expected {tensor.dtype}, got {array.dtype}"
            raise ShapeError(msg)
        taken[tensor.name] = np.require(array, requirements=["C", "A"])
    return taken


def make_noise(spec: ModelSpec, rng: np.random.Generator, *, rows: int) -> dict[str, AnyArray]:
    """Return random inputs: any byte, or 0 and 1; free axes are ``rows`` long."""
    return {
        tensor.name: rng.integers(
            0,
            256 if tensor.dtype == "u8" else 2,
            [rows if size == -1 else size for size in tensor.shape],
        ).astype(DTYPES[tensor.dtype])
        for tensor in spec.inputs
    }


def check_names(spec: ModelSpec, *, inputs: list[set[str]], outputs: list[set[str]]) -> None:
    """Check once, at loading, that a model file has the tensors that its manifest promises.

    Args:
        spec: The promise.
        inputs: The names by which the file knows each of its inputs; OpenVINO may have several.
        outputs: Likewise, its outputs.

    Raises:
        ModelLoadError: A promised tensor is not there, or the file wants another input.
    """
    wanted = {tensor.name for tensor in spec.inputs}
    made = {tensor.name for tensor in spec.outputs}
    extra = [names for names in inputs if not names & wanted]
    if extra or not wanted <= set().union(*inputs) or not made <= set().union(*outputs):
        has = [sorted(set().union(*names)) for names in (inputs, outputs)]
        msg = (
            f"{spec.name}: the manifest promises inputs {sorted(wanted)} and outputs "
            f"{sorted(made)}, the file has {has[0]} and {has[1]}; install the model folder again"
        )
        raise ModelLoadError(msg)
