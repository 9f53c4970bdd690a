"""The face stream of a token: projection and cues of every row."""

import numpy as np

from appliance.domain.arrays import BoolArray, Float32Array
from appliance.domain.tokens import (
    FACE_SIZE,
    PROJECTION_SIZE,
    TOKEN_HZ,
    FaceColumn,
    face_column,
)
from appliance.windows.baselines import RunningBaseline
from appliance.windows.face.eyes import MIN_TIMING_HZ, EyeCues, EyeTracker
from appliance.windows.face.mouth import MouthTracker
from appliance.windows.pooling import FrameCue, TokenFrames, pool_max, pool_mean
from appliance.windows.rates import HOLD_TOKENS, REFERENCE_HZ, StageRate
from appliance.windows.rows import RowIndex

# Person-relative: one detector's neutral differs between people by more than the cue itself.
_RECENTRED = (
    (FaceColumn.VALENCE, FrameCue.VALENCE),
    (FaceColumn.AROUSAL, FrameCue.AROUSAL),
    (FaceColumn.BROW_DOWN, FrameCue.BROW_DOWN),
    (FaceColumn.BROW_INNER_UP, FrameCue.BROW_INNER_UP),
    (FaceColumn.SMILE, FrameCue.SMILE),
    (FaceColumn.LOOK_DOWN, FrameCue.LOOK_DOWN),
)
# Projection and cues of a frame side by side, and of those what is recentred: where from, where to.
_RECENTRED_FROM = np.array(
    [*range(PROJECTION_SIZE), *(PROJECTION_SIZE + cue for _, cue in _RECENTRED)]
)
_RECENTRED_TO = np.array(
    [*range(PROJECTION_SIZE), *(face_column(column) for column, _ in _RECENTRED)]
)
_JAW = PROJECTION_SIZE + FrameCue.JAW
# Centre of an average neutral face, and the seconds after which the occupancy's own counts more.
_PRIOR_CUE_CENTRE = np.array([0.0, 0.0, 0.1, 0.05, 0.05, 0.15])
_PRIOR_CUE_SCALE = 0.1
_PRIOR_CUE_TOKENS = 10 * TOKEN_HZ
_PRIOR_PROJECTION_SCALE = 1.0  # the projection is whitened on real faces

_INSTANT_COLUMNS = np.array(
    [
        *_RECENTRED_TO,
        face_column(FaceColumn.CLOSURE_MEAN),
        face_column(FaceColumn.CLOSURE_MAX),
        face_column(FaceColumn.JAW_MEAN),
        face_column(FaceColumn.JAW_MAX),
        face_column(FaceColumn.FACE_PRESENT),
        face_column(FaceColumn.EYES_READABLE),
    ]
)


class FaceStream:
    """Turns the faces of a token into the face stream, one state per row."""

    def __init__(self, rows: int) -> None:
        """Begin every row with the population's face."""
        self._eyes = EyeTracker(rows)
        self._mouth = MouthTracker(rows)
        cues = len(_RECENTRED)
        self._baseline = RunningBaseline(
            rows,
            centre=np.concatenate([np.zeros(PROJECTION_SIZE), _PRIOR_CUE_CENTRE]),
            scale=np.concatenate(
                [
                    np.full(PROJECTION_SIZE, _PRIOR_PROJECTION_SCALE),
                    np.full(cues, _PRIOR_CUE_SCALE),
                ]
            ),
            prior_tokens=np.full(PROJECTION_SIZE + cues, _PRIOR_CUE_TOKENS),
        )
        self._rate = StageRate(rows)
        self._held = np.zeros((rows, len(_INSTANT_COLUMNS)), dtype=np.float32)
        self._held_tokens = np.full(rows, HOLD_TOKENS + 1)

    def reset(self, rows: RowIndex, *, awake: BoolArray | None = None) -> None:
        """Forget the occupancies of these rows; see ``RunningBaseline.reset``."""
        self._eyes.reset(rows)
        self._mouth.reset(rows)
        self._baseline.reset(rows, awake=awake)
        self._rate.reset(rows)
        self._held_tokens[rows] = HOLD_TOKENS + 1

    def step(self, rows: RowIndex, frames: TokenFrames) -> Float32Array:
        """Return the (R, FACE_SIZE) face stream of one token."""
        seen = frames.face_seen
        present = np.asarray(np.logical_or.reduce(seen, axis=1))
        runs = np.add.reduce(frames.expression_ran, axis=1)
        rate_hz = self._rate.step(rows, runs)
        pooled = pool_mean(np.concatenate([frames.projection, frames.cues], axis=2), seen)
        eyes = self._eyes.step(
            rows,
            frames.times_s,
            frames.cues[:, :, FrameCue.BLINK].astype(np.float64),
            frames.eyes_readable & seen,
        )
        jaw_max = pool_max(frames.cues[:, :, FrameCue.JAW], seen)
        jaw = pooled[:, _JAW].astype(np.float64)
        closed_mouth, yawn_rate = self._mouth.step(rows, jaw, present)

        stream = np.zeros((len(rows), FACE_SIZE), dtype=np.float32)
        # Deviations from the occupancy's own face.
        values = pooled[:, _RECENTRED_FROM].astype(np.float64)
        stream[:, _RECENTRED_TO] = values - self._baseline.update(rows, values, present[:, None])
        self._write_eyes(stream, eyes, timed=rate_hz >= MIN_TIMING_HZ)
        stream[:, face_column(FaceColumn.JAW_MEAN)] = jaw - closed_mouth
        stream[:, face_column(FaceColumn.JAW_MAX)] = jaw_max - closed_mouth
        stream[:, face_column(FaceColumn.YAWN_RATE)] = yawn_rate
        stream[:, face_column(FaceColumn.FACE_PRESENT)] = present
        stream[:, face_column(FaceColumn.EXPRESSION_RATE)] = rate_hz / REFERENCE_HZ
        self._mask_or_hold(rows, stream, present, ran=runs > 0)
        return stream

    @staticmethod
    def _write_eyes(stream: Float32Array, eyes: EyeCues, *, timed: BoolArray) -> None:
        stream[:, face_column(FaceColumn.CLOSURE_MEAN)] = eyes.closure_mean
        stream[:, face_column(FaceColumn.CLOSURE_MAX)] = eyes.closure_max
        stream[:, face_column(FaceColumn.PERCLOS)] = eyes.perclos
        stream[:, face_column(FaceColumn.BLINK_RATE)] = eyes.blink_rate
        stream[:, face_column(FaceColumn.BLINK_DURATION)] = np.where(
            timed, eyes.blink_duration_s, 0
        )
        stream[:, face_column(FaceColumn.EYES_READABLE)] = eyes.readable
        stream[:, face_column(FaceColumn.BLINKS_TIMED)] = timed

    def _mask_or_hold(
        self, rows: RowIndex, stream: Float32Array, present: BoolArray, *, ran: BoolArray
    ) -> None:
        """Zero what was not seen; keep the last face while the stage simply was not due."""
        instant = np.where(present[:, None], stream[:, _INSTANT_COLUMNS], 0)
        held_tokens = np.where(ran, 0, self._held_tokens[rows] + 1)
        keep = ~ran & (held_tokens <= HOLD_TOKENS)
        if keep.any():
            instant[keep] = self._held[rows[keep]]
        stream[:, _INSTANT_COLUMNS] = instant
        self._held[rows] = instant
        self._held_tokens[rows] = held_tokens
