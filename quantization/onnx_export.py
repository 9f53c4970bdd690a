"""Writes an OpenVINO graph of a small convolutional network as ONNX, exactly.

OpenVINO reads TFLite as it is, sparse weights included, so no TensorFlow is needed. What it
reads is a graph with a transposition around every convolution (TFLite is channels-last).
The exporter never writes those: it remembers how each tensor is permuted and only makes a
permutation real where an operation cannot live with it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import onnx
import openvino
from onnx import TensorProto, helper, numpy_helper

from appliance.domain.arrays import AnyArray
from appliance.errors import ModelLoadError

ONNX_OPSET = 17  # understood by onnxruntime 1.27 and OpenVINO 2026; Resize and Clip as used here
IDENTITY = (0, 1, 2, 3)


@dataclass(frozen=True, slots=True)
class _Constant:
    """A value known while exporting."""

    array: AnyArray


@dataclass(frozen=True, slots=True)
class _Tensor:
    """A value known at run time: logical = transpose(stored, permutation)."""

    name: str
    shape: tuple[int, ...]
    """Logical shape."""
    permutation: tuple[int, ...]
    """Logical axis i is stored axis permutation[i]."""


_Value = _Constant | _Tensor


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
    model: openvino.Model, *, name: str, image: ImageInput, outputs: dict[str, str]
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
    exporter = _Exporter(model=model, image=image)
    for source, target in outputs.items():
        exporter.finish(model.output(source), target)
    graph = helper.make_graph(
        exporter.nodes,
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
        initializer=exporter.initializers,
    )
    exported = helper.make_model(graph, opset_imports=[helper.make_opsetid("", ONNX_OPSET)])
    exported.ir_version = 8  # the version that belongs to opset 17
    exported.producer_name = "classbox quantization"
    onnx.checker.check_model(exported, full_check=True)
    return exported


class _Exporter:
    """Walks the graph backwards from an output, so that only what is needed is written."""

    def __init__(self, *, model: openvino.Model, image: ImageInput) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self._values: dict[tuple[str, int], _Value] = {}
        self._count = 0
        self._handlers: dict[str, Callable[[openvino.Node, list[_Value]], _Value]] = {
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
        source = output.get_node().input_value(0) if _is_result(output) else output
        value = self._plain(self._evaluate(source))
        self._emit("Identity", [value.name], value.shape, output=target)

    def _begin(self, model: openvino.Model, image: ImageInput) -> None:
        """u8 NHWC pixels, normalised, stored as NCHW."""
        parameter = model.input()
        batch, height, width, channels = parameter.get_shape()
        stored = (batch, channels, height, width)
        pixels = self._emit("Transpose", [image.name], stored, perm=[0, 3, 1, 2])
        floats = self._emit("Cast", [pixels.name], stored, to=TensorProto.FLOAT)
        scaled = self._emit(
            "Div", [floats.name, self._store(np.float32(image.divisor).reshape(1))], stored
        )
        if image.offset:
            scaled = self._emit(
                "Add", [scaled.name, self._store(np.float32(image.offset).reshape(1))], stored
            )
        self._image_name = scaled.name
        self._values[_key(parameter)] = _Tensor(
            scaled.name, (batch, height, width, channels), (0, 2, 3, 1)
        )

    def _evaluate(self, output: openvino.Output) -> _Value:
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

    def _translate(self, node: openvino.Node) -> _Value:
        kind = node.get_type_name()
        if kind == "Constant":
            return _Constant(np.array(node.data))
        if kind not in self._handlers:
            msg = f"{node.get_friendly_name()}: the exporter does not know operation {kind}"
            raise ModelLoadError(msg)
        inputs = [self._values[_key(port.get_source_output())] for port in node.inputs()]
        return self._handlers[kind](node, inputs)

    # -- operations that cost nothing: they only change how a tensor is read

    def _transpose(self, _node: openvino.Node, inputs: list[_Value]) -> _Value:
        order = [int(axis) for axis in _array(inputs[1])]
        match inputs[0]:
            case _Constant(array):
                return _Constant(array.transpose(order))
            case _Tensor(name, shape, permutation):
                return _Tensor(
                    name,
                    tuple(shape[axis] for axis in order),
                    tuple(permutation[axis] for axis in order),
                )

    def _unsqueeze(self, _node: openvino.Node, inputs: list[_Value]) -> _Value:
        return _Constant(np.expand_dims(_array(inputs[0]), tuple(_array(inputs[1]).ravel())))

    def _convert(self, _node: openvino.Node, inputs: list[_Value]) -> _Value:
        # Weights stay as the source stores them, _store widens them inside the graph; at run
        # time everything is f32 already.
        return inputs[0]

    def _reshape(self, node: openvino.Node, inputs: list[_Value]) -> _Value:
        shape = tuple(node.get_output_shape(0))
        if isinstance(inputs[0], _Constant):
            return _Constant(inputs[0].array.reshape(shape))
        plain = self._plain(inputs[0])
        return self._emit("Reshape", [plain.name, self._store(np.array(shape, np.int64))], shape)

    # -- operations on the stored tensor, whatever its order

    def _elementwise(self, node: openvino.Node, inputs: list[_Value]) -> _Value:
        value = _tensor(inputs[0])
        kind = node.get_type_name()
        names = [value.name]
        if kind == "Clamp":
            bounds = node.get_attributes()
            names += [self._store(np.array(bounds[side], np.float32)) for side in ("min", "max")]
            kind = "Clip"
        stored = self._emit(kind, names, _stored_shape(value))
        return _Tensor(stored.name, value.shape, value.permutation)

    def _add(self, _node: openvino.Node, inputs: list[_Value]) -> _Value:
        left, right = inputs if isinstance(inputs[0], _Tensor) else reversed(inputs)
        value = _tensor(left)
        if isinstance(right, _Constant):
            padded = right.array.reshape(
                (1,) * (len(value.shape) - right.array.ndim) + right.array.shape
            )
            other = self._store(padded.transpose(np.argsort(value.permutation)))
        else:
            other = self._arranged(right, value.permutation).name
        stored = self._emit("Add", [value.name, other], _stored_shape(value))
        return _Tensor(stored.name, value.shape, value.permutation)

    def _pad(self, node: openvino.Node, inputs: list[_Value]) -> _Value:
        value = _tensor(inputs[0])
        order = np.argsort(value.permutation)
        before, after = (_array(edge)[order] for edge in inputs[1:3])
        shape = tuple(node.get_output_shape(0))
        pads = self._store(np.concatenate([before, after]).astype(np.int64))
        stored = self._emit("Pad", [value.name, pads], tuple(shape[axis] for axis in order))
        return _Tensor(stored.name, shape, value.permutation)

    def _concat(self, node: openvino.Node, inputs: list[_Value]) -> _Value:
        permutation = _tensor(inputs[0]).permutation
        names = [self._arranged(_tensor(value), permutation).name for value in inputs]
        shape = tuple(node.get_output_shape(0))
        axis = permutation[node.get_attributes()["axis"]]
        stored_shape = tuple(shape[axis] for axis in np.argsort(permutation))
        stored = self._emit("Concat", names, stored_shape, axis=axis)
        return _Tensor(stored.name, shape, permutation)

    def _interpolate(self, node: openvino.Node, inputs: list[_Value]) -> _Value:
        attributes = node.get_attributes()
        if (attributes["mode"], attributes["coordinate_transformation_mode"]) != (
            "linear_onnx",
            "half_pixel",
        ):
            msg = f"{node.get_friendly_name()}: only bilinear half-pixel resizing is known"
            raise ModelLoadError(msg)
        value = _tensor(inputs[0])
        shape = tuple(node.get_output_shape(0))
        stored_shape = tuple(shape[axis] for axis in np.argsort(value.permutation))
        sizes = self._store(np.array(stored_shape, np.int64))
        stored = self._emit(
            "Resize",
            [value.name, "", "", sizes],
            stored_shape,
            mode="linear",
            coordinate_transformation_mode="half_pixel",
        )
        return _Tensor(stored.name, shape, value.permutation)

    # -- operations that want channels first

    def _convolution(self, node: openvino.Node, inputs: list[_Value]) -> _Value:
        value = self._plain(_tensor(inputs[0]))
        weights = _array(inputs[1])
        groups = 1
        if node.get_type_name() == "GroupConvolution":
            groups, outputs, inputs_per_group, *kernel = weights.shape
            weights = weights.reshape(groups * outputs, inputs_per_group, *kernel)
        if self._reads_image(value.name):
            weights = weights[:, ::-1]
        attributes = node.get_attributes()
        return self._emit(
            "Conv",
            [value.name, self._store(weights)],
            tuple(node.get_output_shape(0)),
            strides=list(attributes["strides"]),
            dilations=list(attributes["dilations"]),
            pads=[*attributes["pads_begin"], *attributes["pads_end"]],
            group=groups,
        )

    def _max_pool(self, node: openvino.Node, inputs: list[_Value]) -> _Value:
        value = self._plain(_tensor(inputs[0]))
        attributes = node.get_attributes()
        return self._emit(
            "MaxPool",
            [value.name],
            tuple(node.get_output_shape(0)),
            kernel_shape=list(attributes["kernel"]),
            strides=list(attributes["strides"]),
            pads=[*attributes["pads_begin"], *attributes["pads_end"]],
        )

    def _depth_to_space(self, node: openvino.Node, inputs: list[_Value]) -> _Value:
        value = self._plain(_tensor(inputs[0]))
        attributes = node.get_attributes()
        return self._emit(
            "DepthToSpace",
            [value.name],
            tuple(node.get_output_shape(0)),
            blocksize=attributes["block_size"],
            mode={"blocks_first": "DCR", "depth_first": "CRD"}[attributes["mode"]],
        )

    # -- writing

    def _reads_image(self, name: str) -> bool:
        """True for the image itself and for the image behind a padding."""
        producers = {node.output[0]: node for node in self.nodes}
        while name != self._image_name and producers[name].op_type == "Pad":
            name = producers[name].input[0]
        return name == self._image_name

    def _plain(self, value: _Value) -> _Tensor:
        return self._arranged(_tensor(value), tuple(range(len(_tensor(value).shape))))

    def _arranged(self, value: _Tensor, permutation: Sequence[int]) -> _Tensor:
        """The same tensor, stored so that it is read through the given permutation."""
        if value.permutation == tuple(permutation):
            return value
        order = [value.permutation[axis] for axis in np.argsort(permutation)]
        stored_shape = tuple(_stored_shape(value)[axis] for axis in order)
        stored = self._emit("Transpose", [value.name], stored_shape, perm=order)
        return _Tensor(stored.name, value.shape, tuple(permutation))

    def _store(self, array: AnyArray) -> str:
        """Write a constant; f16 is widened by a Cast that every runtime folds when loading."""
        name = self._fresh("constant")
        self.initializers.append(numpy_helper.from_array(np.array(array, order="C"), name))
        if array.dtype != np.float16:
            return name
        return self._emit("Cast", [name], array.shape, to=TensorProto.FLOAT).name

    def _emit(
        self,
        kind: str,
        inputs: Sequence[str],
        shape: tuple[int, ...],
        *,
        output: str | None = None,
        **attributes: int | str | list[int],
    ) -> _Tensor:
        name = output or self._fresh(kind.lower())
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return _Tensor(name, shape, tuple(range(len(shape))))

    def _fresh(self, stem: str) -> str:
        self._count += 1
        return f"{stem}_{self._count}"


def _key(output: openvino.Output) -> tuple[str, int]:
    return output.get_node().get_name(), output.get_index()


def _is_result(output: openvino.Output) -> bool:
    return bool(output.get_node().get_type_name() == "Result")


def _array(value: _Value) -> AnyArray:
    if isinstance(value, _Tensor):
        msg = f"{value.name}: expected a constant"
        raise ModelLoadError(msg)
    return value.array


def _tensor(value: _Value) -> _Tensor:
    if isinstance(value, _Constant):
        msg = f"constant of shape {value.array.shape}: expected a run-time tensor"
        raise ModelLoadError(msg)
    return value


def _stored_shape(value: _Tensor) -> tuple[int, ...]:
    return tuple(value.shape[axis] for axis in np.argsort(value.permutation))
