"""A render and its truth become one clip per seat."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from appliance.errors import CameraError
from quantization.measure.motion.truth import JOINTS, LANDMARKS, MARGIN_PX, read_seats
from tests.support.clips import SIZE, write_clip

FPS = 16.0


def told(frames: int = 6) -> dict[str, Any]:
    """Return the truth of two seats; names in another order than the landmarks'."""
    names = ["left_wrist", *reversed(JOINTS)]
    points = [[10.0 * joint, joint] for joint in range(len(names))]
    right = [[x + SIZE[0] / 2, y] for x, y in points]
    joints = {"names": names, "left": [points] * frames, "right": [right] * frames}
    return {"fps": FPS, "joints": joints}


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Return a clip of six pictures."""
    return write_clip(tmp_path / "clip.avi", frames=6, fps=FPS)


def test_every_seat_has_its_half_and_its_joints(clip: Path) -> None:
    """The same joints in pixels of either half, in the order of the landmarks."""
    truth = clip.with_suffix(".json")
    truth.write_text(json.dumps(told()), encoding="utf-8")

    left, right = read_seats(clip, truth, seconds=0.25)

    assert (left.name, right.name) == ("clip left", "clip right")
    assert len(left.pictures) == len(left.joints) == 4
    assert left.pictures[0].shape == (SIZE[1], SIZE[0] // 2 - 2 * MARGIN_PX, 3)
    expected = [[40 - MARGIN_PX, 4], [30 - MARGIN_PX, 3], [20 - MARGIN_PX, 2], [10 - MARGIN_PX, 1]]
    assert left.joints[0].tolist() == expected
    np.testing.assert_array_equal(left.joints, right.joints)


def test_errors_are_in_shoulder_widths(clip: Path) -> None:
    """The shoulders of this truth are 10 pixels apart across and 1 down."""
    truth = clip.with_suffix(".json")
    truth.write_text(json.dumps(told()), encoding="utf-8")
    seat, _ = read_seats(clip, truth, seconds=1.0)
    pose = np.zeros((6, 33, 4), dtype=np.float32)
    pose[:, LANDMARKS, :2] = seat.joints
    pose[:, LANDMARKS, 1] += seat.shoulders_px / 2

    assert seat.shoulders_px == pytest.approx(101**0.5)
    np.testing.assert_allclose(seat.errors(pose)[3], [[0, 0.5]] * 4, atol=1e-6)


def test_a_thinned_clip_is_slower(clip: Path) -> None:
    """Every second picture at half the rate."""
    truth = clip.with_suffix(".json")
    truth.write_text(json.dumps(told()), encoding="utf-8")
    seat = read_seats(clip, truth, seconds=1.0)[0].thinned(2)

    assert (len(seat.pictures), len(seat.joints), seat.fps) == (3, 3, FPS / 2)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("no json", id="not-json"),
        pytest.param('{"fps": 15}', id="older-render-without-joints"),
        pytest.param('{"fps": 15, "joints": {"names": [], "left": []}}', id="other-joints"),
    ],
)
def test_a_truth_without_joints_is_refused(clip: Path, text: str) -> None:
    """With the file's name."""
    truth = clip.with_suffix(".json")
    truth.write_text(text, encoding="utf-8")

    with pytest.raises(CameraError, match=r"clip\.json: not the truth of a render"):
        read_seats(clip, truth, seconds=1.0)
