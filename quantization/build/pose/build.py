"""One landmark model: published float weights, pruned, in every form the box can load.

The INT8 form is trained here (``python -m quantization distil``) and stays in the folder as
``model_int8.onnx``; building derives the rest from it and from the published weights, so a clone
is enough. Measuring needs the clips of the data folder; without them the last measurement holds as
long as the INT8 file is the one that was measured.
"""

import hashlib
import json
import platform
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import openvino

from appliance.domain.models import Backend, Precision
from appliance.perception.blazepose.landmarks import INPUT_PX
from quantization.audit.record import prove_lowering
from quantization.audit.report import REPORT_NAME, read_report
from quantization.build.choice import Choice
from quantization.build.model_folder import (
    FLOAT_FORMS,
    Form,
    ModelRecord,
    check_agreement,
    run_folder,
    run_source,
    write_manifest,
    write_model_folder,
)
from quantization.build.onnx.export import ImageInput, export_onnx
from quantization.build.pose.scores import LandmarkNumbers, choose_landmarks, measure_forms
from quantization.build.speed import FormKey
from quantization.sources import Source, fetch

# The segmentation mask (Identity_2) and the world landmarks (Identity_4) are left out with all
# that only serves them. The heat map stays: MediaPipe refines the landmarks with it, and without
# it parity is lost (DECISIONS.md).
OUTPUTS = {"Identity": "landmarks", "Identity_1": "presence", "Identity_3": "heatmap"}
FLOAT_LIMIT = 1e-4
INT8_FILE = "model_int8.onnx"  # written by distil, and kept

# The weights are stored as halves anyway: computing in halves, on processors that can, needs no
# further file.
HALF = Form(backend=Backend.OPENVINO, precision=Precision.F16, path="model.xml")
EIGHT = (
    Form(backend=Backend.OPENVINO, precision=Precision.INT8, path="model_int8.xml"),
    Form(backend=Backend.ONNX, precision=Precision.INT8, path=INT8_FILE),
)
LIBRARIES = ("onnx", "onnxruntime", "openvino", "numpy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Args:
    """What may be changed."""

    out: Path
    """Folder of the model; ``model_int8.onnx`` is read from it if it is there."""

    cache: Path
    """Where fetched sources are kept."""

    data: Path
    """Folder with ``video/``, to measure on."""

    say: Callable[[str], None]
    """Called with one line per step."""

    seed: int = 20261122
    """Seed of the random picture on which source and result are compared."""


def build_landmarks(source: Source, args: Args) -> str:
    """Fetch, prune, convert, check, measure; return one line about the result.

    Raises:
        ModelLoadError: The source cannot be had, a form differs from it, or its eight bits are not
            lowered.
    """
    name = args.out.name
    last = read_report(args.out)
    eight_file = args.out / INT8_FILE
    tflite = fetch(source, args.cache)
    # Made beside and moved when it is proven: a failure leaves the folder as it was.
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / name
        made.mkdir()
        if eight_file.is_file():
            shutil.copyfile(eight_file, made / INT8_FILE)
        line = _make(source, tflite, made, args=args, last=last)
        args.out.mkdir(parents=True, exist_ok=True)
        for file in made.iterdir():
            shutil.move(file, args.out / file.name)
    return line


def _make(
    source: Source, tflite: Path, made: Path, *, args: Args, last: Mapping[str, object]
) -> str:
    name = made.name
    args.say(f"{name}: float forms")
    # MediaPipe feeds RGB in [0, 1] (pose_landmark_by_roi_cpu.pbtxt, output_tensor_float_range).
    image = ImageInput(name="image", divisor=255.0, offset=0.0)
    model = export_onnx(openvino.Core().read_model(tflite), name=name, image=image, outputs=OUTPUTS)
    record = _record(name, source)
    write_model_folder(model, made, record=record)
    worst = _check(made, tflite, seed=args.seed)

    eight_file = made / INT8_FILE
    forms = [*FLOAT_FORMS, HALF]
    if not eight_file.is_file():
        write_manifest(model, made, record=record, forms=forms)
        return f"{name}: float forms within {worst:.1e} of the source; no INT8 form, see distil"
    args.say(f"{name}: INT8 forms")
    notes = {entry.key: entry.value for entry in onnx.load(eight_file).metadata_props}
    record = replace(record, tables={"distillation": notes})
    openvino.save_model(openvino.Core().read_model(eight_file), made / "model_int8.xml")
    forms += EIGHT
    write_manifest(model, made, record=record, forms=forms)
    report = _measured(args, made, forms) or carry_over(last, eight_file)
    write_manifest(model, made, record=record, forms=mark_forms(forms, report))
    report = {"name": name, "version": source.version, **report, "distillation": notes}
    (made / REPORT_NAME).write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    prove_lowering(made, last=last)
    chosen = ", ".join(f"{key} {choice['precision']}" for key, choice in report["defaults"].items())
    return f"{name}: float forms within {worst:.1e} of the source; by default {chosen}"


def _record(name: str, source: Source) -> ModelRecord:
    return ModelRecord(
        name=name,
        version=source.version,
        licence=source.licence,
        origin=source.origin,
        notes={
            "source_sha256": source.sha256,
            "input": "u8 BGR NHWC; RGB order is folded into the first convolution",
            "pruned": "segmentation mask, world landmarks",
            "presence": "probability; the sigmoid is inside the graph",
            "weights": "f32 and f16 forms hold them as f16, like the source",
        },
    )


def _check(made: Path, tflite: Path, *, seed: int) -> float:
    shape = (1, INPUT_PX, INPUT_PX, 3)
    picture = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    rgb = (picture[..., ::-1] / 255).astype(np.float32)
    expected = run_source(tflite, rgb, list(OUTPUTS))
    found = run_folder(made, {"image": picture})
    return check_agreement(made.name, expected, found, limit=FLOAT_LIMIT)


def _measured(args: Args, made: Path, forms: list[Form]) -> dict[str, Any]:
    """Return the measured part of the report; empty where there is nothing to measure on."""
    if not (args.data / "video").is_dir():
        args.say(f"{args.data}/video: not there, so the last measurement holds")
        return {}
    sizes = {
        (form.backend, form.precision): sum((made / n).stat().st_size for n in form.names)
        for form in forms
    }
    # People are found with the detector that lies beside the model.
    shutil.copytree(args.out.parent / "pose_detector", made.parent / "pose_detector")
    numbers = measure_forms(
        made.parent, made.name, sizes, data=args.data, sizes=sizes, say=args.say
    )
    return {
        "written_by": f"python -m quantization build {made.name}",
        "int8_sha256": _sha256(made / INT8_FILE),
        "libraries": {library: version(library) for library in LIBRARIES},
        "processor": platform.machine(),
        "forms": {f"{key[0]}_{key[1]}": each.summary() for key, each in numbers.items()},
        "proven": [f"{key[0]}_{key[1]}" for key, each in _eight(numbers).items() if each.proven],
        "defaults": {
            str(backend): asdict(choose_landmarks(backend, numbers)) for backend in Backend
        },
    }


def carry_over(last: Mapping[str, object], eight_file: Path) -> dict[str, Any]:
    """Return the last measurement, if it was made on this very file."""
    if last.get("int8_sha256") == _sha256(eight_file):
        return {key: value for key, value in last.items() if key != "audit"}
    unproven = Choice(precision=Precision.F32, reason="int8 is not measured")
    return {"proven": [], "defaults": {str(backend): asdict(unproven) for backend in Backend}}


def mark_forms(forms: list[Form], report: Mapping[str, Any]) -> list[Form]:
    """Return the forms with the report's defaults and proofs written on them."""
    return [
        replace(
            form,
            default=report["defaults"][form.backend.value]["precision"] == form.precision.value,
            proven=form.key in report["proven"],
        )
        for form in forms
    ]


def _eight(numbers: Mapping[FormKey, LandmarkNumbers]) -> dict[FormKey, LandmarkNumbers]:
    return {key: each for key, each in numbers.items() if key[1] is Precision.INT8}


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
