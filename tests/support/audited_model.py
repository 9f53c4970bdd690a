"""A model small enough to audit in a test: a few convolutions, in float and in eight bits."""

from pathlib import Path

import numpy as np
import onnx
import openvino
from onnx import TensorProto, helper, numpy_helper

from appliance.domain.models import Backend, Precision
from quantization.build.model_folder import Form, ModelRecord, write_manifest

SIDE, CHANNELS, KERNEL, LAYERS = 8, 16, 3, 4
MULTIPLY_ADDS = CHANNELS * CHANNELS * KERNEL * KERNEL * SIDE * SIDE  # of one of them
RECORD = ModelRecord(
    name="edges", version="1.0", licence="CC0-1.0", origin="made here", notes={"why": "a test"}
)


def convolutions(*, quantized: bool) -> onnx.ModelProto:
    """Build y = relu(conv(...)) several times over; quantized means from integers to integers."""
    shape = [1, CHANNELS, SIDE, SIDE]
    weights = np.random.default_rng(1).integers(-64, 64, (CHANNELS, CHANNELS, KERNEL, KERNEL))
    constants = {
        "weights": weights.astype(np.int8) if quantized else weights.astype(np.float32) / 64,
        "scale": np.float32(1 / 64),
        "zero": np.uint8(0),
        "zero_signed": np.int8(0),
    }
    nodes: list[onnx.NodeProto] = []
    last = _in_bytes(nodes, "x") if quantized else "x"
    for layer in range(LAYERS):
        kernel = "weights"
        if quantized:
            kernel = f"kernel_{layer}"
            nodes.append(
                helper.make_node("DequantizeLinear", ["weights", "scale", "zero_signed"], [kernel])
            )
        name = f"conv_{layer}"
        nodes += [
            helper.make_node(
                "Conv",
                [last, kernel],
                [name],
                name=name,
                kernel_shape=[KERNEL, KERNEL],
                pads=[1, 1, 1, 1],
            ),
            helper.make_node("Relu", [name], [f"relu_{layer}"]),
        ]
        last = _in_bytes(nodes, f"relu_{layer}") if quantized else f"relu_{layer}"
    nodes.append(helper.make_node("Identity", [last], ["y"]))
    used = {name for node in nodes for name in node.input}
    graph = helper.make_graph(
        nodes,
        "edges",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
        [
            numpy_helper.from_array(np.asarray(array), name)
            for name, array in constants.items()
            if name in used
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    return model


def _in_bytes(nodes: list[onnx.NodeProto], name: str) -> str:
    """Quantize and dequantize a tensor; return the name of the result."""
    nodes += [
        helper.make_node("QuantizeLinear", [name, "scale", "zero"], [f"{name}_q"]),
        helper.make_node("DequantizeLinear", [f"{name}_q", "scale", "zero"], [f"{name}_d"]),
    ]
    return f"{name}_d"


def write_folder(models: Path, *, swap: bool = False) -> Path:
    """Write the folder ``edges`` with four forms.

    Args:
        models: Folder of model folders.
        swap: Call the float files INT8 and the other way round.
    """
    folder = models / "edges"
    folder.mkdir(parents=True)
    forms = []
    for stem, quantized in (("model", False), ("model_int8", True)):
        graph = convolutions(quantized=quantized)
        onnx.save(graph, folder / f"{stem}.onnx")
        openvino.save_model(
            openvino.Core().read_model(folder / f"{stem}.onnx"), folder / f"{stem}.xml"
        )
        precision = Precision.INT8 if quantized is not swap else Precision.F32
        forms += [
            Form(backend=Backend.OPENVINO, precision=precision, path=Path(f"{stem}.xml")),
            Form(backend=Backend.ONNX, precision=precision, path=Path(f"{stem}.onnx")),
        ]
    write_manifest(convolutions(quantized=False), folder, record=RECORD, forms=forms)
    return folder
