"""A camera on USB is measured before its pictures are decoded.

No V4L2 device can be made without the kernel's help: a stand-in for OpenCV's capture answers here.
"""

from unittest.mock import Mock

import cv2
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from appliance.cameras.device import MOTION_JPEG, DeviceFeed
from appliance.cameras.feed import FeedError
from tests.support.mjpeg_server import jpeg_announcing, jpeg_of

RAW = float(cv2.VideoWriter.fourcc(*"YUYV"))
GREY = np.full((48, 64, 3), 128, np.uint8)


def capture_of(
    picture: bytes, *, wide: float = 64.0, kind: float = MOTION_JPEG, raw: bool = True
) -> Mock:
    """Return what opens as a camera that sends one picture again and again."""
    known = {
        cv2.CAP_PROP_FRAME_WIDTH: wide,
        cv2.CAP_PROP_FRAME_HEIGHT: 48.0,
        cv2.CAP_PROP_FOURCC: kind,
    }
    buffer = np.frombuffer(picture + bytes(9), np.uint8)[None]
    return Mock(
        **{
            "get.side_effect": known.__getitem__,
            "set.return_value": raw,
            "retrieve.side_effect": lambda: (True, buffer if kind == MOTION_JPEG else GREY),
        }
    )


def feed_of(capture: Mock, monkeypatch: pytest.MonkeyPatch) -> DeviceFeed:
    """Open it."""
    monkeypatch.setattr(cv2, "VideoCapture", lambda *_: capture)
    return DeviceFeed("0", fps=15.0, max_pixels=64 * 48)


def test_jpeg_of_a_device_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked for as it came, with whatever fills its buffer."""
    capture = capture_of(jpeg_of(10))
    feed = feed_of(capture, monkeypatch)
    feed.grab()
    pixels = feed.retrieve()

    assert pixels is not None
    assert pixels.shape == (48, 64, 3)
    capture.set.assert_called_with(cv2.CAP_PROP_CONVERT_RGB, 0)


def test_large_jpeg_of_a_device_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was agreed on does not bind the picture."""
    feed = feed_of(capture_of(jpeg_announcing(20_000, 20_000)), monkeypatch)
    feed.grab()

    with pytest.raises(FeedError, match="pictures of 20000 x 20000 pixels, more than max_pixels"):
        feed.retrieve()


def test_large_device_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A camera that sends raw pictures says how large they are."""
    with pytest.raises(FeedError, match="pictures of 4096 x 48 pixels, more than max_pixels"):
        feed_of(capture_of(b"", wide=4096.0, kind=RAW), monkeypatch)


def test_raw_pictures_are_converted_by_opencv(monkeypatch: pytest.MonkeyPatch) -> None:
    """A camera without JPEG is read as well."""
    feed = feed_of(capture_of(b"", kind=RAW), monkeypatch)
    feed.grab()

    assert_array_equal(feed.retrieve(), GREY)


def test_damaged_jpeg_of_a_device_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """The feed counts them."""
    feed = feed_of(capture_of(b"no picture"), monkeypatch)
    feed.grab()

    assert feed.retrieve() is None
