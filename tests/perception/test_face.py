"""The face crop stands upright, has the right size, and is trusted only where it should be."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from appliance.domain.arrays import Float32Array, Float64Array
from appliance.domain.observations import Landmark, PoseLandmarks
from appliance.perception.face import (
    BLAZEFACE_PROPORTIONS,
    MIN_TRUST,
    Face,
    FaceDetector,
    FaceFinder,
    FacePoints,
    place_face,
    points_from_pose,
)
from tests.support.sessions import HIDDEN, ScriptedSession

PICTURE_WH = (640, 480)
IMAGE = np.zeros((480, 640, 3), dtype=np.uint8)

FRONTAL = np.array([[-37, 0], [37, 0], [0, 20], [0, 76], [-75, 10], [75, 10]], dtype=np.float64)
"""A face whose crop is 200 px wide, around the middle of its eyes."""

CORNER = np.array([20, 0])
"""From the middle of the mouth to its left corner."""


def face_points(
    *,
    scale: float = 1.0,
    roll_deg: float = 0.0,
    eyes_xy: tuple[float, float] = (320, 220),
    nose_dx: float = 0.0,
    seen: float = 1.0,
) -> FacePoints:
    """Build a face; each test moves one thing."""
    points = FRONTAL.copy()
    points[2, 0] += nose_dx
    angle = math.radians(roll_deg)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    placed: Float64Array = points @ turn.T * scale + np.array(eyes_xy)
    return FacePoints(points=placed, seen=seen, proportions=BLAZEFACE_PROPORTIONS)


def place(points: FacePoints) -> Face:
    """Place a face in the test's picture."""
    return place_face(points, picture_wh=PICTURE_WH)


def test_a_frontal_face_lies_as_in_the_training_pictures() -> None:
    """All three lengths agree on the side; the eyes lie at two fifths of the height."""
    face = place(face_points())

    assert face.square.side_px == pytest.approx(200)
    assert face.square.rotation_rad == pytest.approx(0)
    np.testing.assert_allclose(face.square.centre_xy, [320, 240], atol=1e-6)
    assert face.trust == 1
    assert face.eyes_readable
    assert face.yaw_deg == pytest.approx(0)


@pytest.mark.parametrize("roll_deg", [-60.0, -20.0, 35.0])
def test_the_crop_turns_with_the_head(roll_deg: float) -> None:
    """In the crop's own axes a tilted face is where an upright one is."""
    points = face_points(roll_deg=roll_deg)
    face = place(points)
    to_picture = face.square.to_picture(input_px=100)
    inverse = np.linalg.inv(np.vstack([to_picture, [0, 0, 1]]))
    eyes = inverse @ [*points.points[:2].mean(axis=0), 1]

    assert math.degrees(face.square.rotation_rad) == pytest.approx(roll_deg)
    np.testing.assert_allclose(eyes[:2], [50, 40], atol=1e-6)


def test_a_turned_head_keeps_its_size() -> None:
    """Eyes and ears move together, the distance from eyes to mouth still gives the side."""
    points = face_points()
    points.points[[0, 1, 4, 5], 0] = 320 + (points.points[[0, 1, 4, 5], 0] - 320) * 0.5

    assert place(points).square.side_px == pytest.approx(200)


@pytest.mark.parametrize(
    ("points", "trusted"),
    [
        pytest.param(face_points(scale=0.166), True, id="33.2-pixels"),
        pytest.param(face_points(scale=0.164), False, id="32.8-pixels"),
        pytest.param(face_points(seen=0.5), True, id="half-seen"),
        pytest.param(face_points(seen=0.49), False, id="less-than-half-seen"),
        pytest.param(face_points(nose_dx=60), True, id="turned-by-31-degrees"),
        pytest.param(face_points(nose_dx=130), False, id="turned-by-53-degrees"),
        pytest.param(face_points(eyes_xy=(90, 220)), True, id="touches-the-edge"),
        pytest.param(face_points(eyes_xy=(60, 220)), False, id="cut-off"),
    ],
)
def test_trust_falls_below_one_half_where_the_face_cannot_be_read(
    points: FacePoints, trusted: bool
) -> None:
    """Too small, hidden, turned away or cut off."""
    assert (place(points).trust >= MIN_TRUST) is trusted


def test_yaw_is_positive_towards_the_own_left() -> None:
    """The student's left is the picture's right."""
    assert place(face_points(nose_dx=20)).yaw_deg == pytest.approx(
        math.degrees(math.atan(20 / 75 / 1.33)), abs=1e-6
    )


@given(
    points=arrays(
        np.float64, (6, 2), elements=st.floats(min_value=-1e5, max_value=1e5, allow_nan=False)
    ),
    seen=st.floats(min_value=0, max_value=1),
)
def test_any_points_give_a_judged_face(points: Float64Array, seen: float) -> None:
    """Nonsense from a model is distrusted, never an exception."""
    face = place(FacePoints(points=points, seen=seen, proportions=BLAZEFACE_PROPORTIONS))

    assert 0 <= face.trust <= 1
    assert np.isfinite(face.square.to_picture(input_px=64)).all()


def test_all_points_in_one_place_are_no_face() -> None:
    """No size, no trust."""
    collapsed = FacePoints(
        points=np.full((6, 2), 100.0), seen=1.0, proportions=BLAZEFACE_PROPORTIONS
    )

    assert place(collapsed).trust == 0


@pytest.mark.parametrize(
    ("mouth_dy", "trusted"),
    [
        pytest.param(76, True, id="upright"),
        pytest.param(41, True, id="nods-deeply"),
        pytest.param(39, False, id="looks-at-the-lap"),
        pytest.param(-76, False, id="mouth-above-the-eyes"),
    ],
)
def test_a_nod_shortens_the_way_to_the_mouth(mouth_dy: float, trusted: bool) -> None:
    """Trust ends near 58 degrees; a face guessed at the back of a head has none at all."""
    points = face_points()
    points.points[3, 1] = 220 + mouth_dy

    assert (place(points).trust >= MIN_TRUST) is trusted


def test_small_or_turned_eyes_are_not_readable() -> None:
    """A mask, long before the face itself is given up."""
    assert not place(face_points(scale=0.235)).eyes_readable
    assert place(face_points(scale=0.245)).eyes_readable
    assert not place(face_points(nose_dx=90)).eyes_readable


def pose_of(points: FacePoints) -> PoseLandmarks:
    """Put a face on a body, as seen by the pose model."""
    landmarks: Float32Array = np.zeros((33, 4), dtype=np.float32)
    right_eye, left_eye, nose, mouth, right_ear, left_ear = points.points
    for landmark, point in {
        Landmark.RIGHT_EYE: right_eye,
        Landmark.LEFT_EYE: left_eye,
        Landmark.NOSE: nose,
        Landmark.MOUTH_LEFT: mouth + CORNER,
        Landmark.MOUTH_RIGHT: mouth - CORNER,
        Landmark.RIGHT_EAR: right_ear,
        Landmark.LEFT_EAR: left_ear,
    }.items():
        landmarks[landmark, :2] = point
    landmarks[:, 3] = points.seen
    return PoseLandmarks(points=landmarks, presence=1.0)


def test_the_pose_gives_the_same_six_points() -> None:
    """The mouth is the middle of its corners."""
    points = face_points()

    np.testing.assert_allclose(points_from_pose(pose_of(points)).points, points.points, atol=1e-4)


def test_a_head_that_the_heat_maps_do_not_see_is_not_trusted() -> None:
    """Visibility alone trusts a face on the wall."""
    pose = pose_of(face_points())

    assert points_from_pose(replace(pose, head_certainty=0.1)).seen == pytest.approx(0.1)
    assert place(points_from_pose(replace(pose, head_certainty=0.1))).trust == 0
    assert place(points_from_pose(replace(pose, head_certainty=0.9))).trust == 1


def blazeface(*, face_xy: tuple[float, float] | None) -> ScriptedSession:
    """Stand in for BlazeFace; a frontal face, its eyes at a place of the 128-pixel input."""

    def answer(_: object) -> dict[str, Float32Array]:
        boxes = np.zeros((1, 896, 16), dtype=np.float32)
        scores = np.full((1, 896, 1), HIDDEN, dtype=np.float32)
        if face_xy is not None:
            anchor = np.array([4, 4])  # the first cell of stride 8, in pixels
            boxes[0, 0, 2:4] = 60
            boxes[0, 0, 4:] = (FRONTAL * 0.3 + np.array(face_xy) - anchor).ravel()
            scores[0, 0] = 4
        return {"boxes": boxes, "scores": scores}

    return ScriptedSession(answer)


def test_a_trusted_pose_needs_no_detector() -> None:
    """BlazeFace costs nothing while the pose sees the face."""
    session = blazeface(face_xy=None)
    finder = FaceFinder(FaceDetector(session))
    face = finder.find(IMAGE, pose=pose_of(face_points()), pose_ran=True, at_s=0.0)

    assert face is not None
    assert face.trust == 1
    assert session.runs == 0


def test_blazeface_helps_where_the_pose_cannot_be_trusted() -> None:
    """Its points are carried from the cut-out back to the picture."""
    session = blazeface(face_xy=(64, 51.2))
    finder = FaceFinder(FaceDetector(session))
    hidden = pose_of(face_points(seen=0.1))
    guess = place_face(points_from_pose(hidden), picture_wh=PICTURE_WH).square
    face = finder.find(IMAGE, pose=hidden, pose_ran=True, at_s=0.0)

    assert face is not None
    assert face.trust == pytest.approx(1)
    # The cut-out is twice the guessed side wide and 128 pixels for the model.
    factor = 2 * guess.side_px / 128
    assert face.square.side_px == pytest.approx(60 * factor, rel=0.02)
    np.testing.assert_allclose(
        face.square.centre_xy, np.add(guess.centre_xy, (0, -6.8 * factor)), atol=2
    )


def test_blazeface_looks_at_most_twice_a_second() -> None:
    """Between its looks the last face is held, for half a second at most."""
    session = blazeface(face_xy=(64, 51.2))
    finder = FaceFinder(FaceDetector(session))
    hidden = pose_of(face_points(seen=0.1))
    faces = [finder.find(IMAGE, pose=hidden, pose_ran=True, at_s=frame / 16) for frame in range(32)]

    assert session.runs == 4
    assert all(face is not None and face.trust > MIN_TRUST for face in faces)


def test_without_help_the_untrusted_face_is_handed_on() -> None:
    """Whoever uses it sees the trust."""
    finder = FaceFinder(FaceDetector(blazeface(face_xy=None)))
    face = finder.find(IMAGE, pose=pose_of(face_points(seen=0.1)), pose_ran=True, at_s=0.0)

    assert face is not None
    assert face.trust == 0


def test_a_frame_without_pose_keeps_the_face_for_half_a_second() -> None:
    """The pose was not due: the face is looked for where it was."""
    finder = FaceFinder(FaceDetector(blazeface(face_xy=None)))
    first = finder.find(IMAGE, pose=pose_of(face_points()), pose_ran=True, at_s=0.0)

    assert finder.find(IMAGE, pose=None, pose_ran=False, at_s=0.5) is first
    assert finder.find(IMAGE, pose=None, pose_ran=False, at_s=0.5625) is None


def moving_finder(*, interval_s: float) -> tuple[FaceFinder, list[Face]]:
    """Return a finder that has seen a face go 8 pixels to the right, and both faces."""
    finder = FaceFinder(FaceDetector(blazeface(face_xy=(64, 51.2))))
    found = []
    for index in range(2):
        pose = pose_of(face_points())
        shifted = replace(
            pose, points=pose.points + np.array([8 * index, 0, 0, 0], dtype=np.float32)
        )
        found.append(finder.find(IMAGE, pose=shifted, pose_ran=True, at_s=index * interval_s))
    return finder, [face for face in found if face is not None]


@pytest.mark.parametrize(("after_s", "shift_px"), [(0.0625, 2), (0.125, 4), (0.25, 4), (0.5, 4)])
def test_without_pose_the_face_goes_on_at_half_its_speed(after_s: float, shift_px: float) -> None:
    """8 pixels in .125 s before; for as long at most, then it stays."""
    finder, (_, last) = moving_finder(interval_s=0.125)
    face = finder.find(IMAGE, pose=None, pose_ran=False, at_s=0.125 + after_s)

    assert face is not None
    expected = (last.square.centre_xy[0] + shift_px, last.square.centre_xy[1])
    assert face.square.centre_xy == pytest.approx(expected)
    assert face.square.side_px == pytest.approx(last.square.side_px)
    assert (face.trust, face.yaw_deg) == (last.trust, last.yaw_deg)


@pytest.mark.parametrize(("interval_s", "moves"), [(0.5, True), (0.5625, False)])
def test_an_old_place_says_nothing_about_speed(interval_s: float, moves: bool) -> None:
    """Two sights more than half a second apart are no movement."""
    finder, (_, last) = moving_finder(interval_s=interval_s)
    face = finder.find(IMAGE, pose=None, pose_ran=False, at_s=interval_s + 0.0625)

    assert face is not None
    assert (face.square.centre_xy != last.square.centre_xy) is moves


def test_blazeface_s_face_does_not_move() -> None:
    """Its square differs a little from the pose's; that is not speed."""
    finder, _ = moving_finder(interval_s=0.125)
    hidden = pose_of(face_points(seen=0.1))
    seen = finder.find(IMAGE, pose=hidden, pose_ran=True, at_s=0.25)
    finder.find(IMAGE, pose=pose_of(face_points()), pose_ran=True, at_s=0.375)
    last = finder.find(IMAGE, pose=None, pose_ran=False, at_s=0.5)
    again = finder.find(IMAGE, pose=None, pose_ran=False, at_s=0.5625)

    assert seen is not None
    assert seen.trust > MIN_TRUST
    assert last is again


def test_nobody_has_no_face() -> None:
    """The pose ran and found nobody: nothing is held."""
    finder = FaceFinder(FaceDetector(blazeface(face_xy=None)))
    finder.find(IMAGE, pose=pose_of(face_points()), pose_ran=True, at_s=0.0)

    assert finder.find(IMAGE, pose=None, pose_ran=True, at_s=0.0625) is None
    assert finder.find(IMAGE, pose=None, pose_ran=False, at_s=0.125) is None
