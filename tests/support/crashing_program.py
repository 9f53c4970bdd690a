"""A small box with two cameras, of which the front one ends it; run in a process of its own.

Arguments: the folder for everything that is kept, and what happens to the front camera once both
are live: a crash while ``decoding``, ``looking`` or ``reading``; ``stranger``, a crash in a thread
that is at no camera; ``stuck``, where looking never ends; ``nothing``. It says who is blamed for
the end before, who is in quarantine, and which cameras are live.
"""

import ctypes
import os
import sys
import threading
import time
from pathlib import Path

import numpy as np

from appliance.cameras.reader import CameraReader, CameraState
from appliance.domain.frames import CameraKey, Frame
from appliance.domain.seats import SeatKey
from appliance.host.breadcrumbs import Breadcrumbs, MarkedSource, NativeStage
from appliance.host.logs import configure_logs
from appliance.host.quarantine import Quarantine
from appliance.perception.perceiver import PartialObservation
from appliance.scheduling.ladder import STEPS
from appliance.scheduling.lanes import Lanes
from tests.support.clips import picture
from tests.support.observations import partial_observation

FRONT, BACK = CameraKey("front"), CameraKey("back")
SEATS = {SeatKey("a01"): FRONT, SeatKey("a02"): BACK}
LIMIT_S = 0.3
EXIT_STUCK = 70

FOLDER, WHAT = Path(sys.argv[1]), sys.argv[2]
BOTH_LIVE = threading.Event()


def say(*words: object) -> None:
    """Write a line at once: what has crashed writes nothing."""
    sys.stdout.write(" ".join(str(word) for word in words) + "\n")
    sys.stdout.flush()


def suffer(camera: CameraKey, stage: NativeStage) -> None:
    """Crash as native code with a fault does, or hang, where that was asked for."""
    if camera != FRONT or not BOTH_LIVE.is_set():
        return
    if stage == WHAT:
        ctypes.string_at(0)
    if stage is NativeStage.LOOKING and WHAT == "stuck":
        time.sleep(3600)


class Camera:
    """Fifty frames a second, for ever."""

    def __init__(self, camera: CameraKey) -> None:
        """Begin closed."""
        self.camera = camera
        self._index = 0

    def open(self) -> None:
        """Begin."""

    def read(self) -> Frame | None:
        """Return the next frame."""
        time.sleep(0.02)
        suffer(self.camera, NativeStage.DECODING)
        self._index += 1
        return Frame(
            camera=self.camera,
            index=self._index,
            captured_at_s=time.monotonic(),
            pixels=picture(self._index),
            continues=True,
        )

    def close(self) -> None:
        """End."""


def look(seat: SeatKey, frame: Frame) -> PartialObservation:
    """Look at a seat."""
    suffer(SEATS[seat], NativeStage.LOOKING)
    return partial_observation(at_s=frame.captured_at_s)


def read(seat: SeatKey, _partial: PartialObservation) -> None:
    """Read a seat."""
    suffer(SEATS[seat], NativeStage.READING)


def main() -> None:
    """Run until the front camera ends it, or say what there is."""
    configure_logs(level="warning")  # to the error output, away from what is said
    breadcrumbs = Breadcrumbs.open(FOLDER)
    quarantine = Quarantine.load(
        FOLDER, sources={FRONT: "rtsp://front", BACK: "rtsp://back"}, now_s=time.time()
    )
    if breadcrumbs.last_end is not None:
        say("blamed", breadcrumbs.last_end.camera, breadcrumbs.last_end.stage)
        quarantine.note(breadcrumbs.last_end, now_s=time.time())
    lanes = Lanes(
        seats=SEATS,
        look=breadcrumbs.marked(look, cameras=SEATS, stage=NativeStage.LOOKING),
        read=breadcrumbs.marked(read, cameras=SEATS, stage=NativeStage.READING),
        settled=lambda: None,
        beat=lambda _: None,
        monotonic=time.monotonic,
        lanes=2,
        step=lambda: STEPS[0],
    )
    readers = {
        camera: CameraReader(
            source=MarkedSource(Camera(camera), breadcrumbs),
            deliver=lanes.put,
            monotonic=time.monotonic,
            rng=np.random.default_rng(0),
        )
        for camera in (FRONT, BACK)
    }
    lanes.start()
    quarantined = quarantine.reasons()
    for camera, reader in readers.items():
        if camera in quarantined:
            reader.quarantine(quarantined[camera])
        else:
            reader.start()
    wanted = set(readers) - set(quarantined)
    while any(readers[camera].health().state is not CameraState.LIVE for camera in wanted):
        time.sleep(0.01)
    for camera, reader in sorted(readers.items()):
        say(reader.health().state, camera)
    if quarantined:
        return
    BOTH_LIVE.set()
    if WHAT == "stranger":
        threading.Thread(target=ctypes.string_at, args=(0,)).start()
    while (stuck := breadcrumbs.stuck(limit_s=LIMIT_S)) is None:
        time.sleep(0.01)
    quarantine.note(stuck, now_s=time.time())
    os._exit(EXIT_STUCK)


if __name__ == "__main__":
    main()
