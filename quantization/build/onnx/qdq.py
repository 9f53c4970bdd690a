"""Writes a float network of convolutions with its eight-bit steps spelled out (QDQ, U8S8).

Ranges and weights come from outside, from calibration or from training, so that the file computes
what was measured there and no quantizer guesses again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np
import onnx
from onnx import helper, numpy_helper

from appliance.domain.arrays import Float32Array

ACTIVATION_MAX = 255  # u8
# Weights within 63: processors without VNNI add two products in 16 bits, which 127 overflows
# (see quantization/build/onnx/formats.py).
WEIGHT_MAX = 63

RESTORED = "_dq"  # ends the name of what leaves a step


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """What one tensor may hold once it is quantized; zero is always exact."""

    scale: float
    """Real numbers per step."""

    zero: int
    """The step that stands for zero, 0 to 255."""


def range_of(low: float, high: float) -> Range:
    """Return the finest range that holds both ends and zero."""
    low, high = min(low, 0.0), max(high, 0.0)
    scale = max((high - low) / ACTIVATION_MAX, 1e-8)
    return Range(scale=scale, zero=round(-low / scale))


def weight_scales(weight: Float32Array) -> Float32Array:
    """Return the scale of each output channel, (O,), of a weight (O, I, kH, kW)."""
    largest = np.abs(weight.reshape(len(weight), -1)).max(axis=1)
    scales: Float32Array = (np.maximum(largest, 1e-8) / WEIGHT_MAX).astype(np.float32)
    return scales


def write_qdq(
    model: onnx.ModelProto,
    *,
    ranges: Mapping[str, Range],
    layers: Sequence[str],
    pixels: str | None = None,
) -> onnx.ModelProto:
    """Insert the quantization steps of the chosen layers.

    Args:
        model: From ``prepare``: ``Conv`` with bias, ``Clip``, ``Add``, no dangling constants.
        ranges: Of every tensor that gets a step, whoever reads it: what the chosen layers read,
            and what they write.
        layers: Names of the ``Conv`` and ``Add`` nodes that compute in integers.
        pixels: Output of the node that turns u8 pixels into [0, 1]; its reader then takes the
            pixels themselves, which are exact.

    Returns:
        A checked model that computes in integers where a run time can.
    """
    quantized = onnx.ModelProto()
    quantized.CopyFrom(model)
    return _Writer(quantized, ranges, set(layers), pixels=pixels).write()


class _Writer:
    def __init__(
        self,
        model: onnx.ModelProto,
        ranges: Mapping[str, Range],
        layers: set[str],
        *,
        pixels: str | None,
    ) -> None:
        self._model = model
        self._ranges = ranges
        self._layers = layers
        self._pixels = pixels
        self._weights = {
            weight.name: numpy_helper.to_array(weight) for weight in model.graph.initializer
        }
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}
        self._stepped: dict[str, str] = {}
        self._numbers = count()

    def write(self) -> onnx.ModelProto:
        graph = self._model.graph
        for node in graph.node:
            for position, name in enumerate(node.input):
                node.input[position] = self._stepped.get(name, name)
            if node.op_type == "Conv" and node.name in self._layers:
                self._quantize_convolution(node)
            self._nodes.append(node)
            for name in node.output:
                if name == self._pixels:
                    self._step_pixels(name)
                elif name in self._ranges:
                    self._step(name)
        del graph.node[:]
        graph.node.extend(self._nodes)
        graph.initializer.extend(self._constants.values())
        self._drop_unused()
        onnx.checker.check_model(self._model)
        return self._model

    def _quantize_convolution(self, node: onnx.NodeProto) -> None:
        restored, weight, bias = node.input
        tensor = restored.removesuffix(RESTORED)
        scale = 1 / ACTIVATION_MAX if tensor == self._pixels else self._ranges[tensor].scale
        node.input[1] = self._weight(weight)
        node.input[2] = self._bias(bias, weight_scales(self._weights[weight]) * scale)

    def _step(self, name: str) -> None:
        chosen = self._ranges[name]
        scale = self._constant(np.float32(chosen.scale))
        zero = self._constant(np.uint8(chosen.zero))
        stored, restored = f"{name}_u8", f"{name}{RESTORED}"
        self._nodes += [
            helper.make_node("QuantizeLinear", [name, scale, zero], [stored], name=f"{name}_q"),
            helper.make_node("DequantizeLinear", [stored, scale, zero], [restored], name=restored),
        ]
        self._stepped[name] = restored

    def _step_pixels(self, name: str) -> None:
        """Pixels are integers already: [0, 1] in steps of 1/255 without rounding."""
        source = name
        makers = {node.output[0]: node for node in self._nodes}
        while makers[source].op_type != "Transpose":
            source = makers[source].input[0]
        scale = self._constant(np.float32(1 / ACTIVATION_MAX))
        zero = self._constant(np.uint8(0))
        restored = f"{name}{RESTORED}"
        self._nodes.append(
            helper.make_node("DequantizeLinear", [source, scale, zero], [restored], name=restored)
        )
        self._stepped[name] = restored

    def _weight(self, name: str) -> str:
        weight = self._weights[name].astype(np.float32)
        scales = weight_scales(weight)
        steps = np.rint(weight / scales[:, None, None, None])
        steps = np.clip(steps, -WEIGHT_MAX, WEIGHT_MAX).astype(np.int8)
        return self._store(name, steps, scales)

    def _bias(self, name: str, scales: Float32Array) -> str:
        """ONNX Runtime fuses a convolution only if its bias is in steps of input times weight."""
        steps = np.rint(self._weights[name].astype(np.float64).ravel() / scales)
        limit = np.iinfo(np.int32)
        steps = np.clip(steps, limit.min, limit.max).astype(np.int32)
        return self._store(name, steps, scales.astype(np.float32))

    def _store(self, name: str, steps: np.ndarray, scales: Float32Array) -> str:
        """Keep integers in place of a weight, one scale per output; return its name restored."""
        stored, restored = f"{name}_s{8 * steps.itemsize}", f"{name}{RESTORED}"
        self._constants[stored] = numpy_helper.from_array(steps, stored)
        scale = self._constant(scales)
        zero = self._constant(np.zeros(len(scales), dtype=steps.dtype))
        self._nodes.append(
            helper.make_node(
                "DequantizeLinear", [stored, scale, zero], [restored], name=restored, axis=0
            )
        )
        return restored

    def _constant(self, value: np.generic | np.ndarray) -> str:
        name = f"quantization_{next(self._numbers)}"
        self._constants[name] = numpy_helper.from_array(np.asarray(value), name)
        return name

    def _drop_unused(self) -> None:
        graph = self._model.graph
        wanted = {output.name for output in graph.output}
        kept = []
        for node in reversed(graph.node):
            if any(name in wanted for name in node.output):
                kept.append(node)
                wanted.update(node.input)
        del graph.node[:]
        graph.node.extend(reversed(kept))
        initializers = [weight for weight in graph.initializer if weight.name in wanted]
        del graph.initializer[:]
        graph.initializer.extend(initializers)
        values = [value for value in graph.value_info if value.name in wanted]
        del graph.value_info[:]
        graph.value_info.extend(values)
