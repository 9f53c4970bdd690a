"""Which layers an ONNX file asks to quantize."""

from pathlib import Path

import pytest

pytest.importorskip("onnx", reason="needs the extra [quantization]")

import onnx
from onnx import TensorProto, helper

from quantization.audit.layers import NumberFormat, Role
from quantization.audit.onnx_graph import audit_onnx
from tests.support.audited_model import LAYERS, MULTIPLY_ADDS, convolutions


def test_float_data_is_not_quantized(tmp_path: Path) -> None:
    """A convolution of float data was left in float, however its weights are stored."""
    model = convolutions(quantized=True)
    first = next(node for node in model.graph.node if node.name == "conv_0")
    first.input[0] = "x"
    onnx.save(model, tmp_path / "model.onnx")

    lowering = audit_onnx(tmp_path / "model.onnx")

    assert [product.quantized for product in lowering.planned] == [False] + [True] * (LAYERS - 1)
    assert {product.multiply_adds for product in lowering.planned} == {MULTIPLY_ADDS}
    eight = [
        layer
        for layer in lowering.executed
        if layer.role is Role.PRODUCT and layer.number_format is NumberFormat.INT8
    ]
    assert [layer.multiply_adds for layer in eight] == [MULTIPLY_ADDS] * (LAYERS - 1)


def test_a_model_keeps_its_own_transpositions(tmp_path: Path) -> None:
    """Only those that the run time adds are reorders."""
    graph = helper.make_graph(
        [
            helper.make_node("Transpose", ["x"], ["t"], perm=[1, 0]),
            helper.make_node("Softmax", ["t"], ["y"]),
        ],
        "turning",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [3, 2])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.save(model, tmp_path / "model.onnx")

    layers = audit_onnx(tmp_path / "model.onnx").executed

    assert [(layer.kind, layer.role) for layer in layers] == [
        ("Transpose", Role.MOVE),
        ("Softmax", Role.ARITHMETIC),
    ]
