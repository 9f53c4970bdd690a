"""Single pictures of films, as cameras send them in RTP."""

import struct
from base64 import b64decode
from collections.abc import Sequence

KEY = {
    "H264": b64decode(
        "AAAAAWdCwBXaEewFqDAwNSgAAAMACAAAAwGUeLF1AAAAAWjOPIAAAAABZYiEBqiYoAAgiycnJ111111114A="
    ),
    "H265": b64decode(
        "AAAAAUABDAH//wFgAAADAJAAAAMAAAMAP7oCQAAAAAFCAQEBYAAAAwCQAAADAAADAD+gIIMWW6Skwv/wABAAFqDA"
        "wMCAAAADAIAAAAyEAAAAAUQBwHGBEgAAAAEoAawa4PBrEM+TNYWonT5Aczjg"
    ),
    "VP8": b64decode("sAIAnQEqQAAwAABHCIWFiJmEiAICAAaOT8zHm/FYAP7D4AA="),
}
"""A grey picture of 64 x 48 pixels with all that a decoder needs, by its codec; made by x264, x265
and libvpx."""

SIZE_WH = 64, 48
START = b"\0\0\0\1"


def units_of(picture: bytes) -> list[bytes]:
    """Return the units of a picture of H.264 or H.265."""
    return picture.split(START)[1:]


def rtp(body: bytes, *, stamp: int, last: bool = False, payload: int = 96) -> bytes:
    """Return a packet (RFC 3550, 5.1)."""
    return struct.pack(">BBHII", 0x80, payload | 0x80 * last, 0, stamp, 7) + body


def packets_of(codec: str, pictures: Sequence[bytes]) -> list[bytes]:
    """Return pictures as packets, a unit in each."""
    packets = []
    for number, picture in enumerate(pictures):
        bodies = [b"\x10" + picture] if codec == "VP8" else units_of(picture)
        packets += [rtp(body, stamp=3600 * number, last=body is bodies[-1]) for body in bodies]
    return packets


def announcing(codec: str, width: int, height: int) -> bytes:
    """Return the key picture of a codec with another size in its head.

    Args:
        codec: As in ``KEY``.
        width: Pixels, a multiple of 16.
        height: Pixels, a multiple of 16.
    """
    key = KEY[codec]
    if codec == "VP8":
        return key[:6] + struct.pack("<HH", width, height) + key[10:]
    units = units_of(key)
    if codec == "H264":
        bits = bits_of(0x42C015, 24) + golomb(0) + golomb(0) + golomb(2) + golomb(1) + "0"
        bits += golomb(width // 16 - 1) + golomb(height // 16 - 1) + "1"
        units[0] = b"\x67" + packed(bits)
    else:
        bits = bits_of(1, 8) + bits_of(0x01600000, 32) + "0" * 64 + golomb(0) + golomb(1)
        bits += golomb(width) + golomb(height)
        units[1] = b"\x42\x01" + packed(bits)
    return b"".join(START + unit for unit in units)


def bits_of(value: int, count: int) -> str:
    """Return a number of fixed length."""
    return f"{value:0{count}b}"


def golomb(value: int) -> str:
    """Return a number of Golomb's code (ITU-T H.264, 9.1)."""
    text = f"{value + 1:b}"
    return "0" * (len(text) - 1) + text


def packed(bits: str) -> bytes:
    """Return bits as a unit carries them, ended and escaped (ITU-T H.264, 7.3.1)."""
    bits += "1"
    bits += "0" * (-len(bits) % 8)
    plain = int(bits, 2).to_bytes(len(bits) // 8)
    escaped = bytearray()
    for byte in plain:
        if byte <= 3 and escaped.endswith(b"\0\0"):
            escaped += b"\3"
        escaped.append(byte)
    return bytes(escaped)
