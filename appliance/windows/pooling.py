"""The frames of one token, and their pooling; arrays with a leading axis of rows.

A row is a seat, or a simulated student; K slots hold the frames of one token in order of capture.
"""

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np

from appliance.domain.arrays import BoolArray, Float32Array, Float64Array, bind_shapes
from appliance.domain.tokens import PROJECTION_SIZE


class FrameCue(IntEnum):
    """Columns of ``TokenFrames.cues``: what one frame says about a face."""

    VALENCE = 0
    AROUSAL = 1
    BLINK = 2
    JAW = 3
    BROW_DOWN = 4
    BROW_INNER_UP = 5
    SMILE = 6
    LOOK_DOWN = 7


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TokenFrames:
    """Everything R rows saw during one token, K slots per row, oldest first."""

    times_s: Float64Array = field(repr=False)
    """(R, K) capture times on the row's own clock; NaN in an unused slot."""

    pose_ran: BoolArray = field(repr=False)
    """(R, K) the pose stage ran on the frame."""

    pose_seen: BoolArray = field(repr=False)
    """(R, K) ... and found a body."""

    points: Float32Array = field(repr=False)
    """(R, K, 33, 4) landmarks in pixels with visibility; anything finite where not seen."""

    expression_ran: BoolArray = field(repr=False)
    """(R, K) the expression stage ran on the frame."""

    face_seen: BoolArray = field(repr=False)
    """(R, K) ... and found a trustworthy face."""

    eyes_readable: BoolArray = field(repr=False)
    """(R, K) ... with eyes that can be judged."""

    projection: Float32Array = field(repr=False)
    """(R, K, 16) projected embedding."""

    cues: Float32Array = field(repr=False)
    """(R, K, 8) in the order of ``FrameCue``."""

    def __post_init__(self) -> None:
        """Reject wrong shapes at the border."""
        bind_shapes(
            "TokenFrames",
            {
                "times_s": (self.times_s, "R K"),
                "pose_ran": (self.pose_ran, "R K"),
                "pose_seen": (self.pose_seen, "R K"),
                "points": (self.points, "R K 33 4"),
                "expression_ran": (self.expression_ran, "R K"),
                "face_seen": (self.face_seen, "R K"),
                "eyes_readable": (self.eyes_readable, "R K"),
                "projection": (self.projection, f"R K {PROJECTION_SIZE}"),
                "cues": (self.cues, f"R K {len(FrameCue)}"),
            },
        )


def pool_mean(values: Float32Array, used: BoolArray) -> Float32Array:
    """Average the used slots.

    Args:
        values: (R, K, ...) one value per slot.
        used: (R, K) slots that count.

    Returns:
        (R, ...) mean over the used slots, 0 where there is none.
    """
    count = np.maximum(np.add.reduce(used, axis=1), 1).astype(np.float32)
    weight = used / count[:, None]
    flat = values.reshape(*used.shape, -1)
    # A slot that is not used may hold anything, also a NaN, which times 0 would stay a NaN.
    flat = np.where(used[:, :, None], flat, np.float32(0))
    pooled = np.einsum("rk,rkc->rc", weight, flat)
    return np.asarray(pooled.reshape(values.shape[:1] + values.shape[2:]))


def pool_max(values: Float32Array, used: BoolArray) -> Float32Array:
    """Return the (R,) largest of the used slots of (R, K) values, 0 where there is none."""
    highest = np.maximum.reduce(np.where(used, values, -np.inf), axis=1)
    any_used = np.logical_or.reduce(used, axis=1)
    return np.where(any_used, highest, 0).astype(np.float32, copy=False)
