"""Tokens with the face or the body lost for stretches, as training and evaluation need them."""

from enum import StrEnum

import numpy as np

from appliance.domain.arrays import BoolArray, Float32Array
from appliance.domain.tokens import (
    FACE_SIZE,
    POSE_STREAM_SIZE,
    TOKEN_S,
    FaceColumn,
    PoseColumn,
    face_column,
    pose_column,
)

STRETCH_S = 10.0  # mean length of a loss; guess: a turned head, a passer-by, a hand

# What is measured over a minute or more stands still while nothing is seen; a rate is known always.
_HELD = {
    FACE_SIZE: [
        face_column(column)
        for column in (
            FaceColumn.PERCLOS,
            FaceColumn.BLINK_RATE,
            FaceColumn.BLINK_DURATION,
            FaceColumn.YAWN_RATE,
            FaceColumn.BLINKS_TIMED,
        )
    ],
    POSE_STREAM_SIZE: [],
}
_KEPT = {
    FACE_SIZE: [face_column(FaceColumn.EXPRESSION_RATE)],
    POSE_STREAM_SIZE: [pose_column(PoseColumn.POSE_RATE)],
}


class Modality(StrEnum):
    """Which stream."""

    FACE = "face"
    POSE = "pose"


def draw_losses(rng: np.random.Generator, students: int, tokens: int, *, share: float) -> BoolArray:
    """Draw (N, T) tokens without the modality, ``share`` of the time, in stretches.

    Args:
        rng: Source of randomness.
        students: N.
        tokens: T.
        share: Of the time that is lost, [0, 1]; 1 loses everything.
    """
    if share >= 1:
        return np.ones((students, tokens), dtype=np.bool_)
    begin = TOKEN_S / STRETCH_S * share / max(1 - share, 1e-9)
    lost = np.empty((students, tokens), dtype=np.bool_)
    now = rng.uniform(size=students) < share
    for token in range(tokens):
        lost[:, token] = now
        change = rng.uniform(size=students)
        now = np.where(now, change >= TOKEN_S / STRETCH_S, change < begin)
    return lost


def lose(stream: Float32Array, lost: BoolArray) -> Float32Array:
    """Return a copy of the (N, T, F) face or pose stream as it is where ``lost`` (N, T).

    Everything of the moment is 0 with its presence bit, as in ``windows``; slow cues keep the value
    of the last token that was seen, 0 before the first one.
    """
    size = stream.shape[2]
    result = np.where(lost[:, :, None], 0, stream)
    seen_at = np.where(lost, -1, np.arange(lost.shape[1])[None, :])
    last = np.maximum.accumulate(seen_at, axis=1)
    rows = np.arange(len(stream))[:, None]
    for column in _HELD[size]:
        result[:, :, column] = np.where(last >= 0, stream[rows, last, column], 0)
    result[:, :, _KEPT[size]] = stream[:, :, _KEPT[size]]
    return result
