"""Landmarks to posture: k_t and the per-frame part of e_t, free of state.

Everything here is a pure array function over any leading axes, so that one frame, the seats of a
box and hundreds of simulated students take the same path. What needs a history (sway, pitch
motion, wrist speed) is in ``motion.py``; what needs the occupancy's baseline (index 0 below) is
subtracted in ``pose_stream.py``.

Directions are those of the picture: x to the right, y down. Left and right of a landmark are the
student's own, so a student who faces the camera has the left shoulder at the larger x.

e_t is one number per token and column, float32. With the shoulders' distance w and middle o, the
nose n, the ears' middle c and distance a, and p a landmark in shoulder widths from o:

================  =======================  =======================================================
column            unit                     formula
================  =======================  =======================================================
head_roll         rad                      angle of the line through the eyes' outer corners - r0
head_pitch        ear distances            (n - c) . down / a - p0; a proxy, .12 for 10 degrees
head_yaw          ear distances            (n - c) . across / a - y0; likewise
pitch_motion      ear distances            standard deviation of the pitch over 10 s
sway_10, sway_60  shoulder widths          standard deviation of o / w0 over 10 s and 60 s
lean              share of w0              w / w0 - 1; positive is nearer to the camera
slump             shoulder widths          h0 - h with h = (o_y - n_y) / w; positive is sunk
wrist_speed       shoulder widths per s    mean speed of the visible wrists over 10 s
wrist_crossings   1/s                      sign changes of their vertical speed over 10 s
hand_to_face      1, in [0, 1]             1 with a hand at the face, see ``measure_hand_to_face``
pose_present      0 or 1                   somebody was found; three more bits follow it
================  =======================  =======================================================
"""

from dataclasses import dataclass, field

import numpy as np

from appliance.domain.arrays import BoolArray, Float32Array
from appliance.domain.observations import Landmark

VISIBLE = 0.5  # MediaPipe 0.10.21, drawing_utils.py: _VISIBILITY_THRESHOLD
MIN_SHOULDER_WIDTH_PX = 8.0  # narrower is a profile or a mistake; dividing by it would explode
MIN_EAR_DISTANCE = 0.15  # shoulder widths; in profile the ears coincide and the proxies diverge
# A fist on the cheek puts wrist or knuckles within half a shoulder width of the nose, hands on a
# keyboard are more than one below it; between the two the cue falls linearly.
HAND_ON_FACE, HAND_OFF_FACE = 0.45, 0.8  # shoulder widths

# Arrays: a list would be turned into one at each use.
_FACE_POINTS = np.array([Landmark.NOSE, Landmark.MOUTH_LEFT, Landmark.MOUTH_RIGHT])
_HEAD_POINTS = np.array(
    [
        Landmark.NOSE,
        Landmark.LEFT_EYE_OUTER,
        Landmark.RIGHT_EYE_OUTER,
        Landmark.LEFT_EAR,
        Landmark.RIGHT_EAR,
    ]
)
_HAND_POINTS = np.array(
    [
        Landmark.LEFT_WRIST,
        Landmark.RIGHT_WRIST,
        Landmark.LEFT_INDEX,
        Landmark.RIGHT_INDEX,
    ]
)
_WRISTS = np.array([Landmark.LEFT_WRIST, Landmark.RIGHT_WRIST])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Posture:
    """The posture in one picture; ``...`` stands for the leading axes of the landmarks."""

    coordinates: Float32Array = field(repr=False)
    """(..., 66) k_t: x and y of each landmark, see ``normalise_landmarks``."""

    shoulders_visible: BoolArray = field(repr=False)
    """(...) both shoulders are seen and far enough apart to be a scale."""

    wrists_visible: BoolArray = field(repr=False)
    """(..., 2) left, right; False also where the shoulders are not visible."""

    head_visible: BoolArray = field(repr=False)
    """(...) nose, and of both sides the eye's outer corner or the ear."""

    midpoint_px: Float32Array = field(repr=False)
    """(..., 2) x and y half-way between the shoulders, pixels."""

    shoulder_width_px: Float32Array = field(repr=False)
    """(...) distance of the shoulders, pixels, at least ``MIN_SHOULDER_WIDTH_PX``."""

    head_roll: Float32Array = field(repr=False)
    """(...) radians, positive when the head tips towards the student's left shoulder."""

    head_pitch: Float32Array = field(repr=False)
    """(...) ear distances, larger when the head is bent down; see ``measure_head``."""

    head_yaw: Float32Array = field(repr=False)
    """(...) ear distances, positive when turned to the student's left; see ``measure_head``."""

    nose_height: Float32Array = field(repr=False)
    """(...) height of the nose over the shoulders' midpoint, shoulder widths."""

    wrists: Float32Array = field(repr=False)
    """(..., 2, 2) left and right wrist, x and y from the midpoint, shoulder widths."""

    hand_to_face: Float32Array = field(repr=False)
    """(...) 0 when no visible hand is near the face, 1 when one is on it."""


def measure_posture(points: Float32Array) -> Posture:
    """Measure one posture per row of landmarks.

    With the shoulders l, r: origin o = (l + r) / 2 and scale w = |l - r|, so that neither the
    place of the seat in the picture nor the distance of the camera remains in the numbers.

    Args:
        points: (..., 33, 4) x and y in pixels, z unused, visibility in [0, 1].

    Returns:
        Numbers are finite everywhere; where a visibility flag is False they mean nothing.

    Source:
        docs/DESIGN.md, 3, row e_t. Deviation: z is not used, because BlazePose's z is a guess
        from a single picture and the least stable of its outputs.
    """
    position = points[..., :2]
    visible = points[..., 3] >= VISIBLE
    left = position[..., Landmark.LEFT_SHOULDER, :]
    right = position[..., Landmark.RIGHT_SHOULDER, :]
    midpoint = np.asarray((left + right) / 2, dtype=np.float32)
    across = left - right
    distance = np.hypot(across[..., 0], across[..., 1])
    shoulders_visible = (
        visible[..., Landmark.LEFT_SHOULDER]
        & visible[..., Landmark.RIGHT_SHOULDER]
        & (distance >= MIN_SHOULDER_WIDTH_PX)
    )
    width = np.maximum(distance, MIN_SHOULDER_WIDTH_PX)
    relative = (position - midpoint[..., None, :]) / width[..., None, None]
    anchored = visible & shoulders_visible[..., None]
    roll, pitch, yaw = measure_head(relative)
    nose = relative[..., Landmark.NOSE, :]
    return Posture(
        coordinates=normalise_landmarks(relative, anchored),
        shoulders_visible=shoulders_visible,
        wrists_visible=anchored[..., _WRISTS],
        head_visible=np.asarray(np.logical_and.reduce(visible[..., _HEAD_POINTS], axis=-1)),
        midpoint_px=midpoint,
        shoulder_width_px=width,
        head_roll=roll,
        head_pitch=pitch,
        head_yaw=yaw,
        nose_height=-nose[..., 1],
        wrists=relative[..., _WRISTS, :],
        hand_to_face=measure_hand_to_face(relative, anchored),
    )


def normalise_landmarks(relative: Float32Array, visible: BoolArray) -> Float32Array:
    """Return k_t: x and y of every landmark, 0 where it is not visible.

    Args:
        relative: (..., 33, 2) from the shoulders' midpoint, shoulder widths.
        visible: (..., 33) whether the landmark is seen.

    Returns:
        (..., 66) x0, y0, x1, y1, ...; limited to [-4, 4]: a body is no larger than that, and a
        wild guess outside the picture must not drown the rest.
    """
    gated = np.where(visible[..., None], np.minimum(np.maximum(relative, -4), 4), 0)
    return np.asarray(gated.reshape(*relative.shape[:-2], -1), dtype=np.float32)


def measure_head(relative: Float32Array) -> tuple[Float32Array, Float32Array, Float32Array]:
    """Return roll, pitch and yaw of the head as numbers that only make sense against a baseline.

    With the outer corners of the eyes a (left), b (right), the ears c (left), d (right) and the
    nose n:

        roll  = atan2(a_y - b_y, a_x - b_x)
        pitch = (n - (c + d) / 2) . down / |c - d|
        yaw   = (n - (c + d) / 2) . across / |c - d|

    where ``across`` is the direction of b to a and ``down`` stands at right angles to it. The
    nose is about 0.7 ear distances in front of the axis through the ears, so both numbers change
    by about 0.7 times the sine of the turn (10 degrees of pitch: 0.12).

    Args:
        relative: (..., 33, 2) landmarks in shoulder widths.

    Returns:
        (...) radians; (...) and (...) ear distances.

    Source:
        docs/DESIGN.md, 3: "head roll, head pitch proxy, yaw proxy". Ears rather than mouth: the
        lever is three times as long, and an open mouth does not look like a nod.
    """
    eyes = relative[..., Landmark.LEFT_EYE_OUTER, :] - relative[..., Landmark.RIGHT_EYE_OUTER, :]
    length = np.maximum(np.hypot(eyes[..., 0], eyes[..., 1]), 1e-6)
    across = eyes / length[..., None]
    across_x, across_y = across[..., 0], across[..., 1]
    ears = relative[..., Landmark.LEFT_EAR, :], relative[..., Landmark.RIGHT_EAR, :]
    axis = ears[0] - ears[1]
    ear_distance = np.maximum(np.hypot(axis[..., 0], axis[..., 1]), MIN_EAR_DISTANCE)
    ahead = relative[..., Landmark.NOSE, :] - (ears[0] + ears[1]) / 2
    pitch = (ahead[..., 1] * across_x - ahead[..., 0] * across_y) / ear_distance
    yaw = (ahead[..., 0] * across_x + ahead[..., 1] * across_y) / ear_distance
    return np.arctan2(across_y, across_x), pitch, yaw


def measure_hand_to_face(relative: Float32Array, visible: BoolArray) -> Float32Array:
    """Tell how much a hand is at the face, from the nearest visible wrist or knuckle.

    Args:
        relative: (..., 33, 2) landmarks in shoulder widths.
        visible: (..., 33) whether the landmark is seen.

    Returns:
        (...) 1 up to ``HAND_ON_FACE`` from the middle of nose and mouth, 0 from
        ``HAND_OFF_FACE`` on, linear between; 0 when no hand is visible.
    """
    face = np.add.reduce(relative[..., _FACE_POINTS, :], axis=-2) / len(_FACE_POINTS)
    offset = relative[..., _HAND_POINTS, :] - face[..., None, :]
    distance = np.hypot(offset[..., 0], offset[..., 1])
    distance = np.where(visible[..., _HAND_POINTS], distance, np.inf)
    nearest = np.minimum.reduce(distance, axis=-1)
    closeness = (HAND_OFF_FACE - nearest) / (HAND_OFF_FACE - HAND_ON_FACE)
    return np.asarray(np.minimum(np.maximum(closeness, 0), 1), dtype=np.float32)
