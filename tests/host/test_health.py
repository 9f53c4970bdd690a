"""Heartbeats find the silent thread; systemd is told through its own protocol."""

import socket
from pathlib import Path

import pytest

from appliance.host.heartbeats import Heartbeats
from appliance.host.readings import read_board
from appliance.host.systemd import SystemdNotifier, runtime_folder


def test_a_thread_is_silent_only_after_the_limit() -> None:
    """At the limit it still counts as alive."""
    now = [0.0]
    beats = Heartbeats(monotonic=lambda: now[0])
    beats.beat("lane[0]")
    beats.beat("tick")
    now[0] = 5.0
    beats.beat("tick")

    assert beats.silent_for(5.0) == []
    assert beats.silent_for(4.5) == ["lane[0]"]


def test_a_thread_that_ended_on_purpose_is_not_missed() -> None:
    """A clip that has been played is no fault."""
    now = [0.0]
    beats = Heartbeats(monotonic=lambda: now[0])
    beats.beat("camera[front].reader")
    beats.forget("camera[front].reader")
    now[0] = 100.0

    assert beats.silent_for(1.0) == []


def test_systemd_gets_its_datagrams(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """READY, WATCHDOG, STATUS and STOPPING arrive; the address is not inherited."""
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(str(path))
        monkeypatch.setenv("NOTIFY_SOCKET", str(path))
        notifier = SystemdNotifier.from_environment()
        notifier.ready()
        notifier.watchdog()
        notifier.status("2 cameras")
        notifier.stopping()

        received = [server.recv(100) for _ in range(4)]

    assert received == [b"READY=1", b"WATCHDOG=1", b"STATUS=2 cameras", b"STOPPING=1"]
    assert SystemdNotifier.from_environment()._address is None


def test_without_systemd_nothing_happens() -> None:
    """On a terminal the notifier is silent."""
    SystemdNotifier(None).ready()


def test_the_board_is_read(tmp_path: Path) -> None:
    """Memory and disk are in plausible megabytes."""
    board = read_board(tmp_path)

    assert 10 < board.rss_mb < 100_000
    assert board.disk_free_mb > 1


@pytest.mark.parametrize(
    ("given", "folder"),
    [("/run/classbox", Path("/run/classbox")), ("/run/a:/run/b", Path("/run/a")), ("", None)],
)
def test_the_runtime_folder_is_systemds(
    monkeypatch: pytest.MonkeyPatch, given: str, folder: Path | None
) -> None:
    """The first of those that the unit names."""
    monkeypatch.setenv("RUNTIME_DIRECTORY", given)

    assert runtime_folder() == folder
