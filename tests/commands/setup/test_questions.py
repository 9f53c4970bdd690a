"""The questions, as somebody answers them on a terminal."""

from pathlib import Path

import pytest

from appliance.commands.setup import hosts, questions
from appliance.settings.box import BoxRole
from appliance.settings.load import load_settings
from appliance.settings.policy import Profile
from tests.support.set_up_rooms import SetUpRoom

FOUND = "/dev/v4l/by-path/usb-0-video-index0"

DECIDER = """\
[box]
site = "north-school"
room = "lab-2"
id = "box-1"
[policy]
profile = "fatigue-only"
[broker]
names = ["10.0.0.5"]
[[sensors]]
terminal = "pc-07"
"""


@pytest.fixture(autouse=True)
def one_camera(monkeypatch: pytest.MonkeyPatch) -> None:
    """One camera is plugged in; the one in the network refuses an empty password."""
    monkeypatch.setattr(questions, "local_cameras", lambda: iter([(FOUND, "Webcam")]))
    monkeypatch.setattr(questions, "network_cameras", list)
    monkeypatch.setattr(questions, "camera_problem", refusal)


def refusal(camera: str, source: str) -> str:
    """Answer like a camera that wants a password."""
    refused = "://" in source and ":pass%20word@" not in source
    return f"{camera}: user name or password refused (401)" if refused else ""


def typed(*answers: str) -> str:
    """Lines, each ended by the enter key; an empty one takes what is offered."""
    return "".join(f"{answer}\n" for answer in answers)


FIRST = ("North School", "north-school", "", "", "", "both", "1", "")
"""School (wrong, right), room, box, profile (none, wrong, right), sensors (none)."""


def test_a_few_answers_make_a_room(tmp_path: Path) -> None:
    """Wrong ones are asked again; the profile has no default; the camera that was found is."""
    room = SetUpRoom(tmp_path)

    said = room.ok(
        "setup",
        typed=typed(*FIRST, "n", "", "", "3", "", "n", "", "box.local 10.0.0.5", "", "", ""),
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


@pytest.mark.parametrize(
    ("answer", "folder"),
    [("here", "classbox-screens"), ("10.0.0.9", "classbox/screens")],
)
def test_pages_are_served_where_somebody_said(tmp_path: Path, answer: str, folder: str) -> None:
    """On this machine, by the broker's names, or on another one; nowhere without a word."""
    room = SetUpRoom(tmp_path)
    answers = (*FIRST, "n", "", "", "2", "", "n", "", "10.0.0.5", "", "two words", answer)

    said = room.ok("setup", typed=typed(*answers, "")).output

    host = "10.0.0.5" if answer == "here" else answer
    assert f"at https://{host}:8443" in said
    assert f'origin = "https://{host}:8443"' in room.path(f"{folder}/screens.toml").read_text()


def test_a_network_cameras_password_is_not_shown(tmp_path: Path) -> None:
    """It is typed without an echo, and stands in the configuration alone."""
    room = SetUpRoom(tmp_path)

    said = room.ok(
        "setup",
        typed=typed(
            *FIRST, "n", "", "rtsp://camera/live", "viewer", "pass word", "left right",
            "pc-7 pc-8", "n", "", "", "", "", "",
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

    said = room.ok("setup", typed=typed("n", "", "lab-1", *[""] * 14, "n")).output

    assert '-room = "lab-2"' in said
    assert '+room = "lab-1"' in said
    assert said.count("\n-") == 2, "the file's name and the room"
    assert room.path("classbox/config.toml").read_bytes() == before


def test_sensors_stay_when_everything_is_asked_again(tmp_path: Path) -> None:
    """They are told in a file of answers; a box that only decides is asked for no camera."""
    room = SetUpRoom.below(tmp_path / "machine", DECIDER)

    room.ok("setup", typed=typed("n", "", "lab-1", *[""] * 9, "y"))

    settings = load_settings(room.path("classbox/config.toml"))
    assert settings.box.room == "lab-1"
    assert list(settings.sensors) == ["sensor-pc-07"]
    assert not settings.cameras


def test_nothing_is_written_before_a_yes(tmp_path: Path) -> None:
    """What the answers come to is shown; a no asks again and offers them."""
    room = SetUpRoom(tmp_path)
    answers = (*FIRST, "n", "", "", "2", "", "n", "", "10.0.0.5 box.local", "", "")

    room.run("setup", typed=typed(*answers, "n"))
    assert not (tmp_path / "etc").exists()

    said = room.ok("setup", typed=typed(*answers, "n", "", "lab-9", *[""] * 14)).output

    assert "a01 (pc-01), a02 (pc-02)" in said
    assert "every PC is told 10.0.0.5; its certificate also names box.local" in said
    assert load_settings(room.path("classbox/config.toml")).box.room == "lab-9"


def test_a_number_is_no_id(tmp_path: Path) -> None:
    """Whoever writes it as a word, or for a PC, meant how many."""
    room = SetUpRoom(tmp_path)

    said = room.ok(
        "setup",
        typed=typed(
            *FIRST, "n", "", "", "two", "2", "2", "1 2", "", "n", "", "10.0.0.5", "", "", ""
        ),
    ).output

    assert "a number in digits: 2; an id looks like a01" in said
    assert "2 ids of a-z" in said
    assert "'1' is a number; an id looks like pc-01" in said
    seats = load_settings(room.path("classbox/config.toml")).cameras["front"].seats
    assert [(key, seat.terminal) for key, seat in seats.items()] == [
        ("a01", "pc-01"), ("a02", "pc-02"),
    ]  # fmt: skip


def test_a_camera_that_is_typed_too_early_is_taken(tmp_path: Path) -> None:
    """Instead of a y or n, a URL; a name gets a hint."""
    room = SetUpRoom(tmp_path)
    url = "rtsp://me:pass%20word@camera/live"

    said = room.ok(
        "setup",
        typed=typed(*FIRST, "front", url, "", "", "1", "", "n", "", "10.0.0.5", "", "", "", ""),
    ).output

    assert "y or n, or the camera's own URL" in said
    assert "[rtsp://***@camera/live]" in said
    assert load_settings(room.path("classbox/config.toml")).cameras["front"].source == url


def test_where_no_camera_answers_its_address_is_asked_for(tmp_path: Path) -> None:
    """And the question that follows takes it."""
    said = SetUpRoom(tmp_path).run("setup", typed=typed(*FIRST, "y")).output

    assert "No camera answered; type its address next." in said


def test_a_camera_is_tried_as_soon_as_it_is_named(tmp_path: Path) -> None:
    """A refusal is said with its cause; it is kept on a yes alone."""
    room = SetUpRoom(tmp_path)
    wrong, right = ("rtsp://camera/live", "me", "wrong"), ("rtsp://camera/live", "me", "pass word")

    said = room.ok(
        "setup",
        typed=typed(
            *FIRST, "n", "", *wrong, "", *right, "1", "", "y", "", "rtsp://other/", "", "y",
            "1", "", "n", "", "10.0.0.5", "", "", "",
        ),
    ).output  # fmt: skip

    cameras = load_settings(room.path("classbox/config.toml")).cameras
    assert "user name or password refused (401)" in said
    assert cameras["front"].source == "rtsp://me:pass%20word@camera/live"
    assert cameras["left"].source == "rtsp://other/"


def test_a_name_that_other_machines_do_not_know_is_warned_of(tmp_path: Path) -> None:
    """The first goes into every PC's configuration."""
    said = (
        SetUpRoom(tmp_path)
        .ok(
            "setup",
            typed=typed(*FIRST, "n", "", "", "1", "", "n", "", "localhost", "", "", ""),
        )
        .output
    )

    assert "Warning: localhost leads to this machine alone (loopback)" in said


def test_an_address_is_offered_before_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """PCs need no DNS for it."""
    monkeypatch.setattr("socket.socket.getsockname", lambda _: ("192.0.2.2", 1))
    monkeypatch.setattr("socket.gethostname", lambda: "labbox")

    assert hosts.usual_hosts() == ("192.0.2.2", "labbox")


def test_pcs_with_webcams_are_asked_for_and_no_camera_is_needed(tmp_path: Path) -> None:
    """Ranges; a wrong one gets a line; the box then only decides."""
    room = SetUpRoom(tmp_path)
    wrong = ("pc-9..pc-2", "pc-1..lab-3", "pc-01 pc-01", "PC-1")

    said = room.ok(
        "setup",
        typed=typed(
            "north-school", "", "", "1", *wrong, "pc-09..pc-11 eye", "", "", "10.0.0.5", "", "", ""
        ),
    ).output  # fmt: skip

    for line in (
        "'pc-9..pc-2' goes from the lower number",
        "'pc-1..lab-3' is no range",
        "pc-01 is named twice",
        "'PC-1' is no id of a PC",
    ):
        assert line in said
    settings = load_settings(room.path("classbox/config.toml"))
    assert settings.box.role is BoxRole.DECIDE
    assert {
        name: [(seat, its.terminal) for seat, its in one.seats.items()]
        for name, one in settings.sensors.items()
    } == {
        "sensor-pc-09": [("s01", "pc-09")],
        "sensor-pc-10": [("s02", "pc-10")],
        "sensor-pc-11": [("s03", "pc-11")],
        "sensor-eye": [("s04", "eye")],
    }
