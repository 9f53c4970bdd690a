"""Frames are taken by media time."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from training.datasets.clips import read_frames


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Write 20 frames at 10 per second, each brighter than the last."""
    file = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), 10.0, (64, 48))
    for row in range(20):
        writer.write(np.full((48, 64, 3), 10 * row, dtype=np.uint8))
    writer.release()
    return file


def test_every_second_frame_at_five_hertz(clip: Path) -> None:
    """200 ms are two frames of a ten-per-second clip, from the first on."""
    shades = [round(float(frame.mean()) / 10) for frame in read_frames(clip, every_s=0.2)]

    assert shades == list(range(0, 20, 2))


def test_reading_starts_where_asked(clip: Path) -> None:
    """Half a second in is frame 5; the distance counts from there."""
    frames = read_frames(clip, every_s=0.2, start_s=0.5, limit=3)

    assert [round(float(frame.mean()) / 10) for frame in frames] == [5, 7, 9]


def test_no_more_than_the_limit(clip: Path) -> None:
    """Reading stops early."""
    assert len(read_frames(clip, every_s=0.1, limit=3)) == 3


def test_a_distance_below_one_frame_takes_them_all(clip: Path) -> None:
    """Frames are not invented."""
    assert len(read_frames(clip, every_s=0.01)) == 20
