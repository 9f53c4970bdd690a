"""Two seats of one camera on scripted models: what each of them hands on."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from appliance.domain.arrays import Float32Array
from appliance.domain.frames import CameraKey, Frame
from appliance.domain.observations import Landmark, Observation
from appliance.domain.seats import Region, SeatKey
from appliance.perception.blazepose.detector import PoseDetector
from appliance.perception.blazepose.tracker import PoseTracker
from appliance.perception.crowd import CrowdWatch
from appliance.perception.expression import ExpressionReader
from appliance.perception.face import FaceDetector, FaceFinder
from appliance.perception.perceiver import Perceiver
from appliance.perception.seating.association import SeatAssociator
from appliance.perception.seating.shared_tracks import SharedTracks
from tests.support.sessions import HIDDEN, ScriptedSession, body, heads, nobody, people

PICTURE = np.zeros((640, 1280, 3), dtype=np.uint8)
LEFT, RIGHT = SeatKey("left"), SeatKey("right")
MIDDLE = (0.5, 0.5, 0.9)
WIDTH_INPUT_PX = 64
"""Shoulder width in the 256 pixels that the landmark model sees of 400 of the frame."""


def upright(*, shift_px: float = 0.0) -> dict[str, Float32Array]:
    """Return raw landmarks of somebody with shoulders, nose over and hips under them."""
    outputs = body(shift_px=shift_px)
    landmarks = outputs["landmarks"].reshape(39, 5)
    landmarks[Landmark.LEFT_SHOULDER, :2] += (WIDTH_INPUT_PX / 2, -80)
    landmarks[Landmark.RIGHT_SHOULDER, :2] += (-WIDTH_INPUT_PX / 2, -80)
    landmarks[Landmark.NOSE, :2] += (0, -112)
    return outputs


@dataclass
class Seat:
    """One perceiver and what its models are going to say."""

    perceiver: Perceiver
    detector: ScriptedSession
    landmarker: ScriptedSession
    seen: list[dict[str, Float32Array]] = field(default_factory=lambda: [people(MIDDLE)])
    landmarks: list[dict[str, Float32Array]] = field(default_factory=lambda: [upright()])


class Camera:
    """Two seats, left and right half of a picture."""

    def __init__(self, *, neighbours: bool = True) -> None:
        """Put one person in the middle of either half."""
        regions = {
            LEFT: Region(x0=0.0, y0=0.0, x1=0.5, y1=1.0),
            RIGHT: Region(x0=0.5, y0=0.0, x1=1.0, y1=1.0),
        }
        tracks = SharedTracks(regions) if neighbours else None
        self.seats = {key: _seat(key, region, tracks) for key, region in regions.items()}
        self.frame = 0

    def show(self, *, continues: bool = True, run_pose: bool = True) -> dict[SeatKey, Observation]:
        """Show the next frame to both seats."""
        frame = Frame(
            camera=CameraKey("front"),
            index=self.frame,
            captured_at_s=self.frame / 16,
            pixels=PICTURE,
            continues=continues,
        )
        self.frame += 1
        return {
            key: seat.perceiver.observe(frame, run_pose=run_pose)
            for key, seat in self.seats.items()
        }

    def play(self, seconds: float) -> dict[SeatKey, Observation]:
        """Show frames for a while and return what the last one gave."""
        for _ in range(round(seconds * 16) - 1):
            self.show()
        return self.show()


def _seat(key: SeatKey, region: Region, tracks: SharedTracks | None) -> Seat:
    detector = ScriptedSession(lambda _: seat.seen[-1])
    landmarker = ScriptedSession(lambda _: seat.landmarks[-1])
    blazeface = ScriptedSession(
        lambda _: {
            "boxes": np.zeros((1, 896, 16), dtype=np.float32),
            "scores": np.full((1, 896, 1), HIDDEN, dtype=np.float32),
        }
    )
    poses = PoseDetector(detector)
    seat = Seat(
        perceiver=Perceiver(
            seat=key,
            region=region,
            tracker=PoseTracker(detector=poses, landmarks=landmarker),
            crowd=CrowdWatch(poses),
            faces=FaceFinder(FaceDetector(blazeface)),
            expression=ExpressionReader(ScriptedSession(heads), input_px=64),
            associator=None if tracks is None else SeatAssociator(seat=key, tracks=tracks),
        ),
        detector=detector,
        landmarker=landmarker,
    )
    return seat


def test_both_are_read_and_nothing_runs_more_often() -> None:
    """One detector run to acquire, one every two seconds, one landmark run per frame."""
    camera = Camera()
    seen = camera.play(4.0)

    for key, seat in camera.seats.items():
        assert (seen[key].present, seen[key].ambiguous, seen[key].track) == (True, False, 1)
        assert seen[key].pose is not None
        assert (seat.detector.runs, seat.landmarker.runs) == (3, 64)


def test_a_neighbour_who_reaches_in_is_not_followed() -> None:
    """What the detector finds in the empty left seat's region is nearer to the right prior."""
    camera = Camera()
    camera.seats[LEFT].seen.append(nobody())
    camera.seats[RIGHT].seen.append(people((0.2, 0.5, 0.9)))
    camera.play(4.0)
    camera.seats[LEFT].seen.append(people((0.95, 0.5, 0.95)))
    seen = camera.play(2.0)

    assert seen[RIGHT].present
    assert not seen[LEFT].present
    assert camera.seats[LEFT].landmarker.runs == 0


def test_the_students_own_body_is_followed_though_another_scores_more() -> None:
    """Whoever looks over the shoulder stands at the edge."""
    camera = Camera()
    camera.play(4.0)
    camera.seats[LEFT].landmarks.append(body(presence=0.1))
    camera.show()
    camera.seats[LEFT].landmarks.append(upright())
    camera.seats[LEFT].seen.append(people((0.9, 0.5, 0.95), MIDDLE))
    seen = camera.play(1.0)[LEFT]

    assert seen.pose is not None
    assert seen.pose.points[Landmark.LEFT_HIP, 0] == pytest.approx(320, abs=2)
    assert seen.track == 2


def test_a_body_far_from_home_is_masked() -> None:
    """Followed, present, ambiguous, and neither pose nor face goes on."""
    camera = Camera()
    camera.play(4.0)
    camera.seats[LEFT].landmarks.append(upright(shift_px=8))
    observations = [camera.show()[LEFT] for _ in range(12)]
    masked = [one for one in observations if one.present and one.ambiguous]

    assert masked
    assert all(one.pose is None and one.face is None for one in masked)
    assert observations[0].pose is not None


def test_a_jump_to_another_body_ends_the_track() -> None:
    """Nobody for one frame, then a track with another number."""
    camera = Camera()
    before = camera.play(4.0)[LEFT]
    camera.seats[LEFT].landmarks.append(upright(shift_px=80))
    jumped = camera.show()[LEFT]
    camera.seats[LEFT].landmarks.append(upright())
    after = camera.show()[LEFT]

    assert not jumped.present
    assert jumped.pose is None
    assert after.present
    assert after.track == before.track + 1


def test_who_leaves_is_gone() -> None:
    """No landmarks, nobody detected: absent, while the neighbour stays."""
    camera = Camera()
    camera.play(4.0)
    camera.seats[LEFT].landmarks.append(body(presence=0.1))
    camera.seats[LEFT].seen.append(nobody())
    seen = camera.play(1.0)

    assert not seen[LEFT].present
    assert seen[RIGHT].present


def test_a_frame_without_pose_keeps_the_mask() -> None:
    """The ladder leaves out every other pose; a body in doubt stays in doubt."""
    camera = Camera()
    camera.play(4.0)
    camera.seats[LEFT].landmarks.append(upright(shift_px=8))
    while not camera.show()[LEFT].ambiguous:
        pass
    seen = camera.show(run_pose=False)[LEFT]

    assert seen.present
    assert seen.ambiguous
    assert seen.face is None


def test_a_seam_forgets_homes() -> None:
    """After it whoever is in the region is read, wherever that is."""
    camera = Camera()
    camera.play(4.0)
    camera.seats[LEFT].seen.append(people((0.3, 0.5, 0.9)))
    seen = camera.show(continues=False)[LEFT]

    assert seen.pose is not None
    assert not seen.ambiguous


def test_the_only_seat_of_a_camera_follows_anybody() -> None:
    """Without neighbours there is nobody to be taken for somebody else."""
    camera = Camera(neighbours=False)
    camera.play(4.0)
    camera.seats[LEFT].landmarks.append(upright(shift_px=8))
    seen = camera.play(1.0)[LEFT]

    assert seen.pose is not None
    assert not seen.ambiguous
    assert seen.track == 1
