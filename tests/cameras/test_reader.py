"""A camera that fails is retried for ever, by name, and nobody else notices."""

import contextlib
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from structlog.testing import capture_logs

from appliance.cameras.clip import ClipSource
from appliance.cameras.reader import (
    FIRST_PAUSE_S,
    LONGEST_PAUSE_S,
    STABLE_S,
    CameraReader,
    CameraState,
)
from appliance.cameras.stream import StreamSource
from appliance.domain.frames import CameraKey, Frame
from appliance.errors import CameraError
from appliance.ports import FrameSource
from tests.support.clips import make_frame, number_of, write_clip
from tests.support.mjpeg_server import MjpegServer
from tests.support.waiting import wait_until

FRONT = CameraKey("front")
DEADLINE_S = 30.0
SILENT = ("sent nothing", "no answer")
"""What a stalled camera is reported as, while read and on the next attempt."""


Event = Frame | Exception | Callable[[], None] | None


class ScriptedSource:
    """A fake ``FrameSource``: each opening plays the next list of what happens."""

    def __init__(self, *openings: Sequence[Event]) -> None:
        """Take what each opening gives.

        Args:
            openings: Frames to return, errors to raise (in first place: cannot be opened), None
                for the end, functions to call before the next one.
        """
        self._openings = [list(opening) for opening in openings]
        self._events: list[Event] = []
        self.opened = 0
        self.closed = 0

    @property
    def camera(self) -> CameraKey:
        """Key of the camera."""
        return FRONT

    def open(self) -> None:
        """Begin the next list."""
        self.opened += 1
        self._events = self._openings.pop(0)
        if isinstance(self._events[0], Exception):
            raise self._events[0]

    def read(self) -> Frame | None:
        """Play the events up to the next frame, error or end."""
        event = self._events.pop(0)
        while callable(event):
            event()
            event = self._events.pop(0)
        if isinstance(event, Exception):
            raise event
        return event

    def close(self) -> None:
        """Count."""
        self.closed += 1


class SteppedTime:
    """A clock that only waiting moves; remembers every wait."""

    def __init__(self) -> None:
        """Start at zero."""
        self.now_s = 0.0
        self.waits: list[float] = []

    def monotonic(self) -> float:
        """Return the time."""
        return self.now_s

    def wait(self, seconds: float) -> bool:
        """Move on; never stop."""
        self.waits.append(seconds)
        self.now_s += seconds
        return False


def lost(reason: str = "front: gone") -> CameraError:
    """Build the error of a lost feed."""
    return CameraError(reason)


def run_to_end(
    source: FrameSource, watch: SteppedTime, deliver: Callable[[Frame], object] = lambda _: None
) -> tuple[CameraReader, list[CameraState]]:
    """Run a reader over a scripted source until it ends."""
    states: list[CameraState] = []
    reader = CameraReader(
        source=source,
        deliver=deliver,
        monotonic=watch.monotonic,
        rng=np.random.default_rng(0),
        state_changed=lambda _, state: states.append(state),
        wait=watch.wait,
    )
    reader.start()
    assert ended(reader)
    return reader, states


def ended(reader: CameraReader) -> bool:
    """Wait for the end of a clip played once, and of the reader's thread."""
    wait_until(lambda: reader.health().state is CameraState.ENDED)
    return reader.stop(timeout_s=DEADLINE_S)


def test_missing_at_start_then_found() -> None:
    """A camera that is not there yet is lost, not fatal."""
    source = ScriptedSource([lost()], [make_frame(index=0), None])

    reader, states = run_to_end(source, SteppedTime())

    assert states == [CameraState.LOST, CameraState.CONNECTING, CameraState.LIVE, CameraState.ENDED]
    health = reader.health()
    assert (health.frames, health.reconnects, health.last_error) == (1, 0, "front: gone")


def test_pauses_double_up_to_a_minute_for_ever() -> None:
    """The ceiling is reached and kept; the pauses are waited for in slices of a second."""
    source = ScriptedSource(*[[lost()] for _ in range(9)], [None])
    watch = SteppedTime()

    run_to_end(source, watch)

    rng = np.random.default_rng(0)
    ceilings = [FIRST_PAUSE_S * 2**attempt for attempt in range(6)] + [LONGEST_PAUSE_S] * 3
    assert watch.now_s == pytest.approx(sum(top * rng.uniform(0.5, 1) for top in ceilings))
    assert max(watch.waits) <= 1.0


def test_pause_is_jittered() -> None:
    """Cameras that failed together do not all return together."""
    pauses = set()
    for seed in range(5):
        watch = SteppedTime()
        reader = CameraReader(
            source=ScriptedSource([lost()], [None]),
            deliver=lambda _: None,
            monotonic=watch.monotonic,
            rng=np.random.default_rng(seed),
            wait=watch.wait,
        )
        reader.start()
        assert ended(reader)
        pauses.add(watch.now_s)

    assert len(pauses) == 5
    assert all(FIRST_PAUSE_S / 2 <= pause_s <= FIRST_PAUSE_S for pause_s in pauses)


@pytest.mark.parametrize(
    ("lived_s", "attempts"),
    [
        pytest.param(STABLE_S, 1, id="stable"),
        pytest.param(STABLE_S - 2**-10, 3, id="not-quite"),
    ],
)
def test_only_a_stable_feed_starts_the_back_off_anew(lived_s: float, attempts: int) -> None:
    """A feed that dies again at once is not retried every second for ever."""
    watch = SteppedTime()

    def live() -> None:
        watch.now_s += lived_s  # nothing else moves the clock after opening

    source = ScriptedSource([lost()], [lost()], [live, make_frame(), lost()], [None])
    reader, _ = run_to_end(source, watch)

    assert reader.health().attempts == attempts


def test_unexpected_error_is_survived_without_its_text() -> None:
    """Any exception of a library is a lost feed; its text may hold a password."""
    source = ScriptedSource([RuntimeError("rtsp://me:s3cret@host")], [make_frame(), None])

    with capture_logs() as logs:
        reader, _ = run_to_end(source, SteppedTime())

    assert reader.health().frames == 1
    assert reader.health().last_error.startswith("front: RuntimeError in ScriptedSource.open:")
    assert "s3cret" not in repr(logs)


def test_failing_callback_does_not_end_the_thread() -> None:
    """What hears about states cannot stop the frames."""
    watch = SteppedTime()

    def broken(_: CameraKey, __: CameraState) -> None:
        raise ValueError

    taken: list[Frame] = []
    reader = CameraReader(
        source=ScriptedSource([make_frame(), None]),
        deliver=taken.append,
        monotonic=watch.monotonic,
        rng=np.random.default_rng(0),
        state_changed=broken,
        wait=watch.wait,
    )
    reader.start()

    assert ended(reader)
    assert len(taken) == 1


def test_source_is_closed_whatever_happens() -> None:
    """Every opening that succeeded or failed is followed by a closing."""
    source = ScriptedSource([lost()], [make_frame(), lost()], [make_frame(), None])

    run_to_end(source, SteppedTime())

    assert source.opened == source.closed == 3


def test_same_failure_is_logged_once() -> None:
    """Log volume does not grow with the length of an outage."""
    source = ScriptedSource(*[[lost()] for _ in range(6)], [lost("front: other")], [None])

    with capture_logs() as logs:
        run_to_end(source, SteppedTime())

    errors = [entry["error"] for entry in logs if entry["event"] == "camera_lost"]
    assert errors == ["front: gone", "front: other"]


def test_thread_is_named_and_beats_while_waiting() -> None:
    """The watchdog hears from a camera that has been lost for a minute."""
    beats: list[str] = []
    watch = SteppedTime()
    reader = CameraReader(
        source=ScriptedSource(*[[lost()] for _ in range(5)], [None]),
        deliver=lambda _: None,
        monotonic=watch.monotonic,
        rng=np.random.default_rng(0),
        beat=beats.append,
        wait=watch.wait,
    )
    reader.start()
    assert ended(reader)

    assert set(beats) == {"camera[front].reader"}
    assert len(beats) >= watch.now_s


def test_stop_ends_a_long_pause_at_once() -> None:
    """Shutting down does not wait for the back-off."""
    reader = CameraReader(
        source=ScriptedSource(*[[lost()] for _ in range(99)]),
        deliver=lambda _: None,
        monotonic=time.monotonic,
        rng=np.random.default_rng(0),
    )
    reader.start()
    wait_until(lambda: reader.health().state is CameraState.LOST)

    assert reader.stop()
    assert reader.health().state is CameraState.ENDED


def test_a_quarantined_camera_is_never_opened() -> None:
    """Whatever is asked of its reader; it says why."""
    source = ScriptedSource([make_frame()])
    states: list[CameraState] = []
    reader = CameraReader(
        source=source,
        deliver=lambda _: None,
        monotonic=time.monotonic,
        rng=np.random.default_rng(0),
        state_changed=lambda _, state: states.append(state),
    )
    reader.quarantine("it crashed twice")
    reader.pause()
    reader.resume()

    assert reader.stop()
    assert (source.opened, states) == (0, [CameraState.QUARANTINED])
    assert reader.health().state is CameraState.QUARANTINED
    assert reader.health().last_error == "it crashed twice"


def test_stop_does_not_wait_for_a_read_that_hangs() -> None:
    """Stopping returns within a second and tells that the thread is stuck."""
    released = threading.Event()

    def hang() -> None:
        released.wait(DEADLINE_S)

    source = ScriptedSource([hang, None])
    reader = CameraReader(
        source=source,
        deliver=lambda _: None,
        monotonic=time.monotonic,
        rng=np.random.default_rng(0),
    )
    reader.start()
    wait_until(lambda: source.opened == 1)

    started_s = time.monotonic()
    assert not reader.stop(timeout_s=0.1)
    assert time.monotonic() - started_s < 1.0

    released.set()
    assert ended(reader)


@pytest.fixture
def server() -> Iterator[MjpegServer]:
    """Serve numbered pictures."""
    with MjpegServer(fps=50) as running:
        yield running


def network_reader(server: MjpegServer, deliver: Callable[[Frame], object]) -> CameraReader:
    """Build a reader on a network camera whose pauses are a hundred times shorter."""
    stop = threading.Event()
    return CameraReader(
        source=StreamSource(
            camera=FRONT, source=server.url, open_timeout_s=0.3, read_timeout_s=0.3
        ),
        deliver=deliver,
        monotonic=time.monotonic,
        rng=np.random.default_rng(0),
        wait=lambda seconds: stop.wait(seconds / 100),
    )


def test_network_camera_killed_stalled_and_back(server: MjpegServer, tmp_path: Path) -> None:
    """Each time the feed recovers, says so, marks the seam; the other camera never notices."""
    continues: list[bool] = []
    reader = network_reader(server, lambda frame: continues.append(frame.continues))
    other_times: list[float] = []
    other = CameraReader(
        source=ClipSource(
            camera=CameraKey("side"),
            path=write_clip(tmp_path / "side.avi", frames=16),
            loop=True,
            paced=True,
        ),
        deliver=lambda frame: other_times.append(frame.captured_at_s),
        monotonic=time.monotonic,
        rng=np.random.default_rng(1),
    )
    other.start()
    reader.start()
    wait_until(lambda: reader.health().frames >= 3)

    server.kill()
    wait_until(lambda: "refused" in reader.health().last_error)
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

    reader = CameraReader(
        source=ClipSource(camera=FRONT, path=path, loop=True),
        deliver=deliver,
        monotonic=time.monotonic,
        rng=np.random.default_rng(0),
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
