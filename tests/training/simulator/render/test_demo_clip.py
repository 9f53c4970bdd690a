"""The clip that comes with the package."""

import hashlib

import cv2
import pytest

from appliance.commands.demo.packaged import packaged_clip

CLIP = packaged_clip()
ASSETS = CLIP.parent


@pytest.fixture(scope="module")
def clip() -> cv2.VideoCapture:
    """Open the clip with the OpenCV that the box uses."""
    return cv2.VideoCapture(str(CLIP))


def test_it_is_two_seats_for_more_than_six_minutes(clip: cv2.VideoCapture) -> None:
    """640 x 360 at 15 frames/s, at least 360 s."""
    width, height, fps, count = (
        clip.get(key)
        for key in (
            cv2.CAP_PROP_FRAME_WIDTH,
            cv2.CAP_PROP_FRAME_HEIGHT,
            cv2.CAP_PROP_FPS,
            cv2.CAP_PROP_FRAME_COUNT,
        )
    )

    assert (width, height, fps) == (640, 360, 15)
    assert count / fps >= 360


def test_it_can_be_decoded(clip: cv2.VideoCapture) -> None:
    """The first picture shows something on both seats."""
    read, picture = clip.read()

    assert read
    assert picture[:, :320].std() > 20
    assert picture[:, 320:].std() > 20


def test_it_is_small() -> None:
    """A few megabytes at most."""
    assert CLIP.stat().st_size < 4_000_000


def test_its_origin_is_recorded() -> None:
    """The file beside it names its hash, so that nobody swaps it unnoticed."""
    digest = hashlib.sha256(CLIP.read_bytes()).hexdigest()

    assert digest in (ASSETS / "README.md").read_text(encoding="utf-8")
