"""Makes small clips whose every picture tells its own number."""

from pathlib import Path

import cv2
import numpy as np

from appliance.domain.arrays import UInt8Array
from appliance.domain.frames import CameraKey, Frame

SIZE = (64, 48)
"""Width and height, pixels."""

STEP = 4
"""Grey levels between two neighbouring pictures; JPEG keeps them apart."""


def picture(number: int) -> UInt8Array:
    """Return a flat picture whose grey level is its number."""
    return np.full((SIZE[1], SIZE[0], 3), number * STEP % 256, dtype=np.uint8)


def number_of(frame: Frame) -> int:
    """Read the number back, up to 63."""
    return round(float(frame.pixels.mean()) / STEP)


def write_clip(path: Path, *, frames: int, fps: float = 16.0) -> Path:
    """Write a motion-JPEG clip; every picture stands alone, so cutting it is easy."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), fps, SIZE)
    for number in range(frames):
        writer.write(picture(number))
    writer.release()
    return path


def make_frame(*, index: int = 0, at_s: float = 0.0, continues: bool = True) -> Frame:
    """Build a frame without a camera."""
    return Frame(
        camera=CameraKey("front"),
        index=index,
        captured_at_s=at_s,
        pixels=picture(index),
        continues=continues,
    )


def write_timed_clip(path: Path, stamps_ms: list[int]) -> Path:
    """Write a Matroska clip whose pictures carry these time stamps, in file order.

    Source: RFC 9559 (Matroska), elements by their ids; one cluster, motion JPEG.
    """
    video = element("B0", SIZE[0].to_bytes(1)) + element("BA", SIZE[1].to_bytes(1))
    track = (
        element("D7", b"\1")  # TrackNumber
        + element("73C5", b"\1")  # TrackUID
        + element("83", b"\1")  # TrackType: video
        + element("86", b"V_MJPEG")
        + element("E0", video)
    )
    cluster = element("E7", b"\0")  # Timestamp
    for number, stamp_ms in enumerate(stamps_ms):
        jpeg = cv2.imencode(".jpg", picture(number))[1].tobytes()
        cluster += element("A3", b"\x81" + stamp_ms.to_bytes(2, signed=True) + b"\x80" + jpeg)
    path.write_bytes(
        element("1A45DFA3", element("4282", b"matroska"))
        + element(
            "18538067",
            element("1549A966", element("2AD7B1", (1_000_000).to_bytes(3)))  # 1 ms
            + element("1654AE6B", element("AE", track))
            + element("1F43B675", cluster),
        )
    )
    return path


def element(identity: str, content: bytes) -> bytes:
    """Encode one EBML element with an eight-byte length."""
    return bytes.fromhex(identity) + (len(content) | 1 << 56).to_bytes(8) + content
