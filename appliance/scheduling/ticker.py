"""The 5 Hz loop: closes the tokens that are due, for all cameras in one call."""

import threading
from collections.abc import Callable, Collection, Mapping

import structlog

from appliance.domain.frames import CameraKey
from appliance.windows.token_grid import TokenGrid

BATCH_S = 0.1
"""Live tokens wait this long at most, so that cameras out of phase share a call: one for eight
seats costs as much as one for a single seat."""

SENSED_BATCH_S = 0.2
"""Where no camera is: a sensor sends a whole second at once, and each call costs something for
every seat there is."""


class Ticker:
    """One thread that follows how far the lanes have come and calls ``tick``."""

    def __init__(
        self,
        *,
        cameras: Collection[CameraKey],
        replayed: Collection[CameraKey],
        settled: threading.Event,
        settled_s: Callable[[CameraKey], float],
        tick: Callable[[Mapping[CameraKey, float]], None],
        beat: Callable[[str], None],
        waiting: Callable[[], bool] | None = None,
    ) -> None:
        """Prepare the thread.

        Args:
            cameras: All cameras.
            replayed: Those of them that replay a clip as fast as possible.
            settled: Set by others whenever a frame has been looked at; cleared here.
            settled_s: Capture time up to which a camera's frames were looked at.
            tick: Closes one token of each camera given, which ends at the capture time given.
            beat: Called with the thread's name at least once a second.
            waiting: Tells whether tokens that need no closing wait for a ``tick``; asked at least
                every ``BATCH_S``. None: there are none.
        """
        self._waiting = waiting
        self._wait_s = 1.0 if waiting is None else BATCH_S
        self._grids = {camera: TokenGrid(skip_gaps=camera not in replayed) for camera in cameras}
        paced = waiting is not None or len(replayed) < len(cameras)
        batch_s = BATCH_S if cameras else SENSED_BATCH_S
        self._batch_s = batch_s if paced else 0.0
        self._settled_s = settled_s
        self._tick = tick
        self._beat = beat
        self._settled = settled
        self._closed = threading.Condition()
        self._closing = False
        self._stopping = threading.Event()
        self._log = structlog.get_logger()
        self._thread = threading.Thread(target=self._run, name="ticker", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Close what is due, then end."""
        self._stopping.set()
        self._settled.set()
        with self._closed:
            self._closed.notify_all()
        self._thread.join(timeout=10)

    def wait_for(self, camera: CameraKey) -> None:
        """Hold a replayed camera back while one of its tokens is due or being closed.

        Seats keep a few frames that wait for their token to close (``windows.slots``). A ticker
        that gets no processor for a while must not make them overflow: replay loses nothing.
        """
        grid = self._grids[camera]
        with self._closed:
            self._closed.wait_for(
                lambda: (
                    self._stopping.is_set()
                    or not grid.next_end_s > float("-inf")
                    or (not self._closing and grid.next_end_s > self._settled_s(camera))
                )
            )

    def finish(self, camera: CameraKey) -> None:
        """Wait until nothing of a camera is due."""
        grid = self._grids[camera]
        with self._closed:
            self._closed.wait_for(
                lambda: self._stopping.is_set() or grid.next_end_s > self._settled_s(camera)
            )

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._settled.wait(timeout=self._wait_s)
            self._settled.clear()
            self._beat(self._thread.name)
            while self._close_due():
                self._beat(self._thread.name)
            self._stopping.wait(self._batch_s)
        while self._close_due():
            pass

    def _close_due(self) -> bool:
        with self._closed:
            ends = {
                camera: end_s
                for camera, grid in self._grids.items()
                if (end_s := grid.close(self._settled_s(camera))) is not None
            }
            self._closing = bool(ends)
            self._closed.notify_all()  # a grid that has just begun closes nothing yet
        if not ends and (self._waiting is None or not self._waiting()):
            return False
        try:
            self._tick(ends)
        except Exception:  # noqa: BLE001 - border of the thread: the next token gets its chance
            self._log.exception("tick_failed")
        with self._closed:
            self._closing = False
            self._closed.notify_all()
        return True
