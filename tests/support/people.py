"""Observations of an upright person, moved one thing at a time."""

import numpy as np

from appliance.domain.arrays import Float32Array
from appliance.domain.observations import (
    FACE_ACTIONS,
    FaceAction,
    FaceCues,
    Landmark,
    Observation,
    PoseLandmarks,
)
from appliance.domain.seats import OccupancyKey, SeatKey

SEAT = SeatKey("a01")
FRAME_S = 1 / 15


class Keys:
    """Numbered occupancy keys: the factory that tests pass in."""

    def __init__(self) -> None:
        """Begin with no key given out."""
        self.given = 0

    def __call__(self) -> OccupancyKey:
        """Return the next key."""
        self.given += 1
        return OccupancyKey(f"seen-{self.given}")


def upright() -> Float32Array:
    """Return the (33, 4) landmarks of somebody facing the camera, shoulders 100 px apart.

    Shoulders at y = 200 around x = 300; ears 40 px apart at y = 120; nose 16 px lower; hands in
    the lap, far from the face.
    """
    points = np.zeros((33, 4), dtype=np.float32)
    points[:, :2] = (300, 300)
    points[:, 3] = 1
    places = {
        Landmark.NOSE: (300, 136),
        Landmark.LEFT_EYE_OUTER: (312, 115),
        Landmark.RIGHT_EYE_OUTER: (288, 115),
        Landmark.LEFT_EAR: (320, 120),
        Landmark.RIGHT_EAR: (280, 120),
        Landmark.MOUTH_LEFT: (306, 148),
        Landmark.MOUTH_RIGHT: (294, 148),
        Landmark.LEFT_SHOULDER: (350, 200),
        Landmark.RIGHT_SHOULDER: (250, 200),
        Landmark.LEFT_WRIST: (320, 300),
        Landmark.RIGHT_WRIST: (280, 300),
    }
    for landmark, place in places.items():
        points[landmark, :2] = place
    return points


def observe(
    at_s: float,
    *,
    seat: SeatKey = SEAT,
    points: Float32Array | None = None,
    actions: dict[FaceAction, float] | None = None,
    face: bool = True,
    pose: bool = True,
    present: bool = True,
    ambiguous: bool = False,
    trust: float = 1.0,
    eyes_readable: bool = True,
    expression_ran: bool = True,
    pose_ran: bool = True,
) -> Observation:
    """Return what one frame says about a person with open eyes and a closed mouth."""
    scores = np.full(len(FACE_ACTIONS), 0.1, dtype=np.float32)
    for action, score in (actions or {}).items():
        scores[FACE_ACTIONS.index(action)] = score
    cues = FaceCues(
        projection=np.zeros(16, dtype=np.float32),
        embedding=np.zeros(320, dtype=np.float32),
        expression=np.zeros(8, dtype=np.float32),
        valence=0.0,
        arousal=0.0,
        actions=scores,
        trust=trust,
        eyes_readable=eyes_readable,
    )
    body = PoseLandmarks(points=upright() if points is None else points, presence=1.0)
    return Observation(
        seat=seat,
        captured_at_s=at_s,
        pose=body if pose and present and pose_ran else None,
        face=cues if face and present and expression_ran else None,
        present=present,
        ambiguous=ambiguous,
        pose_ran=pose_ran,
        expression_ran=expression_ran,
    )


def blinking(score: float) -> dict[FaceAction, float]:
    """Return the actions of two lids at the same score."""
    return {FaceAction.BLINK_LEFT: score, FaceAction.BLINK_RIGHT: score}
