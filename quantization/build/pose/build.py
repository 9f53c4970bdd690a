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
from collections.abc import Mapping
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import onnx
import openvino

from appliance.domain.models import Backend, Precision
from quantization.audit.record import prove_lowering
from quantization.audit.report import REPORT_NAME, read_report
from quantization.build.choice import Choice
from quantization.build.model_folder import FLOAT_FORMS, Form, write_manifest
from quantization.build.onnx.export import ImageInput
from quantization.build.options import BuildOptions
from quantization.build.pose.scores import choose_landmarks, measure_forms
from quantization.build.published import write_float_forms
from quantization.sources import Source

# The segmentation mask (Identity_2) and the world landmarks (Identity_4) are left out with all
# that only serves them. The heat map stays: MediaPipe refines the landmarks with it, and without
# it parity is lost (DECISIONS.md).
OUTPUTS = {"Identity": "landmarks", "Identity_1": "presence", "Identity_3": "heatmap"}
# MediaPipe feeds RGB in [0, 1] (pose_landmark_by_roi_cpu.pbtxt, output_tensor_float_range).
IMAGE = ImageInput(name="image", divisor=255.0, offset=0.0)
INT8_FILE = "model_int8.onnx"  # written by distil, and kept

# The weights are stored as halves anyway: computing in halves, on processors that can, needs no
# further file.
HALF = Form(backend=Backend.OPENVINO, precision=Precision.F16, path=Path("model.xml"))
EIGHT = (
    Form(backend=Backend.OPENVINO, precision=Precision.INT8, path=Path("model_int8.xml")),
    Form(backend=Backend.ONNX, precision=Precision.INT8, path=Path(INT8_FILE)),
)
LIBRARIES = ("onnx", "onnxruntime", "openvino", "numpy")


def build_landmarks(source: Source, options: BuildOptions) -> str:
    """Fetch, prune, convert, check, measure; return one line about the result.

    Raises:
        ModelLoadError: The source cannot be had, a form differs from it, or its eight bits are not
            lowered.
    """
    name = options.out.name
    last = read_report(options.out)
    eight_file = options.out / INT8_FILE
    # Made beside and moved when it is proven: a failure leaves the folder as it was.
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / name
        made.mkdir()
        if eight_file.is_file():
            shutil.copyfile(eight_file, made / INT8_FILE)
        line = _make(source, made, options=options, last=last)
        options.out.mkdir(parents=True, exist_ok=True)
        for file in made.iterdir():
            shutil.move(file, options.out / file.name)
    return line


def _make(source: Source, made: Path, *, options: BuildOptions, last: Mapping[str, object]) -> str:
    name = made.name
    options.say(f"{name}: float forms")
    written = write_float_forms(
        source,
        made,
        cache=options.cache,
        image=IMAGE,
        outputs=OUTPUTS,
        notes={
            "pruned": "segmentation mask, world landmarks",
            "presence": "probability; the sigmoid is inside the graph",
            "weights": "f32 and f16 forms hold them as f16, like the source",
        },
    )
    model, record, worst = written.graph, written.record, written.difference

    eight_file = made / INT8_FILE
    forms = [*FLOAT_FORMS, HALF]
    if not eight_file.is_file():
        write_manifest(model, made, record=record, forms=forms)
        return f"{name}: float forms within {worst:.1e} of the source; no INT8 form, see distil"
    options.say(f"{name}: INT8 forms")
    notes = {entry.key: entry.value for entry in onnx.load(eight_file).metadata_props}
    record = replace(record, tables={"distillation": notes})
    openvino.save_model(openvino.Core().read_model(eight_file), made / "model_int8.xml")
    forms += EIGHT
    write_manifest(model, made, record=record, forms=forms)
    report = _measured(options, made, forms) or carry_over(last, eight_file)
    write_manifest(model, made, record=record, forms=mark_forms(forms, report))
    report = {"name": name, "version": source.version, **report, "distillation": notes}
    (made / REPORT_NAME).write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    prove_lowering(made, last=last)
    chosen = ", ".join(f"{key} {choice['precision']}" for key, choice in report["defaults"].items())
    return f"{name}: float forms within {worst:.1e} of the source; by default {chosen}"


def _measured(options: BuildOptions, made: Path, forms: list[Form]) -> dict[str, Any]:
    """Return the measured part of the report; empty where there is nothing to measure on."""
    if not (options.data / "video").is_dir():
        options.say(f"{options.data}/video: not there, so the last measurement holds")
        return {}
    sizes = {
        (form.backend, form.precision): sum((made / n).stat().st_size for n in form.names)
        for form in forms
    }
    # People are found with the detector that lies beside the model.
    shutil.copytree(options.out.parent / "pose_detector", made.parent / "pose_detector")
    numbers = measure_forms(made.parent, made.name, sizes, data=options.data, say=options.say)
    return {
        "written_by": f"python -m quantization build {made.name}",
        "int8_sha256": _sha256(made / INT8_FILE),
        "libraries": {library: version(library) for library in LIBRARIES},
        "processor": platform.machine(),
        "forms": {f"{key[0]}_{key[1]}": each.summary() for key, each in numbers.items()},
        "proven": [
            f"{backend}_{precision}"
            for (backend, precision), each in numbers.items()
            if precision is Precision.INT8 and each.proven
        ],
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


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
