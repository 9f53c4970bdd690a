"""Films of a camera, decoded by FFmpeg from memory: it opens no connection of its own.

OpenCV opens one source at a time in the whole process: ``CvCapture_FFMPEG::open`` holds a lock over
FFmpeg's connecting, probing and first decoding. So FFmpeg must never wait for a camera there: while
it opens, it is shown the first picture as often as it asks; only then does it get what comes.
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np

from appliance.cameras.feed import FeedError
from appliance.cameras.ffmpeg import prepare_ffmpeg
from appliance.cameras.pictures.matroska import film_head, film_picture
from appliance.cameras.pictures.sizes import (
    SizesOf,
    h264_sizes,
    h265_sizes,
    is_h264_key,
    is_h265_key,
    is_vp8_key,
    require_size,
    vp8_sizes,
)
from appliance.domain.arrays import UInt8Array

MAX_REPEATS = 64
"""FFmpeg asks 7 times for H.264; a stream that it never understands must end."""

UNREADABLE = "sends pictures that cannot be decoded; restart it, or set it to H.264 or MJPEG"


@dataclass(frozen=True, slots=True, kw_only=True)
class Codec:
    """How the pictures of one kind of film are told apart."""

    matroska: bytes
    """Its name in the container."""

    sizes: SizesOf
    """What sizes a picture announces."""

    is_key: Callable[[bytes], bool]
    """Whether a decoder can begin with a picture."""


FILMS = {
    "H264": Codec(matroska=b"V_MPEG4/ISO/AVC", sizes=h264_sizes, is_key=is_h264_key),
    "H265": Codec(matroska=b"V_MPEGH/ISO/HEVC", sizes=h265_sizes, is_key=is_h265_key),
    "VP8": Codec(matroska=b"V_VP8", sizes=vp8_sizes, is_key=is_vp8_key),
}
"""Films that are read, by their names in RTP (RFC 4855)."""


class FilmDecoder:
    """Asks for pictures as they come and decodes each; those before the first key are dropped."""

    def __init__(
        self,
        codec: Codec,
        *,
        next_picture: Callable[[], bytes],
        max_pixels: int,
        parameters: bytes = b"",
    ) -> None:
        """Remember where pictures come from; the first ``grab`` opens FFmpeg.

        Args:
            codec: What they are.
            next_picture: Waits for the next one; a ``FeedError`` of it ends ``grab``.
            max_pixels: Largest picture that is decoded.
            parameters: What the decoder has to know before the first picture, if it is known.
        """
        self._parameters = parameters
        self._codec = codec
        self._next_picture = next_picture
        self._max_pixels = max_pixels
        self._capture: cv2.VideoCapture | None = None
        self._reader = _Reader(self._wrapped())
        self._opening = True
        self._given = 0

    def grab(self) -> None:
        """Decode the next picture.

        Raises:
            FeedError: It is too large or cannot be decoded.
        """
        if self._capture is None:
            self._capture = self._open()
            self._decode(self._capture)
            return
        given = self._given
        while self._given == given:  # else it is the first picture once more
            self._decode(self._capture)

    def retrieve(self) -> UInt8Array | None:
        """Return the picture decoded last, BGR (H, W, 3); None when it cannot be had."""
        if self._capture is None:
            return None
        ok, pixels = self._capture.retrieve()
        return np.asarray(pixels, dtype=np.uint8) if ok else None

    def close(self) -> None:
        """Release FFmpeg; a second call does nothing."""
        if self._capture is not None:
            self._capture.release()
            self._capture = None

    def _open(self) -> cv2.VideoCapture:
        prepare_ffmpeg()
        self._reader.begin()
        # One decoder thread: the lanes need the cores.
        source = cast("cv2.IStreamReader", self._reader)
        capture = cv2.VideoCapture(source, cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
        self._opening = False
        if not capture.isOpened():
            raise FeedError(UNREADABLE)
        return capture

    def _decode(self, capture: cv2.VideoCapture) -> None:
        if not capture.grab():
            raise self._reader.failure or FeedError(UNREADABLE)

    def _wrapped(self) -> Iterator[bytes]:
        """Yield the film as Matroska, the picture that opens it as often as it takes."""
        size = None
        while size is None:
            first = self._next_picture()
            if self._codec.is_key(first):
                first = self._parameters + first
                size = self._size(first)
        yield film_head(self._codec.matroska, size)
        number = 0
        while self._opening and number < MAX_REPEATS:
            yield from film_picture(first, number)
            number += 1
        while not self._opening:
            picture = self._next_picture()
            self._size(picture)
            self._given += 1
            yield from film_picture(picture, number)
            number += 1

    def _size(self, picture: bytes) -> tuple[int, int] | None:
        """Return the size that a picture announces, if it does.

        Raises:
            FeedError: It is too large, or unreadable.
        """
        size = None
        try:
            for size in self._codec.sizes(picture):
                require_size(*size, max_pixels=self._max_pixels)
        except ValueError as error:
            raise FeedError(UNREADABLE) from error
        return size


class _Reader(io.BufferedIOBase):
    """A film as OpenCV reads it; nothing may be raised into it."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        """Take what is read, in parts."""
        self._parts = parts
        self._part = b""
        self.failure: FeedError | None = None

    def begin(self) -> None:
        """Wait for the first part, before anything is opened."""
        self._part = next(self._parts)

    def read(self, size: int | None = -1, /) -> bytes:
        """Return at most so many bytes; none when something failed."""
        if not self._part:
            try:
                self._part = next(self._parts, b"")
            except FeedError as error:
                self.failure = error  # ``grab`` raises it, behind OpenCV's back
        read, self._part = self._part[:size], self._part[size:]
        return read

    def seek(self, _offset: int, _whence: int = 0, /) -> int:
        """Refuse: what a camera sends cannot be had again."""
        return -1
