"""JPEG pictures: cut out of a stream, measured before they are decoded (ITU-T T.81, annex B)."""

import re
import struct

import cv2
import numpy as np

from appliance.cameras.feed import FeedError
from appliance.cameras.pictures.sizes import MAX_BYTES, require_size
from appliance.domain.arrays import UInt8Array

START = b"\xff\xd8\xff"
END = b"\xff\xd9"
MARK, SOI, EOI, SOS = 0xFF, 0xD8, 0xD9, 0xDA
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Markers behind which the size of the picture stands."""

_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""Ends coded data: what looks like a marker in it is followed by 0, and restarts are part of it."""


class JpegCutter:
    """Finds whole pictures in whatever stands between them."""

    def __init__(self, *, max_pixels: int) -> None:
        """Begin with nothing.

        Args:
            max_pixels: Largest picture that is taken.
        """
        self._max_pixels = max_pixels
        self._received = bytearray()
        self._at = 0  # walked through so far; 0 while no picture has begun
        self._coded = False  # whether coded data stands there

    def add(self, data: bytes) -> None:
        """Take what came."""
        self._received += data

    def cut(self) -> bytes | None:
        """Return the next whole picture, or None while it has not come.

        Raises:
            FeedError: It is larger than allowed, for which its head is enough, or does not end.
        """
        received = self._received
        while self._at or self._find_start():
            if self._coded:
                found = _MARKER.search(received, self._at)
                if found is None:
                    self._at = max(self._at, len(received) - 1)
                    break
                self._at, self._coded = found.start(), False
                if received[self._at + 1] == EOI:
                    return self._take(self._at + len(END))
                if received[self._at + 1] == SOI:  # some cameras leave the end out
                    return self._take(self._at) + END
            elif not self._walk():
                break
        if len(received) > MAX_BYTES:
            msg = "sends pictures that do not end; restart it"
            raise FeedError(msg)
        return None

    def _find_start(self) -> bool:
        start = self._received.find(START)
        if start < 0:
            del self._received[: -len(START) + 1]  # the rest of a start may still come
            return False
        del self._received[:start]
        self._at = 2
        return True

    def _walk(self) -> bool:
        """Walk over one segment of a head; False when it has not come yet."""
        if len(self._received) < self._at + 9:
            return False
        mark, kind, length = struct.unpack_from(">BBH", self._received, self._at)
        if mark != MARK:
            self._take(self._at)  # damaged: the next picture counts
            return True
        if kind == MARK:  # filling
            self._at += 1
            return True
        if kind in FRAMES:
            height, width = struct.unpack_from(">HH", self._received, self._at + 5)
            require_size(width, height, max_pixels=self._max_pixels)
        self._at += 2 + length
        self._coded = kind == SOS
        return True

    def _take(self, end: int) -> bytes:
        picture = bytes(self._received[:end])
        del self._received[:end]
        self._at, self._coded = 0, False
        return picture


def decode_jpeg(picture: bytes) -> UInt8Array | None:
    """Return a picture as BGR (H, W, 3); None when it is damaged."""
    try:
        # The camera's region counts, not what it says about how it was held.
        pixels = cv2.imdecode(
            np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
        )
    except cv2.error:
        return None
    return None if pixels is None else np.asarray(pixels, dtype=np.uint8)
