"""The written steps compute what they say, and run times lower them."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnx", reason="needs the extra [quantization]")

import onnx
import onnxruntime
from onnx import numpy_helper

from appliance.domain.arrays import Float32Array
from quantization.build.onnx.equalisation import equalise, linear_streams
from quantization.build.onnx.qdq import WEIGHT_MAX, Range, range_of, weight_scales, write_qdq
from quantization.build.pose.teacher import Teacher
from tests.support.small_network import pictures, small_network

LAYERS = ("conv_a", "conv_b", "conv_c", "conv_d", "sum", "conv_e")
READ = ("first", "conv_b_out", "wide", "conv_d_out", "sum", "last")


def ranges(model: onnx.ModelProto) -> dict[str, Range]:
    """Calibrate on a few pictures."""
    teacher = Teacher(model, extra=READ)
    tensors = [teacher.ask(picture) for picture in pictures(8)]
    return {
        name: range_of(
            min(float(each[name].min()) for each in tensors),
            max(float(each[name].max()) for each in tensors),
        )
        for name in READ
    }


def run(model: onnx.ModelProto, picture: np.ndarray) -> np.ndarray:
    """Return the landmarks on ONNX Runtime."""
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    landmarks: np.ndarray = session.run(["landmarks"], {"image": picture})[0]
    return landmarks


@pytest.mark.parametrize(
    ("low", "high", "zero"),
    [(0.0, 6.0, 0), (-1.0, 1.0, 128), (0.5, 2.0, 0), (-3.0, -1.0, 255), (0.0, 0.0, 0)],
)
def test_zero_is_a_step(low: float, high: float, zero: int) -> None:
    """Padding must be exact, so a range always holds zero."""
    chosen = range_of(low, high)

    assert chosen.zero == zero
    assert chosen.scale > 0


def test_weights_stay_within_seven_bits() -> None:
    """The largest weight of each output channel takes the last step."""
    weight = np.array([[[[0.5]], [[-2.0]]], [[[0.0]], [[0.25]]]], dtype=np.float32)

    scales = weight_scales(weight)

    np.testing.assert_allclose(scales, [2.0 / WEIGHT_MAX, 0.25 / WEIGHT_MAX])


def test_eight_bits_stay_close_to_float() -> None:
    """A network without ill-conditioned layers loses little."""
    model = small_network()
    quantized = write_qdq(model, ranges=ranges(model), layers=LAYERS, pixels="unit")

    picture = pictures(1)[0]
    expected, found = run(model, picture), run(quantized, picture)

    assert 0 < np.abs(found - expected).max() < 0.1 * np.abs(expected).max()


def test_the_chosen_layers_run_in_integers(tmp_path: Path) -> None:
    """ONNX Runtime fuses them all; only the heads are left in float."""
    model = small_network()
    quantized = write_qdq(model, ranges=ranges(model), layers=LAYERS, pixels="unit")
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "optimised.onnx")
    options.log_severity_level = 3
    onnxruntime.InferenceSession(
        quantized.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    run_as = Counter(node.op_type for node in onnx.load(tmp_path / "optimised.onnx").graph.node)
    assert run_as["QLinearConv"] == 5
    assert run_as["QLinearAdd"] == 1
    assert run_as["Conv"] + run_as["FusedConv"] == 3

    stored = {weight.name: numpy_helper.to_array(weight) for weight in quantized.graph.initializer}

    for layer in LAYERS:
        if layer.startswith("conv"):
            assert stored[f"{layer}_w_s8"].dtype == np.int8
            assert np.abs(stored[f"{layer}_w_s8"]).max() == WEIGHT_MAX
            assert stored[f"{layer}_b_s32"].dtype == np.int32
    assert "conv_f_w" in stored
    assert "conv_a_w" not in stored


def test_pixels_are_not_rounded_twice() -> None:
    """The first layer reads the u8 picture itself; the division by 255 is gone."""
    model = small_network()
    quantized = write_qdq(model, ranges=ranges(model), layers=LAYERS, pixels="unit")

    assert "Div" not in {node.op_type for node in quantized.graph.node}


def test_streams_are_linear() -> None:
    """The bottleneck and what is added to it share factors; clipped tensors and outputs do not."""
    streams = [set(names) for names in linear_streams(small_network())]

    assert streams == [{"conv_b_out", "conv_d_out", "sum"}]


def test_equalising_changes_nothing_but_the_balance() -> None:
    """The function is the same, and small channels are no longer lost in large ones."""
    model = small_network()

    def largest(names: Sequence[str]) -> dict[str, Float32Array]:
        teacher = Teacher(model, extra=names)
        tensors = [teacher.ask(picture) for picture in pictures(8)]
        return {
            name: np.max([np.abs(each[name]).max(axis=(0, 2, 3)) for each in tensors], axis=0)
            for name in names
        }

    equal = equalise(model, largest=largest)

    picture = pictures(1)[0]
    np.testing.assert_allclose(run(equal, picture), run(model, picture), rtol=1e-3, atol=1e-4)
    before = Teacher(model, extra=["sum"]).ask(picture)["sum"]
    after = Teacher(equal, extra=["sum"]).ask(picture)["sum"]
    assert spread(after) < spread(before) / 2


def spread(tensor: np.ndarray) -> float:
    """Return how unlike the channels' ranges are."""
    reach = np.abs(tensor).max(axis=(0, 2, 3))
    return float(reach.max() / reach.min())
