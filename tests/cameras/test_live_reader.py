"""A reader on real sources: a camera over the network and a clip that is cut."""

import contextlib
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from appliance.cameras.clip import ClipSource
from appliance.cameras.reader import CameraReader, CameraState
from appliance.cameras.stream import StreamSource
from appliance.domain.frames import CameraKey, Frame
from tests.support.cameras import FRONT, make_reader
from tests.support.clips import number_of, write_clip
from tests.support.mjpeg_server import MjpegServer
from tests.support.waiting import wait_until

SILENT = ("sent no picture", "no answer")
"""What a stalled camera is reported as, while read and on the next attempt."""


@pytest.fixture
def server() -> Iterator[MjpegServer]:
    """Serve numbered pictures."""
    with MjpegServer(fps=50) as running:
        yield running


def network_reader(server: MjpegServer, deliver: Callable[[Frame], object]) -> CameraReader:
    """Build a reader on a network camera whose pauses are a hundred times shorter."""
    stop = threading.Event()
    return make_reader(
        StreamSource(camera=FRONT, source=server.url, open_timeout_s=0.3, read_timeout_s=0.3),
        deliver=deliver,
        wait=lambda seconds: stop.wait(seconds / 100),
    )


def test_network_camera_killed_stalled_and_back(server: MjpegServer, tmp_path: Path) -> None:
    """Each time the feed recovers, says so, marks the seam; the other camera never notices."""
    continues: list[bool] = []
    reader = network_reader(server, lambda frame: continues.append(frame.continues))
    other_times: list[float] = []
    side = write_clip(tmp_path / "side.avi", frames=16)
    other = make_reader(
        ClipSource(camera=CameraKey("side"), path=side, loop=True, paced=True),
        deliver=lambda frame: other_times.append(frame.captured_at_s),
        seed=1,
    )
    other.start()
    reader.start()
    wait_until(lambda: reader.health().frames >= 3)

    server.kill()
    wait_until(lambda: "nobody listens" in reader.health().last_error)
    server.start()
    wait_until(lambda: reader.health().reconnects == 1)

    server.stall()
    wait_until(lambda: any(sign in reader.health().last_error for sign in SILENT))
    server.flow()
    wait_until(lambda: reader.health().reconnects == 2)
    frames = reader.health().frames
    wait_until(lambda: reader.health().frames >= frames + 3)

    assert reader.stop()
    assert other.stop()
    assert continues.count(False) == 3
    assert other.health().reconnects == 0
    assert other.health().last_error == ""
    assert other_times == [index / 16 for index in range(len(other_times))]
    assert len(other_times) >= 5  # the stall alone took 0.3 s


def test_pause_closes_the_camera_until_resumed(server: MjpegServer) -> None:
    """A paused box has no connection to its camera."""
    reader = network_reader(server, lambda _: None)
    reader.start()
    wait_until(lambda: reader.health().frames >= 2)

    reader.pause()
    wait_until(lambda: reader.health().state is CameraState.PAUSED)
    frames, requests = reader.health().frames, len(server.requests)
    time.sleep(0.1)
    assert (reader.health().frames, len(server.requests)) == (frames, requests)

    reader.resume()
    wait_until(lambda: reader.health().frames > frames)
    assert reader.health().last_error == ""
    assert reader.stop()


def test_looped_clip_truncated_and_restored(tmp_path: Path) -> None:
    """A damaged loop is lost, not fatal, and plays on when the file is whole again."""
    path = write_clip(tmp_path / "clip.avi", frames=60)
    slot: queue.Queue[Frame] = queue.Queue(maxsize=1)
    stopping = threading.Event()

    def deliver(frame: Frame) -> None:
        while not stopping.is_set():
            with contextlib.suppress(queue.Full):
                slot.put(frame, timeout=0.1)
                return

    reader = make_reader(
        ClipSource(camera=FRONT, path=path, loop=True),
        deliver=deliver,
        wait=lambda seconds: threading.Event().wait(seconds / 100),
    )
    reader.start()
    numbers: list[int] = []
    times: list[float] = []

    def take() -> None:
        with contextlib.suppress(queue.Empty):
            frame = slot.get(timeout=1.0)
            numbers.append(number_of(frame))
            times.append(frame.captured_at_s)

    while len(numbers) < 70:
        take()
    os.truncate(path, path.stat().st_size // 2)
    while "truncated" not in reader.health().last_error:
        take()
    write_clip(path, frames=60)
    numbers.clear()
    while 59 not in numbers:
        take()

    assert times == sorted(times)
    stopping.set()
    assert reader.stop()
