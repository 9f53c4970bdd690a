"""JPEG in RTP, whose headers are not sent but described (RFC 2435)."""

import struct

import cv2
import numpy as np

from appliance.cameras.network.rtp import Assembly

DQT, DRI, SOF0 = b"\xff\xdb", b"\xff\xdd", b"\xff\xc0"
END = b"\xff\xd9"
RESTARTING = range(64, 128)
"""Kinds whose data begins anew after so many macroblocks."""

TABLES_SENT = 128
"""From this quality on a picture brings its own tables; below they are libjpeg's."""


class JpegAssembly(Assembly):
    """Writes the headers again that the camera has left out.

    They are taken from a tiny picture that OpenCV compresses the same way: RFC 2435's tables and
    codes are libjpeg's own (its appendices A and B).
    """

    def _unpack(self, body: bytes) -> None:
        offset = int.from_bytes(body[1:4])
        kind, quality, width_8, height_8 = body[4:8]
        rest = body[8:]
        interval = b""
        if kind in RESTARTING:
            interval, rest = rest[:2], rest[4:]
        if offset == 0:
            tables = b""
            if quality >= TABLES_SENT:
                length = int.from_bytes(rest[2:4])
                tables, rest = rest[4 : 4 + length], rest[4 + length :]
            # An end is drawn at once: the last packet may bring it or not.
            size = struct.pack(">HH", height_8 * 8, width_8 * 8)
            self._picture[:] = _head(kind & 1, quality, size, tables, interval)
        if self._picture:  # else its first packet was lost
            self._picture += rest

    def _take(self) -> bytes:
        picture = super()._take()
        return picture if picture.endswith(END) else picture + END


def _head(sampling: int, quality: int, size: bytes, tables: bytes, interval: bytes) -> bytes:
    """Return everything before the data of a picture.

    Args:
        sampling: 0 for 4:2:2, 1 for 4:2:0.
        quality: 1-99 names libjpeg's tables.
        size: Height and width, two bytes each.
        tables: Of a camera that sends its own, 64 bytes each; the last is for colour.
        interval: Macroblocks between restarts, two bytes; empty for none.
    """
    factor = (cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420)[sampling]
    options = [cv2.IMWRITE_JPEG_QUALITY, min(max(quality, 1), 99)]
    options += [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, factor]
    tiny = cv2.imencode(".jpg", np.zeros((16, 16, 3), np.uint8), options)[1].tobytes()
    head = bytearray(tiny[:2])
    if interval:
        head += DRI + b"\0\4" + interval
    at = 2
    number = 0
    while True:
        mark, length = tiny[at : at + 2], int.from_bytes(tiny[at + 2 : at + 4])
        segment = bytearray(tiny[at : at + 2 + length])
        if mark == SOF0:
            segment[5:9] = size
        if mark == DQT and tables:
            segment[5:] = tables[-64:] if number else tables[:64]
            number += 1
        head += segment
        at += 2 + length
        if mark == b"\xff\xda":
            return bytes(head)
