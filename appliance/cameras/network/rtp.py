"""Packets of RTP put together to pictures as the decoder takes them (RFC 3550, section 5.1)."""

import struct
from abc import ABC, abstractmethod

from appliance.cameras.pictures.sizes import MAX_BYTES

VERSION = 2
H264_SEVERAL, H264_PIECE = 24, 28
"""Kinds of packets that are no unit: several units (STAP-A), a piece of one (FU-A)."""

H265_SEVERAL, H265_PIECE = 48, 49
LENGTH = 2
"""Bytes before each unit of several."""

START = b"\0\0\0\1"
"""Before each unit of H.264 and H.265 (their annex B)."""


class Assembly(ABC):
    """Collects the packets of one picture after another."""

    def __init__(self) -> None:
        """Begin with an empty picture."""
        self._picture = bytearray()
        self._stamp = -1

    def add(self, packet: bytes, *, payload: int) -> bytes | None:
        """Take a packet and return the picture that it completes, or None.

        Args:
            packet: With its header.
            payload: Number of the packets that count; others are dropped.

        Raises:
            ValueError: It is none, or the picture grows too long.
        """
        flags, kind, _, stamp = struct.unpack_from(">BBHI", packet)
        body = _body(packet, flags)
        if kind & 0x7F != payload:
            return None
        done = None
        if stamp != self._stamp and self._picture:
            done = self._take()  # its last packet was not marked, or never came
        self._stamp = stamp
        if body:
            self._unpack(body)
        if len(self._picture) > MAX_BYTES:
            raise ValueError
        if kind & 0x80 and done is None and self._picture:
            done = self._take()
        return done

    def _take(self) -> bytes:
        picture = bytes(self._picture)
        self._picture.clear()
        return picture

    @abstractmethod
    def _unpack(self, body: bytes) -> None:
        """Add what a packet carries to the picture."""


class H264Assembly(Assembly):
    """H.264 (RFC 6184): one unit in a packet, or several, or a piece of one."""

    def _unpack(self, body: bytes) -> None:
        kind = body[0] & 0x1F
        if kind == H264_SEVERAL:
            self._picture += _split(body[1:])
        elif kind == H264_PIECE:
            if body[1] & 0x80:
                self._picture += START + bytes([body[0] & 0xE0 | body[1] & 0x1F])
            self._picture += body[2:]
        elif 0 < kind < H264_SEVERAL:
            self._picture += START + body


class H265Assembly(Assembly):
    """H.265 (RFC 7798): one unit in a packet, or several, or a piece of one."""

    def _unpack(self, body: bytes) -> None:
        kind = body[0] >> 1 & 0x3F
        if kind == H265_SEVERAL:
            self._picture += _split(body[2:])
        elif kind == H265_PIECE:
            if body[2] & 0x80:
                self._picture += START + bytes([body[0] & 0x81 | (body[2] & 0x3F) << 1, body[1]])
            self._picture += body[3:]
        elif kind < H265_SEVERAL:
            self._picture += START + body


class Vp8Assembly(Assembly):
    """VP8 (RFC 7741, section 4.2): a picture in pieces, each behind a short description."""

    def _unpack(self, body: bytes) -> None:
        skip = 1
        if body[0] & 0x80:
            extensions = body[1]
            skip = 2
            if extensions & 0x80:
                skip += 2 if body[skip] & 0x80 else 1
            skip += bool(extensions & 0x40) + bool(extensions & 0x30)
        self._picture += body[skip:]


def _body(packet: bytes, flags: int) -> bytes:
    """Return a packet without its header and its padding.

    Raises:
        ValueError: It is no packet.
    """
    if flags >> 6 != VERSION:
        raise ValueError
    start = 12 + 4 * (flags & 0x0F)
    if flags & 0x10:
        start += 4 + 4 * struct.unpack_from(">H", packet, start + 2)[0]
    end = len(packet) - (packet[-1] if flags & 0x20 else 0)
    return packet[start:end]


def _split(units: bytes) -> bytes:
    """Return units, each behind its length, each behind a start instead."""
    split = bytearray()
    while len(units) > LENGTH:
        end = LENGTH + int.from_bytes(units[:LENGTH])
        split += START + units[LENGTH:end]
        units = units[end:]
    return bytes(split)
