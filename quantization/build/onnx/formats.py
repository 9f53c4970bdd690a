"""The number formats of one float encoder: halves, and eight bits for each run time."""

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import openvino
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.quant_utils import add_pre_process_metadata

from appliance.domain.arrays import UInt8Array
from appliance.errors import ModelLoadError

HALF_MAX = float(np.finfo(np.float16).max)
PERCENTILE = 99.999  # of what a tensor holds; the rest saturates. Extremes cost .8 points agreement
CHUNK = 40  # faces whose intermediate maps are in memory together: 0.2 GB at 96 pixels
MATRIX_RANK = 2
MAP_RANK = 4  # batch, channels, height, width


def store_as_halves(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return the model with its weight matrices stored as f16 and cast to f32 in the graph.

    Run times fold the casts when they load, so it computes as fast as with f32 weights.

    Raises:
        ModelLoadError: A weight is beyond f16.
    """
    halved = onnx.ModelProto()
    halved.CopyFrom(model)
    casts = []
    for weight in halved.graph.initializer:
        array = numpy_helper.to_array(weight)
        # Vectors are biases, norms and quantization scales: small, and scales underflow.
        if weight.data_type != TensorProto.FLOAT or array.ndim < MATRIX_RANK:
            continue
        if np.abs(array).max() > HALF_MAX:
            msg = f"{weight.name}: holds a value beyond f16; keep these weights in f32"
            raise ModelLoadError(msg)
        name = weight.name
        weight.CopyFrom(numpy_helper.from_array(array.astype(np.float16), f"{name}_f16"))
        casts.append(helper.make_node("Cast", [f"{name}_f16"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *halved.graph.node]
    del halved.graph.node[:]
    halved.graph.node.extend(nodes)
    return halved


def prepare(float_file: Path, prepared_file: Path) -> onnx.ModelProto:
    """Fold constants and batch norms, write shapes down, and return the model that is quantized.

    Args:
        float_file: The float ONNX model.
        prepared_file: Where to write it.
    """
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(prepared_file)
    options.log_severity_level = 3
    onnxruntime.InferenceSession(
        str(float_file),
        options,
        providers=["CPUExecutionProvider"],
        # It would wrap every linear layer of the transformer in two reshapes.
        disabled_optimizers=["MatMulAddFusion"],
    )
    model = onnx.shape_inference.infer_shapes(onnx.load(prepared_file))
    add_pre_process_metadata(model)  # or the quantizer asks for all this on stderr
    onnx.save(model, prepared_file)
    return model


def quantize_for_onnx(
    prepared_file: Path, out: Path, *, crops: Sequence[UInt8Array], stay_float: Sequence[str]
) -> None:
    """Write QDQ U8S8 as ONNX Runtime lowers it: convolutions from integers to integers.

    Args:
        prepared_file: From ``prepare``.
        out: File to write.
        crops: (1, S, S, 3) calibration inputs.
        stay_float: Nodes to leave alone.
    """
    _quantize(prepared_file, out, crops=crops, stay_float=stay_float, only_inputs=False)


def quantize_for_openvino(
    prepared_file: Path, out: Path, *, crops: Sequence[UInt8Array], stay_float: Sequence[str]
) -> None:
    """Write ``out`` (.xml, with .bin) as OpenVINO lowers it: only what layers read is quantized.

    OpenVINO fuses convolution, SiLU and the next layer's quantization into one step; a
    quantization between convolution and SiLU would break that, and rounds once more.

    Args:
        prepared_file: From ``prepare``.
        out: File to write; an ``.onnx`` is left beside it.
        crops: (1, S, S, 3) calibration inputs.
        stay_float: Nodes to leave alone.
    """
    between = out.with_suffix(".qdq.onnx")
    _quantize(prepared_file, between, crops=crops, stay_float=stay_float, only_inputs=True)
    openvino.save_model(openvino.Core().read_model(between), out, compress_to_fp16=True)


def beside_maps(model: onnx.ModelProto) -> list[str]:
    """Return the additions that are not residuals of feature maps: attention and linear layers."""
    shapes = _shapes(model)
    constants = {weight.name for weight in model.graph.initializer}
    return [
        node.name
        for node in model.graph.node
        if node.op_type == "Add"
        and (
            any(name in constants for name in node.input)
            or len(shapes.get(node.output[0], ())) != MAP_RANK
        )
    ]


def convolutions_reading(model: onnx.ModelProto, *, at_least_px: int) -> list[str]:
    """Return the convolutions whose input is this high or higher: the early, thin, large ones."""
    shapes = _shapes(model)
    return [
        node.name
        for node in model.graph.node
        if node.op_type == "Conv" and shapes[node.input[0]][2] >= at_least_px
    ]


class _Crops(CalibrationDataReader):
    """Feeds crops one by one, in chunks that the quantizer asks for."""

    def __init__(self, crops: Sequence[UInt8Array], *, tensor: str) -> None:
        self._crops = crops
        self._tensor = tensor
        self._rest = iter(crops)

    def __len__(self) -> int:
        return len(self._crops)

    def set_range(self, start_index: int, end_index: int) -> None:
        """Restart with these crops."""
        self._rest = iter(self._crops[start_index:end_index])

    def get_next(self) -> dict[str, UInt8Array] | None:
        """Return the next input; None when the chunk has ended."""
        crop = next(self._rest, None)
        return None if crop is None else {self._tensor: crop}


def _quantize(
    prepared_file: Path,
    out: Path,
    *,
    crops: Sequence[UInt8Array],
    stay_float: Sequence[str],
    only_inputs: bool,
) -> None:
    operators = ["Conv", "Add"]
    tensor = onnx.load(prepared_file).graph.input[0].name
    options: dict[str, object] = {
        "CalibPercentile": PERCENTILE,
        "CalibStridedMinMax": CHUNK if len(crops) % CHUNK == 0 else len(crops),
    }
    if only_inputs:
        options["OpTypesToExcludeOutputQuantization"] = operators
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        quantize_static(
            str(prepared_file),
            str(out),
            _Crops(crops, tensor=tensor),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=operators,
            calibrate_method=CalibrationMethod.Percentile,
            per_channel=True,
            # Weights within 64. Processors without VNNI add two products in 16 bits, which 127
            # overflows: with ONEDNN_MAX_CPU_ISA=AVX2, agreement fell from 99 to 92 %.
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=list(stay_float),
            extra_options=options,
        )
    onnx.save(store_as_halves(onnx.load(out)), out)


def _shapes(model: onnx.ModelProto) -> dict[str, list[int]]:
    graph = model.graph
    return {
        value.name: [dimension.dim_value for dimension in value.type.tensor_type.shape.dim]
        for value in (*graph.input, *graph.value_info, *graph.output)
    }
