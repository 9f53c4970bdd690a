"""The pose stream of a token: k_t, e_t and the presence bits of every row."""

import numpy as np

from appliance.domain.arrays import BoolArray, Float32Array, Float64Array
from appliance.domain.tokens import (
    POSE_SIZE,
    POSE_STREAM_SIZE,
    TOKEN_HZ,
    PoseColumn,
    pose_column,
)
from appliance.windows.baselines import RunningBaseline
from appliance.windows.pooling import TokenFrames, pool_mean
from appliance.windows.pose.motion import MotionTracker
from appliance.windows.pose.posture import measure_posture
from appliance.windows.rates import HOLD_TOKENS, REFERENCE_HZ, StageRate
from appliance.windows.rows import RowIndex

_ROLL, _PITCH, _YAW, _HEIGHT, _LOG_WIDTH = range(5)
# Population: a camera on the screen sees the nose .35 ear distances below the ears' axis and .75
# shoulder widths over the shoulders. The width in pixels has no population value, so its first
# token decides.
_PRIOR_CENTRE = np.array([0.0, 0.35, 0.0, 0.75, 4.6])
_PRIOR_SCALE = np.array([0.08, 0.15, 0.15, 0.10, 1.0])
_PRIOR_TOKENS = np.array([2.0, 2.0, 2.0, 2.0, 0.0]) * TOKEN_HZ
_LIMIT = 1.0  # of every deviation: beyond it lies a mistake of the landmarks, not a posture


class PoseStream:
    """Turns the bodies of a token into the pose stream, one state per row."""

    def __init__(self, rows: int) -> None:
        """Begin every row with the population's posture."""
        self._baseline = RunningBaseline(
            rows, centre=_PRIOR_CENTRE, scale=_PRIOR_SCALE, prior_tokens=_PRIOR_TOKENS
        )
        self._motion = MotionTracker(rows)
        self._rate = StageRate(rows)
        self._held = np.zeros((rows, POSE_STREAM_SIZE), dtype=np.float32)
        self._held_tokens = np.full(rows, HOLD_TOKENS + 1)

    def reset(self, rows: RowIndex, *, awake: BoolArray | None = None) -> None:
        """Forget the occupancies of these rows; see ``RunningBaseline.reset``."""
        self._baseline.reset(rows, awake=awake)
        self._motion.reset(rows)
        self._rate.reset(rows)
        self._held_tokens[rows] = HOLD_TOKENS + 1

    def step(self, rows: RowIndex, frames: TokenFrames) -> Float32Array:
        """Return the (R, POSE_STREAM_SIZE) pose stream of one token.

        Landmarks are averaged over the token before anything is measured: 5 Hz is fast for a
        posture, and the average has less jitter.
        """
        present = np.asarray(np.logical_or.reduce(frames.pose_seen, axis=1))
        runs = np.add.reduce(frames.pose_ran, axis=1)
        ran = runs > 0
        rate_hz = self._rate.step(rows, runs)
        held_tokens = np.where(ran, 0, self._held_tokens[rows] + 1)
        self._held_tokens[rows] = held_tokens
        if ran.all():
            stream = self._describe(rows, frames.points, frames.pose_seen, present)
        else:
            # Rows whose stage was not due skip their trackers: nothing was looked at.
            stream = np.zeros((len(rows), POSE_STREAM_SIZE), dtype=np.float32)
            due = np.flatnonzero(ran)
            if len(due) > 0:
                points, seen = frames.points[due], frames.pose_seen[due]
                stream[due] = self._describe(rows[due], points, seen, present[due])
            keep = ~ran & (held_tokens <= HOLD_TOKENS)
            stream[keep] = self._held[rows[keep]]
        self._held[rows] = stream
        stream[:, pose_column(PoseColumn.POSE_RATE)] = rate_hz / REFERENCE_HZ
        return stream

    def _describe(
        self, rows: RowIndex, points: Float32Array, seen: BoolArray, present: BoolArray
    ) -> Float32Array:
        """Return the stream of rows whose pose stage ran, but for the rate."""
        posture = measure_posture(pool_mean(points, seen))
        shoulders = posture.shoulders_visible & present
        head = posture.head_visible & present
        wrists = posture.wrists_visible & present[:, None]
        values = np.empty((len(rows), 5))
        values[:, _ROLL] = posture.head_roll
        values[:, _PITCH] = posture.head_pitch
        values[:, _YAW] = posture.head_yaw
        values[:, _HEIGHT] = posture.nose_height
        values[:, _LOG_WIDTH] = np.log(posture.shoulder_width_px)
        observed = np.empty(values.shape, dtype=np.bool_)
        observed[:, : _YAW + 1] = head[:, None]
        observed[:, _HEIGHT] = head & shoulders
        observed[:, _LOG_WIDTH] = shoulders
        centre = self._baseline.update(rows, values, observed)
        deviation = np.minimum(np.maximum(values - centre, -_LIMIT), _LIMIT)
        deviation = np.where(observed, deviation, 0)
        usual_width = np.exp(centre[:, _LOG_WIDTH])
        motion = self._motion.step(
            rows,
            trunk=posture.midpoint_px.astype(np.float64) / usual_width[:, None],
            trunk_seen=shoulders,
            pitch=values[:, _PITCH],
            head_seen=head,
            wrists=posture.wrists.astype(np.float64),
            wrists_seen=wrists,
        )
        columns: dict[PoseColumn, Float64Array | Float32Array | BoolArray] = {
            PoseColumn.HEAD_ROLL: deviation[:, _ROLL],
            PoseColumn.HEAD_PITCH: deviation[:, _PITCH],
            PoseColumn.HEAD_YAW: deviation[:, _YAW],
            PoseColumn.PITCH_MOTION: np.minimum(motion.pitch_motion, _LIMIT),
            PoseColumn.SWAY_10: np.minimum(motion.sway_10, _LIMIT),
            PoseColumn.SWAY_60: np.minimum(motion.sway_60, _LIMIT),
            # Nearer the camera is wider: (w - w0) / w0, and how far the nose sank, so that
            # positive means leaning in and slumping down.
            PoseColumn.LEAN: np.expm1(deviation[:, _LOG_WIDTH]),
            PoseColumn.SLUMP: -deviation[:, _HEIGHT],
            PoseColumn.WRIST_SPEED: np.minimum(motion.wrist_speed, 4 * _LIMIT),
            PoseColumn.WRIST_CROSSINGS: motion.wrist_crossings,
            PoseColumn.HAND_TO_FACE: np.where(present, posture.hand_to_face, 0),
            PoseColumn.POSE_PRESENT: present,
            PoseColumn.SHOULDERS_VISIBLE: shoulders,
            PoseColumn.WRISTS_VISIBLE: wrists[:, 0] | wrists[:, 1],
        }
        stream = np.zeros((len(rows), POSE_STREAM_SIZE), dtype=np.float32)
        stream[:, :POSE_SIZE] = np.where(present[:, None], posture.coordinates, 0)
        for column, value in columns.items():
            stream[:, pose_column(column)] = value
        return stream
