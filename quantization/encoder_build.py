"""From the float ONNX of an expression encoder to its whole model folder.

All files are made in a folder of their own, proved against the float model on real faces, and only
then moved: a failure leaves what was there.
"""

import json
import platform
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path

import onnx
import openvino

from appliance.domain.arrays import Float32Array, UInt8Array
from appliance.domain.models import Backend, Precision
from appliance.errors import ModelLoadError
from appliance.inference.library import EngineChoice, ModelLibrary
from appliance.ports import InferenceSession
from quantization.audit_record import prove_lowering
from quantization.calibration import FaceSets, crop_whole, read_face_sets
from quantization.encoder_scores import read_all, score
from quantization.form_speed import FormKey, time_all
from quantization.model_folder import Form, ModelRecord, check_agreement, write_manifest
from quantization.precision_choice import Choice, FormNumbers, choose_default
from quantization.report import read_report

FORMS = (
    Form(backend=Backend.OPENVINO, precision=Precision.F32, path="model.xml"),
    Form(backend=Backend.OPENVINO, precision=Precision.F16, path="model_f16.xml"),
    Form(backend=Backend.OPENVINO, precision=Precision.INT8, path="model_int8.xml"),
    Form(backend=Backend.ONNX, precision=Precision.F32, path="model.onnx"),
    Form(backend=Backend.ONNX, precision=Precision.F16, path="model_f16.onnx"),
    Form(backend=Backend.ONNX, precision=Precision.INT8, path="model_int8.onnx"),
)
FLOAT: FormKey = (Backend.ONNX, Precision.F32)
FLOAT_LIMITS = {Precision.F32: 1e-3, Precision.F16: 2e-2}
"""Largest difference from the float model, relative to each output's own scale."""

CHECKED_FACES = 48
LIBRARIES = ("onnx", "onnxruntime", "openvino", "opencv-python-headless", "numpy")
EXPORTER_KEYS = ("version", "licence", "origin", "crop", "pixels", "actions", "training_data")
"""What the exporter of an encoder writes into the ONNX file's metadata."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Encoder:
    """A float encoder as its exporter left it."""

    file: Path
    """``model.onnx`` in the model's folder."""

    graph: onnx.ModelProto
    """What it holds."""

    notes: Mapping[str, str]
    """Its metadata."""

    @property
    def side(self) -> int:
        """Pixels of the input's side."""
        return int(self.graph.graph.input[0].type.tensor_type.shape.dim[1].dim_value)


def read_encoder(folder: Path, *, keys: Sequence[str] = EXPORTER_KEYS) -> Encoder:
    """Read ``model.onnx`` and what its exporter wrote into it.

    Args:
        folder: Model folder.
        keys: Metadata that must be there.

    Raises:
        ModelLoadError: It is missing or lacks metadata.
    """
    file = folder / "model.onnx"
    if not file.is_file():
        msg = f"{file}: missing; train and export the encoder first (training/expression/export.py)"
        raise ModelLoadError(msg)
    graph = onnx.load(file)
    notes = {entry.key: entry.value for entry in graph.metadata_props}
    lacking = [key for key in keys if key not in notes]
    if lacking:
        msg = f"{file}: no metadata {', '.join(lacking)}; export it again"
        raise ModelLoadError(msg)
    return Encoder(file=file, graph=graph, notes=notes)


def build_encoder(
    encoder: Encoder,
    folder: Path,
    *,
    data: Path,
    record: ModelRecord,
    make: Callable[[Encoder, Sequence[UInt8Array], Path], None],
    say: Callable[[str], None],
) -> str:
    """Make every form, prove it, choose the defaults, then replace the folder's files.

    Args:
        encoder: The float model.
        folder: Model folder to write.
        data: Holds ``affect/``.
        record: For the manifest; calibration is added to it.
        make: Writes all forms but ``model.onnx`` into a folder, given the calibration crops.
        say: Called with one line per step.

    Returns:
        One line about the result.

    Raises:
        ConfigError: A data file is missing.
        ModelLoadError: A form differs too much from the float model.
    """
    say("reading the faces")
    faces = read_face_sets(data)
    crops = [crop_whole(face.picture, side=encoder.side) for face in faces.calibration]
    record = replace(record, tables={**record.tables, "calibration": _calibration(faces)})
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / record.name
        made.mkdir()
        shutil.copyfile(encoder.file, made / "model.onnx")
        say(f"making {len(FORMS)} forms from {len(crops)} calibration faces")
        make(encoder, crops, made)
        write_manifest(encoder.graph, made, record=record, forms=FORMS)
        forms = _measure(made, faces, side=encoder.side, say=say)
        choices = {backend: choose_default(backend, forms) for backend in Backend}
        marked = [
            replace(form, default=choices[form.backend].precision is form.precision)
            for form in FORMS
        ]
        write_manifest(encoder.graph, made, record=record, forms=marked)
        report = _report(record, faces, forms, choices)
        (made / "report.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
        prove_lowering(made, last=read_report(folder))
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("manifest.toml", "report.json", *(n for form in FORMS for n in form.names)):
            shutil.move(made / name, folder / name)
    chosen = ", ".join(f"{backend} {choice.precision}" for backend, choice in choices.items())
    return f"{record.name} {record.version}: by default {chosen}"


def write_openvino(model_file: Path, out: Path, *, halves: bool) -> None:
    """Write the IR of an ONNX file, its weights stored as f32 or as f16."""
    openvino.save_model(openvino.Core().read_model(model_file), out, compress_to_fp16=halves)


def _measure(
    folder: Path, faces: FaceSets, *, side: int, say: Callable[[str], None]
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
        "faces": f"{len(faces.calibration)} training faces, quantization/calibration.py",
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
