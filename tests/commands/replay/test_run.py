"""Files are told by their content, and wrong input by one line."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from appliance.commands.replay.run import ReplayOptions, is_database, replay_file
from appliance.errors import ApplianceError, CameraError, ConfigError, StorageError
from tests.support.clocks import HeldClock
from tests.support.rows import open_storage
from tests.support.service import write_config

QUIET = Console(quiet=True)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Return an empty features.db under the name of a video."""
    open_storage(tmp_path / "state", HeldClock()).stop()
    return (tmp_path / "state" / "features.db").rename(tmp_path / "lesson.mp4")


def test_content_counts_and_not_the_name(tmp_path: Path, database: Path) -> None:
    """A database called .mp4 is a database; a text called .db is none."""
    text = tmp_path / "features.db"
    text.write_text("SQLite format 2, or a diary")
    short = tmp_path / "short.db"
    short.write_bytes(b"SQLite")

    assert is_database(database)
    assert not is_database(text)
    assert not is_database(short)


@dataclass(frozen=True)
class Wrong:
    """A file, what was asked of it, and what comes of it."""

    name: str
    line: str
    options: dict[str, Any] = field(default_factory=dict)
    kind: type[ApplianceError] = ConfigError
    code: int = 78


@pytest.mark.parametrize(
    "wrong",
    [
        Wrong("none.mp4", "No such file or directory; name a clip, or the features.db"),
        Wrong("state", "is a folder; name a clip, or the features.db"),
        Wrong("note.txt", "neither a video that can be read nor a database", {}, CameraError, 69),
        Wrong("lesson.mp4", "nothing is stored", {}, StorageError, 1),
        Wrong("lesson.mp4", "--seconds: is for clips, and lesson.mp4", {"seconds": 5.0}),
        Wrong("lesson.mp4", "--config: is for clips", {"config": Path("c")}),
        Wrong("lesson.mp4", "--recording: 1 is the newest", {"recording": 0}),
        Wrong("note.txt", "--recording: is for databases", {"recording": 1}),
        Wrong("note.txt", "--seconds: expected more than 0, got 0", {"seconds": 0.0}),
        Wrong("note.txt", "--seconds: expected more", {"seconds": float("nan")}),
        Wrong("note.txt", "--camera: .* add --config FILE", {"camera": "a"}),
        Wrong("note.txt", "no seat 'b07' .* there are one", {"seat": "b07"}),
    ],
    ids=lambda wrong: f"{wrong.name} {' '.join(wrong.options)}",
)
def test_wrong_input_is_one_line(tmp_path: Path, database: Path, wrong: Wrong) -> None:
    """It says what to change, and the exit code says whose fault it is."""
    (tmp_path / "note.txt").write_text("no video")
    path = database.with_name(wrong.name)

    with pytest.raises(wrong.kind, match=wrong.line) as caught:
        replay_file(path, ReplayOptions(**wrong.options), console=QUIET)

    assert caught.value.exit_code == wrong.code
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "consent", "line"),
    [
        ({}, "granted", "has 2 cameras; add --camera a|b"),
        ({"camera": "c"}, "granted", "no camera 'c'; there are a, b"),
        ({"camera": "a"}, "ask", 'cameras.a: no seat has consent = "granted"'),
        ({"camera": "a", "seat": "a02"}, "granted", "no seat 'a02' on camera 'a'; there are a01"),
    ],
)
def test_a_configuration_has_to_fit(
    tmp_path: Path, options: dict[str, Any], consent: str, line: str
) -> None:
    """One camera, seats that are there, and somebody who has agreed."""
    clip = tmp_path / "clip.avi"
    clip.write_bytes(b"not looked at")
    cameras = {"a": 'source = "x.mp4"', "b": 'source = "y.mp4"'}
    config = write_config(tmp_path, cameras=cameras, consent=consent)

    with pytest.raises(ConfigError) as caught:
        replay_file(clip, ReplayOptions(config=config, **options), console=QUIET)

    assert line in str(caught.value)
