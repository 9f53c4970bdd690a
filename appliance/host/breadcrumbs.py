"""Which camera each thread is at, kept where a crash of the process cannot take it along.

A native call that crashes cannot be caught (docs/DESIGN.md, 2, native failures). So each thread
leaves a breadcrumb before such a call and takes it up afterwards; the kernel keeps the page that it
is written to. When the process dies of SIGSEGV, SIGABRT, SIGBUS, SIGFPE or SIGILL, ``faulthandler``
says which thread it was, and at the next start both together name the camera.

Neither file can hold a picture: a breadcrumb is two words, and ``faulthandler`` writes file names,
line numbers and names of functions, never a value. A core dump would hold the frames in memory,
which is why the box forbids it and makes do with this.
"""

import faulthandler
import mmap
import os
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Concatenate, ParamSpec, Self, TypeVar

import structlog

from appliance.domain.frames import CameraKey, Frame
from appliance.domain.seats import SeatKey
from appliance.ports import FrameSource

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

CRUMBS_FILE = "breadcrumbs"
CRASH_FILE = "crash.txt"

_FORMAT = b"classbox breadcrumbs 1"
"""Fills the first slot: crumbs of another version are not read."""
_SLOT = 64
"""Bytes: the thread's number in 8, the stage in 16, the camera in 40; ids have 32 characters."""
_SLOTS = 256
"""One per thread, as many as the unit allows tasks."""
_NUMBER = 8
_STAGE = 16
_TAKEN_UP = bytes(_SLOT - _NUMBER)
_CRASHED = re.compile(rb"^Current thread 0x([0-9a-f]+)", re.MULTILINE)
"""How ``faulthandler`` begins the thread that got the signal; absent when Python knows none."""
_SHOWN_LINES = 12

log = structlog.get_logger()


class NativeStage(StrEnum):
    """What a thread does with a camera in code that may crash."""

    DECODING = "decoding"
    """A reader opens the camera, takes a frame off it or closes it."""

    LOOKING = "looking"
    """A lane looks for bodies."""

    READING = "reading"
    """A lane reads a face."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breadcrumb:
    """Where a thread is."""

    camera: CameraKey
    """Whose frames it works on."""

    stage: NativeStage
    """What it does with them."""


class Breadcrumbs:
    """One slot per thread in a mapped file; any thread may call."""

    def __init__(
        self,
        memory: mmap.mmap | bytearray | None = None,
        *,
        last_end: Breadcrumb | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Keep nothing beyond the process; ``open`` is for a service.

        Args:
            memory: Where crumbs are written; None for none that survives.
            last_end: Where the process before this one crashed.
            monotonic: Clock for ``stuck``.
        """
        self.last_end = last_end
        """Where the process before this one crashed; None: not at a camera, or not at all."""
        self._memory = bytearray(_SLOT * _SLOTS) if memory is None else memory
        self._memory[:_SLOT] = _FORMAT.ljust(_SLOT, b"\0")
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._places: dict[tuple[CameraKey, NativeStage], _Place] = {}
        self._slots: dict[int, int] = {}
        self._entered: dict[int, tuple[Breadcrumb, float] | None] = {}

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Read how the last process ended, then begin anew in the same files.

        From here on ``faulthandler`` writes to ``folder``, for the whole process. Where the folder
        cannot be used, crumbs are kept in memory: the box works, and nobody is ever blamed.
        """
        try:
            last_end = read_last_end(folder)
            flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
            crumbs = os.open(folder / CRUMBS_FILE, flags, 0o600)
            # Not truncate: a mapped page without a block on a full disk ends the process (SIGBUS).
            os.posix_fallocate(crumbs, 0, _SLOT * _SLOTS)
            memory = mmap.mmap(crumbs, _SLOT * _SLOTS)
            os.close(crumbs)
            # Never closed: it is there for the end of the process.
            crash = os.open(folder / CRASH_FILE, flags, 0o600)
        except OSError as error:
            log.warning("breadcrumbs_not_kept", error=str(error))
            return cls()
        faulthandler.enable(file=crash, all_threads=True)  # else it does not say which thread
        return cls(memory, last_end=last_end)

    def at(self, camera: CameraKey, stage: NativeStage) -> "_Place":
        """Return a block around a native call; entering and leaving it take 1.3 µs together."""
        place = self._places.get((camera, stage))
        if place is None:
            crumb = Breadcrumb(camera=camera, stage=stage)
            place = self._places[camera, stage] = _Place(self._enter, self._leave, crumb)
        return place

    def marked(
        self,
        call: Callable[Concatenate[SeatKey, Arguments], Result],
        *,
        cameras: Mapping[SeatKey, CameraKey],
        stage: NativeStage,
    ) -> Callable[Concatenate[SeatKey, Arguments], Result]:
        """Return a call about a seat that leaves a breadcrumb of the seat's camera."""
        places = {seat: self.at(camera, stage) for seat, camera in cameras.items()}

        def with_breadcrumb(
            seat: SeatKey, /, *args: Arguments.args, **kwargs: Arguments.kwargs
        ) -> Result:
            with places[seat]:
                return call(seat, *args, **kwargs)

        return with_breadcrumb

    def stuck(self, *, limit_s: float) -> Breadcrumb | None:
        """Return where a lane has been for longer than a limit, the longest one; None: nowhere.

        A reader that waits for its camera is not stuck, and stops nobody else.
        """
        until_s = self._monotonic() - limit_s
        entered = [
            (since_s, crumb)
            for crumb, since_s in filter(None, list(self._entered.values()))
            if since_s < until_s and crumb.stage is not NativeStage.DECODING
        ]
        return min(entered, key=lambda each: each[0])[1] if entered else None

    def _enter(self, crumb: Breadcrumb, written: bytes) -> None:
        thread = threading.get_ident()
        begin = self._slots.get(thread)
        if begin is None:
            begin = self._claim(thread)
        self._memory[begin + _NUMBER : begin + _SLOT] = written
        self._entered[thread] = (crumb, self._monotonic())

    def _leave(self) -> None:
        thread = threading.get_ident()
        begin = self._slots[thread]
        self._memory[begin + _NUMBER : begin + _SLOT] = _TAKEN_UP
        self._entered[thread] = None

    def _claim(self, thread: int) -> int:
        """Return the slot of a thread; a new thread may get the number of one that has ended."""
        with self._lock:
            # The last one is for all who come too late; its number names nobody.
            last = len(self._memory) - _SLOT
            begin = self._slots[thread] = min(_SLOT * (len(self._slots) + 1), last)
            number = 0 if begin == last else thread
            self._memory[begin : begin + _NUMBER] = number.to_bytes(_NUMBER, "little")
        return begin


class MarkedSource:
    """A camera at which its reader leaves a breadcrumb."""

    def __init__(self, source: FrameSource, breadcrumbs: Breadcrumbs) -> None:
        """Wrap a source."""
        self._source = source
        self._place = breadcrumbs.at(source.camera, NativeStage.DECODING)

    @property
    def camera(self) -> CameraKey:
        """Key of the camera in the configuration."""
        return self._source.camera

    def open(self) -> None:
        """Connect; see ``FrameSource.open``."""
        with self._place:
            self._source.open()

    def read(self) -> Frame | None:
        """Return the next frame; see ``FrameSource.read``."""
        with self._place:
            return self._source.read()

    def close(self) -> None:
        """Release the device; see ``FrameSource.close``."""
        with self._place:
            self._source.close()


class _Place:
    """A block that leaves a crumb at its beginning and takes it up at its end; shared by threads.

    Not a generator: that would cost a microsecond more at every frame.
    """

    def __init__(
        self,
        enter: Callable[[Breadcrumb, bytes], None],
        leave: Callable[[], None],
        crumb: Breadcrumb,
    ) -> None:
        self._enter = enter
        self._leave = leave
        self._crumb = crumb
        stage, camera = crumb.stage.encode(), crumb.camera.encode()
        self._written = stage.ljust(_STAGE, b"\0") + camera.ljust(_SLOT - _NUMBER - _STAGE, b"\0")

    def __enter__(self) -> None:
        self._enter(self._crumb, self._written)

    def __exit__(self, *_: object) -> None:
        self._leave()


def read_last_end(folder: Path) -> Breadcrumb | None:
    """Return where the thread was that crashed; None when none did, or none is known."""
    try:
        trace = (folder / CRASH_FILE).read_bytes()
        memory = (folder / CRUMBS_FILE).read_bytes()
    except FileNotFoundError:
        return None
    if not trace:
        return None  # stopped, killed, out of memory, or the power went
    crashed = _CRASHED.search(trace)
    crumb = None if crashed is None else _find(memory, thread=int(crashed[1], 16))
    shown = trace if crashed is None else trace[crashed.start() :]
    log.error(
        "native_crash",
        camera=None if crumb is None else crumb.camera,
        stage=None if crumb is None else crumb.stage.value,
        trace=shown.decode(errors="replace").splitlines()[:_SHOWN_LINES],
    )
    return crumb


def _find(memory: bytes, *, thread: int) -> Breadcrumb | None:
    if memory[:_SLOT].rstrip(b"\0") != _FORMAT:
        return None
    for begin in range(_SLOT, len(memory), _SLOT):
        slot = memory[begin : begin + _SLOT]
        if int.from_bytes(slot[:_NUMBER], "little") != thread:
            continue
        stage, camera = slot[_NUMBER : _NUMBER + _STAGE], slot[_NUMBER + _STAGE :]
        try:
            return Breadcrumb(
                camera=CameraKey(camera.rstrip(b"\0").decode()),
                stage=NativeStage(stage.rstrip(b"\0").decode()),
            )
        except ValueError:  # it was at no camera
            return None
    return None
