"""A crash in native code is blamed on the camera it happened at, and on nobody else."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from appliance.domain.frames import CameraKey
from appliance.domain.seats import SeatKey
from appliance.host.breadcrumbs import (
    CRASH_FILE,
    CRUMBS_FILE,
    Breadcrumb,
    Breadcrumbs,
    NativeStage,
    read_last_end,
)
from appliance.host.quarantine import ENDS_FILE

FRONT, BACK = CameraKey("front"), CameraKey("back")
ALIVE = ["live back", "live front"]


@contextmanager
def small_box(folder: Path, what: str) -> Iterator[subprocess.Popen[str]]:
    """Run ``tests.support.crashing_program``."""
    command = [sys.executable, "-m", "tests.support.crashing_program", str(folder), what]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def run(folder: Path, what: str) -> tuple[int, list[str]]:
    """Run it to its end; return how it ended and what it said, without the log."""
    with small_box(folder, what) as process:
        said, _ = process.communicate(timeout=60)
    first = ("blamed", "live", "quarantined")
    return process.returncode, [line for line in said.splitlines() if line.startswith(first)]


@pytest.mark.parametrize("stage", NativeStage)
def test_two_crashes_quarantine_the_camera_and_the_other_one_runs(
    tmp_path: Path, stage: NativeStage
) -> None:
    """While the other camera is always in the middle of something as well."""
    assert run(tmp_path, stage) == (-signal.SIGSEGV, ALIVE)
    assert run(tmp_path, stage) == (-signal.SIGSEGV, [f"blamed front {stage}", *ALIVE])

    code, said = run(tmp_path, stage)
    assert (code, said) == (0, [f"blamed front {stage}", "live back", "quarantined front"])
    assert run(tmp_path, stage) == (0, ["live back", "quarantined front"])

    (tmp_path / ENDS_FILE).unlink()  # what the problem line says
    assert run(tmp_path, stage) == (-signal.SIGSEGV, ALIVE)


def test_a_lane_that_never_ends_quarantines_its_camera(tmp_path: Path) -> None:
    """Nothing crashes, so the process that gives up says whom it blames."""
    assert run(tmp_path, "stuck") == (70, ALIVE)
    assert run(tmp_path, "stuck") == (70, ALIVE)
    assert run(tmp_path, "stuck") == (0, ["live back", "quarantined front"])


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGABRT, signal.SIGTERM])
def test_who_is_ended_from_outside_blames_nobody(tmp_path: Path, number: signal.Signals) -> None:
    """Out of memory, systemd's watchdog, a stop: the main thread is at no camera."""
    for _ in range(3):
        with small_box(tmp_path, "nothing") as process:
            assert process.stdout is not None
            while process.stdout.readline() != "live front\n":
                pass
            process.send_signal(number)
            assert process.wait(timeout=30) == -number

    assert not (tmp_path / ENDS_FILE).exists()
    with capture_logs() as logs:
        assert read_last_end(tmp_path) is None
    assert bool(logs) == (number == signal.SIGABRT)


def test_a_crash_in_a_foreign_thread_blames_nobody(tmp_path: Path) -> None:
    """It is at no camera, whatever the lanes and readers were at."""
    for _ in range(3):
        assert run(tmp_path, "stranger") == (-signal.SIGSEGV, ALIVE)


def test_what_is_kept_is_closed_to_others_and_holds_no_value(tmp_path: Path) -> None:
    """Words, file names and line numbers; the grey of the pictures is in none of them."""
    run(tmp_path, "decoding")

    for name in (CRUMBS_FILE, CRASH_FILE):
        file = tmp_path / name
        assert file.stat().st_mode & 0o777 == 0o600
        assert file.stat().st_size <= 65536
    text = (tmp_path / CRASH_FILE).read_text(encoding="utf-8")
    assert {line.split()[0] for line in text.splitlines() if line} <= {
        "Fatal", "Current", "Thread", "File", "Extension", "...",
    }  # fmt: skip
    words = {word for word in (tmp_path / CRUMBS_FILE).read_bytes().split(b"\0") if len(word) > 8}
    assert words <= {b"classbox breadcrumbs 1"}


@pytest.mark.parametrize("damaged", [b"", b"\xff" * 16384, b"classbox breadcrumbs 0".ljust(16384)])
def test_damaged_breadcrumbs_blame_nobody(tmp_path: Path, damaged: bytes) -> None:
    """Nor do those of another version."""
    (tmp_path / CRUMBS_FILE).write_bytes(damaged)
    (tmp_path / CRASH_FILE).write_text("Current thread 0xffffffffffffffff (most recent call first)")

    assert read_last_end(tmp_path) is None


def test_without_a_folder_the_box_works_and_remembers_nothing(tmp_path: Path) -> None:
    """It is an aid, not a condition."""
    with capture_logs() as logs:
        breadcrumbs = Breadcrumbs.open(tmp_path / "absent")

    assert [line["event"] for line in logs] == ["breadcrumbs_not_kept"]
    with breadcrumbs.at(FRONT, NativeStage.DECODING):
        assert breadcrumbs.last_end is None


def test_the_lane_that_is_stuck_longest_is_blamed() -> None:
    """Neither one that was quick, nor a reader that waits for its camera."""
    now = [0.0]
    breadcrumbs = Breadcrumbs(monotonic=lambda: now[0])
    seats = {SeatKey("a01"): FRONT, SeatKey("a02"): BACK}
    held, entered = threading.Event(), threading.Semaphore(0)

    def hold(_seat: SeatKey) -> None:
        entered.release()
        held.wait()

    def begin(seat: str, stage: NativeStage) -> threading.Thread:
        call = breadcrumbs.marked(hold, cameras=seats, stage=stage)
        thread = threading.Thread(target=call, args=(SeatKey(seat),))
        thread.start()
        assert entered.acquire(timeout=10)
        now[0] += 1.0
        return thread

    with breadcrumbs.at(BACK, NativeStage.READING):
        pass
    threads = [
        begin("a02", NativeStage.DECODING),
        begin("a01", NativeStage.READING),
        begin("a02", NativeStage.LOOKING),
    ]

    assert breadcrumbs.stuck(limit_s=2.0) is None
    assert breadcrumbs.stuck(limit_s=0.5) == Breadcrumb(camera=FRONT, stage=NativeStage.READING)
    held.set()
    for thread in threads:
        thread.join()
    now[0] += 100.0
    assert breadcrumbs.stuck(limit_s=0.5) is None


def test_more_threads_than_slots_do_no_harm() -> None:
    """They leave no breadcrumb that could be taken for another's."""
    memory = bytearray(4 * 64)
    breadcrumbs = Breadcrumbs(memory)
    threads = [
        threading.Thread(target=lambda: _visit(breadcrumbs), name=str(number))
        for number in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert memory[-64:].strip(b"\0") == b""


def _visit(breadcrumbs: Breadcrumbs) -> None:
    for _ in range(10):
        with breadcrumbs.at(FRONT, NativeStage.LOOKING):
            time.sleep(0.001)
