"""MediaPipe's landmarker behaves like the box's own tracker; a stand-in answers for it here."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from appliance.domain.arrays import UInt8Array
from appliance.domain.observations import Landmark
from appliance.errors import InferenceError, MissingProgramError, ModelLoadError
from appliance.perception.blazepose.boxes import Detections
from appliance.perception.mediapipe_pose import MediaPipeModel, MediaPipeTracker
from tests.support.sessions import picture
from tests.support.shipped_perception import shipped_tracker

BLANK = np.zeros((100, 200, 3), dtype=np.uint8)
SOMEBODY = [SimpleNamespace(x=0.5, y=0.25, z=-0.125, visibility=0.75, presence=0.875)] * 33


class StandIn:
    """What MediaPipe would be: the bundle opens, the landmarker answers as told."""

    def __init__(self) -> None:
        """See one person."""
        self.answer: Callable[[], list[list[SimpleNamespace]]] = lambda: [SOMEBODY]
        self.opened = 0
        self.closed = 0
        self.stamps_ms: list[int] = []
        self.seen: list[UInt8Array] = []

    def create_from_options(self, options: SimpleNamespace) -> "StandIn":
        """Open; a bundle that holds nothing is refused as MediaPipe does."""
        if not Path(options.base_options.model_asset_path).read_bytes():
            msg = "Unable to open zip archive.\nlong trace"
            raise RuntimeError(msg)
        self.opened += 1
        return self

    def detect_for_video(self, image: SimpleNamespace, stamp_ms: int) -> SimpleNamespace:
        """Answer."""
        self.seen.append(image.data)
        self.stamps_ms.append(stamp_ms)
        return SimpleNamespace(pose_landmarks=self.answer())

    def close(self) -> None:
        """Count."""
        self.closed += 1


@pytest.fixture
def mediapipe(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """Put the stand-in where the package would be."""
    stand_in = StandIn()
    package = SimpleNamespace(Image=SimpleNamespace, ImageFormat=SimpleNamespace(SRGB=1))
    tasks = SimpleNamespace(BaseOptions=SimpleNamespace)
    vision = SimpleNamespace(
        PoseLandmarkerOptions=SimpleNamespace,
        PoseLandmarker=stand_in,
        RunningMode=SimpleNamespace(VIDEO=2),
    )
    monkeypatch.setitem(sys.modules, "mediapipe", package)
    monkeypatch.setitem(sys.modules, "mediapipe.tasks.python", tasks)
    monkeypatch.setitem(sys.modules, "mediapipe.tasks.python.vision", vision)
    return stand_in


@pytest.fixture
def tracker(mediapipe: StandIn, tmp_path: Path) -> MediaPipeTracker:
    """Return a tracker on the stand-in, counted from its own first opening."""
    bundle = tmp_path / "pose.task"
    bundle.write_bytes(b"bundle")
    made = MediaPipeModel(bundle).tracker()
    mediapipe.opened = mediapipe.closed = 0
    return made


def test_a_missing_package_is_one_line_that_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Exit code 69, before anything is looked at."""
    monkeypatch.setitem(sys.modules, "mediapipe", None)

    with pytest.raises(MissingProgramError, match=r"pip install 'classbox\[mediapipe\]'"):
        MediaPipeModel(tmp_path / "pose.task")


@pytest.mark.usefixtures("mediapipe")
def test_a_missing_bundle_says_how_to_make_one(tmp_path: Path) -> None:
    """Exit code 65, with the command."""
    with pytest.raises(ModelLoadError, match=r"no file .*pose.task; .*mediapipe_bundle --out"):
        MediaPipeModel(tmp_path / "pose.task")


@pytest.mark.usefixtures("mediapipe")
def test_a_bad_bundle_is_refused_at_the_start(tmp_path: Path) -> None:
    """One line of MediaPipe's message, not its trace."""
    bundle = tmp_path / "pose.task"
    bundle.touch()

    with pytest.raises(ModelLoadError, match=r"cannot use .*pose.task: Unable to open zip archive"):
        MediaPipeModel(bundle)


def test_landmarks_come_out_in_pixels(tracker: MediaPipeTracker) -> None:
    """Depth in the scale of the width; presence is that of the upper body."""
    pose = tracker.track(BLANK, 0.0)

    assert pose is not None
    np.testing.assert_array_equal(pose.points[0], [100, 25, -25, 0.75])
    assert pose.presence == 0.875
    assert tracker.track_number == 1


def test_mediapipe_sees_red_first(mediapipe: StandIn, tracker: MediaPipeTracker) -> None:
    """The box's pictures are BGR."""
    image = BLANK.copy()
    image[..., 2] = 9
    tracker.track(image, 0.0)

    assert mediapipe.seen[0][0, 0].tolist() == [9, 0, 0]


def test_time_stamps_always_increase(mediapipe: StandIn, tracker: MediaPipeTracker) -> None:
    """MediaPipe refuses two pictures of one millisecond."""
    for at_s in (1.0, 1.0001, 1.0002, 1.5):
        tracker.track(BLANK, at_s)

    assert mediapipe.stamps_ms == [1000, 1001, 1002, 1500]


def test_nobody_is_none_and_a_new_body_a_new_number(
    mediapipe: StandIn, tracker: MediaPipeTracker
) -> None:
    """The one who comes back may be somebody else."""
    tracker.track(BLANK, 0.0)
    mediapipe.answer = list
    assert tracker.track(BLANK, 0.1) is None
    mediapipe.answer = lambda: [SOMEBODY]
    tracker.track(BLANK, 0.2)

    assert tracker.track_number == 2
    assert mediapipe.opened == 1


def test_reset_starts_again_with_earlier_times(
    mediapipe: StandIn, tracker: MediaPipeTracker
) -> None:
    """After a seam time may start anew."""
    tracker.track(BLANK, 100.0)
    tracker.reset()

    assert tracker.track(BLANK, 0.25) is not None
    assert mediapipe.stamps_ms == [100_000, 250]
    assert (mediapipe.opened, mediapipe.closed) == (2, 1)


def test_a_body_that_is_not_chosen_is_let_go_for_half_a_second(
    mediapipe: StandIn, tracker: MediaPipeTracker
) -> None:
    """Starting again is dear, so it is not done on every picture."""
    assert tracker.track(BLANK, 0.0, choose=lambda _: None) is None
    assert tracker.track(BLANK, 0.25) is None
    assert tracker.track_number == 0
    assert tracker.track(BLANK, 0.5) is not None

    assert (mediapipe.opened, mediapipe.closed) == (2, 1)


def test_who_chooses_sees_the_body_as_the_detector_would(tracker: MediaPipeTracker) -> None:
    """One box with hips, scale and shoulders in pixels."""
    offered: list[Detections] = []

    def choose(people: Detections) -> int:
        offered.append(people)
        return 0

    tracker.track(BLANK, 0.0, choose=choose)

    assert offered[0].points.tolist() == [[[100, 25]] * 4]
    assert offered[0].scores.tolist() == [0.875]


def test_a_failure_is_a_typed_error(mediapipe: StandIn, tracker: MediaPipeTracker) -> None:
    """Never an empty result."""

    def fail() -> list[list[SimpleNamespace]]:
        msg = "graph has errors"
        raise RuntimeError(msg)

    mediapipe.answer = fail
    with pytest.raises(InferenceError, match="mediapipe: the pose landmarker failed"):
        tracker.track(BLANK, 0.0)


def test_the_real_one_agrees_with_the_box() -> None:
    """Shoulders of a rendered student within a tenth of their width."""
    pytest.importorskip("mediapipe", reason="needs classbox[mediapipe]")
    bundle = os.environ.get("CLASSBOX_TEST_POSE_BUNDLE")
    if bundle is None:
        pytest.skip("set CLASSBOX_TEST_POSE_BUNDLE to a file of quantization.mediapipe_bundle")
    image = np.ascontiguousarray(picture()[:, :316])
    own = shipped_tracker().track(image, 0.0)
    theirs = MediaPipeModel(Path(bundle)).tracker().track(image, 0.0)

    assert own is not None
    assert theirs is not None
    shoulders = [Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER]
    left, right = own.points[shoulders, :2]
    apart = np.hypot(*(theirs.points[shoulders, :2] - own.points[shoulders, :2]).T)
    assert (apart < 0.1 * np.hypot(*(left - right))).all()
