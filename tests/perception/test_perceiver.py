"""A seat's observation from a frame: region, pose, face, expression, in order."""

from dataclasses import dataclass

import numpy as np
import pytest

from appliance.domain.frames import CameraKey, Frame
from appliance.domain.observations import Landmark, Observation
from appliance.domain.seats import WHOLE_PICTURE, Region, SeatKey
from appliance.perception.blazepose.detector import PoseDetector
from appliance.perception.blazepose.tracker import PoseTracker
from appliance.perception.crowd import CrowdWatch
from appliance.perception.expression import ExpressionReader
from appliance.perception.face import FaceDetector, FaceFinder
from appliance.perception.perceiver import Perceiver
from tests.support.sessions import HIDDEN, ScriptedSession, body, heads, nobody, people

LEFT_HALF = Region(x0=0.0, y0=0.0, x1=0.5, y1=1.0)
RIGHT_HALF = Region(x0=0.5, y0=0.0, x1=1.0, y1=1.0)
TEXTURE = np.random.default_rng(1).integers(0, 256, (640, 640, 3), dtype=np.uint8)


def body_with_face() -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
    """Return raw landmarks with a frontal face, 50 pixels of the input wide."""
    outputs = body(head_certainty=0.9)
    landmarks = outputs["landmarks"].reshape(39, 5)
    for landmark, offset in {
        Landmark.RIGHT_EYE: (-9, 0),
        Landmark.LEFT_EYE: (9, 0),
        Landmark.NOSE: (0, 5),
        Landmark.MOUTH_RIGHT: (-5, 18),
        Landmark.MOUTH_LEFT: (5, 18),
        Landmark.RIGHT_EAR: (-16, 2),
        Landmark.LEFT_EAR: (16, 2),
    }.items():
        landmarks[landmark, :2] = np.add((128, 90), offset)
    return outputs


@dataclass
class Seat:
    """A perceiver on scripted models."""

    perceiver: Perceiver
    detector: ScriptedSession
    landmarker: ScriptedSession
    encoder: ScriptedSession

    def show(
        self,
        at_s: float,
        *,
        continues: bool = True,
        run_pose: bool = True,
        run_expression: bool = True,
    ) -> Observation:
        """Show a frame of 1280 x 640 whose halves are the same."""
        frame = Frame(
            camera=CameraKey("front"),
            index=0,
            captured_at_s=at_s,
            pixels=np.tile(TEXTURE, (1, 2, 1)),
            continues=continues,
        )
        return self.perceiver.observe(frame, run_pose=run_pose, run_expression=run_expression)


def seat(region: Region = WHOLE_PICTURE, *, occupied: bool = True) -> Seat:
    """Build a seat with one person in the middle of its region, or nobody."""
    seen = people((0.5, 0.5, 0.9)) if occupied else nobody()
    detector = ScriptedSession(lambda _: seen)
    landmarker = ScriptedSession(lambda _: body_with_face())
    encoder = ScriptedSession(heads)
    blazeface = ScriptedSession(
        lambda _: {
            "boxes": np.zeros((1, 896, 16), dtype=np.float32),
            "scores": np.full((1, 896, 1), HIDDEN, dtype=np.float32),
        }
    )
    poses = PoseDetector(detector)
    return Seat(
        perceiver=Perceiver(
            seat=SeatKey("a01"),
            region=region,
            tracker=PoseTracker(detector=poses, landmarks=landmarker),
            crowd=CrowdWatch(poses),
            faces=FaceFinder(FaceDetector(blazeface)),
            expression=ExpressionReader(encoder, input_px=64),
        ),
        detector=detector,
        landmarker=landmarker,
        encoder=encoder,
    )


def test_a_student_is_observed_with_pose_and_face() -> None:
    """Everything ran, everything was found."""
    seen = seat().show(2.5)

    assert seen.seat == "a01"
    assert seen.captured_at_s == 2.5
    assert seen.present
    assert not seen.ambiguous
    assert seen.pose is not None
    assert seen.face is not None
    assert seen.face.trust == 1
    assert (seen.pose_ran, seen.expression_ran) == (True, True)


@pytest.mark.parametrize(
    ("region", "centre"),
    [pytest.param(LEFT_HALF, 320, id="left"), pytest.param(RIGHT_HALF, 960, id="right")],
)
def test_landmarks_are_in_pixels_of_the_frame(region: Region, centre: float) -> None:
    """The middle of the region, wherever it lies."""
    seen = seat(region).show(0.0)

    assert seen.pose is not None
    np.testing.assert_allclose(seen.pose.points[Landmark.LEFT_HIP, :2], [centre, 320], atol=0.01)


def test_the_crop_comes_out_of_the_seats_own_region() -> None:
    """The same student in both halves of the picture gives the same face crop."""
    left, right = seat(LEFT_HALF), seat(RIGHT_HALF)
    left.show(0.0)
    right.show(0.0)

    np.testing.assert_array_equal(left.encoder.asked[0]["face"], right.encoder.asked[0]["face"])
    assert left.encoder.asked[0]["face"].std() > 0


def test_an_empty_seat_runs_no_further_model() -> None:
    """Nobody there: no landmarks, no face, no expression."""
    empty = seat(occupied=False)
    seen = empty.show(0.0)

    assert not seen.present
    assert seen.pose is None
    assert seen.face is None
    assert (empty.landmarker.runs, empty.encoder.runs) == (0, 0)


def test_a_frame_without_pose_still_has_a_face() -> None:
    """The ladder's first step: expression on every frame, pose on every other."""
    student = seat()
    student.show(0.0)
    seen = student.show(0.0625, run_pose=False)

    assert seen.present
    assert seen.pose is None
    assert not seen.pose_ran
    assert seen.face is not None
    assert student.landmarker.runs == 1
    assert student.encoder.runs == 2


def test_a_frame_without_expression_keeps_the_face_for_later() -> None:
    """Pose and expression may take turns."""
    student = seat()
    first = student.show(0.0, run_expression=False)
    second = student.show(0.0625, run_pose=False)

    assert first.face is None
    assert not first.expression_ran
    assert second.face is not None
    assert student.encoder.runs == 1


def test_a_seam_starts_again() -> None:
    """A looped clip: time may go on, but the person is detected anew."""
    student = seat()
    student.show(0.0)
    before = student.detector.runs
    student.show(0.0625, continues=False)

    assert student.detector.runs > before
