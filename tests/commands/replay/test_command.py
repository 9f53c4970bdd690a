"""``classbox replay`` as somebody meets it who would rather look than read."""

import json
from pathlib import Path

import cv2
import pytest
from rich.console import Console

from appliance.commands.demo.play import SEATS
from appliance.commands.replay.recording import Cover
from appliance.commands.replay.run import ReplayOptions, replay_file
from appliance.mqtt.private_broker import PrivateBroker
from tests.support.clips import write_clip
from tests.support.clocks import HeldClock
from tests.support.demo import cut_demo, replay
from tests.support.rows import make_alert, make_reading, make_tokens, open_storage
from tests.support.service import run_classbox, write_config


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Return a features.db with two minutes of somebody who is tired, and one warning."""
    storage = open_storage(tmp_path / "state", HeldClock())
    for number in range(1, 601):
        at_s = number / 5
        storage.features.append(make_tokens(at_s=at_s), [make_reading(at_s=at_s)])
    storage.decisions.record_alert(make_alert())
    storage.stop()
    return tmp_path / "state" / "features.db"


def test_a_clip_becomes_a_picture(tmp_path: Path) -> None:
    """One JSON object on stdout, and a PNG that OpenCV reads back."""
    clip = write_clip(tmp_path / "clip.avi", frames=30, fps=15)
    picture = tmp_path / "picture.png"

    result = run_classbox("replay", str(clip), "--picture", str(picture), "--json")

    assert result.returncode == 0, result.stderr
    report = json.loads(result.stdout)
    assert report["kind"] == "clip"
    assert report["seats"]["one"]["states"]["absent"] == report["duration_s"] == 1.8
    assert report["picture"] == str(picture)
    drawn = cv2.imread(str(picture))
    assert drawn is not None
    assert drawn.shape[1] == 1400


def test_stored_readings_are_a_table(database: Path) -> None:
    """Readable by itself: who, how long, what happened when, and why."""
    result = run_classbox("replay", str(database), "--seat", "a01")

    assert result.returncode == 0, result.stderr
    for part in ("a01", "fatigued", "120", "1:40", "open at the end", "mean score 0.75"):
        assert part in result.stdout, part


def test_stored_readings_are_one_object(database: Path) -> None:
    """The alert stands where it was."""
    result = run_classbox("replay", str(database), "--json")

    report = json.loads(result.stdout)
    assert report["kind"] == "database"
    assert report["duration_s"] == 120.0
    assert [(one["onset_s"], one["raised_s"]) for one in report["alerts"]] == [(10.0, 100.0)]
    assert report["picture"] is None


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        (("note.txt",), 69, "neither a video that can be read nor a database"),
        (("note.txt", "--picture", "x.jpg"), 78, "has to end in .png"),
        (("state/privacy.db",), 1, "name the features.db beside it"),
        (("state/features.db", "--seat", "b07"), 1, "there are a01"),
    ],
    ids=["neither", "no-png", "privacy", "seat"],
)
def test_wrong_input_is_one_line_and_no_traceback(
    tmp_path: Path, database: Path, arguments: tuple[str, ...], code: int, line: str
) -> None:
    """What to change, on stderr."""
    (tmp_path / "note.txt").write_text("no video")
    assert database.exists()

    result = run_classbox("replay", str(tmp_path / arguments[0]), *arguments[1:])

    assert result.returncode == code
    assert line in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert result.stdout == ""


@pytest.mark.long
@pytest.mark.broker
def test_a_replayed_clip_reads_as_on_the_box(tmp_path: Path) -> None:
    """To the bit, on two seats, and to the same status of every token."""
    clip = cut_demo(tmp_path / "clip.avi", seconds=23, every=3)  # 20 s of warming up, then readings
    with PrivateBroker(tmp_path / "broker") as broker:
        rows, _ = replay(clip, tmp_path / "state", port=broker.port, lanes=2)
        config = write_config(tmp_path, port=broker.port, cameras={"a": f'source = "{clip}"'})
    head, _ = config.read_text(encoding="utf-8").split("[cameras.a.seats")
    seats = [
        f'[cameras.a.seats.{seat}]\nterminal = "{terminal}"\nregion = {list(region)}\n'
        'consent = "granted"\n'
        for seat, (terminal, region) in SEATS.items()
    ]
    config.write_text(head + "".join(seats), encoding="utf-8")

    recording = replay_file(clip, ReplayOptions(config=config), console=Console(quiet=True))

    for track in recording.tracks:
        on_the_box = [row for row in rows if row[0] == track.seat and row[1] > 0]
        assert len(on_the_box) == len(track.cover) == 114
        names = [Cover(code).name.lower() for code in track.cover]
        assert names == [status for _, _, status, _ in on_the_box]
        known = track.cover == Cover.KNOWN
        assert known.any()
        expected = [row[3] for row in on_the_box if row[2] == "known"]
        assert [row.tobytes() for row in track.probabilities[known]] == expected
