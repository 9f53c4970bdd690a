"""The ticker closes every due token once, and replay waits for it."""

import threading
from collections.abc import Mapping

from appliance.domain.frames import CameraKey
from appliance.scheduling.ticker import Ticker

FRONT, BACK = CameraKey("front"), CameraKey("back")


class Recorder:
    """Notes what is closed; can be held."""

    def __init__(self) -> None:
        """Start open."""
        self.calls: list[dict[CameraKey, float]] = []
        self.open = threading.Event()
        self.open.set()

    def __call__(self, ends: Mapping[CameraKey, float]) -> None:
        """Note one call."""
        assert self.open.wait(30)
        self.calls.append(dict(ends))


def make(
    recorder: Recorder, until_s: Mapping[CameraKey, float], *, replay: bool
) -> tuple[Ticker, threading.Event]:
    """Return a started ticker over two cameras, and what wakes it."""
    settled = threading.Event()
    ticker = Ticker(
        cameras=[FRONT, BACK],
        replayed=[FRONT, BACK] if replay else [],
        settled=settled,
        settled_s=lambda camera: until_s[camera],
        tick=recorder,
        beat=lambda _name: None,
    )
    ticker.start()
    return ticker, settled


def test_cameras_that_are_due_together_share_a_call() -> None:
    """A camera that is behind joins later, with its own times."""
    recorder, settled = Recorder(), {FRONT: 0.4, BACK: 0.2}
    ticker, wake = make(recorder, settled, replay=True)

    wake.set()
    ticker.finish(FRONT)
    ticker.finish(BACK)
    ticker.stop()

    assert recorder.calls == [{FRONT: 0.4, BACK: 0.2}]


def test_a_failing_tick_does_not_end_the_thread() -> None:
    """The next token is closed as usual."""
    seen: list[float] = []

    def tick(ends: Mapping[CameraKey, float]) -> None:
        seen.append(ends[FRONT])
        if len(seen) == 1:
            raise KeyError

    settled, wake = {FRONT: 0.2}, threading.Event()
    ticker = Ticker(
        cameras=[FRONT],
        replayed=[FRONT],
        settled=wake,
        settled_s=settled.__getitem__,
        tick=tick,
        beat=lambda _name: None,
    )
    ticker.start()
    wake.set()
    ticker.finish(FRONT)
    settled[FRONT] = 0.4
    wake.set()
    ticker.finish(FRONT)
    ticker.stop()

    assert seen == [0.2, 0.4]


def test_replay_is_held_back_while_a_token_is_closed() -> None:
    """However little is due: the frames that wait for it have few places."""
    recorder, settled = Recorder(), {FRONT: 0.2, BACK: 0.2}
    ticker, wake = make(recorder, settled, replay=True)
    wake.set()
    ticker.finish(FRONT)
    recorder.open.clear()
    settled[FRONT] = 0.4
    wake.set()
    waited = threading.Event()

    def reader() -> None:
        ticker.wait_for(FRONT)
        waited.set()

    thread = threading.Thread(target=reader)
    thread.start()
    assert not waited.wait(0.2)
    recorder.open.set()
    assert waited.wait(30)
    thread.join()
    ticker.stop()


def test_replay_goes_on_while_nothing_is_due() -> None:
    """Before the first frame, and between two ends of tokens."""
    settled = {FRONT: float("-inf"), BACK: float("-inf")}
    ticker, wake = make(Recorder(), settled, replay=True)
    ticker.wait_for(FRONT)
    settled[FRONT] = 0.27
    wake.set()
    ticker.finish(FRONT)
    ticker.wait_for(FRONT)
    ticker.stop()


def test_stopping_closes_what_is_due() -> None:
    """The last tokens before a shutdown are not lost."""
    recorder = Recorder()
    ticker, _ = make(recorder, {FRONT: 0.2, BACK: 0.2}, replay=False)

    ticker.stop()

    assert recorder.calls == [{FRONT: 0.2, BACK: 0.2}]
