"""Which layers an OpenVINO file asks to quantize, and what is constant."""

import platform
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnx", reason="needs the extra [quantization]")

import openvino
from openvino import opset13

from quantization.audit.layers import NumberFormat, Role
from quantization.audit.openvino_graph import audit_openvino

OPTIONS = {"INFERENCE_PRECISION_HINT": "f32", "NUM_STREAMS": 1, "INFERENCE_NUM_THREADS": 1}


def fake_quantized(value: openvino.Node) -> openvino.Node:
    """Quantize to 256 levels in [0, 4]."""
    bounds = [np.float32(0), np.float32(4)] * 2
    return opset13.fake_quantize(value, *bounds, 256)


def write(model: openvino.Model, folder: Path) -> tuple[Path, openvino.CompiledModel]:
    """Save and compile."""
    path = folder / "model.xml"
    openvino.save_model(model, path, compress_to_fp16=True)
    return path, openvino.Core().compile_model(path, "CPU", OPTIONS)


def test_only_what_is_quantized_on_both_sides_counts(tmp_path: Path) -> None:
    """A matrix product of quantized data with float weights was left in float."""
    rows = opset13.parameter([1, 4, 64], np.float32)
    floats = np.random.default_rng(1).random((64, 64), dtype=np.float32)
    both = opset13.matmul(
        fake_quantized(rows),
        opset13.multiply(
            opset13.convert((floats * 127).astype(np.int8), "f32"), np.float32(1 / 127)
        ),
        transpose_a=False,
        transpose_b=True,
    )
    data_only = opset13.matmul(fake_quantized(both), floats, transpose_a=False, transpose_b=True)
    neither = opset13.matmul(
        opset13.sigmoid(data_only), floats[:, :32], transpose_a=False, transpose_b=False
    )

    lowering = audit_openvino(*write(openvino.Model([neither], [rows], "rows"), tmp_path))

    asked = {(product.quantized, product.multiply_adds) for product in lowering.planned}
    assert asked == {(True, 4 * 64 * 64), (False, 4 * 64 * 64), (False, 4 * 64 * 32)}
    assert sum(product.quantized for product in lowering.planned) == 1


@pytest.mark.skipif(platform.machine() != "x86_64", reason="ARM may calculate in f16")
def test_weights_in_halves_do_not_make_a_layer_f16(tmp_path: Path) -> None:
    """The run time widens them while compiling: nothing of that is counted as executed."""
    rows = opset13.parameter([1, 4, 64], np.float32)
    floats = np.random.default_rng(1).random((64, 64), dtype=np.float32)
    product = opset13.matmul(rows, floats, transpose_a=False, transpose_b=True)

    lowering = audit_openvino(*write(openvino.Model([product], [rows], "rows"), tmp_path))

    assert [(layer.role, layer.number_format) for layer in lowering.executed] == [
        (Role.PRODUCT, NumberFormat.F32)
    ]


def test_a_picture_of_bytes_is_not_quantized(tmp_path: Path) -> None:
    """Bytes that come in as pixels say nothing about the layers that read them."""
    pixels = opset13.parameter([1, 3, 8, 8], np.uint8)
    kernel = opset13.multiply(
        opset13.convert(np.ones((4, 3, 3, 3), np.int8), "f32"), np.float32(0.1)
    )
    product = opset13.convolution(
        opset13.convert(pixels, "f32"), kernel, [1, 1], [1, 1], [1, 1], [1, 1]
    )

    lowering = audit_openvino(*write(openvino.Model([product], [pixels], "pixels"), tmp_path))

    assert [product.quantized for product in lowering.planned] == [False]
    assert [product.multiply_adds for product in lowering.planned] == [4 * 64 * 27]
