"""Posture over time: sway, pitch motion and arm movement, per row."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from appliance.domain.arrays import BoolArray, Float64Array
from appliance.domain.tokens import TOKEN_HZ, WINDOW_TOKENS
from appliance.windows.rows import RowIndex, TokenRing

SHORT_TOKENS = int(10 * TOKEN_HZ)  # docs/DESIGN.md, 3: trunk stability over 10 s and 60 s
# Vertical wrist speed that counts as a direction, shoulder widths per second: several times the
# jitter of a resting wrist pooled to 5 Hz (0.01 shoulder widths, so 0.07 per second).
CROSSING_SPEED = 0.2

# One ring for all sums over 10 s: pushing costs the same for three columns as for thirteen.
_MOMENTS = 5  # of a place: how often seen, sums of its two axes, sums of their squares
_TRUNK = slice(_MOMENTS, 2 * _MOMENTS)  # after the head's
_WIDTH = 2 * _MOMENTS + 3  # and the wrists': how often followed, speed, reversals


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MotionCues:
    """Motion of R rows at one token; 0 where nothing was observed.

    Over the last N observed tokens x_i of a window, of all axes together:

        sway, pitch motion = sqrt(mean |x_i - mean x|^2)
        wrist speed        = mean |x_i - x_(i-1)| TOKEN_HZ
        wrist crossings    = number of changes of sign of the vertical speed / (N / TOKEN_HZ)

    where a vertical speed below ``CROSSING_SPEED`` has the sign of the one before.

    Source:
        docs/DESIGN.md, 3: "trunk stability (variance of shoulder midpoint over 10 s and 60 s)",
        "wrist speed, zero-crossing rate". Deviation: the root of the variance, so that it has the
        unit of the movement and does not vanish in float16.
    """

    sway_10: Float64Array = field(repr=False)
    """(R,) standard deviation of the shoulders' midpoint over 10 s, shoulder widths."""

    sway_60: Float64Array = field(repr=False)
    """(R,) ... over 60 s."""

    pitch_motion: Float64Array = field(repr=False)
    """(R,) standard deviation of the head pitch over 10 s, ear distances."""

    wrist_speed: Float64Array = field(repr=False)
    """(R,) mean speed of the visible wrists over 10 s, shoulder widths per second."""

    wrist_crossings: Float64Array = field(repr=False)
    """(R,) reversals of the vertical wrist movement per second over 10 s, both wrists."""


class MotionTracker:
    """Moving statistics of a posture; one state per row."""

    def __init__(self, rows: int) -> None:
        """Begin every row at rest."""
        self._short = TokenRing(rows, tokens=SHORT_TOKENS, width=_WIDTH)
        self._long = TokenRing(rows, tokens=WINDOW_TOKENS, width=_MOMENTS)
        self._origin = np.full((rows, 2), np.nan)
        self._wrists = np.full((rows, 2, 2), np.nan)
        self._direction = np.zeros((rows, 2))

    def reset(self, rows: RowIndex) -> None:
        """Forget the occupancies of these rows."""
        self._short.reset(rows)
        self._long.reset(rows)
        self._origin[rows] = np.nan
        self._wrists[rows] = np.nan
        self._direction[rows] = 0

    def step(
        self,
        rows: RowIndex,
        *,
        trunk: Float64Array,
        trunk_seen: BoolArray,
        pitch: Float64Array,
        head_seen: BoolArray,
        wrists: Float64Array,
        wrists_seen: BoolArray,
    ) -> MotionCues:
        """Take in one token.

        Args:
            rows: (R,) row numbers, each at most once.
            trunk: (R, 2) shoulders' midpoint in shoulder widths of the baseline, any origin.
            trunk_seen: (R,) whether the shoulders were visible.
            pitch: (R,) head pitch, ear distances.
            head_seen: (R,) whether the head was visible.
            wrists: (R, 2, 2) wrists from the midpoint, shoulder widths.
            wrists_seen: (R, 2) whether each was visible.
        """
        origin = self._origin[rows]
        origin = np.where(np.isnan(origin) & trunk_seen[:, None], trunk, origin)
        self._origin[rows] = origin
        # Relative to the first place: a variance of large numbers would lose its digits.
        place = np.where(trunk_seen[:, None], trunk - origin, 0)
        nod = np.where(head_seen, pitch, 0)
        token = np.zeros((len(rows), _WIDTH))
        token[:, 0] = head_seen
        token[:, 1] = nod  # the head's second axis stays at 0
        token[:, 3] = nod * nod
        token[:, 5] = trunk_seen
        token[:, 6:8] = place
        token[:, 8:10] = place * place
        token[:, 10], token[:, 11], token[:, 12] = self._move_wrists(rows, wrists, wrists_seen)
        short = self._short.push(rows, token)
        long = self._long.push(rows, token[:, _TRUNK])
        moments = np.concatenate([short[:, : _TRUNK.stop], long], axis=1)
        spread = _spread(moments.reshape(-1, 3, _MOMENTS))
        followed = np.maximum(short[:, 10], 1)
        return MotionCues(
            sway_10=spread[:, 1],
            sway_60=spread[:, 2],
            pitch_motion=spread[:, 0],
            wrist_speed=short[:, 11] / followed,
            wrist_crossings=short[:, 12] / (followed / TOKEN_HZ),
        )

    def _move_wrists(
        self, rows: RowIndex, wrists: Float64Array, wrists_seen: BoolArray
    ) -> tuple[BoolArray, Float64Array, NDArray[np.intp]]:
        """Return (R,) whether a wrist could be followed, (R,) mean speed and (R,) reversals."""
        now = np.where(wrists_seen[:, :, None], wrists, np.nan)
        velocity = (now - self._wrists[rows]) * TOKEN_HZ
        self._wrists[rows] = now
        followed = np.isfinite(velocity[:, :, 0])
        velocity = np.where(followed[:, :, None], velocity, 0)
        speeds = np.hypot(velocity[:, :, 0], velocity[:, :, 1])
        count = np.add.reduce(followed, axis=1)
        speed = np.add.reduce(speeds, axis=1) / np.maximum(count, 1)
        vertical = velocity[:, :, 1]
        direction = np.where(np.abs(vertical) >= CROSSING_SPEED, np.sign(vertical), 0)
        before = self._direction[rows]
        reversals = np.add.reduce(direction * before < 0, axis=1)
        self._direction[rows] = np.where(direction != 0, direction, before)
        return count > 0, speed, reversals


def _spread(moments: Float64Array) -> Float64Array:
    """Return the (...) standard deviation, both axes together, from (..., 5) moments."""
    count = np.maximum(moments[..., :1], 1)
    mean = moments[..., 1:3] / count
    variance = moments[..., 3:] / count - mean * mean
    return np.asarray(np.sqrt(np.maximum(np.add.reduce(variance, axis=-1), 0)))
