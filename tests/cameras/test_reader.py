"""A camera that fails is retried for ever, by name, and nobody else notices."""

import threading
import time
from collections.abc import Callable

import numpy as np
import pytest
from structlog.testing import capture_logs

from appliance.cameras.reader import (
    FIRST_PAUSE_S,
    LONGEST_PAUSE_S,
    STABLE_S,
    CameraReader,
    CameraState,
)
from appliance.domain.frames import CameraKey, Frame
from appliance.errors import CameraError
from appliance.ports import FrameSource
from tests.support.cameras import ScriptedSource, SteppedTime, make_reader
from tests.support.clips import make_frame
from tests.support.waiting import wait_until

DEADLINE_S = 30.0


def lost(reason: str = "front: gone") -> CameraError:
    """Build the error of a lost feed."""
    return CameraError(reason)


def run_to_end(
    source: FrameSource, watch: SteppedTime, deliver: Callable[[Frame], object] = lambda _: None
) -> tuple[CameraReader, list[CameraState]]:
    """Run a reader over a scripted source until it ends."""
    states: list[CameraState] = []
    reader = make_reader(
        source, watch, deliver=deliver, state_changed=lambda _, state: states.append(state)
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
    assert (health.frames, health.reconnects, health.last_error) == (1, 0, "")


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
        reader = make_reader(ScriptedSource([lost()], [None]), watch, seed=seed)
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
    [error] = [entry["error"] for entry in logs if entry["event"] == "camera_lost"]
    assert error.startswith("front: RuntimeError in ScriptedSource.open:")
    assert "s3cret" not in repr(logs)


def test_failing_callback_does_not_end_the_thread() -> None:
    """What hears about states cannot stop the frames."""

    def broken(_: CameraKey, __: CameraState) -> None:
        raise ValueError

    taken: list[Frame] = []
    source = ScriptedSource([make_frame(), None])
    reader = make_reader(source, SteppedTime(), deliver=taken.append, state_changed=broken)
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
    source = ScriptedSource(*[[lost()] for _ in range(5)], [None])
    reader = make_reader(source, watch, beat=beats.append)
    reader.start()
    assert ended(reader)

    assert set(beats) == {"camera[front].reader"}
    assert len(beats) >= watch.now_s


def test_stop_ends_a_long_pause_at_once() -> None:
    """Shutting down does not wait for the back-off."""
    reader = make_reader(ScriptedSource(*[[lost()] for _ in range(99)]))
    reader.start()
    wait_until(lambda: reader.health().state is CameraState.LOST)

    assert reader.stop()
    assert reader.health().state is CameraState.ENDED


def test_a_quarantined_camera_is_never_opened() -> None:
    """Whatever is asked of its reader; it says why."""
    source = ScriptedSource([make_frame()])
    states: list[CameraState] = []
    reader = make_reader(source, state_changed=lambda _, state: states.append(state))
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
    reader = make_reader(source)
    reader.start()
    wait_until(lambda: source.opened == 1)

    started_s = time.monotonic()
    assert not reader.stop(timeout_s=0.1)
    assert time.monotonic() - started_s < 1.0

    released.set()
    assert ended(reader)


def test_a_pause_before_the_start_opens_nothing() -> None:
    """A box that was paused when it was switched off does not touch its cameras."""
    source = ScriptedSource([make_frame(), None])
    reader = make_reader(source)
    reader.pause()
    reader.start()
    wait_until(lambda: reader.health().state is CameraState.PAUSED)
    assert source.opened == 0

    reader.resume()
    assert ended(reader)
    assert (source.opened, reader.health().frames) == (1, 1)


@pytest.mark.parametrize("when", ["opening", "reading"])
def test_nothing_is_handed_on_after_a_pause(when: str) -> None:
    """Neither a camera that was just being opened nor a picture that was on its way."""
    delivered: list[Frame] = []
    reader: CameraReader

    class Slow(ScriptedSource):
        def open(self) -> None:
            super().open()
            if when == "opening" and self.opened == 1:
                reader.pause()

    def pause() -> None:
        reader.pause()

    source = Slow([pause, make_frame(index=1), None], [make_frame(index=2), None])
    reader = make_reader(source, deliver=delivered.append)
    reader.start()
    wait_until(lambda: reader.health().state is CameraState.PAUSED)
    assert (delivered, source.closed) == ([], 1)

    reader.resume()
    assert ended(reader)
    assert [frame.index for frame in delivered] == [2]


def test_a_loss_before_a_pause_says_nothing_afterwards() -> None:
    """A camera that is opened again begins without an error."""
    reader = make_reader(ScriptedSource([lost()], [make_frame(), None]))
    reader.start()
    wait_until(lambda: reader.health().away)
    reader.pause()
    wait_until(lambda: reader.health().state is CameraState.PAUSED)

    assert (reader.health().last_error, reader.health().away) == ("", False)
    reader.resume()
    assert ended(reader)
