"""Which engine serves which model: as configured, as timed on this board, or the safe default."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.typing import EventDict

from appliance.domain.models import Backend
from appliance.errors import ModelLoadError
from appliance.inference.board import read_board_key
from appliance.inference.tuning.tuned import write_tuned
from appliance.service.background_tuning import running_mix
from appliance.service.models import Models, safe_files
from appliance.service.stages import build_teacher_budget
from appliance.settings.reading.rules import MODELS
from tests.support.alerts import alert
from tests.support.boxes import NAMES, keep_result, make_settings
from tests.support.onnx_bytes import doubling_model
from tests.support.tiny_models import write_model


@pytest.fixture
def models_dir(tmp_path: Path) -> Path:
    """Return a complete folder of tiny models in f32 for both run times."""
    for name in MODELS:
        write_model(tmp_path / "models", name)
    return tmp_path / "models"


def backends(models: Models) -> dict[str, Backend]:
    """Return the run time of every model."""
    return {name: file.backend for name, file in models.files.items()}


def test_a_new_board_runs_on_the_safe_default_and_says_so_once(
    models_dir: Path, logs: list[EventDict]
) -> None:
    """Nothing is known, so everything is still to be timed."""
    models = Models(make_settings(models_dir), lanes=1)

    assert backends(models) == dict.fromkeys(NAMES, Backend.OPENVINO)
    assert models.untuned == NAMES
    assert [entry["event"] for entry in logs] == ["engines_on_defaults"]
    assert logs[0]["reason"] == "not timed yet"


def test_auto_takes_what_was_fastest_here(models_dir: Path, logs: list[EventDict]) -> None:
    """And nothing needs to be said or timed."""
    keep_result(models_dir)

    models = Models(make_settings(models_dir), lanes=1)

    assert backends(models) == dict.fromkeys(NAMES, Backend.ONNX)
    assert models.untuned == ()
    assert logs == []
    assert models.stuck() == ""
    assert [spec.name for spec in models.specs()] == list(NAMES)


def test_what_is_configured_beats_what_was_timed(models_dir: Path) -> None:
    """A fixed engine is neither replaced nor timed."""
    settings = make_settings(models_dir, {"pose": "openvino", "expression": "onnx"})
    keep_result(models_dir, names=("pose_detector", "pose_landmark_lite"))

    models = Models(settings, lanes=1)

    assert backends(models) == {
        "pose_detector": Backend.OPENVINO,
        "pose_landmark_lite": Backend.OPENVINO,
        "face_detector": Backend.ONNX,
        "expression_mobilevit": Backend.ONNX,
        "fusion": Backend.OPENVINO,
    }
    assert models.untuned == ("fusion",)


@pytest.mark.parametrize("damage", ["truncated", "stale", "folder"])
def test_a_result_that_cannot_be_used_is_one_log_line(
    models_dir: Path, logs: list[EventDict], damage: str
) -> None:
    """The box runs on the defaults."""
    file = keep_result(models_dir)
    if damage == "truncated":
        file.write_bytes(file.read_bytes()[:100])
    elif damage == "stale":
        key = replace(read_board_key(), openvino="2020.1")
        write_tuned(file, key=key, models={}, table=[])
    else:
        file.unlink()
        file.mkdir()

    models = Models(make_settings(models_dir), lanes=1)

    assert backends(models) == dict.fromkeys(NAMES, Backend.OPENVINO)
    assert [entry["event"] for entry in logs] == ["engines_on_defaults"]
    assert {"truncated": "damaged", "stale": "another", "folder": "cannot be read"}[damage] in (
        logs[0]["reason"]
    )


def test_a_winner_that_no_longer_loads_gives_way_to_the_default(
    tmp_path: Path, logs: list[EventDict]
) -> None:
    """With one line that names it; a default that does not load stops the box."""
    models_dir = tmp_path / "models"
    for name in MODELS:
        onnx = b"no model" if name == "fusion" else doubling_model()
        write_model(models_dir, name, {"openvino f32": doubling_model(), "onnx f32": onnx})
    keep_result(models_dir)

    models = Models(make_settings(models_dir), lanes=1)

    assert models.files["fusion"].backend is Backend.OPENVINO
    assert models.files["pose_detector"].backend is Backend.ONNX
    assert [(entry["event"], entry["model"]) for entry in logs] == [("engine_falls_back", "fusion")]
    with pytest.raises(ModelLoadError, match="fusion: ONNX Runtime cannot load"):
        Models(make_settings(models_dir, {"fusion": "onnx"}), lanes=1)


def test_engines_are_timed_with_the_mix_of_the_running_box(models_dir: Path) -> None:
    """Landmarks and expression on every frame, the rest now and then, fusion once for all seats."""
    settings = make_settings(models_dir)

    parts = running_mix(settings, safe_files(settings), lanes=2)

    mix = {part.model: part for part in parts}
    assert {name: part.every for name, part in mix.items()} == {
        "pose_detector": 30,
        "pose_landmark_lite": 1,
        "face_detector": 8,
        "expression_mobilevit": 1,
        "fusion": 3,
    }
    assert [name for name, part in mix.items() if part.shared] == ["fusion"]
    assert {part.form for part in mix.values()} == {"openvino f32"}


LOADED = """
import sys
from pathlib import Path
from appliance.service.models import Models
from tests.support.boxes import make_settings
Models(make_settings(Path(sys.argv[1])), lanes=1)
print(sorted({"openvino", "onnxruntime"} & set(sys.modules)))
"""


@pytest.mark.parametrize("tuned", [False, True])
def test_only_the_run_time_in_use_is_in_memory(models_dir: Path, *, tuned: bool) -> None:
    """The other one is not even imported."""
    if tuned:
        keep_result(models_dir)

    result = subprocess.run(
        [sys.executable, "-c", LOADED, str(models_dir)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )

    assert result.stdout.splitlines()[-1] == str(["onnxruntime" if tuned else "openvino"])


@pytest.mark.parametrize(
    ("limit", "at_once"),
    [pytest.param(2, True, id="few-seats"), pytest.param(1, False, id="more-seats-than-messages")],
)
def test_a_box_with_few_seats_tells_teachers_at_once(
    models_dir: Path, limit: int, *, at_once: bool
) -> None:
    """Two seats and two messages: nobody else could join a message, so none waits."""
    settings = make_settings(models_dir, warning={"teacher_messages": limit})

    messages = build_teacher_budget(settings).choose([alert()], [], now_s=500.0)

    assert bool(messages) is at_once
