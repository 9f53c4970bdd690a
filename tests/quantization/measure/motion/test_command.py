"""The command that measures motion refuses what it cannot measure."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from appliance.errors import CameraError
from quantization.measure.motion.command import app
from tests.support.clips import write_clip


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Return two seconds of nobody, with a truth that says where two people were."""
    clip = write_clip(tmp_path / "clip.avi", frames=32, fps=16.0)
    names = ["left_eye", "right_eye", "left_shoulder", "right_shoulder"]
    points = [[[14.0, 10.0], [10.0, 10.0], [20.0, 20.0], [4.0, 20.0]]] * 32
    joints = {"names": names, "left": points, "right": points}
    clip.with_suffix(".json").write_text(
        json.dumps({"fps": 16.0, "joints": joints}), encoding="utf-8"
    )
    return clip


def test_an_unknown_variant_is_named(clip: Path) -> None:
    """With the ones there are."""
    result = CliRunner().invoke(app, ["--clip", str(clip), "--variant", "heavy"])

    assert result.exit_code == 2
    assert "heavy" in result.output


def test_a_clip_too_short_for_absences_is_a_camera_error(clip: Path) -> None:
    """Nothing is measured on half a trial."""
    result = CliRunner().invoke(app, ["--clip", str(clip), "--no-jitter", "--variant", "lite"])

    assert isinstance(result.exception, CameraError)
    assert "32 pictures are too short" in str(result.exception)


def test_nothing_asked_is_nothing_measured(clip: Path) -> None:
    """One JSON object with the seats that were read."""
    asked = ["--clip", str(clip), "--no-jitter", "--trials", "0", "--json"]
    result = CliRunner().invoke(app, asked)

    assert result.exit_code == 0
    told = json.loads(result.stdout)
    assert told == {"seats": ["clip left", "clip right"], "jitter": [], "recovery": []}
