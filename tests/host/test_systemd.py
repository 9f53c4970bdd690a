"""systemd is told through its own protocol."""

import os
import socket
from pathlib import Path

import pytest

from appliance.host.systemd import SystemdNotifier, runtime_folder
from appliance.permissions import CREDENTIALS, credential


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
    assert "NOTIFY_SOCKET" not in os.environ


def test_without_systemd_nothing_happens() -> None:
    """On a terminal the notifier is silent."""
    SystemdNotifier(None).ready()


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


def test_a_credential_is_read_where_it_may_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file itself, which may be renewed; else systemd's copy; else the name for the message."""
    handed = tmp_path / "handed"
    handed.mkdir()
    (handed / f"{CREDENTIALS}_box.key").write_text("copy", encoding="utf-8")
    key = tmp_path / "box.key"

    assert credential(key) == key
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(handed))
    assert credential(key) == handed / f"{CREDENTIALS}_box.key"
    assert credential(tmp_path / "other.key") == tmp_path / "other.key"
    key.write_text("renewed", encoding="utf-8")
    assert credential(key) == key
