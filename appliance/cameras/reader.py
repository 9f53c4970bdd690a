"""One thread per camera: read, hand on, and try again for ever."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import structlog

from appliance.cameras.light import LightMeter
from appliance.domain.frames import CameraKey, Frame
from appliance.errors import CameraError
from appliance.ports import FrameSource

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0  # docs/DESIGN.md, 2: jittered back-off up to 60 s, for ever
STABLE_S = 10.0
"""A feed that lived longer starts its back-off anew; one that dies at once does not."""

BEAT_S = 1.0
"""Longest silence towards the watchdog while waiting."""


class CameraState(StrEnum):
    """Where a camera's reader is."""

    CONNECTING = "connecting"
    LIVE = "live"
    LOST = "lost"
    """Waiting before the next attempt; ``last_error`` says why."""
    PAUSED = "paused"
    """Closed on request; somebody has to resume it."""
    ENDED = "ended"
    """The clip is over, or the reader was stopped."""
    QUARANTINED = "quarantined"
    """Never opened; ``last_error`` says why."""


_AWAY = frozenset({CameraState.LOST, CameraState.QUARANTINED})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderHealth:
    """What the health report says about one camera."""

    state: CameraState
    """Where the reader is."""

    frames: int
    """Frames handed on since start."""

    reconnects: int
    """Times the feed came back after it had been live."""

    attempts: int
    """Attempts that have failed since the feed was last stable."""

    fps: float
    """Frames per second over the last second or more; 0 when not live."""

    last_error: str
    """Why it was last lost or is not opened; empty while all is well. No credentials in it."""

    light: float | None = None
    """Mean grey level of a picture of the last second, [0, 255]; None before the first."""

    black: bool = False
    """That picture shows nothing at all."""

    @property
    def away(self) -> bool:
        """True while nothing comes for a known reason, also during another attempt."""
        return self.state in _AWAY or (
            self.state is CameraState.CONNECTING and bool(self.last_error)
        )


class CameraReader:
    """Keeps one source open and hands its frames on; never raises out of its thread.

    ``deliver`` is called in the reader's thread. Where it blocks, the source waits (replay);
    where it does not, the newest frame wins (live).
    """

    def __init__(
        self,
        *,
        source: FrameSource,
        deliver: Callable[[Frame], object],
        monotonic: Callable[[], float],
        rng: np.random.Generator,
        beat: Callable[[str], None] = lambda _: None,
        state_changed: Callable[[CameraKey, CameraState], None] = lambda _, __: None,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        """Prepare the thread.

        Args:
            source: The camera or clip.
            deliver: Takes each frame.
            monotonic: Clock for rates and back-off, seconds.
            rng: Jitter of the back-off; cameras that failed together must not return together.
            beat: Called with the thread's name at least once a second while waiting.
            state_changed: Called from the thread on every change.
            wait: Waits for seconds and tells whether to stop; None waits for ``stop``.
        """
        self._source = source
        self._deliver = deliver
        self._monotonic = monotonic
        self._rng = rng
        self._beat = beat
        self._state_changed = state_changed
        self._stop = threading.Event()
        self._wait = self._stop.wait if wait is None else wait
        self._resumed = threading.Event()
        self._resumed.set()
        self._lock = threading.Lock()
        self._state = CameraState.CONNECTING
        self._frames = 0
        self._reconnects = 0
        self._attempts = 0
        self._last_error = ""
        self._logged_error = ""
        self._was_live = False
        self._fps = 0.0
        self._light = LightMeter()
        self._measured_from = (0.0, 0)
        self._log = structlog.get_logger().bind(camera=source.camera)
        # Daemon: a native read that hangs beyond its time-out must not keep the process alive.
        self._thread = threading.Thread(
            target=self._run, name=f"camera[{source.camera}].reader", daemon=True
        )

    @property
    def camera(self) -> CameraKey:
        """Key of the camera in the configuration."""
        return self._source.camera

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def quarantine(self, reason: str) -> None:
        """Never open the camera, for a reason; called instead of ``start``."""
        with self._lock:
            self._last_error = reason
        self._enter(CameraState.QUARANTINED)

    def stop(self, *, timeout_s: float = 0.8) -> bool:
        """End the thread; close the slot first where ``deliver`` blocks on one.

        Args:
            timeout_s: Longest wait, seconds. A native read cannot be interrupted; it ends with
                its own time-out, or with the process.

        Returns:
            False when the thread is still inside a read.
        """
        self._stop.set()
        self._resumed.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def pause(self) -> None:
        """Close the camera after the frame being read."""
        self._resumed.clear()

    def resume(self) -> None:
        """Open a paused camera again."""
        self._resumed.set()

    def health(self) -> ReaderHealth:
        """Return the state and the counts."""
        with self._lock:
            return ReaderHealth(
                state=self._state,
                frames=self._frames,
                reconnects=self._reconnects,
                attempts=self._attempts,
                fps=self._fps if self._state is CameraState.LIVE else 0.0,
                last_error=self._last_error,
                light=self._light.level,
                black=self._light.black and self._state is CameraState.LIVE,
            )

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                if self._resumed.is_set():
                    self._play()
                else:
                    self._sit_out()
            except CameraError as error:
                self._lose(str(error))
            except Exception as error:  # noqa: BLE001 - border of a thread: others must not notice
                self._lose(f"{self.camera}: {_located(error)}")
            else:
                if self._state is CameraState.ENDED:
                    return
        self._enter(CameraState.ENDED)

    def _play(self) -> None:
        """Open the source and hand on its frames until it ends or the reader is to stop."""
        self._enter(CameraState.CONNECTING)
        self._beat(self._thread.name)
        opened_s = self._monotonic()
        try:
            self._source.open()
            while self._resumed.is_set() and not self._stop.is_set():
                frame = self._source.read()
                if frame is None:
                    self._enter(CameraState.ENDED)
                    return
                if not self._resumed.is_set():
                    return  # paused while it waited for the picture: nobody may look at it
                self._count(opened_s)
                self._light.see(frame.pixels, at_s=self._monotonic())
                self._deliver(frame)
                self._beat(self._thread.name)
        finally:
            self._source.close()

    def _count(self, opened_s: float) -> None:
        now = self._monotonic()
        if self._state is not CameraState.LIVE:
            with self._lock:
                self._reconnects += self._was_live
                self._last_error = ""
                self._was_live = True
                self._measured_from = (now, self._frames)
            self._enter(CameraState.LIVE)
        with self._lock:
            self._frames += 1
            if now - opened_s >= STABLE_S:
                self._attempts = 0
            since_s, frames = self._measured_from
            if now - since_s >= 1.0:
                self._fps = (self._frames - frames - 1) / (now - since_s)
                self._measured_from = (now, self._frames - 1)

    def _lose(self, reason: str) -> None:
        """Note the failure and wait before the next attempt."""
        if self._stop.is_set():
            return
        ceiling = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(self._attempts, 16))
        pause_s = ceiling * self._rng.uniform(0.5, 1.0)
        with self._lock:
            repeated = reason == self._logged_error and self._attempts > 0
            self._attempts += 1
            self._last_error = self._logged_error = reason
        self._enter(CameraState.LOST)
        if not repeated:  # one line per failure, not one per attempt
            self._log.warning("camera_lost", error=reason, retry_in_s=round(pause_s, 1))
        while pause_s > 0 and self._resumed.is_set():
            self._beat(self._thread.name)
            if self._wait(min(pause_s, BEAT_S)):
                return
            pause_s -= BEAT_S

    def _sit_out(self) -> None:
        """Wait while paused; what was wrong before says nothing about afterwards."""
        with self._lock:
            self._last_error, self._attempts = "", 0
        self._enter(CameraState.PAUSED)
        while not self._resumed.wait(BEAT_S):
            self._beat(self._thread.name)

    def _enter(self, state: CameraState) -> None:
        with self._lock:
            if self._state is state:
                return
            self._state = state
        if state not in (CameraState.CONNECTING, CameraState.LOST):  # LOST has its own line
            self._log.info("camera_state", state=state.value)
        try:
            self._state_changed(self.camera, state)
        except Exception as error:  # noqa: BLE001 - border of the thread: reading goes on
            self._log.error("camera_callback_failed", error=_located(error))


def _located(error: Exception) -> str:
    """Name an unexpected error without its text, which may hold a URL with its password."""
    step = error.__traceback__
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    place = f" in {step.tb_frame.f_code.co_qualname}:{step.tb_lineno}" if step else ""
    return f"{type(error).__name__}{place}"
