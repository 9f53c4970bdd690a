"""The torch port computes what the file computes, in float and in eight bits."""

import numpy as np
import pytest

pytest.importorskip("onnx", reason="needs the extra [quantization]")
pytest.importorskip("torch", reason="needs the extra [training]")

import onnx
import onnxruntime
import torch
from onnx import numpy_helper

from appliance.errors import ModelLoadError
from quantization.build.onnx.qdq import write_qdq
from quantization.build.pose.distillation import compare, feature_names
from quantization.build.pose.network import PoseNetwork
from quantization.build.pose.search import plan_rounding, search
from tests.support.small_network import pictures, small_network


def run(model: onnx.ModelProto, picture: np.ndarray) -> list[np.ndarray]:
    """Return all outputs on ONNX Runtime."""
    options = onnxruntime.SessionOptions()
    # Unoptimised: the steps one by one, as they are written.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return list(session.run(["landmarks", "presence", "heatmap"], {"image": picture}))


def ported(network: PoseNetwork, picture: np.ndarray) -> list[np.ndarray]:
    """Return the same outputs of the port."""
    with torch.no_grad():
        tensors = network(torch.from_numpy(picture))
    return [tensors[name].numpy() for name in ("landmarks", "presence", "heatmap")]


def test_the_float_port_is_exact() -> None:
    """Layer by layer the same function."""
    model = small_network()
    network = PoseNetwork(model, layers=[], ranges={})

    for picture in pictures(3):
        for one, other in zip(run(model, picture), ported(network, picture), strict=True):
            np.testing.assert_allclose(one, other, atol=1e-4)


def test_rounding_is_what_the_file_will_do() -> None:
    """What training sees is what the run time computes, to a step here and there."""
    plan = plan_rounding(small_network(), pictures(8))
    network = PoseNetwork(plan.model, layers=plan.layers, ranges=plan.ranges)
    file = write_qdq(
        network.learned_model(plan.model),
        ranges=network.learned_ranges(),
        layers=plan.layers,
        pixels=network.pixels,
    )

    for picture in pictures(3):
        expected, found = run(file, picture)[0], ported(network, picture)[0]
        assert np.abs(expected - found).max() < 0.02 * np.abs(expected).max()


def test_small_maps_stay_float() -> None:
    """Neither the heads at four pixels and less nor the heat map's logits are on the list."""
    plan = plan_rounding(small_network(), pictures(4))

    assert set(plan.layers) == {"conv_a", "conv_b", "conv_c", "conv_d", "sum", "conv_e"}


def test_the_search_leaves_out_the_worst_first() -> None:
    """Fewer rounding layers never make it much worse, and each layer alone is listed."""
    plan = plan_rounding(small_network(), pictures(4))
    done: list[int] = []

    found = search(plan, pictures(4), tell=lambda step, _total: done.append(step))

    assert set(found.alone) == set(plan.layers)
    assert list(found.alone.values()) == sorted(found.alone.values(), reverse=True)
    assert found.pck10[16] == 1.0
    assert done == sorted(done)


def test_gradients_reach_every_weight_and_step() -> None:
    """Rounding passes gradients on, or nothing could be learned."""
    plan = plan_rounding(small_network(), pictures(4))
    network = PoseNetwork(plan.model, layers=plan.layers, ranges=plan.ranges)
    features = feature_names(plan.model)
    picture = torch.from_numpy(pictures(1)[0])
    network.rounding, rounding = set(), network.rounding
    with torch.no_grad():
        teacher = dict(network(picture))
    network.rounding = rounding

    compare(network(picture), teacher, features=features).backward()

    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


def test_a_perfect_student_is_closest() -> None:
    """The loss of the teacher itself is the least there is."""
    model = small_network()
    network = PoseNetwork(model, layers=[], ranges={})
    features = feature_names(model)
    with torch.no_grad():
        same = dict(network(torch.from_numpy(pictures(1)[0])))
        off = {**same, "landmarks": same["landmarks"] + 1.0}

        assert compare(same, same, features=features) < compare(off, same, features=features)


def test_an_unknown_operation_is_named() -> None:
    """Nothing is skipped in silence."""
    model = small_network()
    next(node for node in model.graph.node if node.op_type == "Sigmoid").op_type = "Tanh"

    with pytest.raises(ModelLoadError, match="knows no Tanh"):
        PoseNetwork(model, layers=[], ranges={})


def test_another_clipping_is_refused() -> None:
    """Ranges and run times rely on 0 to 6."""
    model = small_network()
    high = next(weight for weight in model.graph.initializer if weight.name == "high")
    high.CopyFrom(numpy_helper.from_array(np.array(4.0, dtype=np.float32), "high"))

    with pytest.raises(ModelLoadError, match="clips to 0 to 4"):
        PoseNetwork(model, layers=[], ranges={})
