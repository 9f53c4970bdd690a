"""What ONNX Runtime executes: the optimised graph, saved as it runs."""

import re
import tempfile
from pathlib import Path

import onnx
import onnxruntime
from onnx import TensorProto, helper

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

_NOTHING = {"Flatten", "Identity", "Reshape", "Squeeze", "Unsqueeze"}  # views
_FLOAT_PRODUCTS = {
    "Attention",
    "Conv",
    "ConvTranspose",
    "FusedConv",
    "FusedGemm",
    "FusedMatMul",
    "Gemm",
    "LSTM",
    "MatMul",
    "NhwcFusedConv",
}
_INT8_PRODUCTS = {
    "ConvInteger",
    "DynamicQuantizeMatMul",
    "MatMulInteger",
    "MatMulIntegerToFloat",
    "QAttention",
    "QGemm",
    "QLinearConv",
    "QLinearMatMul",
}
_REORDERS = {"Cast", "DequantizeLinear", "QuantizeLinear", "ReorderInput", "ReorderOutput"}
_MOVES = {
    "Concat",
    "DepthToSpace",
    "Expand",
    "Gather",
    "Pad",
    "QLinearConcat",
    "Shape",
    "Slice",
    "SpaceToDepth",
    "Split",
    "Transpose",
}
_ROLES = {
    **dict.fromkeys(_FLOAT_PRODUCTS | _INT8_PRODUCTS, Role.PRODUCT),
    **dict.fromkeys(_REORDERS, Role.REORDER),
    **dict.fromkeys(_MOVES, Role.MOVE),
}
_INT8_TYPES = {TensorProto.UINT8: "u8", TensorProto.INT8: "i8"}
_TYPES = {**_INT8_TYPES, TensorProto.FLOAT: "f32", TensorProto.FLOAT16: "f16"}
# What the optimiser adds to a node's name when it rewrites it for another layout.
_RENAMED = re.compile(r"(_nchwc)?(_token_\d+)?$")


def audit_onnx(model_file: Path) -> Lowering:
    """Compare a model file with the graph that ONNX Runtime optimises it to on this CPU."""
    source = onnx.shape_inference.infer_shapes(onnx.load(model_file))
    optimised = _optimised(model_file)
    shapes = _shapes(source.graph)
    products = [node for node in source.graph.node if _role(node) is Role.PRODUCT]
    producers = {name: node.op_type for node in source.graph.node for name in node.output}
    counts = {node.name: _multiply_adds(node, shapes) for node in products}
    planned = [
        PlannedProduct(
            quantized=node.op_type in _INT8_PRODUCTS
            or all(producers.get(name) == "DequantizeLinear" for name in node.input[:2]),
            multiply_adds=counts[node.name],
        )
        for node in products
    ]
    types = _element_types(optimised.graph)
    # Those that the model has itself are its own business.
    own = sum(node.op_type == "Transpose" for node in source.graph.node)
    executed = []
    for node in optimised.graph.node:
        if node.op_type in _NOTHING:
            continue
        role = _role(node)
        if node.op_type == "Transpose":
            own -= 1
            role = Role.MOVE if own >= 0 else Role.REORDER
        executed.append(
            ExecutedLayer(
                kind=node.op_type,
                role=role,
                number_format=_format(node, role, types),
                multiply_adds=counts.get(_RENAMED.sub("", node.name)),
            )
        )
    return Lowering(planned=tuple(planned), executed=tuple(executed))


def _optimised(model_file: Path) -> onnx.ModelProto:
    """Load as ``OnnxEngine`` does, and keep the graph that it runs."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    # It warns that the saved graph is good for this processor only, which is the point.
    options.log_severity_level = 3
    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder) / "optimised.onnx"
        options.optimized_model_filepath = str(saved)
        onnxruntime.InferenceSession(str(model_file), options, providers=["CPUExecutionProvider"])
        return onnx.load(saved)


def _role(node: onnx.NodeProto) -> Role:
    return _ROLES.get(node.op_type, Role.ARITHMETIC)


def _format(node: onnx.NodeProto, role: Role, types: dict[str, int]) -> NumberFormat:
    if node.op_type in _INT8_PRODUCTS or node.op_type.startswith("QLinear"):
        return NumberFormat.INT8
    if role is Role.PRODUCT:
        reads = [_TYPES.get(types.get(name, TensorProto.FLOAT), "other") for name in node.input[:2]]
        return product_format(*reads)
    flowing = [name for name in (*node.input[:1], *node.output) if name in types]
    return arithmetic_format([_TYPES.get(types[name], "other") for name in flowing])


def _element_types(graph: onnx.GraphProto) -> dict[str, int]:
    """Return element types by tensor; the saved graph lacks those of tensors it renamed."""
    types = {
        value.name: value.type.tensor_type.elem_type
        for value in (*graph.input, *graph.value_info, *graph.output)
    }
    types |= {weight.name: weight.data_type for weight in graph.initializer}
    for node in graph.node:
        match node.op_type:
            case "QuantizeLinear":
                written = types.get(node.input[-1])
            case "DequantizeLinear":
                written = types.get(node.input[1])
            case "Cast":
                written = helper.get_node_attr_value(node, "to")
            case _:
                written = types.get(node.input[0]) if node.input else None
        for name in node.output:
            if written is not None:
                types.setdefault(name, written)
    return types


def _shapes(graph: onnx.GraphProto) -> dict[str, list[int]]:
    """Return shapes by tensor, with every free size taken as one."""
    shapes = {
        value.name: [
            size.dim_value if size.HasField("dim_value") else 1
            for size in value.type.tensor_type.shape.dim
        ]
        for value in (*graph.input, *graph.value_info, *graph.output)
        if value.type.tensor_type.HasField("shape")
    }
    return shapes | {weight.name: list(weight.dims) for weight in graph.initializer}


def _multiply_adds(node: onnx.NodeProto, shapes: dict[str, list[int]]) -> int | None:
    read, weights = (shapes.get(name) for name in node.input[:2])
    written = shapes.get(node.output[0])
    if read is None or weights is None or written is None:
        return None
    match node.op_type:
        case "Conv":
            return convolution_multiply_adds(written, weights, grouped=False)
        case "ConvTranspose":
            return convolution_multiply_adds(read, weights, grouped=False)
        case "MatMul" | "Gemm":
            flipped = {entry.name: entry.i for entry in node.attribute}.get("transA", 0)
            return convolution_multiply_adds(
                written, [1, read[-2 if flipped else -1]], grouped=False
            )
        case _:
            return None
