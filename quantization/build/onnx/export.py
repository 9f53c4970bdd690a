"""Writes an OpenVINO graph of a small convolutional network as ONNX, exactly.

OpenVINO reads TFLite as it is, sparse weights included, so no TensorFlow is needed. What it
reads is a graph with a transposition around every convolution (TFLite is channels-last).
The exporter never writes those (``graph.py``): it remembers how each tensor is permuted and
only makes a permutation real where an operation cannot live with it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import onnx
import openvino
from onnx import TensorProto, helper

from appliance.errors import ModelLoadError
from quantization.build.onnx.graph import (
    Constant,
    GraphWriter,
    Tensor,
    Value,
    array_of,
    shape_as_stored,
    tensor_of,
)

ONNX_OPSET = 17  # understood by onnxruntime 1.27 and OpenVINO 2026; Resize and Clip as used here


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageInput:
    """How camera pixels become what the first convolution was trained on."""

    name: str
    """Name of the new input, u8 [1, H, W, 3], BGR."""

    divisor: float
    """Pixels are divided by this; 255 and 127.5 are exact in f16 where their inverses are not,
    so storing the graph in half precision changes nothing ..."""

    offset: float
    """... and then this is added."""


def export_onnx(
    model: openvino.Model, *, name: str, image: ImageInput, outputs: Mapping[str, str]
) -> onnx.ModelProto:
    """Export the part of a graph that the chosen outputs need.

    The network expects RGB; the input is BGR, so the input channels of the first convolution
    are reversed. That is exact and free, where a channel swap in the graph is neither.

    Args:
        model: One image input f32 [1, H, W, 3]; weights constant, stored as f16 where the
            source stored them so.
        name: Name of the graph.
        image: The new input.
        outputs: Tensor name in the source to its name in the result, in order; whatever only
            serves other outputs is pruned.

    Returns:
        A checked ONNX model with f16 weights where they are exactly representable.

    Raises:
        ModelLoadError: The graph holds an operation this exporter does not know.
    """
    writer = GraphWriter()
    exporter = _Exporter(model=model, image=image, writer=writer)
    for source, target in outputs.items():
        exporter.finish(model.output(source), target)
    graph = helper.make_graph(
        writer.nodes,
        name,
        [
            helper.make_tensor_value_info(
                image.name, TensorProto.UINT8, list(model.input().get_shape())
            )
        ],
        [
            helper.make_tensor_value_info(
                target, TensorProto.FLOAT, list(model.output(source).get_shape())
            )
            for source, target in outputs.items()
        ],
        initializer=writer.initializers,
    )
    exported = helper.make_model(graph, opset_imports=[helper.make_opsetid("", ONNX_OPSET)])
    exported.ir_version = 8  # the version that belongs to opset 17
    exported.producer_name = "classbox quantization"
    onnx.checker.check_model(exported, full_check=True)
    return exported


class _Exporter:
    """Walks the graph backwards from an output, so that only what is needed is written."""

    def __init__(self, *, model: openvino.Model, image: ImageInput, writer: GraphWriter) -> None:
        self._writer = writer
        self._values: dict[tuple[str, int], Value] = {}
        self._handlers: dict[str, Callable[[openvino.Node, list[Value]], Value]] = {
            "Transpose": self._transpose,
            "Unsqueeze": self._unsqueeze,
            "Convert": self._convert,
            "Reshape": self._reshape,
            "Convolution": self._convolution,
            "GroupConvolution": self._convolution,
            "Add": self._add,
            "Clamp": self._elementwise,
            "Relu": self._elementwise,
            "Sigmoid": self._elementwise,
            "Pad": self._pad,
            "MaxPool": self._max_pool,
            "Interpolate": self._interpolate,
            "DepthToSpace": self._depth_to_space,
            "Concat": self._concat,
        }
        self._begin(model, image)

    def finish(self, output: openvino.Output, target: str) -> None:
        """Write everything one output needs and give it its name."""
        node = output.get_node()
        source = node.input_value(0) if node.get_type_name() == "Result" else output
        value = self._writer.plain(self._evaluate(source))
        self._writer.emit("Identity", [value.name], value.shape, output=target)

    def _begin(self, model: openvino.Model, image: ImageInput) -> None:
        """u8 NHWC pixels, normalised, stored as NCHW."""
        parameter = model.input()
        batch, height, width, channels = parameter.get_shape()
        stored = (batch, channels, height, width)
        pixels = self._writer.emit("Transpose", [image.name], stored, perm=[0, 3, 1, 2])
        floats = self._writer.emit("Cast", [pixels.name], stored, to=TensorProto.FLOAT)
        scaled = self._writer.emit(
            "Div", [floats.name, self._writer.store(np.float32(image.divisor).reshape(1))], stored
        )
        if image.offset:
            scaled = self._writer.emit(
                "Add",
                [scaled.name, self._writer.store(np.float32(image.offset).reshape(1))],
                stored,
            )
        self._image_name = scaled.name
        self._values[_key(parameter)] = Tensor(
            scaled.name, (batch, height, width, channels), (0, 2, 3, 1)
        )

    def _evaluate(self, output: openvino.Output) -> Value:
        # An explicit stack: the networks are deeper than Python likes to recurse.
        pending = [output]
        while pending:
            current = pending[-1]
            node = current.get_node()
            missing = [
                source
                for source in (port.get_source_output() for port in node.inputs())
                if _key(source) not in self._values
            ]
            if _key(current) in self._values or not missing:
                pending.pop()
                if _key(current) not in self._values:
                    self._values[_key(current)] = self._translate(node)
            else:
                pending.extend(missing)
        return self._values[_key(output)]

    def _translate(self, node: openvino.Node) -> Value:
        kind = node.get_type_name()
        if kind == "Constant":
            return Constant(np.array(node.data))
        if kind not in self._handlers:
            msg = f"{node.get_friendly_name()}: the exporter does not know operation {kind}"
            raise ModelLoadError(msg)
        inputs = [self._values[_key(port.get_source_output())] for port in node.inputs()]
        return self._handlers[kind](node, inputs)

    # -- operations that cost nothing: they only change how a tensor is read

    def _transpose(self, _node: openvino.Node, inputs: list[Value]) -> Value:
        order = [int(axis) for axis in array_of(inputs[1])]
        match inputs[0]:
            case Constant(array):
                return Constant(array.transpose(order))
            case Tensor(name, shape, permutation):
                return Tensor(
                    name,
                    tuple(shape[axis] for axis in order),
                    tuple(permutation[axis] for axis in order),
                )

    def _unsqueeze(self, _node: openvino.Node, inputs: list[Value]) -> Value:
        return Constant(np.expand_dims(array_of(inputs[0]), tuple(array_of(inputs[1]).ravel())))

    def _convert(self, _node: openvino.Node, inputs: list[Value]) -> Value:
        # Weights stay as the source stores them, _store widens them inside the graph; at run
        # time everything is f32 already.
        return inputs[0]

    def _reshape(self, node: openvino.Node, inputs: list[Value]) -> Value:
        shape = tuple(node.get_output_shape(0))
        if isinstance(inputs[0], Constant):
            return Constant(inputs[0].array.reshape(shape))
        plain = self._writer.plain(inputs[0])
        return self._writer.emit(
            "Reshape", [plain.name, self._writer.store(np.array(shape, np.int64))], shape
        )

    # -- operations on the stored tensor, whatever its order

    def _elementwise(self, node: openvino.Node, inputs: list[Value]) -> Value:
        value = tensor_of(inputs[0])
        kind = node.get_type_name()
        names = [value.name]
        if kind == "Clamp":
            bounds = node.get_attributes()
            names += [
                self._writer.store(np.array(bounds[side], np.float32)) for side in ("min", "max")
            ]
            kind = "Clip"
        stored = self._writer.emit(kind, names, shape_as_stored(value))
        return Tensor(stored.name, value.shape, value.permutation)

    def _add(self, _node: openvino.Node, inputs: list[Value]) -> Value:
        left, right = inputs if isinstance(inputs[0], Tensor) else reversed(inputs)
        value = tensor_of(left)
        if isinstance(right, Constant):
            padded = right.array.reshape(
                (1,) * (len(value.shape) - right.array.ndim) + right.array.shape
            )
            other = self._writer.store(padded.transpose(np.argsort(value.permutation)))
        else:
            other = self._writer.arranged(right, value.permutation).name
        stored = self._writer.emit("Add", [value.name, other], shape_as_stored(value))
        return Tensor(stored.name, value.shape, value.permutation)

    def _pad(self, node: openvino.Node, inputs: list[Value]) -> Value:
        value = tensor_of(inputs[0])
        order = np.argsort(value.permutation)
        before, after = (array_of(edge)[order] for edge in inputs[1:3])
        shape = tuple(node.get_output_shape(0))
        pads = self._writer.store(np.concatenate([before, after]).astype(np.int64))
        stored = self._writer.emit("Pad", [value.name, pads], tuple(shape[axis] for axis in order))
        return Tensor(stored.name, shape, value.permutation)

    def _concat(self, node: openvino.Node, inputs: list[Value]) -> Value:
        permutation = tensor_of(inputs[0]).permutation
        names = [self._writer.arranged(tensor_of(value), permutation).name for value in inputs]
        shape = tuple(node.get_output_shape(0))
        axis = permutation[node.get_attributes()["axis"]]
        stored_shape = tuple(shape[axis] for axis in np.argsort(permutation))
        stored = self._writer.emit("Concat", names, stored_shape, axis=axis)
        return Tensor(stored.name, shape, permutation)

    def _interpolate(self, node: openvino.Node, inputs: list[Value]) -> Value:
        attributes = node.get_attributes()
        if (attributes["mode"], attributes["coordinate_transformation_mode"]) != (
            "linear_onnx",
            "half_pixel",
        ):
            msg = f"{node.get_friendly_name()}: only bilinear half-pixel resizing is known"
            raise ModelLoadError(msg)
        value = tensor_of(inputs[0])
        shape = tuple(node.get_output_shape(0))
        stored_shape = tuple(shape[axis] for axis in np.argsort(value.permutation))
        sizes = self._writer.store(np.array(stored_shape, np.int64))
        stored = self._writer.emit(
            "Resize",
            [value.name, "", "", sizes],
            stored_shape,
            mode="linear",
            coordinate_transformation_mode="half_pixel",
        )
        return Tensor(stored.name, shape, value.permutation)

    # -- operations that want channels first

    def _convolution(self, node: openvino.Node, inputs: list[Value]) -> Value:
        value = self._writer.plain(tensor_of(inputs[0]))
        weights = array_of(inputs[1])
        groups = 1
        if node.get_type_name() == "GroupConvolution":
            groups, outputs, inputs_per_group, *kernel = weights.shape
            weights = weights.reshape(groups * outputs, inputs_per_group, *kernel)
        if self._reads_image(value.name):
            weights = weights[:, ::-1]
        attributes = node.get_attributes()
        return self._writer.emit(
            "Conv",
            [value.name, self._writer.store(weights)],
            tuple(node.get_output_shape(0)),
            strides=list(attributes["strides"]),
            dilations=list(attributes["dilations"]),
            pads=[*attributes["pads_begin"], *attributes["pads_end"]],
            group=groups,
        )

    def _max_pool(self, node: openvino.Node, inputs: list[Value]) -> Value:
        value = self._writer.plain(tensor_of(inputs[0]))
        attributes = node.get_attributes()
        return self._writer.emit(
            "MaxPool",
            [value.name],
            tuple(node.get_output_shape(0)),
            kernel_shape=list(attributes["kernel"]),
            strides=list(attributes["strides"]),
            pads=[*attributes["pads_begin"], *attributes["pads_end"]],
        )

    def _depth_to_space(self, node: openvino.Node, inputs: list[Value]) -> Value:
        value = self._writer.plain(tensor_of(inputs[0]))
        attributes = node.get_attributes()
        return self._writer.emit(
            "DepthToSpace",
            [value.name],
            tuple(node.get_output_shape(0)),
            blocksize=attributes["block_size"],
            mode={"blocks_first": "DCR", "depth_first": "CRD"}[attributes["mode"]],
        )

    # -- writing

    def _reads_image(self, name: str) -> bool:
        """True for the image itself and for the image behind a padding."""
        producers = {node.output[0]: node for node in self._writer.nodes}
        while name != self._image_name and producers[name].op_type == "Pad":
            name = producers[name].input[0]
        return name == self._image_name


def _key(output: openvino.Output) -> tuple[str, int]:
    return output.get_node().get_name(), output.get_index()
