"""Makes the INT8 form of a landmark model: search, distil, write ``model_int8.onnx``."""

import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import onnx

from appliance.errors import ModelLoadError
from quantization.build.onnx.formats import prepare, store_as_halves
from quantization.build.onnx.qdq import WEIGHT_MAX, write_qdq
from quantization.build.pose.build import INT8_FILE
from quantization.build.pose.crops import (
    LEARNED,
    MEASURED,
    choose_calibration,
    content_name,
    find_sightings,
)
from quantization.build.pose.distillation import Schedule, distil
from quantization.build.pose.network import PoseNetwork
from quantization.build.pose.search import FLOAT_BELOW_PX, Search, plan_rounding, search

WORST_LISTED = 10
SEARCHED_EVERY = 3  # 32 of the calibration crops: 80 runs over them take a minute


def distil_landmarks(
    folder: Path,
    *,
    data: Path,
    state_file: Path,
    schedule: Schedule,
    say: Callable[[str], None],
    tell: Callable[[str, int, int, float], None],
) -> str:
    """Teach one landmark model eight bits and write them beside its float form.

    Args:
        folder: Model folder with ``model.onnx``; ``model_int8.onnx`` is replaced.
        data: Holds ``video/``.
        state_file: State of the training; an existing one is resumed.
        schedule: How long.
        say: Called with one line per step.
        tell: Called with what is going on, steps done, steps in all, and the mean loss of late.

    Returns:
        One line about the result.

    Raises:
        ModelLoadError: The float form is missing.
        ConfigError: A clip is missing.
    """
    float_file = folder / "model.onnx"
    if not float_file.is_file():
        msg = f"{float_file}: missing; run python -m quantization build {folder.name} first"
        raise ModelLoadError(msg)
    state_file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        model = prepare(float_file, Path(scratch) / "prepared.onnx")
    say("looking for people")
    sightings = find_sightings(data, models_dir=folder.parent)
    crops = choose_calibration(sightings, seed=schedule.seed)
    say(f"{len(sightings)} sightings of people, {len(crops)} to calibrate on")
    plan = plan_rounding(model, crops)
    found = search(
        plan, crops[::SEARCHED_EVERY], tell=lambda done, total: tell("searching", done, total, 0.0)
    )
    say(f"untrained, PCK@.1 with the worst n layers in float: {_rounded(found.pck10)}")
    network = PoseNetwork(plan.model, layers=plan.layers, ranges=plan.ranges)
    distil(
        plan.model,
        network,
        sightings,
        schedule=schedule,
        state_file=state_file,
        tell=lambda done, loss: tell("distilling", done, schedule.steps, loss),
    )
    quantized = write_qdq(
        network.learned_model(plan.model),
        ranges=network.learned_ranges(),
        layers=plan.layers,
        pixels=network.pixels,
    )
    notes = {
        "method": f"U8S8, weights per channel within {WEIGHT_MAX}, distilled from the float form; "
        f"maps below {FLOAT_BELOW_PX} pixels stay float",
        "schedule": json.dumps(asdict(schedule)),
        "calibration_sha256": content_name(crops),
        "learned_from": f"{len(sightings)} sightings: {', '.join(LEARNED)}, demo clip",
        "measured_on": ", ".join(MEASURED),
        "search": json.dumps(_record(found)),
        "libraries": json.dumps({name: version(name) for name in ("torch", "onnx", "numpy")}),
    }
    onnx.helper.set_model_props(quantized, notes)
    onnx.save(store_as_halves(quantized), folder / INT8_FILE)
    return f"{folder / INT8_FILE}: written; now python -m quantization build {folder.name}"


def _record(found: Search) -> dict[str, Mapping[str, float]]:
    worst = list(found.alone.items())[:WORST_LISTED]
    return {
        "median_error_with_one_layer_rounding_shoulder_widths": _rounded(dict(worst)),
        "pck10_with_worst_layers_in_float": _rounded(found.pck10),
    }


def _rounded(numbers: Mapping[str, float] | Mapping[int, float]) -> dict[str, float]:
    return {str(key): round(value, 4) for key, value in numbers.items()}
