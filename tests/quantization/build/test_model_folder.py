"""A written model folder is one that the box accepts."""

from pathlib import Path

import numpy as np
import pytest

from appliance.domain.models import Backend, Precision
from appliance.errors import ModelLoadError
from appliance.inference.manifest import read_manifest

pytest.importorskip("onnx", reason="needs the extra [quantization]")

from onnx import ModelProto, TensorProto, helper

from quantization.build.model_folder import (
    ModelRecord,
    check_agreement,
    run_folder,
    write_model_folder,
)

RECORD = ModelRecord(
    name="widening", version="1.0", licence="CC0-1.0", origin="made here", notes={"why": "a test"}
)


def widening() -> ModelProto:
    """Build y = float(x) for three bytes."""
    graph = helper.make_graph(
        [helper.make_node("Cast", ["x"], ["y"], to=TensorProto.FLOAT)],
        "widening",
        [helper.make_tensor_value_info("x", TensorProto.UINT8, [1, 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 3])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    return model


def test_the_box_reads_what_was_written(tmp_path: Path) -> None:
    """Tensors, files and hashes survive the way through the manifest."""
    write_model_folder(widening(), tmp_path, record=RECORD)
    spec = read_manifest(tmp_path)

    assert (spec.name, spec.version) == ("widening", "1.0")
    assert [(tensor.name, tensor.dtype, tensor.shape) for tensor in spec.inputs] == [
        ("x", "u8", (1, 3))
    ]
    assert [(tensor.name, tensor.dtype) for tensor in spec.outputs] == [("y", "f32")]
    assert {(file.backend, file.precision) for file in spec.files} == {
        (Backend.OPENVINO, Precision.F32),
        (Backend.ONNX, Precision.F32),
    }


def test_writing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    """A build can be checked against the repository."""
    first, second = tmp_path / "a", tmp_path / "b"
    for folder in (first, second):
        write_model_folder(widening(), folder, record=RECORD)

    names = sorted(file.name for file in first.iterdir())
    assert names == ["manifest.toml", "model.bin", "model.onnx", "model.xml"]
    assert all((first / name).read_bytes() == (second / name).read_bytes() for name in names)


def test_both_forms_run(tmp_path: Path) -> None:
    """And agree with each other."""
    write_model_folder(widening(), tmp_path, record=RECORD)
    found = run_folder(tmp_path, {"x": np.array([[1, 2, 255]], dtype=np.uint8)})

    assert found["onnx"][0].tolist() == found["openvino"][0].tolist() == [[1, 2, 255]]


def test_a_conversion_that_changes_the_model_is_refused() -> None:
    """The difference is relative to the output's own scale; at the limit it passes."""
    expected = [np.array([100.0, 0.0], dtype=np.float32)]
    moved = {"onnx": [np.array([100.0, 25.0], dtype=np.float32)]}

    assert check_agreement("widening", expected, moved, limit=0.25) == 0.25
    with pytest.raises(ModelLoadError, match=r"widening: conversion differs .* 0\.25"):
        check_agreement("widening", expected, moved, limit=0.24)
