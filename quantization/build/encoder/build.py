"""From the float ONNX of an expression encoder to its whole model folder.

All files are made in a folder of their own, proved against the float model on real faces, and only
then moved: a failure leaves what was there.
"""

import json
import platform
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path

from appliance.domain.arrays import Float32Array, UInt8Array
from appliance.domain.models import Backend, Precision
from appliance.inference.library import EngineChoice, ModelLibrary
from appliance.inference.manifest import MANIFEST_NAME
from appliance.ports import InferenceSession
from quantization.audit.record import prove_lowering
from quantization.audit.report import REPORT_NAME, read_report
from quantization.build.choice import Choice, FormNumbers, choose_default
from quantization.build.encoder.faces import FaceSets, crop_whole, read_face_sets
from quantization.build.encoder.forms import FORMS, NOTES, Encoder, read_encoder, write_forms
from quantization.build.encoder.scores import read_all, score
from quantization.build.model_folder import ModelRecord, check_agreement, write_manifest
from quantization.build.options import BuildOptions
from quantization.build.speed import FormKey, time_all

FLOAT: FormKey = (Backend.ONNX, Precision.F32)
FLOAT_LIMITS = {Precision.F32: 1e-3, Precision.F16: 2e-2}
"""Largest difference from the float model, relative to each output's own scale."""

CHECKED_FACES = 48
LIBRARIES = ("onnx", "onnxruntime", "openvino", "opencv-python-headless", "numpy")


def build_encoder(name: str, options: BuildOptions, *, heads: Sequence[str] = ()) -> str:
    """Make every form, prove it, choose the defaults, then replace the folder's files.

    Args:
        name: Of the model.
        options: ``out`` holds the float model.
        heads: What it says beside the actions.

    Returns:
        One line about the result.

    Raises:
        ConfigError: A data file is missing.
        ModelLoadError: The float model is missing, or a form differs too much from it.
    """
    encoder = read_encoder(options.out, heads=heads)
    options.say("reading the faces")
    faces = read_face_sets(options.data)
    crops = [crop_whole(face.picture, side=encoder.side) for face in faces.calibration]
    record = _record(name, encoder, faces, heads=heads)
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / name
        made.mkdir()
        shutil.copyfile(encoder.file, made / "model.onnx")
        options.say(f"making {len(FORMS)} forms from {len(crops)} calibration faces")
        write_forms(encoder, made, crops=crops)
        write_manifest(encoder.graph, made, record=record, forms=FORMS)
        forms = _measure(made, faces, side=encoder.side, say=options.say)
        choices = {backend: choose_default(backend, forms) for backend in Backend}
        marked = [
            replace(form, default=choices[form.backend].precision is form.precision)
            for form in FORMS
        ]
        write_manifest(encoder.graph, made, record=record, forms=marked)
        report = _report(record, faces, forms, choices)
        (made / REPORT_NAME).write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
        prove_lowering(made, last=read_report(options.out))
        options.out.mkdir(parents=True, exist_ok=True)
        for file in (MANIFEST_NAME, REPORT_NAME, *(n for form in FORMS for n in form.names)):
            shutil.move(made / file, options.out / file)
    chosen = ", ".join(f"{backend} {choice.precision}" for backend, choice in choices.items())
    return f"{name} {record.version}: by default {chosen}"


def _record(name: str, encoder: Encoder, faces: FaceSets, *, heads: Sequence[str]) -> ModelRecord:
    notes = encoder.notes
    return ModelRecord(
        name=name,
        version=notes["version"],
        licence=notes["licence"],
        origin=notes["origin"],
        notes=NOTES,
        tables={
            "preprocessing": {
                "pixels": notes["pixels"],
                "crop": notes["crop"],
                **{head: json.loads(notes[head]) for head in (*heads, "actions")},
            },
            "training": json.loads(notes["training_data"]),
            "calibration": _calibration(faces),
        },
    )


def _measure(
    folder: Path, faces: FaceSets, *, side: int, say: Callable[[str], object]
) -> dict[FormKey, FormNumbers]:
    library = ModelLibrary(folder.parent, lanes=1)
    sessions = {
        (form.backend, form.precision): library.load(
            folder.name, choice=EngineChoice(form.backend.value), precision=form.precision
        ).session()
        for form in FORMS
    }
    crops = [crop_whole(face.picture, side=side) for face in faces.press[:CHECKED_FACES]]
    _prove_float_forms(folder.name, sessions, crops)
    say("timing all forms in turn")
    speeds = time_all(sessions, [{"face": crop} for crop in crops])
    sizes = {
        (form.backend, form.precision): sum((folder / name).stat().st_size for name in form.names)
        for form in FORMS
    }
    whole = read_all(sessions[FLOAT], faces, side=side)
    numbers = {}
    for key, session in sessions.items():
        say(f"measuring {key[0]} {key[1]}")
        reading = whole if key == FLOAT else read_all(session, faces, side=side)
        numbers[key] = score(reading, whole, faces, speed=speeds[key], size=sizes[key])
    return numbers


def _prove_float_forms(
    name: str, sessions: Mapping[FormKey, InferenceSession], crops: Sequence[UInt8Array]
) -> None:
    """Compare on real faces: a fused operation may be wrong in a way that noise hides."""
    expected: list[Float32Array] = [
        output for crop in crops for output in sessions[FLOAT].infer({"face": crop}).values()
    ]
    for key, session in sessions.items():
        if key[1] in FLOAT_LIMITS:
            found = [output for crop in crops for output in session.infer({"face": crop}).values()]
            check_agreement(
                f"{name} {key[0]} {key[1]}",
                expected,
                {str(key[0]): found},
                limit=FLOAT_LIMITS[key[1]],
            )


def _calibration(faces: FaceSets) -> dict[str, str | list[str]]:
    return {
        "sha256": faces.calibration_sha256,
        "faces": f"{len(faces.calibration)} training faces, quantization/build/encoder/faces.py",
    }


def _report(
    record: ModelRecord,
    faces: FaceSets,
    forms: Mapping[FormKey, FormNumbers],
    choices: Mapping[Backend, Choice],
) -> dict[str, object]:
    return {
        "name": record.name,
        "version": record.version,
        "written_by": f"python -m quantization build {record.name}",
        "calibration": _calibration(faces),
        "measured_on": {
            "ferplus PublicTest": len(faces.public_test),
            "diffusionfer held out": len(faces.drawn),
            "muxspace held out": len(faces.press),
        },
        "libraries": {name: version(name) for name in LIBRARIES},
        "processor": platform.machine(),
        "forms": {f"{key[0]}_{key[1]}": asdict(numbers) for key, numbers in forms.items()},
        "defaults": {str(backend): asdict(choice) for backend, choice in choices.items()},
    }
