"""Beside a service that runs: the timetable closes its cameras, a backup works, a restore waits."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.clips import write_clip
from tests.support.service import Service, run_classbox, write_config
from tests.support.waiting import wait_until

HOLIDAYS = """
[timetable]
timezone = "UTC"
monday = ["08:00-08:45"]
holidays = ["2020-01-01/2199-12-31"]
trust_clock = true
"""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """Return a running service in the holidays; its camera is a clip that never ends."""
    clip = write_clip(tmp_path / "clip.avi", frames=15, fps=15)
    folder = tmp_path / "box"
    folder.mkdir()
    config = write_config(folder, cameras={"a": f'source = "{clip}"\nloop = true'})
    config.write_text(config.read_text(encoding="utf-8") + HOLIDAYS, encoding="utf-8")
    with Service(config) as running:
        wait_until(lambda: logged(running, "box_status"), timeout_s=60)
        yield running


def logged(service: Service, event: str) -> list[dict[str, Any]]:
    """Return the log lines of one event."""
    lines = service.log.read_text(encoding="utf-8").splitlines()
    read = (json.loads(line) for line in lines if line.startswith("{"))
    return [entry for entry in read if entry["event"] == event]


@pytest.mark.long
def test_a_running_box_is_closed_in_the_holidays_backed_up_and_not_restored(
    service: Service, tmp_path: Path
) -> None:
    """Its camera is never opened; both commands leave it running."""
    at = ("--config", str(service.config))
    archive = str(tmp_path / "x.tar.gz")

    backup = run_classbox("backup", archive, *at)
    restore = run_classbox("restore", archive, *at)

    assert backup.returncode == 0, backup.stderr
    assert restore.returncode == 1
    assert "Replace" not in restore.stdout  # nobody is asked what cannot be done
    assert "is in use; stop the service (sudo systemctl stop classbox)" in restore.stderr
    status = logged(service, "box_status")[-1]
    assert status["state"] == "paused"
    assert status["reason"].startswith("timetable: holiday, no lesson to come")
    assert "live" not in {entry.get("state") for entry in logged(service, "camera_state")}
    assert service.terminate() == 0
    assert run_classbox("restore", archive, "--yes", *at).returncode == 0
