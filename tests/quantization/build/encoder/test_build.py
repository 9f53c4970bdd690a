"""A whole model folder from one float encoder, or nothing changed."""

import json
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest

from appliance.domain.arrays import UInt8Array
from appliance.domain.models import Backend, Precision
from appliance.errors import ConfigError, ModelLoadError
from appliance.inference.library import EngineChoice, ModelLibrary

pytest.importorskip("onnx", reason="needs the extra [quantization]")

import onnx
from onnx import TensorProto, helper, numpy_helper

from quantization.build.encoder import build as encoder_build
from quantization.build.encoder.forms import read_encoder
from quantization.build.onnx.formats import (
    beside_maps,
    convolutions_reading,
    prepare,
    quantize_for_onnx,
    quantize_for_openvino,
    store_as_halves,
)
from quantization.build.options import BuildOptions
from quantization.build.speed import time_all
from quantization.recipes.expression_mobilevit_fatigue import NAME, build
from tests.support.archives import write_tar

SIDE = 16
NOTES = {
    "version": "0.1",
    "licence": "CC0-1.0",
    "origin": "made here",
    "crop": "all face",
    "pixels": "u8 BGR",
    "training_data": json.dumps({"none": "random weights"}),
    "actions": json.dumps(["blink_left"]),
}


def write_encoder(folder: Path, *, notes: dict[str, str]) -> Path:
    """Write two convolutions with a residual, a mean and ten actions; weights are random."""
    rng = np.random.default_rng(7)
    weights = {
        "stem": rng.normal(0, 0.02, (4, 3, 3, 3)),
        "body": rng.normal(0, 0.3, (4, 4, 3, 3)),
        "head": rng.normal(0, 1, (4, 10)),
        "shift": rng.normal(0, 0.1, (10,)),
    }
    around = {"pads": [1, 1, 1, 1]}
    nodes = [
        helper.make_node("Transpose", ["face"], ["planar"], perm=[0, 3, 1, 2]),
        helper.make_node("Cast", ["planar"], ["pixels"], to=TensorProto.FLOAT),
        helper.make_node("Conv", ["pixels", "stem"], ["early"], "first", strides=[2, 2], **around),
        helper.make_node("Conv", ["early", "body"], ["late"], "second", **around),
        helper.make_node("Add", ["early", "late"], ["sum"], "residual"),
        helper.make_node("ReduceMean", ["sum"], ["mean"], axes=[2, 3], keepdims=0),
        helper.make_node("MatMul", ["mean", "head"], ["raw"], "linear"),
        helper.make_node("Add", ["raw", "shift"], ["logits"], "bias"),
        helper.make_node("Sigmoid", ["logits"], ["actions"]),
    ]
    graph = helper.make_graph(
        nodes,
        "encoder",
        [helper.make_tensor_value_info("face", TensorProto.UINT8, [1, SIDE, SIDE, 3])],
        [helper.make_tensor_value_info("actions", TensorProto.FLOAT, [1, 10])],
        [numpy_helper.from_array(w.astype(np.float32), name) for name, w in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    helper.set_model_props(model, notes)
    folder.mkdir(parents=True, exist_ok=True)
    onnx.save(model, folder / "model.onnx")
    return folder


def crops(count: int) -> list[UInt8Array]:
    """Return random inputs."""
    rng = np.random.default_rng(5)
    return [rng.integers(0, 256, (1, SIDE, SIDE, 3), dtype=np.uint8) for _ in range(count)]


def write_data(data: Path) -> Path:
    """Write archives of random faces."""
    folder = data / "affect"
    folder.mkdir(parents=True)
    rng = np.random.default_rng(3)
    images = rng.integers(0, 256, (40, 48, 48), dtype=np.uint8)
    votes = np.eye(10, dtype=np.uint8)[rng.integers(0, 8, 40)] * 10
    np.savez(folder / "ferplus.npz", images=images, votes=votes, usage=np.arange(40) % 2)
    for archive in ("diffusionfer", "muxspace"):
        pictures = rng.integers(0, 256, (40, 32, 32, 3), dtype=np.uint8)
        raws = [cv2.imencode(".png", picture)[1].tobytes() for picture in pictures]
        members = {f"{number:04}.jpg": raw for number, raw in enumerate(raws)}
        write_tar(folder / f"{archive}.tar", members)
    rows = [f"{number:04}.jpg,neutral,{number / 40},0.1" for number in range(40)]
    (folder / "diffusionfer.csv").write_text("\n".join(["file,expression,valence,arousal", *rows]))
    return data


def options(folder: Path, data: Path, said: list[str]) -> BuildOptions:
    """Return what the recipe is given; nothing is fetched for an encoder."""
    return BuildOptions(out=folder, cache=data / "cache", data=data, say=said.append)


def test_the_built_folder_loads_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Six forms that both run times accept, close to each other, one default per run time."""
    monkeypatch.setattr(encoder_build, "time_all", partial(time_all, turns=2))
    # One layer is too few for the shares that are asked of real models; see the test below.
    monkeypatch.setattr(encoder_build, "prove_lowering", lambda *_, **__: None)
    folder = write_encoder(tmp_path / "models" / NAME, notes=NOTES)
    said: list[str] = []

    line = build(options(folder, write_data(tmp_path / "data"), said))

    library = ModelLibrary(tmp_path / "models", lanes=1)
    files = library.spec(NAME).files
    assert {(file.backend, file.precision) for file in files} == {
        (backend, precision) for backend in Backend for precision in Precision
    }
    report = json.loads((folder / "report.json").read_text())
    for backend in Backend:
        default = [file.precision for file in files if file.backend is backend and file.default]
        assert default == [report["defaults"][backend]["precision"]]
    outputs = [
        library.load(NAME, choice=EngineChoice(file.backend.value), precision=file.precision)
        .session()
        .infer({"face": crops(1)[0]})["actions"]
        for file in files
    ]
    assert np.ptp(np.concatenate(outputs), axis=0).max() < 0.1
    assert f"{NAME} 0.1: by default openvino" in line
    assert said
    assert not list(folder.glob("*prepared*"))


def test_an_encoder_that_is_not_lowered_replaces_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The audit fails the build while the old files are still there."""
    monkeypatch.setattr(encoder_build, "time_all", partial(time_all, turns=2))
    folder = write_encoder(tmp_path / "models" / NAME, notes=NOTES)
    asked = options(folder, write_data(tmp_path / "data"), [])

    with pytest.raises(ModelLoadError, match="onnx_int8: no layer of the file is quantized"):
        build(asked)

    assert [file.name for file in folder.iterdir()] == ["model.onnx"]


def test_missing_data_changes_nothing(tmp_path: Path) -> None:
    """The folder keeps what it had."""
    folder = write_encoder(tmp_path / NAME, notes=NOTES)
    data = write_data(tmp_path / "data")
    (data / "affect" / "muxspace.tar").unlink()

    with pytest.raises(ConfigError, match=r"muxspace\.tar: missing"):
        build(options(folder, data, []))
    assert [path.name for path in folder.iterdir()] == ["model.onnx"]


def test_an_export_without_metadata_is_refused(tmp_path: Path) -> None:
    """The message names the keys; a missing file names the exporter."""
    notes = {key: value for key, value in NOTES.items() if key not in {"crop", "licence"}}
    folder = write_encoder(tmp_path / NAME, notes=notes)

    with pytest.raises(ModelLoadError, match="no metadata licence, crop; export it again"):
        read_encoder(folder)
    with pytest.raises(ModelLoadError, match="no metadata licence, crop, expression;"):
        read_encoder(folder, heads=("expression",))
    with pytest.raises(ModelLoadError, match="missing; train and export"):
        read_encoder(tmp_path)


def test_only_feature_maps_are_quantized_and_weights_cannot_overflow(tmp_path: Path) -> None:
    """Processors without VNNI add 255 w + 255 w in 16 bits: |w| <= 64 is what fits."""
    folder = write_encoder(tmp_path / NAME, notes=NOTES)
    prepared = prepare(folder / "model.onnx", tmp_path / "prepared.onnx")
    assert beside_maps(prepared) == ["bias"]
    assert convolutions_reading(prepared, at_least_px=SIDE) == ["first"]
    assert convolutions_reading(prepared, at_least_px=SIDE // 2) == ["first", "second"]

    out = tmp_path / "int8.onnx"
    quantize_for_onnx(tmp_path / "prepared.onnx", out, crops=crops(8), stay_float=["bias", "first"])

    weights = {weight.name: weight for weight in onnx.load(out).graph.initializer}
    eight = [
        numpy_helper.to_array(weight)
        for weight in weights.values()
        if weight.data_type == TensorProto.INT8
    ]
    assert [array.shape for array in eight if array.ndim == 4] == [(4, 4, 3, 3)]
    assert max(int(np.abs(array.astype(int)).max()) for array in eight) <= 64


def test_for_openvino_nothing_stands_behind_a_convolution(tmp_path: Path) -> None:
    """What a layer writes stays float, so that the run time can fuse what follows."""
    folder = write_encoder(tmp_path / NAME, notes=NOTES)
    prepare(folder / "model.onnx", tmp_path / "prepared.onnx")

    quantize_for_openvino(
        tmp_path / "prepared.onnx", tmp_path / "int8.xml", crops=crops(8), stay_float=["bias"]
    )

    nodes = onnx.load(tmp_path / "int8.qdq.onnx").graph.node
    quantized = {node.input[0] for node in nodes if node.op_type == "QuantizeLinear"}
    assert quantized == {"pixels", "early", "late"}  # read by a layer; nobody quantizes "sum"


def test_halves_keep_vectors_and_refuse_what_does_not_fit(tmp_path: Path) -> None:
    """Matrices are stored as f16; a weight beyond 65,504 is an error, not infinity."""
    folder = write_encoder(tmp_path / NAME, notes=NOTES)
    model = onnx.load(folder / "model.onnx")

    kinds = {weight.name: weight.data_type for weight in store_as_halves(model).graph.initializer}

    assert kinds == {
        "stem_f16": TensorProto.FLOAT16,
        "body_f16": TensorProto.FLOAT16,
        "head_f16": TensorProto.FLOAT16,
        "shift": TensorProto.FLOAT,
    }
    huge = np.full((4, 10), 70_000, dtype=np.float32)
    model.graph.initializer[2].CopyFrom(numpy_helper.from_array(huge, "head"))
    with pytest.raises(ModelLoadError, match="head: holds a value beyond f16"):
        store_as_halves(model)
