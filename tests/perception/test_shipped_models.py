"""The shipped pose and face models on a rendered picture, on both run times.

Golden values: recorded with OpenVINO 2026.4 on x86-64 from the models in this repository. The
tolerance of 2 pixels in 320 allows for other processors and JPEG decoders.
"""

import numpy as np
import pytest

from appliance.domain.arrays import UInt8Array
from appliance.domain.frames import CameraKey, Frame
from appliance.domain.models import Precision
from appliance.domain.observations import FaceCues, Landmark
from appliance.domain.seats import Region
from appliance.inference.library import EngineChoice
from appliance.perception.blazepose.detector import PoseDetector
from appliance.perception.face import FaceDetector, place_face, points_from_pose
from tests.support.sessions import picture
from tests.support.shipped_perception import LIBRARY, shipped_perceiver, shipped_tracker

ENGINES = [EngineChoice.OPENVINO, EngineChoice.ONNX]
VARIANTS = ["lite", "full"]

SHOWN_X = (170.0, 491.0)
"""Middles of the two faces."""

GOLDEN: dict[str, dict[Landmark, tuple[float, float]]] = {
    "lite": {
        Landmark.NOSE: (172.3, 166.4),
        Landmark.LEFT_EYE: (195.6, 144.5),
        Landmark.RIGHT_EYE: (147.5, 144.4),
        Landmark.LEFT_SHOULDER: (271.5, 270.2),
        Landmark.RIGHT_SHOULDER: (67.7, 273.5),
    },
    "full": {
        Landmark.NOSE: (178.1, 164.9),
        Landmark.LEFT_EYE: (198.9, 143.5),
        Landmark.RIGHT_EYE: (151.6, 144.8),
        Landmark.LEFT_SHOULDER: (272.3, 268.8),
        Landmark.RIGHT_SHOULDER: (67.5, 276.2),
    },
}


@pytest.fixture(scope="module")
def student() -> UInt8Array:
    """Return the left half of the picture: one student, 320 x 360."""
    return np.ascontiguousarray(picture()[:, :320])


@pytest.mark.parametrize("engine", ENGINES)
def test_the_detector_finds_both_students(engine: EngineChoice) -> None:
    """Two boxes, one in each half, with certainty."""
    detector = PoseDetector(LIBRARY.load("pose_detector", choice=engine).session())
    found = detector.detect(picture())
    centres = found.boxes_xyxy[:, [0, 2]].mean(axis=1)

    assert len(found) == 2
    assert found.scores.min() > 0.65
    np.testing.assert_allclose(sorted(centres), SHOWN_X, atol=4)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("precision", [Precision.F32, Precision.INT8])
def test_landmarks_lie_where_the_picture_shows_them(
    student: UInt8Array, engine: EngineChoice, variant: str, precision: Precision
) -> None:
    """Eyes, nose and shoulders of the rendered student, to .02 shoulder widths (.025 in int8)."""
    pose = shipped_tracker(engine, variant=variant, precision=precision).track(student, 0.0)

    assert pose is not None
    assert pose.presence > 0.9
    for landmark, expected in GOLDEN[variant].items():
        np.testing.assert_allclose(
            pose.points[landmark, :2], expected, atol=5 if precision is Precision.INT8 else 4
        )


@pytest.mark.parametrize("variant", VARIANTS)
def test_both_run_times_agree(student: UInt8Array, variant: str) -> None:
    """The same float weights in both forms: a twentieth of a pixel apart at most."""
    poses = []
    for engine in ENGINES:
        tracker = shipped_tracker(engine, variant=variant, precision=Precision.F32)
        pose = tracker.track(student, 0.0)
        assert pose is not None
        poses.append(pose.points)

    np.testing.assert_allclose(poses[0][:, :2], poses[1][:, :2], atol=0.05)


@pytest.mark.parametrize("engine", ENGINES)
def test_pose_and_blazeface_agree_on_the_face(student: UInt8Array, engine: EngineChoice) -> None:
    """Both crops have the same middle and size within a tenth of the side."""
    pose = shipped_tracker(engine).track(student, 0.0)
    assert pose is not None
    from_pose = place_face(points_from_pose(pose), picture_wh=(320, 360))
    points = FaceDetector(LIBRARY.load("face_detector", choice=engine).session()).detect(
        student, around=from_pose.square
    )
    assert points is not None
    from_face = place_face(points, picture_wh=(320, 360))

    side = from_face.square.side_px
    assert from_pose.square.side_px == pytest.approx(side, rel=0.15)
    np.testing.assert_allclose(
        from_pose.square.centre_xy, from_face.square.centre_xy, atol=0.1 * side
    )
    assert from_pose.trust == from_face.trust == 1


@pytest.mark.parametrize("engine", ENGINES)
def test_two_seats_of_one_picture_are_observed(engine: EngineChoice) -> None:
    """The whole chain on every shipped model: each seat has its own student and face."""
    frame = Frame(camera=CameraKey("front"), index=0, captured_at_s=0.0, pixels=picture())
    noses = []
    for x0 in (0.0, 0.5):
        region = Region(x0=x0, y0=0.0, x1=x0 + 0.5, y1=1.0)
        seen = shipped_perceiver(engine, region=region).observe(frame)
        assert seen.pose is not None
        assert seen.face is not None
        assert seen.face.eyes_readable
        assert isinstance(seen.face, FaceCues)
        assert np.isfinite(seen.face.embedding).all()
        noses.append(seen.pose.points[Landmark.NOSE, 0])

    np.testing.assert_allclose(noses, SHOWN_X, atol=8)


@pytest.mark.parametrize("engine", ENGINES)
def test_an_empty_room_has_nobody(engine: EngineChoice) -> None:
    """A picture without a person: noise, grey and gradients give no detection."""
    detector = PoseDetector(LIBRARY.load("pose_detector", choice=engine).session())
    rng = np.random.default_rng(3)
    gradient = np.tile(np.linspace(0, 255, 320, dtype=np.uint8)[None, :, None], (240, 1, 3))

    for empty in (
        np.full((240, 320, 3), 127, dtype=np.uint8),
        np.ascontiguousarray(gradient),
        rng.integers(0, 256, (240, 320, 3), dtype=np.uint8),
    ):
        assert (detector.detect(empty).scores < 0.65).all()
