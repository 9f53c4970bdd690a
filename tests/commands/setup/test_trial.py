"""A camera is tried before its address is written down."""

from pathlib import Path

from appliance.commands.setup.trial import camera_problem
from tests.support.scripted_host import ScriptedHost


def test_a_camera_that_refuses_says_why_without_its_password() -> None:
    """In the words of the camera's own answer."""
    refusals = [b"RTSP/1.0 401 No\r\nContent-Length: 0\r\n\r\n"] * 4
    with ScriptedHost(*refusals) as host:
        said = camera_problem("front", f"rtsp://me:secret@127.0.0.1:{host.port}/live")

    assert said.startswith("front: cannot open rtsp://***@127.0.0.1")
    assert "secret" not in said


def test_what_cannot_be_a_url_is_refused() -> None:
    """Its port is none."""
    assert "no URL that can be opened" in camera_problem("front", "rtsp://127.0.0.1:99999/live")


def test_a_device_that_is_not_there_is_named() -> None:
    """With what to do."""
    assert "no such device" in camera_problem("front", "/dev/video987")


def test_a_clip_is_left_to_check(tmp_path: Path) -> None:
    """It is no camera that could refuse."""
    assert camera_problem("front", str(tmp_path / "clip.mp4")) == ""
