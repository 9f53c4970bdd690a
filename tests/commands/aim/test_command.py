"""``classbox aim`` beside no service: it measures by itself, proposes, and writes on a yes."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from appliance.commands.aim.regions import REGIONS_FILE
from appliance.commands.demo.packaged import packaged_clip
from appliance.domain.frames import CameraKey
from appliance.settings.layout import camera_regions
from appliance.settings.load import load_settings
from tests.support.clips import write_clip
from tests.support.service import run_classbox, write_config


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Return a clip in which nobody is to be seen."""
    return write_clip(tmp_path / "clip.avi", frames=30, fps=15)


@pytest.mark.long
def test_without_a_service_the_camera_is_opened_here(tmp_path: Path) -> None:
    """Two students of the packaged clip get a region each, which is in force from then on."""
    config = write_config(tmp_path, cameras={"front": f'source = "{packaged_clip()}"'})
    with config.open("a", encoding="utf-8") as file:
        file.write('[cameras.front.seats.a02]\nterminal = "pc-02"\n')

    result = run_classbox("aim", "--config", str(config), "--json", "--seconds", "25", "--yes")

    assert result.returncode == 0, result.stderr
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    frames = [answer["frame"] for answer in answers if "frame" in answer]
    assert len(frames) >= 5
    assert frames[-1]["fps"] == pytest.approx(15, abs=1)
    assert frames[-1]["seats"]["a01"]["people"] == 2  # both regions are still the whole picture
    proposal = answers[-1]["proposal"]
    assert 0.4 < proposal["a01"][2] < 0.6
    assert 0.4 < proposal["a02"][0] < 0.6
    regions = camera_regions(load_settings(config))[CameraKey("front")]
    assert {
        seat: [region.x0, region.y0, region.x1, region.y1] for seat, region in regions.items()
    } == proposal
    assert "systemctl restart classbox" in result.stderr
    with closing(sqlite3.connect(tmp_path / "state" / "privacy.db")) as database:
        events = database.execute("SELECT event, actor FROM audit ORDER BY rowid").fetchall()
    assert events == [("aim_started", "operator"), ("aim_ended", "box")]


@pytest.mark.long
def test_whoever_has_refused_is_not_looked_at(tmp_path: Path, clip: Path) -> None:
    """Nothing is measured, unless somebody says that all in the picture agree."""
    config = write_config(tmp_path, cameras={"front": f'source = "{clip}"'})
    assert run_classbox("consent", "revoke", "a01", "--config", str(config)).returncode == 0

    words = ("aim", "--config", str(config), "--json", "--seconds", "4")
    refused = run_classbox(*words)
    allowed = run_classbox(*words, "--people-informed")

    assert refused.returncode == 1
    assert refused.stdout == ""
    assert "consent was refused on seat a01" in refused.stderr
    assert "--people-informed" in refused.stderr
    assert allowed.returncode == 0
    assert not (tmp_path / REGIONS_FILE).exists()


@pytest.mark.long
def test_a_pause_holds_without_a_service(tmp_path: Path, clip: Path) -> None:
    """The camera is not opened, whoever asks."""
    config = write_config(tmp_path, cameras={"front": f'source = "{clip}"'})
    assert run_classbox("pause", "--config", str(config)).returncode == 0

    result = run_classbox("aim", "--config", str(config), "--seconds", "4", "--people-informed")

    assert result.returncode == 1
    assert "the cameras are closed (pause" in result.stderr
    assert "sudo classbox resume" in result.stderr


@pytest.mark.long
def test_a_camera_that_is_not_there_is_said_to_be(tmp_path: Path) -> None:
    """While it waits and in the end."""
    config = write_config(tmp_path, cameras={"front": 'source = "/dev/video97"'})

    result = run_classbox("aim", "--config", str(config), "--json", "--seconds", "2")

    assert result.returncode == 69
    assert any("cannot open /dev/video97" in line for line in result.stdout.splitlines())
    assert "front: camera front is lost" in result.stderr


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        pytest.param((), "which camera?", id="two-cameras"),
        pytest.param(("side",), "no camera 'side'", id="unknown"),
    ],
)
def test_a_camera_has_to_be_named_where_there_are_two(
    tmp_path: Path, clip: Path, words: tuple[str, ...], reason: str
) -> None:
    """The message names them."""
    config = write_config(
        tmp_path, cameras={"front": f'source = "{clip}"', "back": f'source = "{clip}"'}
    )

    result = run_classbox("aim", *words, "--config", str(config))

    assert result.returncode == 78
    assert reason in result.stderr
    assert "front, back" in result.stderr
