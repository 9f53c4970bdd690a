"""Twelve points become landmarks of the box, and only those that are sure."""

from pathlib import Path

import numpy as np
import pytest

from appliance.domain.observations import Landmark
from appliance.errors import ConfigError
from training.real.fused.bodies import read_bodies

KEYPOINTS = ("nose", "neck", "right_shoulder", "left_shoulder", "right_eye")


def write(folder: Path) -> Path:
    """Write two clips of one person and one of another."""
    length = np.array([3, 2, 2], dtype=np.int32)
    xy = np.arange(length.sum() * len(KEYPOINTS) * 2, dtype=np.uint16).reshape(-1, 5, 2)
    confidence = np.full((length.sum(), len(KEYPOINTS)), 200, dtype=np.uint8)
    confidence[:, 2] = 20
    path = folder / "bodies.npz"
    np.savez(
        path,
        keypoints=np.array(KEYPOINTS),
        xy_8th_px=xy,
        confidence=confidence,
        time_s=np.array([0, 0.1, 0.2, 0, 0.1, 0, 0.1], dtype=np.float32),
        length=length,
        name=np.array(["a1", "b1", "a2"]),
        person=np.array(["a", "b", "a"]),
    )
    return path


def test_only_people_with_several_clips_are_read(tmp_path: Path) -> None:
    """Each clip with its own frames."""
    clips = list(read_bodies(write(tmp_path)))

    assert [(clip.person, clip.name, len(clip.points)) for clip in clips] == [
        ("a", "a1", 3),
        ("a", "a2", 2),
    ]


def test_points_are_placed_in_pixels(tmp_path: Path) -> None:
    """An eye becomes three landmarks; a doubtful shoulder none."""
    clip = list(read_bodies(write(tmp_path)))[1]
    points = clip.points[0]

    assert points[Landmark.NOSE] == pytest.approx([50 / 8, 51 / 8, 0, 1])
    for corner in (Landmark.RIGHT_EYE_INNER, Landmark.RIGHT_EYE, Landmark.RIGHT_EYE_OUTER):
        assert points[corner] == pytest.approx([58 / 8, 59 / 8, 0, 1])
    assert points[Landmark.LEFT_SHOULDER, 3] == 1
    assert not points[Landmark.RIGHT_SHOULDER].any()


def test_bodies_are_seen_without_a_face(tmp_path: Path) -> None:
    """As the box would say it."""
    seen = list(next(read_bodies(write(tmp_path))).observations())

    assert [one.captured_at_s for one in seen] == pytest.approx([0, 0.1, 0.2])
    assert all(one.present and one.face is None and one.pose is not None for one in seen)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """Whoever runs the check learns which one."""
    with pytest.raises(ConfigError, match=r"bodies\.npz"):
        list(read_bodies(tmp_path / "bodies.npz"))
