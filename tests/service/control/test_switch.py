"""The switch at the box closes the cameras, and so does whatever cannot be read."""

import os
from pathlib import Path

import pytest

from appliance.errors import ConfigError
from appliance.service.control.closures import Closure, Closures
from appliance.service.control.switch import Switch, read_switch, require_visible
from appliance.service.control.watch import ControlWatch
from tests.support.waiting import wait_until


@pytest.mark.parametrize(
    ("content", "closed"),
    [(b"0", False), (b"0\n", False), (b"1\n", True), (b"", True), (b"00", True), (b"no", True)],
)
def test_only_a_zero_or_no_file_is_open(tmp_path: Path, content: bytes, closed: bool) -> None:
    """As a GPIO pin reads, and as ``touch`` makes a file."""
    pin = tmp_path / "value"
    assert read_switch(pin) is None

    pin.write_bytes(content)

    assert (read_switch(pin) is not None) is closed


def test_what_cannot_be_read_is_closed(tmp_path: Path) -> None:
    """A folder in its place; a pipe, which must not hold anybody; a pin never exported."""
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")

    assert "cannot be read" in str(read_switch(tmp_path / "folder"))
    assert "is on" in str(read_switch(tmp_path / "pipe"))
    assert "no folder" in str(read_switch(tmp_path / "gpio17" / "value"))


def test_it_is_followed_once_a_second(tmp_path: Path) -> None:
    """Closed before the start returns, opened and closed again without anybody asking."""
    pin = tmp_path / "value"
    pin.write_bytes(b"1")
    states: list[str] = []
    closures = Closures(pause=lambda: states.append("closed"), resume=lambda: states.append("open"))
    beats: list[str] = []
    watch = ControlWatch([Switch(pin, closures).follow], beat=beats.append)

    watch.start()
    assert closures.reasons() == {Closure.SWITCH: f"{pin} is on"}
    pin.write_bytes(b"0")
    wait_until(lambda: not closures.reasons())
    pin.write_bytes(b"1")
    wait_until(closures.reasons)
    watch.stop()

    assert states == ["closed", "open", "closed"]
    assert "control" in beats


def test_one_look_that_fails_does_not_keep_the_others_from_looking(tmp_path: Path) -> None:
    """A mistake in one rule must not open what another closes."""
    pin = tmp_path / "value"
    pin.write_bytes(b"1")
    closures = Closures(pause=lambda: None, resume=lambda: None)

    def fail() -> None:
        msg = "a mistake"
        raise RuntimeError(msg)

    watch = ControlWatch([fail, Switch(pin, closures).follow], beat=lambda _: None)
    watch.start()
    watch.stop()

    assert Closure.SWITCH in closures.reasons()


@pytest.mark.parametrize("path", ["/tmp/off", "/var/tmp/x/off", "/dev/shm/off"])  # noqa: S108 - refused
def test_a_switch_that_the_service_cannot_see_is_refused(path: str) -> None:
    """It would always read open."""
    with pytest.raises(ConfigError, match=r"box\.pause_switch"):
        require_visible(Path(path))
    require_visible(Path("/etc/classbox/off"))
