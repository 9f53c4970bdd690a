"""The tracker detects to acquire, follows the landmarks, and lets go."""

from collections.abc import Iterable

import numpy as np
import pytest

from appliance.domain.arrays import Float32Array
from appliance.domain.observations import Landmark, PoseLandmarks
from appliance.perception.blazepose.detector import PoseDetector
from appliance.perception.blazepose.tracker import PoseTracker
from tests.support.sessions import ScriptedSession, body, nobody, people

BLANK = np.zeros((224, 224, 3), dtype=np.uint8)
MIDDLE = (0.5, 0.5, 0.9)


class Scene:
    """A tracker on scripted models: what they say can change from frame to frame."""

    def __init__(self) -> None:
        """Begin with one person in the middle."""
        self.seen = people(MIDDLE)
        self.landmarks = body()
        self.detector = ScriptedSession(lambda _: self.seen)
        self.landmarker = ScriptedSession(lambda _: self.landmarks)
        self.tracker = PoseTracker(detector=PoseDetector(self.detector), landmarks=self.landmarker)

    def play(self, times_s: Iterable[float]) -> list[PoseLandmarks | None]:
        """Show one blank frame at each time."""
        return [self.tracker.track(BLANK, at_s) for at_s in times_s]


def nose_xy(pose: PoseLandmarks | None) -> Float32Array:
    """Return one landmark."""
    assert pose is not None
    return pose.points[Landmark.NOSE, :2]


def test_the_detector_runs_only_to_acquire() -> None:
    """A person who is followed costs no second detection."""
    scene = Scene()
    poses = scene.play(frame / 16 for frame in range(32))

    assert None not in poses
    assert scene.detector.runs == 1
    assert scene.landmarker.runs == 32


def test_landmarks_come_out_in_pixels_of_the_picture() -> None:
    """The detector's hips at the centre and the model's centre are the picture's centre."""
    (pose,) = Scene().play([0.0])

    np.testing.assert_allclose(nose_xy(pose), [112, 112], atol=0.01)
    assert pose is not None
    assert pose.presence == pytest.approx(0.9)


def test_the_region_follows_the_person() -> None:
    """A body that lies right of the region's middle draws the next region to the right."""
    scene = Scene()
    scene.landmarks = body(shift_px=16)
    first, second, third = scene.play([0.0, 0.5, 1.0])

    assert nose_xy(first)[0] < nose_xy(second)[0] < nose_xy(third)[0]


def test_presence_of_exactly_one_half_is_nobody() -> None:
    """The comparison is strict, as in MediaPipe."""
    scene = Scene()
    scene.landmarks = body(presence=0.5)
    assert scene.play([0.0]) == [None]

    scene.landmarks = body(presence=0.50001)
    assert scene.play([1.0]) != [None]


def test_an_empty_seat_costs_two_detector_runs_a_second() -> None:
    """Sixteen frames a second for four seconds: eight looks."""
    scene = Scene()
    scene.seen = nobody()
    scene.play(frame / 16 for frame in range(64))

    assert scene.detector.runs == 8
    assert scene.landmarker.runs == 0


def test_somebody_just_lost_is_looked_for_more_often() -> None:
    """A fifth of a second between looks, so that re-acquisition is quick."""
    scene = Scene()
    scene.play([0.0, 0.25])
    scene.landmarks = body(presence=0.25)
    scene.play([0.5])
    scene.seen = nobody()
    before = scene.detector.runs
    scene.play(0.5 + frame / 32 for frame in range(1, 32))

    assert scene.detector.runs - before == 5


def test_after_ten_seconds_the_seat_counts_as_empty() -> None:
    """Five looks a second up to then, two from then on."""
    scene = Scene()
    scene.play([0.0])
    scene.landmarks = body(presence=0.25)
    scene.play([1.0])
    scene.seen = nobody()

    scene.play(1.0 + frame / 32 for frame in range(1, 9 * 32))
    before = scene.detector.runs
    scene.play(10.0 + frame / 32 for frame in range(32))
    recovering = scene.detector.runs - before
    scene.play(11.0 + frame / 32 for frame in range(32))
    before = scene.detector.runs
    scene.play(12.0 + frame / 32 for frame in range(4 * 32))

    assert recovering == 5
    assert scene.detector.runs - before == 8


def test_a_person_who_comes_back_is_found() -> None:
    """Loss is not for ever."""
    scene = Scene()
    scene.play([0.0])
    scene.landmarks = body(presence=0.25)
    assert scene.play([0.25]) == [None]
    scene.landmarks = body()

    assert scene.play([0.5]) != [None]


@pytest.mark.parametrize(
    ("score", "followed"),
    [pytest.param(0.6, False, id="furniture"), pytest.param(0.7, True, id="person")],
)
def test_weak_detections_start_no_track(score: float, followed: bool) -> None:
    """A round table scores up to .58."""
    scene = Scene()
    scene.seen = people((0.5, 0.5, score))
    (pose,) = scene.play([0.0])

    assert (pose is not None) is followed


@pytest.mark.parametrize(
    ("certainty", "followed"),
    [pytest.param(0.65, False, id="cartoon"), pytest.param(0.8, True, id="person")],
)
def test_a_new_track_needs_certain_heat_maps(certainty: float, followed: bool) -> None:
    """Presence alone is fooled by cartoon titles."""
    scene = Scene()
    scene.landmarks = body(certainty=certainty)
    (pose,) = scene.play([0.0])

    assert (pose is not None) is followed


@pytest.mark.parametrize(
    ("later", "shown"),
    [
        pytest.param(0.66, [False, False, True, True], id="stays-certain"),
        pytest.param(0.55, [False, False, False, False], id="does-not"),
    ],
)
def test_a_doubtful_track_is_shown_after_three_frames(later: float, shown: list[bool]) -> None:
    """A title that passes for a person once is never reported."""
    scene = Scene()
    scene.landmarks = body(certainty=0.7)
    poses = scene.play([0.0])
    scene.landmarks = body(certainty=later)
    poses += scene.play([0.1, 0.2, 0.3])

    assert [pose is not None for pose in poses] == shown


def test_the_next_doubtful_track_starts_afresh() -> None:
    """Doubts about one body are not held against the next."""
    scene = Scene()
    scene.landmarks = body(certainty=0.7)
    scene.play([0.0])
    scene.tracker.reset()

    assert scene.play([1.0, 1.1]) == [None, None]
    assert scene.play([1.2]) != [None]


def test_a_running_track_survives_uncertain_heat_maps() -> None:
    """A student who hides head and shoulders for a while is not lost."""
    scene = Scene()
    scene.play([0.0])
    scene.landmarks = body(certainty=0.3)

    assert scene.play([0.1]) != [None]


def test_a_pose_says_how_sure_the_head_is() -> None:
    """The face crop is judged by it."""
    scene = Scene()
    scene.landmarks = body(head_certainty=0.9)
    (pose,) = scene.play([0.0])

    assert pose is not None
    assert pose.head_certainty == pytest.approx(0.9, abs=0.01)


def test_the_best_of_several_is_followed() -> None:
    """One seat, one person."""
    scene = Scene()
    scene.seen = people((0.25, 0.25, 0.7), (0.75, 0.75, 0.9))
    (pose,) = scene.play([0.0])

    np.testing.assert_allclose(nose_xy(pose), [168, 168], atol=0.01)


def test_reset_forgets_person_and_filters() -> None:
    """After a seam time may start again and the first pose is not smoothed with the past."""
    scene = Scene()
    scene.play([100.0, 100.1])
    scene.tracker.reset()
    scene.seen = people((0.25, 0.25, 0.9))
    (pose,) = scene.play([0.0])

    np.testing.assert_allclose(nose_xy(pose), [56, 56], atol=0.01)
    assert scene.detector.runs == 2


def test_smoothing_holds_a_trembling_landmark() -> None:
    """Noise of a body at rest comes out much smaller than it went in."""
    scene = Scene()
    noise = np.random.default_rng(7).normal(0, 1, 60)
    found = []
    for frame, shift in enumerate(noise):
        scene.landmarks = body()
        scene.landmarks["landmarks"].reshape(39, 5)[:33, 0] += shift
        (pose,) = scene.play([frame / 15])
        found.append(float(nose_xy(pose)[0]))
    raw_scale = 0.25 * 224 * 2 * 1.25 / 256

    assert np.std(np.diff(found)) < 0.7 * np.std(np.diff(noise)) * raw_scale
