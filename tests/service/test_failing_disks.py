"""A real disk under the real service: full, read-only, failing; and a start on a full one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.mqtt.private_broker import PrivateBroker
from tests.support.clips import write_clip
from tests.support.listener import Listener
from tests.support.mounts import SmallDisk, failing_disk, memory_disk, require_mounts
from tests.support.service import BOX, ROOM, SITE, Service, run_classbox, write_config
from tests.support.waiting import wait_until

STATUS = f"cb/v1/{SITE}/{ROOM}/box/{BOX}/status"


@pytest.fixture(autouse=True)
def _mounts(tmp_path: Path) -> None:
    place = tmp_path / "mounts"
    place.mkdir()
    require_mounts(place)


def configure(folder: Path, broker: PrivateBroker) -> Path:
    """Return the configuration of a box whose camera works."""
    clip = write_clip(folder / "clip.avi", frames=45, fps=15)
    cameras = {"front": f'source = "{clip}"\nloop = true'}
    return write_config(folder, port=broker.port, cameras=cameras)


def said(listener: Listener) -> tuple[str, str]:
    """Return the status that stands, and its reason."""
    heard = listener.on(STATUS)
    if not heard:
        return "", ""
    data = heard[-1].document["data"]
    return data["state"], data.get("reason", "")


@pytest.fixture
def disk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[SmallDisk]:
    """Return the disk of the state folder: of memory, or one that can fail."""
    state = tmp_path / "state"
    if request.param != "block":
        # The reserve of 8 MB is taken where four times as much is free.
        megabytes = 24 if request.param == "memory-without-reserve" else 48
        with memory_disk(state, megabytes=megabytes) as mounted:
            yield mounted
    else:
        with failing_disk(state, tmp_path / "backing") as mounted:
            yield mounted


@pytest.mark.broker
@pytest.mark.parametrize(
    ("disk", "fault", "reason"),
    [
        pytest.param("memory", "fill", "the disk is full", id="full"),
        pytest.param(
            "memory-without-reserve", "fill", "the disk is full", id="full-without-reserve"
        ),
        pytest.param("block", "become_read_only", "the disk is read-only", id="read-only"),
        pytest.param("block", "fail", "the disk", id="failing"),
    ],
    indirect=["disk"],
)
def test_the_status_says_what_is_wrong_with_the_disk_within_ten_seconds(
    tmp_path: Path, broker: PrivateBroker, disk: SmallDisk, fault: str, reason: str
) -> None:
    """And the box goes on: its thread ticks, the status is one message, and it ends in peace."""
    config = configure(tmp_path, broker)
    with Listener(broker.port) as listener, Service(config) as box:
        wait_until(lambda: said(listener)[0] == "ready", timeout_s=90)

        getattr(disk, fault)()
        wait_until(
            lambda: said(listener)[0] == "degraded" and f"storage: {reason}" in said(listener)[1],
            timeout_s=10,
        )

        if fault == "fill":
            disk.empty()
            wait_until(lambda: reason not in said(listener)[1], timeout_s=30)
        assert box.terminate() == 0
    lines = box.log.read_text(encoding="utf-8").splitlines()
    assert sum("storage_failed" in line for line in lines) <= 12
    assert not [line for line in lines if "Traceback" in line]


@pytest.mark.parametrize("command", [("run",), ("consent", "grant", "a01")])
def test_a_start_on_an_empty_full_disk_says_so(
    tmp_path: Path, broker: PrivateBroker, command: tuple[str, ...]
) -> None:
    """In one line, with the exit code of any start that fails."""
    config = configure(tmp_path, broker)
    with memory_disk(tmp_path / "state", megabytes=4) as disk:
        disk.fill()
        done = run_classbox(*command, "--config", str(config), timeout_s=90)

    assert done.returncode == 1
    (line,) = [line for line in done.stderr.splitlines() if not line.startswith("{")]
    assert "the disk is full; free some space" in line or "No space left on device" in line
