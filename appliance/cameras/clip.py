"""Recorded clip as a FrameSource: same frames, same times, every run."""

import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import cv2
import numpy as np

from appliance.cameras.ffmpeg import prepare_ffmpeg
from appliance.cameras.rate import RateCap
from appliance.domain.frames import EVERYTHING, NOTHING, CameraKey, Due, Frame, everything
from appliance.errors import CameraError

FALLBACK_FPS = 25.0
"""For containers without a usable rate; only the length of the last frame depends on it."""

MAX_FPS = 240.0
"""Rates above this are time bases that FFmpeg took for a rate (1000 or 90000)."""

TRUNCATED_BELOW = 0.5
"""A clip that ends before this part of its announced length is called truncated. Half, because
the announced length may be that of a longer sound track."""

MAX_LAG_S = 1.0
"""A paced clip that has fallen behind by more goes on from there instead of racing to catch up."""


@dataclass(slots=True)
class _Pass:
    """One run through the file."""

    capture: cv2.VideoCapture
    from_s: float
    """Media time of its first frame."""
    period_s: float
    """Nominal time between frames."""
    announced: int
    """Frames the container promises; 0 when it does not say."""
    size: int
    """Bytes of the file when it was opened."""
    grabbed: int = 0
    """Frames decoded."""
    first_stamp_s: float = 0.0
    """The container's time stamp of the first frame."""


class ClipSource:
    """Plays a video file once or for ever, on media time.

    Media time starts at 0 and comes from the container's time stamps, so clips of variable rate
    keep their timing. It never goes back: a looped or reopened clip keeps counting, and the first
    frame behind such a seam has ``continues`` false.
    """

    def __init__(
        self,
        *,
        camera: CameraKey,
        path: Path,
        loop: bool = False,
        fps: float | None = None,
        paced: bool = False,
        plan: Callable[[float], Due] = everything,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        """Remember what to play; nothing is opened yet.

        Args:
            camera: Key of the camera in the configuration.
            path: Any video file that FFmpeg reads.
            loop: Start again at the end.
            fps: Frames per second to hand out; the others are not converted. None means all.
            paced: Wait so that media time runs as fast as ``monotonic``; else play at full speed.
            plan: Returns what is due on the frame of a capture time, asked in order; where nothing
                is, it is neither converted nor handed out.
            monotonic: Clock for pacing, seconds.
            sleep: Waits for a number of seconds.
        """
        self.camera = camera
        """Key of the camera in the configuration."""
        self._path = path
        self._loop = loop
        self._paced = paced
        self._monotonic = monotonic
        self._sleep = sleep
        self._cap = RateCap(fps)
        self._plan = plan
        self._pass: _Pass | None = None
        self._index = 0
        self._seam = True
        self._next_pass_s = 0.0
        self._last_s = float("-inf")
        self._pace_from: float | None = None

    def open(self) -> None:
        """Open the file at its beginning; media time keeps counting."""
        self.close()
        prepare_ffmpeg()
        try:
            status = self._path.stat()
        except OSError as error:
            msg = f"{self.camera}: cannot read clip {self._path}: {error.strerror}"
            raise CameraError(msg) from error
        if not stat.S_ISREG(status.st_mode):  # a pipe would hold every opening of OpenCV
            msg = f"{self.camera}: clip {self._path} is no file"
            raise CameraError(msg)
        # One decoder thread: the lanes need the cores, and a thread per core and camera would
        # cost memory for every reference frame.
        # In full: FFmpeg takes what stands before a colon for a protocol.
        name = str(self._path.absolute())
        capture = cv2.VideoCapture(name, cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
        if not capture.isOpened():
            capture.release()
            msg = f"{self.camera}: clip {self._path} is not a video that can be read"
            raise CameraError(msg)
        rate = capture.get(cv2.CAP_PROP_FPS)
        self._seam = True
        self._pass = _Pass(
            capture=capture,
            from_s=self._next_pass_s,
            period_s=1 / (rate if 0 < rate <= MAX_FPS else FALLBACK_FPS),
            announced=max(0, int(capture.get(cv2.CAP_PROP_FRAME_COUNT))),
            size=status.st_size,
        )

    def read(self) -> Frame | None:
        """Return the next frame that is wanted; None at the end of a clip played once."""
        while True:
            run = self._grab()
            if run is None:
                return None
            at_s = self._next_time(run)
            due = self._due(at_s)
            if not due:
                continue
            ok, picture = run.capture.retrieve()
            if ok:
                break
        taken_s = self._wait_until(at_s)
        frame = Frame(
            camera=self.camera,
            index=self._index,
            captured_at_s=at_s,
            pixels=np.asarray(picture, dtype=np.uint8),
            continues=not self._seam,
            due=due,
            taken_s=taken_s,
        )
        self._index += 1
        self._seam = False
        return frame

    def close(self) -> None:
        """Release the file; a second call does nothing."""
        if self._pass is not None:
            self._pass.capture.release()
            self._pass = None
        self._pace_from = None

    def _grab(self) -> _Pass | None:
        """Decode one more frame, going round where the clip is looped; None at the end."""
        if self._pass is None:
            msg = f"{self.camera}: clip {self._path} is not open"
            raise CameraError(msg)
        if not self._pass.capture.grab():
            self._check_complete(self._pass)
            if not self._loop:
                return None
            pace_from = self._pace_from
            self.open()
            self._pace_from = pace_from  # the seam takes no extra time
            if not self._pass.capture.grab():
                # Not tried again here: a file without frames would be opened without pause.
                self._fail(f"clip {self._path} has no frames any more")
        self._pass.grabbed += 1
        return self._pass

    def _check_complete(self, run: _Pass) -> None:
        """Raise when the run through the file ended too early."""
        played_s = self._next_pass_s - run.from_s
        early = (
            run.grabbed < TRUNCATED_BELOW * run.announced
            and played_s < TRUNCATED_BELOW * run.announced * run.period_s
        )
        try:
            shrunk = self._path.stat().st_size < run.size
        except OSError:  # gone: opening it again will say so
            shrunk = False
        if run.grabbed == 0 or early or shrunk:
            self._fail(f"clip {self._path} is truncated: {run.grabbed} of {run.announced} frames")

    def _fail(self, reason: str) -> NoReturn:
        self.close()
        msg = f"{self.camera}: {reason}"
        raise CameraError(msg)

    def _next_time(self, run: _Pass) -> float:
        """Return the media time of the frame just decoded, seconds, strictly after the last."""
        stamp_s = run.capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        if run.grabbed == 1:
            run.first_stamp_s = stamp_s
        at_s = run.from_s + stamp_s - run.first_stamp_s
        # Time stamps that repeat or go back are damage; a nominal step keeps the order.
        if not at_s > self._last_s:
            at_s = self._last_s + run.period_s
        self._last_s = at_s
        self._next_pass_s = at_s + run.period_s
        return at_s

    def _due(self, at_s: float) -> Due:
        """Return what to do with the frame of this time; everything with the first of a pass."""
        if not self._cap.due(at_s):
            return NOTHING
        due = self._plan(at_s)
        return EVERYTHING if self._seam else due

    def _wait_until(self, at_s: float) -> float | None:
        """Hold a paced clip back until its frame is due; return when it was, None in replay."""
        if not self._paced:
            return None
        now = self._monotonic()
        if self._pace_from is None or now - (self._pace_from + at_s) > MAX_LAG_S:
            self._pace_from = now - at_s
        early_s = self._pace_from + at_s - now
        if early_s > 0:
            self._sleep(early_s)
        return self._pace_from + at_s


def play_clip(path: Path, *, fps: float | None = None) -> Iterator[Frame]:
    """Yield the frames of a clip at their own times; closed when the caller stops asking.

    Args:
        path: Any video file that FFmpeg reads.
        fps: Frames per second to hand out; None means all.

    Raises:
        CameraError: It cannot be read to its end, or has no frame.
    """
    source = ClipSource(camera=CameraKey(path.name), path=path, fps=fps)
    source.open()
    try:
        yield from iter(source.read, None)
    finally:
        source.close()


def measure_clip(path: Path) -> float:
    """Return the announced length of a clip, seconds.

    Raises:
        CameraError: It is not a video that can be read.
    """
    prepare_ffmpeg()
    capture = cv2.VideoCapture(str(path.absolute()), cv2.CAP_FFMPEG)
    fps, frames = capture.get(cv2.CAP_PROP_FPS), capture.get(cv2.CAP_PROP_FRAME_COUNT)
    capture.release()
    if not (fps > 0 and frames > 0):
        msg = f"{path} is not a video that can be read"
        raise CameraError(msg)
    return float(frames / fps)
