"""A tap holds one frame for as long as nobody has taken it, and none while nobody asks."""

import gc
import threading
import weakref

import pytest

from appliance.domain.frames import CameraKey, Frame
from appliance.service.control.aiming.tap import FrameTap
from tests.support.clips import make_frame
from tests.support.clocks import HeldClock

FRONT, BACK = CameraKey("front"), CameraKey("back")


class Tapped:
    """A tap on the front camera, and a clock."""

    def __init__(self) -> None:
        """Open it."""
        self.clock = HeldClock()
        self.tap = FrameTap(monotonic=self.clock.monotonic_s)
        self.tap.open(FRONT)

    def take(self, *offered: Frame, from_s: float = 0.0) -> Frame | None:
        """Wait for a frame on a thread of its own while frames are offered."""
        taken: list[Frame | None] = []
        taker = threading.Thread(
            target=lambda: taken.append(self.tap.take(from_s=from_s, timeout_s=0.3))
        )
        taker.start()
        while taker.is_alive():
            for frame in offered:
                self.tap.offer(frame)
            taker.join(0.01)
        return taken[0]


def test_whoever_waits_gets_the_next_frame() -> None:
    """The very one that the lanes get."""
    frame = make_frame()
    assert Tapped().take(frame) is frame


def test_a_frame_before_its_time_is_left_alone() -> None:
    """Measuring costs time that the lanes need."""
    tapped = Tapped()
    assert tapped.take(make_frame(), from_s=0.5) is None
    tapped.clock.now_s = 0.5
    assert tapped.take(make_frame(), from_s=0.5) is not None


def test_frames_of_other_cameras_and_after_closing_are_left_alone() -> None:
    """Nobody has asked for them."""
    tapped = Tapped()
    other = Frame(camera=BACK, index=0, captured_at_s=0.0, pixels=make_frame().pixels)
    assert tapped.take(other) is None
    tapped.tap.close()
    assert tapped.take(make_frame()) is None


def test_nothing_is_kept_while_nobody_waits() -> None:
    """A frame that was offered, and one that was taken, are gone."""
    tapped = Tapped()
    unasked = make_frame()
    gone = weakref.ref(unasked.pixels)
    tapped.tap.offer(unasked)
    del unasked
    gc.collect()
    assert gone() is None
    taken = tapped.take(make_frame())
    assert taken is not None
    gone = weakref.ref(taken.pixels)
    del taken
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize("hz", [15.0, 7.5, 1.0])
def test_every_frame_counts_and_five_a_second_are_wanted(hz: float) -> None:
    """Also where no seat may be looked at, the rate is that of the camera."""
    tapped = Tapped()
    wanted = 0
    for number in range(int(20 * hz)):
        tapped.clock.now_s = number / hz
        wanted += tapped.tap.wants(FRONT, tapped.clock.now_s)
    assert tapped.tap.rate_hz() == pytest.approx(hz)
    assert wanted == pytest.approx(20 * min(hz, 5.0), abs=1)


def test_a_camera_that_is_silent_has_no_rate() -> None:
    """What it sent a while ago says nothing."""
    tapped = Tapped()
    for number in range(30):
        tapped.clock.now_s = number / 15
        tapped.tap.wants(FRONT, tapped.clock.now_s)
    tapped.clock.now_s += 1.1
    assert tapped.tap.rate_hz() is None


def test_a_tap_that_is_shut_wants_nothing() -> None:
    """And counts nothing."""
    tapped = Tapped()
    assert not tapped.tap.wants(BACK, 0.0)
    tapped.tap.close()
    assert not tapped.tap.wants(FRONT, 0.0)
    assert tapped.tap.rate_hz() is None
