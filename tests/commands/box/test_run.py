"""A service that cannot start says why, last of all, and is not tried again in a hurry."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from appliance.__main__ import NOT_STARTED
from appliance.host.starts import STARTS_FILE
from appliance.storage.export import PRIVACY_FILE
from tests.support.service import Service, classbox, run_classbox, write_config
from tests.support.waiting import wait_until

ROOT = Path(__file__).parents[3]


def start(config: Path, folder: Path, socket_path: Path | None = None) -> "subprocess.Popen[str]":
    """Start the service as systemd does."""
    environment = {**os.environ, "RUNTIME_DIRECTORY": str(folder)}
    if socket_path is not None:
        environment["NOTIFY_SOCKET"] = str(socket_path)
    return subprocess.Popen(
        classbox("run", "--config", str(config)),
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment,
    )


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """Return a configuration of a box whose database cannot be one."""
    (tmp_path / "run").mkdir()
    (tmp_path / "state" / PRIVACY_FILE).mkdir(parents=True)
    return write_config(tmp_path, cameras={"front": 'source = "/dev/video97"'})


def test_the_reason_is_the_last_line_and_stands_in_the_status(tmp_path: Path, broken: Path) -> None:
    """Of what it prints, and of what systemctl status shows; the first failure ends at once."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        process = start(broken, tmp_path / "run", tmp_path / "notify")
        _, errors = process.communicate(timeout=60)
        status = systemd.recv(500).decode()

    assert process.returncode == 1
    database = tmp_path / "state" / PRIVACY_FILE
    assert errors.splitlines()[-1].startswith(f"{database} cannot be used")
    assert status.startswith(f"STATUS=cannot start: {database} cannot be used")


def test_another_failure_waits_and_says_how_long(tmp_path: Path, broken: Path) -> None:
    """A stop during the wait ends it in peace."""
    (tmp_path / "run" / STARTS_FILE).write_text("3", encoding="utf-8")
    process = start(broken, tmp_path / "run")
    assert process.stderr is not None

    line = next(line for line in process.stderr if not line.startswith("{"))  # no log line
    assert "the next attempt is in 35 s" in line
    process.send_signal(signal.SIGTERM)

    _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, "")
    assert (tmp_path / "run" / STARTS_FILE).read_text(encoding="utf-8") == "4"


def test_a_start_that_succeeds_begins_the_count_anew(tmp_path: Path) -> None:
    """Whatever failed before."""
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / STARTS_FILE).write_text("3", encoding="utf-8")
    config = write_config(tmp_path, cameras={"front": 'source = "/dev/video97"'})
    process = start(config, tmp_path / "run")

    wait_until(lambda: not (tmp_path / "run" / STARTS_FILE).exists(), timeout_s=60)

    process.terminate()
    process.communicate(timeout=30)
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('pause_switch = "/tmp/off"', "the service does not see /tmp"),
        ('pause_switch = "off"', "give the whole path"),
    ],
)
def test_a_switch_that_cannot_work_stops_the_start(tmp_path: Path, line: str, reason: str) -> None:
    """For good: exit 78, without a pause."""
    (tmp_path / "run").mkdir()
    config = write_config(tmp_path, cameras={"front": 'source = "/dev/video97"'})
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("[box]\n", f"[box]\n{line}\n"), encoding="utf-8")

    process = start(config, tmp_path / "run")
    _, errors = process.communicate(timeout=60)

    assert process.returncode == 78
    assert reason in errors.splitlines()[-1]
    assert not (tmp_path / "run" / STARTS_FILE).exists()


def catches_sigterm(process: "subprocess.Popen[str]") -> bool:
    """Tell whether the program listens already (proc(5), SigCgt)."""
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
    caught = int(
        next(line for line in status.splitlines() if line.startswith("SigCgt")).split()[1], 16
    )
    return bool(caught >> (signal.SIGTERM - 1) & 1)


@pytest.mark.parametrize("later_s", [0.0, 0.7, 2.0, 4.0])
def test_it_can_be_told_to_end_at_any_moment_of_its_start(tmp_path: Path, later_s: float) -> None:
    """While libraries are imported, while models are compiled: a clean end."""
    (tmp_path / "run").mkdir()
    config = write_config(tmp_path, cameras={"front": 'source = "/dev/video97"'})
    process = start(config, tmp_path / "run")
    wait_until(lambda: catches_sigterm(process), timeout_s=60)
    time.sleep(later_s)

    process.terminate()
    _, errors = process.communicate(timeout=60)

    assert process.returncode == 0
    said = [line for line in errors.splitlines() if not line.startswith("{")]
    assert said in ([], [NOT_STARTED.decode().strip()])


def test_little_else_is_imported_before_it_listens() -> None:
    """Until then SIGTERM kills without a word; typer alone would take a fifth of a second."""
    program = "import sys; import appliance.__main__; print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", program], text=True, cwd=ROOT)

    assert not {"typer", "numpy", "pydantic", "structlog"} & set(loaded.split())


@pytest.mark.parametrize("command", ["check", "doctor"])
def test_who_takes_a_picture_leaves_no_core_dump(tmp_path: Path, command: str) -> None:
    """``classbox check`` and ``doctor`` open the cameras like the service."""
    config = write_config(tmp_path, cameras={"front": 'source = "/dev/video97"'})
    program = (
        "import ctypes, atexit, sys; from appliance.__main__ import main\n"
        "atexit.register(lambda: print('dumpable', ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)))\n"
        f"sys.argv = ['classbox', {command!r}, '--config', {str(config)!r}]; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False
    )

    assert done.stdout.splitlines()[-1] == "dumpable 0"


def test_a_second_service_on_one_folder_is_refused(tmp_path: Path) -> None:
    """In one line, with its own exit code; commands beside the first one go on to work."""
    config = write_config(tmp_path, cameras={"front": 'source = "/dev/video97"'}, consent="ask")
    with Service(config) as first:
        wait_until(lambda: "box_started" in first.log.read_text(encoding="utf-8"), timeout_s=60)

        second = run_classbox("run", "--config", str(config), timeout_s=60)
        assert second.returncode == 1
        (line,) = [line for line in second.stderr.splitlines() if not line.startswith("{")]
        assert line.startswith(f"state folder {tmp_path / 'state'} is in use by another running")

        beside = run_classbox("consent", "revoke", "a01", "--config", str(config), timeout_s=60)
        assert (beside.returncode, beside.stdout) == (0, "a01: consent revoked\n")
