"""Which layers of a landmark network suffer from eight bits, before any training.

Recorded, not guessed: each layer rounds alone, then all but the most sensitive round together. The
result says what leaving layers in float would buy, and is kept with the distilled form.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import onnx
import torch

from appliance.domain.arrays import UInt8Array
from appliance.domain.observations import Landmark
from appliance.perception.blazepose.landmarks import LANDMARKS
from quantization.build.onnx.equalisation import equalise
from quantization.build.onnx.qdq import Range, range_of
from quantization.build.pose.network import PoseNetwork, touches
from quantization.build.pose.teacher import Teacher
from quantization.measure.pose import UPPER_BODY

# Maps smaller than this stay float: all coordinates go through them, and they are 2 % of the
# products (1.5 % in lite, 2.6 % in full).
FLOAT_BELOW_PX = 8

BATCH = 8  # all tensors of a batch are in memory together: 40 MB each

FLOAT_COUNTS = (0, 1, 2, 4, 8, 16)
"""How many of the most sensitive layers are tried in float."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """A network ready to round."""

    model: onnx.ModelProto
    """With evened-out streams; computes what the float form does."""

    layers: tuple[str, ...]
    """Convolutions and additions that may round."""

    ranges: Mapping[str, Range]
    """Of every tensor that they read or add."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What the layers cost without training."""

    alone: Mapping[str, float]
    """Median distance on the upper body with one layer rounding, shoulder widths; worst first."""

    pck10: Mapping[int, float]
    """Share within .10 with all layers rounding but this many of the worst."""


def plan_rounding(model: onnx.ModelProto, crops: Sequence[UInt8Array]) -> Plan:
    """Even out the streams and measure ranges on calibration crops.

    Args:
        model: From ``formats.prepare``.
        crops: (1, 256, 256, 3) each.
    """

    def largest(names: Sequence[str]) -> dict[str, np.ndarray]:
        teacher = Teacher(model, extra=names)
        reach = {name: np.zeros(1) for name in names}
        for crop in crops:
            tensors = teacher.ask(crop)
            for name in names:
                reach[name] = np.maximum(reach[name], np.abs(tensors[name]).max(axis=(0, 2, 3)))
        return reach

    equal = equalise(model, largest=largest)
    layers = _candidates(equal)
    # Pixels are integers already and have no range to learn.
    pixels = {node.output[0] for node in equal.graph.node if node.op_type == "Div"}
    names = [
        name
        for node in equal.graph.node
        for name in node.output
        if name not in pixels
        and any(touches(equal, layer, name) for layer in equal.graph.node if layer.name in layers)
    ]
    teacher = Teacher(equal, extra=names)
    low, high = dict.fromkeys(names, 0.0), dict.fromkeys(names, 0.0)
    for crop in crops:
        tensors = teacher.ask(crop)
        for name in names:
            low[name] = min(low[name], float(tensors[name].min()))
            high[name] = max(high[name], float(tensors[name].max()))
    ranges = {name: range_of(low[name], high[name]) for name in names}
    return Plan(model=equal, layers=layers, ranges=ranges)


def search(plan: Plan, crops: Sequence[UInt8Array], *, tell: Callable[[int, int], None]) -> Search:
    """Round one layer after the other, then all but the worst.

    Args:
        plan: What may round.
        crops: (1, 256, 256, 3) each, to measure on.
        tell: Called with the number of steps done and in all.
    """
    network = PoseNetwork(plan.model, layers=plan.layers, ranges=plan.ranges)
    batches = [
        torch.from_numpy(np.concatenate(crops[start : start + BATCH]))
        for start in range(0, len(crops), BATCH)
    ]
    total = len(plan.layers) + len(FLOAT_COUNTS)

    def run(rounding: set[str]) -> np.ndarray:
        network.rounding = rounding
        with torch.no_grad():
            landmarks = np.concatenate([network(each)["landmarks"].numpy() for each in batches])
        return landmarks.reshape(-1, LANDMARKS, 5)[..., :2]

    whole = run(set())
    shoulders = whole[:, Landmark.LEFT_SHOULDER] - whole[:, Landmark.RIGHT_SHOULDER]
    widths = np.hypot(shoulders[:, 0], shoulders[:, 1])[:, None]

    def distances(rounding: set[str]) -> np.ndarray:
        off = (run(rounding) - whole)[:, :UPPER_BODY]
        return np.hypot(off[..., 0], off[..., 1]) / widths

    alone = {}
    for done, layer in enumerate(plan.layers):
        alone[layer] = float(np.median(distances({layer})))
        tell(done + 1, total)
    worst = sorted(alone, key=lambda layer: -alone[layer])
    pck10 = {}
    for done, count in enumerate(FLOAT_COUNTS):
        pck10[count] = float((distances(set(worst[count:])) < 0.10).mean())
        tell(len(plan.layers) + done + 1, total)
    return Search(alone={layer: alone[layer] for layer in worst}, pck10=pck10)


def _candidates(model: onnx.ModelProto) -> tuple[str, ...]:
    """Convolutions and additions that write large enough maps, but for the last of the heat map.

    Its logits leave the network, and a layer whose result is wanted in float cannot be lowered.
    """
    graph = model.graph
    heights = {
        value.name: value.type.tensor_type.shape.dim[2].dim_value
        for value in (*graph.value_info, *graph.output)
        if len(value.type.tensor_type.shape.dim) > 2
    }
    leaving = {node.input[0] for node in graph.node if node.op_type == "Transpose"}
    return tuple(
        node.name
        for node in graph.node
        if node.op_type in {"Conv", "Add"}
        and heights[node.output[0]] >= FLOAT_BELOW_PX
        and not (leaving & set(node.output))
    )
