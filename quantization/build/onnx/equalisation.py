"""Evens out the channels between two linear layers before one step size has to fit them all.

Where a convolution's output is not clipped, each channel may be divided by any factor if the
layers that read it multiply by the same: the network computes what it did. Chosen well, the
factors give small channels as many steps as large ones.

Source:
    Nagel et al., Data-free quantization through weight equalization and bias correction, ICCV
    2019, section 4.1, with ranges of activations measured instead of derived, and over whole
    residual streams: all tensors that additions tie together share their factors.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import onnx
from onnx import numpy_helper

from appliance.domain.arrays import Float32Array

MOST = 64.0  # factors stay within 1/64 to 64: a channel that never moves must not explode


def linear_streams(model: onnx.ModelProto) -> list[list[str]]:
    """Return groups of tensors that must share their factors.

    A group is written by convolutions and additions only and read by convolutions and by
    additions within the group.
    """
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            name = parent[name]
        return name

    for node in model.graph.node:
        if node.op_type == "Add":
            for name in node.input:
                parent[root(name)] = root(node.output[0])
        elif node.op_type == "Conv":
            root(node.output[0])
    writers = {node.output[0]: node.op_type for node in model.graph.node}
    readers = defaultdict(set)
    for node in model.graph.node:
        for name in node.input:
            readers[name].add(node.op_type)
    groups = defaultdict(list)
    for name in parent:
        groups[root(name)].append(name)
    outputs = {output.name for output in model.graph.output}
    return [
        names
        for names in groups.values()
        if not outputs & set(names)
        and all(
            writers.get(name) in {"Conv", "Add"}
            and readers[name]
            and readers[name] <= {"Conv", "Add"}
            for name in names
        )
    ]


def equalise(
    model: onnx.ModelProto,
    *,
    largest: Callable[[Sequence[str]], Mapping[str, Float32Array]],
) -> onnx.ModelProto:
    """Return the same function with evened-out linear streams.

    Args:
        model: From ``formats.prepare``.
        largest: Gives the largest magnitude per channel, (C,), of the named tensors on the
            calibration crops.
    """
    equal = onnx.ModelProto()
    equal.CopyFrom(model)
    weights = {
        weight.name: numpy_helper.to_array(weight).astype(np.float64)
        for weight in equal.graph.initializer
        if weight.data_type == onnx.TensorProto.FLOAT
    }
    streams = linear_streams(equal)
    reach = largest([name for names in streams for name in names])
    for names in streams:
        written = [n for n in equal.graph.node if n.op_type == "Conv" and n.output[0] in names]
        read = [n for n in equal.graph.node if n.op_type == "Conv" and n.input[0] in names]
        moved = np.max([reach[name] for name in names], axis=0)
        columns = np.max([_columns(weights[node.input[1]]) for node in read], axis=0)
        factors = np.sqrt(np.maximum(moved, 1e-6) / np.maximum(columns, 1e-6))
        factors = np.clip(factors / np.exp(np.log(factors).mean()), 1 / MOST, MOST)
        for node in written:
            weights[node.input[1]] /= factors[:, None, None, None]
            shape = weights[node.input[2]].shape
            weights[node.input[2]] = (weights[node.input[2]].ravel() / factors).reshape(shape)
        for node in read:
            kernel = weights[node.input[1]]
            depthwise = kernel.shape[1] == 1
            kernel *= factors[:, None, None, None] if depthwise else factors[None, :, None, None]
    for weight in equal.graph.initializer:
        if weight.name in weights:
            array = weights[weight.name].astype(np.float32)
            weight.CopyFrom(numpy_helper.from_array(array, weight.name))
    return equal


def _columns(kernel: np.ndarray) -> np.ndarray:
    """Return the largest weight that meets each input channel, as a share of its row's largest.

    Rows have steps of their own, so only the share within a row matters.
    """
    size = np.abs(kernel).max(axis=(2, 3))
    if kernel.shape[1] == 1:
        return np.ones(len(kernel))
    return (size / np.maximum(size.max(axis=1, keepdims=True), 1e-12)).max(axis=0)
