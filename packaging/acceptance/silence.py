"""Does a good camera wait for dead ones? ``make silence``.

Seven cameras are opened that accept and say nothing, and a moment later a good one. Exit status 1
when its first picture took longer than a second, or fewer came than without them.
"""

import contextlib
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator

import numpy as np

from acceptance.flapping.camera import KilledCamera
from appliance.cameras.reader import CameraReader
from appliance.cameras.stream import StreamSource
from appliance.domain.frames import CameraKey, Frame

DEAD = 7
FPS = 15.0
LOOK_S = 10.0
FIRST_S = 1.0
RATE = 0.95


def main() -> None:
    """Measure it without and with them, and say what came of it."""
    with KilledCamera() as good:
        alone_s, alone_hz = measure(good.url, [])
        with contextlib.ExitStack() as stack:
            urls = [stack.enter_context(silent_camera()) for _ in range(DEAD)]
            first_s, rate_hz = measure(good.url, urls)
    for name, seconds, hertz in (
        ("alone", alone_s, alone_hz),
        (f"beside {DEAD} dead", first_s, rate_hz),
    ):
        sys.stdout.write(f"{name:<14} first picture {seconds:6.2f} s, {hertz:5.2f} a second\n")
    sys.exit(first_s > FIRST_S or rate_hz < RATE * alone_hz)


def measure(url: str, dead: list[str]) -> tuple[float, float]:
    """Return when the first picture of a camera came and how many followed a second."""
    arrived: list[float] = []
    came = threading.Event()

    def note(_: Frame) -> None:
        arrived.append(time.monotonic())
        came.set()

    readers = [reader_of(each, lambda _: None) for each in dead]
    for reader in readers:
        reader.start()
    time.sleep(0.2)  # they are being opened
    asked_s = time.monotonic()
    good = reader_of(url, note)
    good.start()
    came.wait(120)
    time.sleep(LOOK_S)
    for reader in (good, *readers):
        reader.stop(timeout_s=10)
    return arrived[0] - asked_s, len(arrived) / LOOK_S


def reader_of(url: str, deliver: Callable[[Frame], None]) -> CameraReader:
    """Return a reader as the box has it."""
    return CameraReader(
        source=StreamSource(camera=CameraKey("camera"), source=url, fps=FPS),
        deliver=deliver,
        monotonic=time.monotonic,
        rng=np.random.default_rng(),
    )


@contextlib.contextmanager
def silent_camera() -> Iterator[str]:
    """Listen and say nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"rtsp://127.0.0.1:{listener.getsockname()[1]}/live"


if __name__ == "__main__":
    main()
