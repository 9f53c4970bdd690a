"""Packs the fetched BlazePose files into a bundle for MediaPipe Tasks.

``python -m quantization.mediapipe_bundle --variant lite --out pose_landmarker_lite.task``

MediaPipe publishes such bundles on a server only; the packages hold the same models as plain TFLite
files. The Tasks API wants to read in each file how to normalise a picture, so that is added; the
weights are left alone. The result is for ``[engines] pose = "mediapipe"``.
"""

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from quantization.entry import import_extra
from quantization.measure.box import Variant
from quantization.sources import fetch

METADATA_NAME = "TFLITE_METADATA"  # tflite metadata_schema.fbs, "How to read it"
METADATA_IDENTIFIER = b"M001"  # the same file, file_identifier
MODEL_IDENTIFIER = b"TFL3"  # tflite schema.fbs, file_identifier

app = typer.Typer(add_completion=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One model of the bundle."""

    name: str
    """What the Tasks API looks for (mediapipe/tasks/cc/vision/pose_landmarker)."""

    recipe: str
    """Recipe that knows where the model comes from."""

    mean: float
    """x' = (x - mean) / std for 8-bit x."""

    std: float
    """See ``mean``."""


def members(variant: Variant) -> tuple[Member, Member]:
    """Return what a bundle holds.

    The ranges are those of MediaPipe 0.10.21, pose_detection_cpu.pbtxt, [-1, 1], and
    pose_landmark_by_roi_cpu.pbtxt, [0, 1].
    """
    return (
        Member(name="pose_detector.tflite", recipe="pose_detector", mean=127.5, std=127.5),
        Member(
            name="pose_landmarks_detector.tflite",
            recipe=f"pose_landmark_{variant}",
            mean=0.0,
            std=255.0,
        ),
    )


def add_normalisation(model: bytes, *, mean: float, std: float) -> bytes:
    """Return the TFLite file with the metadata that MediaPipe Tasks asks for.

    Raises:
        MissingProgramError: MediaPipe, whose schemas are used, is not installed.
    """
    tflite, metadata = _schema("schema_py_generated"), _schema("metadata_schema_py_generated")
    options = metadata.NormalizationOptionsT()
    options.mean, options.std = [mean], [std]
    unit = metadata.ProcessUnitT()
    unit.optionsType = metadata.ProcessUnitOptions.NormalizationOptions
    unit.options = options
    image = metadata.ImagePropertiesT()
    image.colorSpace = metadata.ColorSpaceType.RGB
    content = metadata.ContentT()
    content.contentPropertiesType = metadata.ContentProperties.ImageProperties
    content.contentProperties = image
    picture = metadata.TensorMetadataT()
    picture.name, picture.content, picture.processUnits = "image", content, [unit]
    graph = metadata.SubGraphMetadataT()
    graph.inputTensorMetadata = [picture]
    described = metadata.ModelMetadataT()
    described.subgraphMetadata = [graph]

    whole = tflite.ModelT.InitFromPackedBuf(model, 0)
    buffer = tflite.BufferT()
    buffer.data = list(_packed(described, METADATA_IDENTIFIER))
    entry = tflite.MetadataT()
    entry.name, entry.buffer = METADATA_NAME, len(whole.buffers)
    whole.buffers.append(buffer)
    whole.metadata = [*(whole.metadata or []), entry]
    return _packed(whole, MODEL_IDENTIFIER)


def write_bundle(
    out: Path, variant: Variant, *, cache: Path, say: Callable[[str], object] = print
) -> None:
    """Fetch the models by name, version and hash and write the bundle.

    Raises:
        ApplianceError: A model cannot be fetched, or a needed package is missing.
    """
    packed = {}
    for member in members(variant):
        say(f"{member.name} from {member.recipe}")
        (recipe,) = import_extra(
            f"quantization.recipes.{member.recipe}", purpose="packing a bundle"
        )
        model = fetch(recipe.SOURCE, cache).read_bytes()
        packed[member.name] = add_normalisation(model, mean=member.mean, std=member.std)
    # Stored, not compressed: MediaPipe maps the members into memory.
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as bundle:
        for name, content in packed.items():
            bundle.writestr(zipfile.ZipInfo(name), content)


def _packed(described: Any, identifier: bytes) -> bytes:  # noqa: ANN401 - generated, untyped
    builder = import_module("flatbuffers").Builder(0)
    builder.Finish(described.Pack(builder), file_identifier=identifier)
    return bytes(builder.Output())


def _schema(name: str) -> Any:  # noqa: ANN401 - generated, untyped
    (schema,) = import_extra(
        f"mediapipe.tasks.metadata.{name}", purpose="packing a bundle", extra="mediapipe"
    )
    return schema


@app.command()
def bundle(
    *,
    out: Annotated[Path, typer.Option(help="File to write (.task).")],
    variant: Annotated[Variant, typer.Option(help="Landmark model.")] = Variant.LITE,
    cache: Annotated[Path, typer.Option(help="Keeps fetched sources.")] = Path("build/sources"),
) -> None:
    """Write a bundle for MediaPipe Tasks' pose landmarker."""
    write_bundle(out, variant, cache=cache, say=Console(stderr=True).print)
