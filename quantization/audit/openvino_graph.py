"""What OpenVINO executes: the run-time model of the very engine that the box loads."""

from pathlib import Path

import openvino

from quantization.audit.layers import (
    ExecutedLayer,
    Lowering,
    NumberFormat,
    PlannedProduct,
    Role,
    arithmetic_format,
    convolution_multiply_adds,
    product_format,
)

_NOTHING = {"Input", "Output", "Reshape"}  # Reshape is a view
_PRODUCTS = {"Convolution", "Deconvolution", "FullyConnected", "MatMul", "LSTMCell", "RNNSeq"}
_REORDERS = {"Reorder", "Convert"}
_MOVES = {
    "Broadcast",
    "Concatenation",
    "DepthToSpace",
    "Gather",
    "Pad",
    "ShapeOf",
    "SpaceToDepth",
    "Split",
    "StridedSlice",
    "Tile",
    "Transpose",
}
_ROLES = {
    **dict.fromkeys(_PRODUCTS, Role.PRODUCT),
    **dict.fromkeys(_REORDERS, Role.REORDER),
    **dict.fromkeys(_MOVES, Role.MOVE),
}
# Operations of a model file, before compiling.
_CONVOLUTIONS = {"Convolution", "GroupConvolution"}
_TRANSPOSED = {"ConvolutionBackpropData", "GroupConvolutionBackpropData"}
# What stands between a product and the quantization it reads: dequantization, and views.
_SCALINGS = {"Multiply", "Subtract"}
_VIEWS = {"Convert", "Reshape", "Transpose", "Squeeze", "Unsqueeze"}


def audit_openvino(model_file: Path, compiled: openvino.CompiledModel) -> Lowering:
    """Compare a model file with what was compiled from it."""
    source = openvino.Core().read_model(model_file)
    kinds = _CONVOLUTIONS | _TRANSPOSED | {"MatMul"}
    planned = [_planned(node) for node in source.get_ops() if node.get_type_name() in kinds]
    known: set[str] = set()
    executed = []
    for node in compiled.get_runtime_model().get_ordered_ops():
        if all(_name_before(node, index) in known for index in range(node.get_input_size())):
            # Made of constants alone, so once and for all when compiling. Inputs are no constants.
            if _fact(node, "layerType") != "Input":
                known.add(node.get_name())
        elif _fact(node, "layerType") not in _NOTHING:
            executed.append(_executed(node, known))
    return Lowering(planned=tuple(planned), executed=tuple(executed))


def _executed(node: openvino.Node, known: set[str]) -> ExecutedLayer:
    kind = _fact(node, "layerType")
    role = _ROLES.get(kind, Role.ARITHMETIC)
    # Not "runtimePrecision", which looks at stored weights as well.
    reads = [node.input(i).get_element_type().get_type_name() for i in range(node.get_input_size())]
    if role is Role.PRODUCT:
        number_format = product_format(*reads[:2])
    else:
        flowing = [name for i, name in enumerate(reads) if _name_before(node, i) not in known]
        number_format = arithmetic_format(flowing + _fact(node, "outputPrecisions").split(","))
    counted = role is Role.PRODUCT and number_format is NumberFormat.INT8
    return ExecutedLayer(
        kind=kind,
        role=role,
        number_format=number_format,
        primitive=_fact(node, "primitiveType"),
        multiply_adds=_executed_multiply_adds(node, kind) if counted else None,
    )


def _name_before(node: openvino.Node, index: int) -> str:
    return str(node.input_value(index).get_node().get_name())


def _executed_multiply_adds(node: openvino.Node, kind: str) -> int | None:
    read, written = _shape(node.input(0)), _shape(node.output(0))
    if kind in {"Convolution", "Deconvolution"}:
        weights = _shape(node.input(1))
        many = written if kind == "Convolution" else read
        return convolution_multiply_adds(many, weights, grouped=len(weights) > len(read))
    if kind in {"FullyConnected", "MatMul"}:
        return convolution_multiply_adds(written, [1, read[-1]], grouped=False)
    return None


def _planned(node: openvino.Node) -> PlannedProduct:
    kind = node.get_type_name()
    read, weights, written = _shape(node.input(0)), _shape(node.input(1)), _shape(node.output(0))
    if kind == "MatMul":
        across = -2 if node.get_attributes()["transpose_a"] else -1
        count = convolution_multiply_adds(written, [1, read[across]], grouped=False)
    else:
        many = written if kind in _CONVOLUTIONS else read
        count = convolution_multiply_adds(many, weights, grouped=kind.startswith("Group"))
    return PlannedProduct(
        quantized=all(_is_quantized(node.input_value(index)) for index in (0, 1)),
        multiply_adds=count,
    )


def _is_quantized(value: openvino.Output) -> bool:
    """Walk up from what a product reads to a FakeQuantize, or to stored or passed bytes."""
    node = value.get_node()
    while True:
        kind = node.get_type_name()
        if kind == "FakeQuantize":
            return True
        if value.get_element_type().get_type_name() in {"i8", "u8"}:
            # A picture is bytes too, but nothing quantized it.
            return kind != "Parameter"
        if kind in _SCALINGS and not _is_constant(node.input_value(1).get_node()):
            return False
        if kind not in _SCALINGS | _VIEWS:
            return False
        value = node.input_value(0)
        node = value.get_node()


def _is_constant(node: openvino.Node) -> bool:
    while node.get_type_name() in _VIEWS:
        node = node.input_value(0).get_node()
    return bool(node.get_type_name() == "Constant")


def _shape(port: openvino.Input | openvino.Output) -> list[int]:
    """Return a shape with every free size taken as one."""
    return [size.get_length() if size.is_static else 1 for size in port.get_partial_shape()]


def _fact(node: openvino.Node, name: str) -> str:
    """Return one entry of what the run-time model says about a node."""
    entry = node.get_rt_info()[name]
    return str(getattr(entry, "value", entry))
