"""The newest frame wins; in replay nothing is lost; nobody waits for ever."""

import threading

import pytest

from appliance.cameras.latest import LatestFrame
from tests.cameras.clips import make_frame


def test_newest_wins_and_the_others_are_counted() -> None:
    """Two overwritten frames are two drops; the third is taken."""
    slot = LatestFrame()

    assert all(slot.put(make_frame(index=index)) for index in range(3))

    taken = slot.take(timeout_s=0)
    assert taken is not None
    assert taken.index == 2
    assert slot.overwritten == 2


def test_frame_is_taken_once() -> None:
    """Taking empties the slot."""
    slot = LatestFrame()
    slot.put(make_frame())
    slot.take(timeout_s=0)

    assert slot.take(timeout_s=0) is None
    assert slot.overwritten == 0


@pytest.mark.parametrize(
    ("first", "second", "result"),
    [
        pytest.param(False, True, False, id="seam-overwritten"),
        pytest.param(True, True, True, id="no-seam"),
        pytest.param(True, False, False, id="seam-overwrites"),
    ],
)
def test_seam_survives_overwriting(first: bool, second: bool, result: bool) -> None:
    """A worker learns of a reconnect even when it missed its first frame."""
    slot = LatestFrame()
    slot.put(make_frame(index=0, continues=first))
    slot.put(make_frame(index=1, at_s=1.0, continues=second))

    taken = slot.take(timeout_s=0)

    assert taken is not None
    assert (taken.index, taken.continues) == (1, result)


def test_back_pressure_loses_nothing() -> None:
    """A blocking producer waits for the consumer, frame by frame."""
    slot = LatestFrame()
    frames = [make_frame(index=index) for index in range(200)]

    def produce() -> None:
        for frame in frames:
            slot.put(frame, block=True)
        slot.close()

    thread = threading.Thread(target=produce)
    thread.start()
    taken = []
    while (frame := slot.take(timeout_s=5)) is not None:
        taken.append(frame.index)
    thread.join()

    assert taken == list(range(200))
    assert slot.overwritten == 0


def test_blocking_put_gives_up_after_its_time_out() -> None:
    """The waiting frame stays, the new one is refused."""
    slot = LatestFrame()
    slot.put(make_frame(index=0))

    assert not slot.put(make_frame(index=1), block=True, timeout_s=0.01)

    taken = slot.take(timeout_s=0)
    assert taken is not None
    assert taken.index == 0


def test_closing_wakes_the_waiting() -> None:
    """A worker without a frame and a producer without room both return."""
    empty, full = LatestFrame(), LatestFrame()
    full.put(make_frame())
    results: list[object] = []
    threads = [
        threading.Thread(target=lambda: results.append(empty.take())),
        threading.Thread(target=lambda: results.append(full.put(make_frame(), block=True))),
    ]
    for thread in threads:
        thread.start()
    empty.close()
    full.close()
    for thread in threads:
        thread.join(5)

    assert {None, False} == set(results)


def test_closed_slot_gives_its_last_frame_and_takes_no_more() -> None:
    """The last frame of a clip is not lost by closing."""
    slot = LatestFrame()
    slot.put(make_frame(index=7))
    slot.close()

    assert not slot.put(make_frame(index=8))
    taken = slot.take()
    assert taken is not None
    assert taken.index == 7
    assert slot.take() is None
