"""Students before a webcam, as twelve points of the upper body, to the box's observations."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from appliance.domain.arrays import Float32Array
from appliance.domain.observations import Landmark, Observation, PoseLandmarks
from appliance.errors import ConfigError
from training.real.observations import SEAT

# An OpenPose point of a shoulder that is plainly there has a confidence of .2 to .5, where
# BlazePose says .9: below this one in seven shoulders would be lost, above it one in three.
CONFIDENT = 0.2
_EIGHTH_PX = 8.0
_FULL = 255.0

_LANDMARKS: dict[str, tuple[Landmark, ...]] = {
    "nose": (Landmark.NOSE,),
    "right_shoulder": (Landmark.RIGHT_SHOULDER,),
    "right_elbow": (Landmark.RIGHT_ELBOW,),
    "right_wrist": (Landmark.RIGHT_WRIST,),
    "left_shoulder": (Landmark.LEFT_SHOULDER,),
    "left_elbow": (Landmark.LEFT_ELBOW,),
    "left_wrist": (Landmark.LEFT_WRIST,),
    # One point an eye: its corners are put there too, the roll of the head stays the same.
    "right_eye": (Landmark.RIGHT_EYE_INNER, Landmark.RIGHT_EYE, Landmark.RIGHT_EYE_OUTER),
    "left_eye": (Landmark.LEFT_EYE_INNER, Landmark.LEFT_EYE, Landmark.LEFT_EYE_OUTER),
    "right_ear": (Landmark.RIGHT_EAR,),
    "left_ear": (Landmark.LEFT_EAR,),
}
"""Which landmarks of the box a point becomes; the neck becomes none."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BodyClip:
    """One recording of one person."""

    person: str
    """Pseudonym, the same over all clips."""

    name: str
    """Of the clip."""

    times_s: Float32Array = field(repr=False)
    """(T,) seconds from its beginning, about 15 Hz at most."""

    points: Float32Array = field(repr=False)
    """(T, 33, 4) as ``PoseLandmarks.points``; 0 where there is no point or little confidence."""

    def observations(self) -> Iterator[Observation]:
        """Yield what the box would have seen: a body, and no face that it may trust."""
        for at_s, points in zip(self.times_s, self.points, strict=True):
            seen = bool(points[:, 3].any())
            pose = PoseLandmarks(points=points.copy(), presence=1.0) if seen else None
            yield Observation(
                seat=SEAT,
                captured_at_s=float(at_s),
                pose=pose,
                face=None,
                present=seen,
                track=1,
            )


def read_bodies(path: Path, *, clips: int = 2) -> Iterator[BodyClip]:
    """Yield the clips of everybody who has several of them.

    Args:
        path: ``data/engagement/emotiw_body.npz``.
        clips: How many somebody must have.

    Raises:
        ConfigError: The file cannot be read.
    """
    try:
        with np.load(path) as stored:
            columns = {name: stored[name] for name in stored.files}
    except (OSError, ValueError) as error:
        msg = f"{path}: cannot be read"
        raise ConfigError(msg) from error
    ends = np.cumsum(columns["length"])
    names, counts = np.unique(columns["person"], return_counts=True)
    wanted = set(names[counts >= clips].tolist())
    points = _place(columns["keypoints"], columns["xy_8th_px"], columns["confidence"])
    for index, person in enumerate(columns["person"].tolist()):
        if person in wanted:
            part = slice(ends[index] - columns["length"][index], ends[index])
            yield BodyClip(
                person=person,
                name=str(columns["name"][index]),
                times_s=columns["time_s"][part],
                points=points[part],
            )


def _place(
    keypoints: NDArray[np.str_], xy_8th_px: NDArray[np.uint16], confidence: NDArray[np.uint8]
) -> Float32Array:
    """Return (N, 33, 4) landmarks of (N, 12) points."""
    points = np.zeros((len(confidence), len(Landmark), 4), dtype=np.float32)
    for column, keypoint in enumerate(keypoints.tolist()):
        for landmark in _LANDMARKS.get(keypoint, ()):
            sure = confidence[:, column] >= CONFIDENT * _FULL
            points[:, landmark, :2] = xy_8th_px[:, column] / _EIGHTH_PX * sure[:, None]
            points[:, landmark, 3] = sure
    return points
