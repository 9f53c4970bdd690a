"""The kept result is used where it fits, and whatever is wrong with it is as good as none."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from appliance.domain.models import Backend, ModelSpec, Precision
from appliance.errors import StorageError
from appliance.inference.board import BoardKey
from appliance.inference.library import ModelLibrary
from appliance.inference.tuning.tuned import TunedModel, candidates, read_tuned, write_tuned
from tests.support.onnx_bytes import doubling_model
from tests.support.tiny_models import write_model

KEY = BoardKey(processor="some board", openvino="1", onnxruntime="2")
EVERYTHING = (
    "openvino f32",
    "openvino f16",
    "openvino int8",
    "onnx f32",
    "onnx f16",
    "onnx int8",
)


def make_spec(folder: Path, *, more: str = "") -> ModelSpec:
    """Return a model that exists in every form."""
    write_model(folder, "fusion", dict.fromkeys(EVERYTHING, doubling_model()), more=more)
    return ModelLibrary(folder, lanes=1).spec("fusion")


def winner_of(spec: ModelSpec, *, backend: Backend, precision: Precision) -> TunedModel:
    """Return a result for a model."""
    return TunedModel(digest=spec.digest, backend=backend, precision=precision)


@pytest.fixture
def spec(tmp_path: Path) -> ModelSpec:
    """Return a model whose int8 forms are not proven."""
    return make_spec(tmp_path / "models")


@pytest.fixture
def file(tmp_path: Path, spec: ModelSpec) -> Path:
    """Return a result by which ONNX Runtime won."""
    file = tmp_path / "state" / "engines.json"
    result = winner_of(spec, backend=Backend.ONNX, precision=Precision.F32)
    write_tuned(file, key=KEY, models={"fusion": result}, table=[])
    return file


def test_what_was_kept_is_used(spec: ModelSpec, file: Path) -> None:
    """For this model on this board."""
    tuned = read_tuned(file, key=KEY)

    form = tuned.winner(spec)
    assert form is not None
    assert (form.backend, form.precision) == (Backend.ONNX, Precision.F32)
    assert not tuned.problem
    assert [path.name for path in file.parent.iterdir()] == ["engines.json"]


def test_another_model_needs_another_timing(spec: ModelSpec, file: Path) -> None:
    """The hash of its files decides, not its name."""
    tuned = read_tuned(file, key=KEY)

    assert tuned.winner(replace(spec, digest="0" * 64)) is None
    assert tuned.winner(replace(spec, name="pose_detector")) is None


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(replace(KEY, processor="another"), id="processor"),
        pytest.param(replace(KEY, openvino="1.1"), id="openvino"),
        pytest.param(replace(KEY, onnxruntime="2.1"), id="onnxruntime"),
    ],
)
def test_another_board_or_library_needs_another_timing(
    spec: ModelSpec, file: Path, key: BoardKey
) -> None:
    """A disk moved to another board does not bring its result along."""
    tuned = read_tuned(file, key=key)

    assert tuned.winner(spec) is None
    assert "another processor" in tuned.problem


def without_models(document: dict[str, Any]) -> str:
    """Leave a table out."""
    del document["models"]
    return json.dumps(document)


def with_backend(document: dict[str, Any]) -> str:
    """Name a run time that there is not."""
    document["models"]["fusion"]["backend"] = "tflite"
    return json.dumps(document)


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda document: json.dumps(document)[:-20], id="truncated"),
        pytest.param(lambda _: "", id="empty"),
        pytest.param(lambda _: "[]", id="list"),
        pytest.param(lambda _: "null", id="null"),
        pytest.param(lambda _: "[" * 100_000, id="deep"),
        pytest.param(without_models, id="incomplete"),
        pytest.param(with_backend, id="unknown-run-time"),
        pytest.param(
            lambda document: json.dumps(document | {"models": {"fusion": 1}}), id="no-table"
        ),
    ],
)
def test_a_damaged_file_is_no_result(
    spec: ModelSpec, file: Path, damage: Callable[[dict[str, Any]], str]
) -> None:
    """The reason is said, nothing is raised."""
    file.write_text(damage(json.loads(file.read_text(encoding="utf-8"))), encoding="utf-8")

    tuned = read_tuned(file, key=KEY)

    assert tuned.problem == "engines.json is damaged"
    assert tuned.winner(spec) is None


def test_binary_noise_is_no_result(file: Path) -> None:
    """Also where it is not even text."""
    file.write_bytes(bytes(range(256)))

    assert read_tuned(file, key=KEY).problem == "engines.json is damaged"


def test_a_missing_or_unreadable_file_is_no_result(tmp_path: Path) -> None:
    """The first start of a box, and a folder in the file's place."""
    assert read_tuned(tmp_path / "absent.json", key=KEY).problem == "not timed yet"
    assert "cannot be read" in read_tuned(tmp_path, key=KEY).problem


def test_only_proven_int8_is_a_candidate(tmp_path: Path, spec: ModelSpec) -> None:
    """f32 and f16 always are, but for f16 on ONNX Runtime, which only widens it again."""

    def forms(of: ModelSpec) -> list[str]:
        return [f"{one.backend} {one.precision}" for one in candidates(of)]

    proven = make_spec(tmp_path / "proven", more="proven = true")
    default = make_spec(tmp_path / "default", more="default = true")

    assert forms(spec) == ["openvino f32", "openvino f16", "onnx f32"]
    assert forms(proven) == [form for form in EVERYTHING if form != "onnx f16"]
    assert forms(default) == forms(proven)


def test_a_kept_result_cannot_bring_in_an_unproven_form(spec: ModelSpec, file: Path) -> None:
    """Whoever edits the file gets the default."""
    entry = winner_of(spec, backend=Backend.OPENVINO, precision=Precision.INT8)
    write_tuned(file, key=KEY, models={"fusion": entry}, table=[])

    assert read_tuned(file, key=KEY).winner(spec) is None


def test_results_of_other_models_are_kept(spec: ModelSpec, file: Path) -> None:
    """Unless they are from another board."""
    other = winner_of(spec, backend=Backend.OPENVINO, precision=Precision.F32)

    write_tuned(file, key=KEY, models={"pose_detector": other}, table=[])
    assert set(read_tuned(file, key=KEY).models) == {"fusion", "pose_detector"}

    moved = replace(KEY, processor="another")
    write_tuned(file, key=moved, models={"pose_detector": other}, table=[])
    assert set(read_tuned(file, key=moved).models) == {"pose_detector"}


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """With the path and the consequence."""
    blocked = tmp_path / "file"
    blocked.write_text("in the way", encoding="utf-8")

    with pytest.raises(StorageError, match=r"engines\.json: cannot be written .*safe defaults"):
        write_tuned(blocked / "engines.json", key=KEY, models={}, table=[])
