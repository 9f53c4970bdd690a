"""JPEG pictures survive the way through RTP, where their heads are left out."""

import struct

import cv2
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from appliance.cameras.network.rtp_jpeg import JpegAssembly
from appliance.cameras.pictures.jpeg import decode_jpeg
from tests.support.films import rtp

SIZE_8 = 8, 6
PICTURE = np.random.default_rng(0).integers(0, 255, (6, 8, 3), dtype=np.uint8)
SAMPLINGS = [cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420]
OWN_TABLES = 255


def compressed(sampling: int, quality: int, restart: int = 0) -> bytes:
    """Return a picture of 64 x 48 pixels."""
    options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_RST_INTERVAL, restart]
    options += [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, SAMPLINGS[sampling]]
    large = cv2.resize(PICTURE, (64, 48), interpolation=cv2.INTER_CUBIC)
    return cv2.imencode(".jpg", large, options)[1].tobytes()


def tables_of(jpeg: bytes) -> bytes:
    """Return both tables of a picture."""
    parts = jpeg.split(b"\xff\xdb\0\x43")[1:]
    return b"".join(part[1:65] for part in parts)


def packets(jpeg: bytes, *, kind: int, quality: int, restart: int = 0) -> list[bytes]:
    """Send a picture as RFC 2435, 3.1 says."""
    scan = jpeg.index(b"\xff\xda")
    data = jpeg[scan + 2 + int.from_bytes(jpeg[scan + 2 : scan + 4]) : -2]
    bodies = []
    for at in range(0, len(data), 500):
        body = struct.pack(">I", at) + bytes([kind, quality, *SIZE_8])
        if restart:
            body += struct.pack(">HH", restart, 0xFFFF)
        if quality == OWN_TABLES and at == 0:
            body += b"\0\0" + struct.pack(">H", 128) + tables_of(jpeg)
        bodies.append(body + data[at : at + 500])
    return [rtp(body, stamp=1, last=body is bodies[-1], payload=26) for body in bodies]


@pytest.mark.parametrize("sampling", [0, 1])
@pytest.mark.parametrize(("quality", "sent"), [(30, 30), (80, 80), (80, OWN_TABLES)])
@pytest.mark.parametrize("restart", [0, 2])
def test_picture_is_the_same_to_the_bit(
    sampling: int, quality: int, sent: int, restart: int
) -> None:
    """With the camera's tables or with those that a number stands for, with restarts or without."""
    jpeg = compressed(sampling, quality, restart)
    kind = sampling + 64 * bool(restart)
    assembly = JpegAssembly()

    pictures = [
        assembly.add(packet, payload=26)
        for packet in packets(jpeg, kind=kind, quality=sent, restart=restart)
    ]

    assert pictures[:-1] == [None] * (len(pictures) - 1)
    assert pictures[-1] is not None
    assert_array_equal(decode_jpeg(pictures[-1]), decode_jpeg(jpeg))


def test_picture_without_its_beginning_is_left_out() -> None:
    """Who connects in the middle of one waits for the next."""
    jpeg = compressed(1, 80)
    assembly = JpegAssembly()
    late = packets(jpeg, kind=1, quality=80)[1:]

    assert [assembly.add(packet, payload=26) for packet in late] == [None] * len(late)
