"""The questions, as somebody answers them on a terminal."""

from pathlib import Path

import pytest

from appliance.commands.setup import questions
from appliance.settings.load import load_settings
from appliance.settings.policy import Profile
from tests.support.set_up_rooms import SetUpRoom

FOUND = "/dev/v4l/by-path/usb-0-video-index0"


@pytest.fixture(autouse=True)
def one_camera(monkeypatch: pytest.MonkeyPatch) -> None:
    """One camera is plugged in."""
    monkeypatch.setattr(questions, "local_cameras", lambda: iter([(FOUND, "Webcam")]))


def typed(*answers: str) -> str:
    """Lines, each ended by the enter key; an empty one takes what is offered."""
    return "".join(f"{answer}\n" for answer in answers)


FIRST = ("North School", "north-school", "", "", "", "both", "1")
"""School (wrong, right), room, box, profile (none, wrong, right)."""


def test_a_few_answers_make_a_room(tmp_path: Path) -> None:
    """Wrong ones are asked again; the profile has no default; the camera that was found is."""
    room = SetUpRoom(tmp_path)

    said = room.ok(
        "setup",
        typed=typed(*FIRST, "n", "", "", "3", "", "n", "", "box.local 10.0.0.5", ""),
    ).output

    settings = load_settings(room.path("classbox/config.toml"))
    assert (settings.box.site, settings.box.room, settings.box.id) == (
        "north-school", "lab-1", "box-1",
    )  # fmt: skip
    assert settings.policy.profile is Profile.FATIGUE_ONLY
    assert settings.cameras["front"].source == FOUND
    assert list(settings.cameras["front"].seats) == ["a01", "a02", "a03"]
    assert "in the EU, inferring emotions in education is prohibited" in said
    assert 'host = "box.local"' in room.path("classbox/terminals/pc-03/terminal.toml").read_text()


def test_a_network_cameras_password_is_not_shown(tmp_path: Path) -> None:
    """It is typed without an echo, and stands in the configuration alone."""
    room = SetUpRoom(tmp_path)

    said = room.ok(
        "setup",
        typed=typed(
            *FIRST, "n", "", "rtsp://camera/live", "viewer", "pass word", "left right",
            "pc-7 pc-8", "n", "", "", "",
        ),
    ).output  # fmt: skip

    settings = load_settings(room.path("classbox/config.toml"))
    assert settings.cameras["front"].source == "rtsp://viewer:pass%20word@camera/live"
    assert {key: seat.terminal for key, seat in settings.cameras["front"].seats.items()} == {
        "left": "pc-7",
        "right": "pc-8",
    }
    assert "pass word" not in said
    assert "pass%20word" not in said


def test_without_anybody_to_ask_a_file_is_asked_for(tmp_path: Path) -> None:
    """As in a script."""
    result = SetUpRoom(tmp_path).run("setup", typed="")

    assert "classbox setup --answers FILE" in str(result.exception)


def test_a_configuration_that_is_there_is_kept_on_a_yes(tmp_path: Path) -> None:
    """And nothing else is asked."""
    room = SetUpRoom.below(tmp_path / "machine")
    before = room.path("classbox/config.toml").read_bytes()

    said = room.ok("setup", typed=typed("")).output

    assert "box-1 in lab-2 of north-school" in said
    assert "make a key" not in said
    assert "write" not in said
    assert room.path("classbox/config.toml").read_bytes() == before


def test_another_configuration_is_shown_before_it_replaces_one(tmp_path: Path) -> None:
    """The answer no keeps it."""
    room = SetUpRoom.below(tmp_path / "machine")
    before = room.path("classbox/config.toml").read_bytes()

    said = room.ok(
        "setup", typed=typed("n", *FIRST, "n", "", "", "2", "", "n", "", "127.0.0.1", "", "n")
    ).output

    assert '-room = "lab-2"' in said
    assert '+room = "lab-1"' in said
    assert room.path("classbox/config.toml").read_bytes() == before
