"""Settings of a box of tiny models, and what was timed on its board."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from appliance.domain.models import Backend, Precision
from appliance.inference.board import read_board_key
from appliance.inference.library import ModelLibrary
from appliance.inference.tuning.tuned import TUNED_NAME, TunedModel, write_tuned
from appliance.settings.load import parse_settings
from appliance.settings.tree import Settings

NAMES = ("pose_detector", "pose_landmark_lite", "face_detector", "expression_mobilevit", "fusion")


def make_settings(
    models_dir: Path,
    engines: Mapping[str, Any] | None = None,
    *,
    warning: Mapping[str, Any] | None = None,
) -> Settings:
    """Return settings whose state folder lies beside the models."""
    seats = {"a01": {"terminal": "pc-01"}, "a02": {"terminal": "pc-02"}}
    tables = {
        "schema": 1,
        "box": {
            "site": "s",
            "room": "r",
            "id": "b",
            "state_dir": models_dir.parent / "state",
            "models_dir": models_dir,
        },
        "policy": {"profile": "four-state"},
        "cameras": {"front": {"source": "/dev/video0", "seats": seats}},
        "engines": dict(engines or {}),
        "warning": dict(warning or {}),
    }
    return parse_settings(tables, origin="test")


def keep_result(models_dir: Path, *, names: tuple[str, ...] = NAMES) -> Path:
    """Write a result by which ONNX Runtime has won everywhere."""
    library = ModelLibrary(models_dir, lanes=1)
    file = models_dir.parent / "state" / TUNED_NAME
    models = {
        name: TunedModel(
            digest=library.spec(name).digest, backend=Backend.ONNX, precision=Precision.F32
        )
        for name in names
    }
    write_tuned(file, key=read_board_key(), models=models, table=[])
    return file
