"""Absences are drawn from a clip, and the wait for a good pose is timed."""

import math

import numpy as np
import pytest

from appliance.errors import CameraError
from appliance.perception.blazepose.detector import PoseDetector
from appliance.perception.blazepose.tracker import PoseTracker
from quantization.measure.motion.recovery import (
    Absence,
    draw_absences,
    is_good,
    recover,
    share_within,
)
from quantization.measure.motion.truth import SeatClip
from tests.support.sessions import ScriptedSession, body, nobody, people

WHITE = np.full((224, 224, 3), 255, dtype=np.uint8)
WHITE[:8] = 50  # the wall, as far as the top rows tell
SHOULDERS_PX = 100.0


def clip(frames: int = 120, *, moves_at: int | None = None) -> SeatClip:
    """Return a person whose joints lie where ``body()`` puts all landmarks.

    Args:
        frames: Length, at 16 frames/s.
        moves_at: From this frame on the true joints are .25 shoulder widths further right.
    """
    joints = np.full((frames, 4, 2), 112.0)
    joints[:, 2, 0] += SHOULDERS_PX / 2
    joints[:, 3, 0] -= SHOULDERS_PX / 2
    if moves_at is not None:
        joints[moves_at:, :, 0] += SHOULDERS_PX / 4
    return SeatClip(name="clip", fps=16.0, pictures=[WHITE] * frames, joints=joints)


def tracker() -> PoseTracker:
    """Return the box's tracker on models that see a person in bright pictures only."""

    def bright(image: np.ndarray) -> bool:
        return bool(image[0, 112, 112].mean() > 128)

    return PoseTracker(
        detector=PoseDetector(
            ScriptedSession(
                lambda asked: people((0.5, 0.5, 0.9)) if bright(asked["image"]) else nobody()
            )
        ),
        landmarks=ScriptedSession(
            lambda asked: body(presence=0.9 if asked["image"][0, 128, 128].mean() > 128 else 0.1)
        ),
    )


@pytest.mark.parametrize("away", [pytest.param(16, id="covered"), pytest.param(17, id="wall")])
def test_the_wait_is_what_is_left_of_the_search_interval(away: int) -> None:
    """A look every fifth of a second, on pictures every sixteenth: three pictures at most."""
    wait_s = recover(tracker(), clip(), Absence(start=40, away_frames=away))

    assert wait_s in {0.0, 0.0625, 0.125, 0.1875}


def test_after_a_long_absence_the_pace_is_that_of_an_empty_seat() -> None:
    """Up to half a second."""
    waits = {
        recover(tracker(), clip(), Absence(start=40, away_frames=away)) for away in range(200, 208)
    }

    assert max(waits) == 0.4375


def test_a_pose_in_the_wrong_place_is_not_good() -> None:
    """The person sits elsewhere now; the pose that stays where it was never counts."""
    moved = clip(moves_at=40)

    assert recover(tracker(), moved, Absence(start=40, away_frames=20)) == math.inf


def test_good_is_strictly_closer_than_a_fifth_of_the_shoulders() -> None:
    """In every joint, as a distance."""
    errors = np.zeros((4, 2))
    assert is_good(errors)
    errors[2] = (0.2, 0.0)
    assert not is_good(errors)
    errors[2] = (0.15, 0.15)
    assert not is_good(errors)


def test_absences_fit_into_the_clip_and_repeat() -> None:
    """Followed for a second before, watched for one and a half after; the same for a seed."""
    drawn = draw_absences(clip(), count=2000, away_s=(1.0, 5.0), seed=3)

    assert min(absence.start for absence in drawn) == 16
    assert max(absence.start for absence in drawn) == 120 - 24 - 1
    assert {absence.away_frames for absence in drawn} <= set(range(16, 81))
    assert drawn == draw_absences(clip(), count=2000, away_s=(1.0, 5.0), seed=3)


def test_a_clip_too_short_for_an_absence_is_refused() -> None:
    """Forty pictures are the seconds before and after; one more is needed."""
    with pytest.raises(CameraError, match=r"clip: 40 pictures are too short"):
        draw_absences(clip(40), count=1, away_s=(1.0, 5.0), seed=3)

    assert draw_absences(clip(41), count=1, away_s=(1.0, 1.0), seed=3) == [
        Absence(start=16, away_frames=16)
    ]


def test_a_wait_of_the_limit_is_within() -> None:
    """At most means at most; never is not."""
    assert share_within([0.25, 0.5, 0.5625, math.inf], 0.5) == 0.5
