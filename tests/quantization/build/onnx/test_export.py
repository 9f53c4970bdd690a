"""The exporter writes the same function as the graph it reads, for BGR bytes."""

from typing import Any

import numpy as np
import openvino
import pytest
from openvino import opset13

from appliance.errors import ModelLoadError

onnx = pytest.importorskip("onnx", reason="needs the extra [quantization]")

from quantization.build.onnx.export import ImageInput, export_onnx  # noqa: E402 - after the skip

RNG = np.random.default_rng(11)
IMAGE = ImageInput(name="image", divisor=127.5, offset=-1.0)


def f16(*shape: int) -> openvino.Node:
    """Build half-precision weights, widened as TFLite files have them."""
    weights = opset13.constant(RNG.normal(0, 0.3, shape).astype(np.float16))
    return opset13.convert(weights, "f32")


def network() -> openvino.Model:
    """Build a channels-last network with every operation that the recipes meet."""
    image = opset13.parameter([1, 8, 8, 3], np.float32, name="picture")
    channels_first = opset13.transpose(image, np.array([0, 3, 1, 2]))
    padded = opset13.pad(channels_first, [0, 0, 1, 1], [0, 0, 1, 1], "constant", 0.0)
    first = opset13.convolution(padded, f16(4, 3, 3, 3), [2, 2], [0, 0], [0, 0], [1, 1])
    last = opset13.transpose(first, np.array([0, 2, 3, 1]))
    biased = opset13.clamp(opset13.add(last, f16(1, 1, 1, 4)), 0.0, 6.0)
    inner = opset13.transpose(biased, np.array([0, 3, 1, 2]))
    depthwise = opset13.group_convolution(inner, f16(4, 1, 1, 3, 3), [1, 1], [1, 1], [1, 1], [1, 1])
    outer = opset13.transpose(depthwise, np.array([0, 2, 3, 1]))
    summed = opset13.relu(opset13.add(outer, biased))
    resized = opset13.interpolate(
        summed,
        np.array([8, 8]),
        "linear_onnx",
        "sizes",
        axes=np.array([1, 2]),
        coordinate_transformation_mode="half_pixel",
    )
    widened = opset13.pad(resized, [0, 0, 0, 0], [0, 0, 0, 2], "constant", 0.0)
    flat = opset13.reshape(widened, np.array([1, 64, 6]), special_zero=False)
    joined = opset13.concat([flat, flat], axis=1)
    wanted = opset13.result(opset13.sigmoid(joined), name="wanted")
    pruned = opset13.result(opset13.sigmoid(summed), name="pruned")
    model = openvino.Model([wanted, pruned], [image], "small")
    for output, name in zip(model.outputs, ("wanted", "pruned"), strict=True):
        output.get_tensor().set_names({name})
    return model


def run(model: openvino.Model, inputs: np.ndarray[Any, Any], name: str) -> np.ndarray[Any, Any]:
    """Run a model in full precision."""
    compiled = openvino.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    result: np.ndarray[Any, Any] = compiled(inputs)[name]
    return result


def test_the_result_is_the_same_function() -> None:
    """BGR bytes into the export are normalised RGB into the source."""
    model = network()
    exported = export_onnx(model, name="small", image=IMAGE, outputs={"wanted": "scores"})
    pixels = RNG.integers(0, 256, (1, 8, 8, 3), dtype=np.uint8)
    expected = run(model, (pixels[..., ::-1] / 127.5 - 1).astype(np.float32), "wanted")
    read_back = openvino.Core().read_model(exported.SerializeToString(), b"")

    np.testing.assert_allclose(run(read_back, pixels, "scores"), expected, atol=1e-6)


def test_weights_stay_in_half_precision() -> None:
    """Nothing is rounded and nothing doubles in size."""
    exported = export_onnx(network(), name="small", image=IMAGE, outputs={"wanted": "scores"})
    kinds = {tensor.data_type for tensor in exported.graph.initializer if np.prod(tensor.dims) > 8}

    assert kinds == {onnx.TensorProto.FLOAT16}


def test_what_serves_other_outputs_is_pruned() -> None:
    """One sigmoid is wanted, the other is gone, and so is its output."""
    exported = export_onnx(network(), name="small", image=IMAGE, outputs={"wanted": "scores"})

    assert sum(node.op_type == "Sigmoid" for node in exported.graph.node) == 1
    assert [output.name for output in exported.graph.output] == ["scores"]


def test_transpositions_vanish() -> None:
    """One for the image and one before the reshape, of five in the source."""
    exported = export_onnx(network(), name="small", image=IMAGE, outputs={"wanted": "scores"})

    assert sum(node.op_type == "Transpose" for node in exported.graph.node) == 2


def test_an_unknown_operation_is_named() -> None:
    """The message says which."""
    image = opset13.parameter([1, 8, 8, 3], np.float32)
    model = openvino.Model([opset13.result(opset13.erf(image))], [image], "odd")
    model.outputs[0].get_tensor().set_names({"out"})

    with pytest.raises(ModelLoadError, match="does not know operation Erf"):
        export_onnx(model, name="odd", image=IMAGE, outputs={"out": "out"})
