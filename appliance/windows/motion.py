"""Posture over time: sway, pitch motion and arm movement, per row."""

from dataclasses import dataclass, field

import numpy as np

from appliance.domain.arrays import BoolArray, Float64Array
from appliance.domain.tokens import TOKEN_HZ, WINDOW_TOKENS
from appliance.windows.rows import RowIndex, TokenRing

SHORT_TOKENS = int(10 * TOKEN_HZ)  # DESIGN.md, 3: trunk stability over 10 s and 60 s
# Vertical wrist speed that counts as a direction, shoulder widths per second: several times the
# jitter of a resting wrist pooled to 5 Hz (0.01 shoulder widths, so 0.07 per second).
CROSSING_SPEED = 0.2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MotionCues:
    """Motion of R rows at one token; 0 where nothing was observed.

    Over the last N observed tokens x_i of a window, of all axes together:

        sway, pitch motion = sqrt(mean |x_i - mean x|^2)
        wrist speed        = mean |x_i - x_(i-1)| TOKEN_HZ
        wrist crossings    = number of changes of sign of the vertical speed / (N / TOKEN_HZ)

    where a vertical speed below ``CROSSING_SPEED`` has the sign of the one before.

    Source:
        DESIGN.md, 3: "trunk stability (variance of shoulder midpoint over 10 s and 60 s)", "wrist
        speed, zero-crossing rate". Deviation: the root of the variance, so that it has the unit of
        the movement and does not vanish in float16.
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
        self._trunk_60 = TokenRing(rows, tokens=WINDOW_TOKENS, width=5)
        self._trunk_10 = TokenRing(rows, tokens=SHORT_TOKENS, width=5)
        self._head_10 = TokenRing(rows, tokens=SHORT_TOKENS, width=3)
        self._wrists_10 = TokenRing(rows, tokens=SHORT_TOKENS, width=3)
        self._origin = np.full((rows, 2), np.nan)
        self._wrists = np.full((rows, 2, 2), np.nan)
        self._direction = np.zeros((rows, 2))

    def reset(self, rows: RowIndex) -> None:
        """Forget the occupancies of these rows."""
        for ring in (self._trunk_60, self._trunk_10, self._head_10, self._wrists_10):
            ring.reset(rows)
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
        unset = np.isnan(self._origin[rows]) & trunk_seen[:, None]
        self._origin[rows] = np.where(unset, trunk, self._origin[rows])
        # Relative to the first place: a variance of large numbers would lose its digits.
        place = np.where(trunk_seen[:, None], trunk - self._origin[rows], 0)
        moments = np.concatenate([trunk_seen[:, None], place, place**2], axis=1)
        nod = np.where(head_seen, pitch, 0)
        head = self._head_10.push(rows, np.stack([head_seen, nod, nod**2], axis=1))
        speed, reversals, any_wrist = self._move_wrists(rows, wrists, wrists_seen)
        arms = self._wrists_10.push(rows, np.stack([any_wrist, speed, reversals], axis=1))
        seconds = np.maximum(arms[:, 0], 1) / TOKEN_HZ
        return MotionCues(
            sway_10=_spread(self._trunk_10.push(rows, moments)),
            sway_60=_spread(self._trunk_60.push(rows, moments)),
            pitch_motion=_spread(head),
            wrist_speed=arms[:, 1] / np.maximum(arms[:, 0], 1),
            wrist_crossings=arms[:, 2] / seconds,
        )

    def _move_wrists(
        self, rows: RowIndex, wrists: Float64Array, wrists_seen: BoolArray
    ) -> tuple[Float64Array, Float64Array, Float64Array]:
        """Return (R,) mean speed, (R,) reversals and (R,) 1.0 where a wrist could be followed."""
        now = np.where(wrists_seen[:, :, None], wrists, np.nan)
        velocity = (now - self._wrists[rows]) * TOKEN_HZ
        self._wrists[rows] = now
        followed = np.isfinite(velocity[:, :, 0])
        velocity = np.where(followed[:, :, None], velocity, 0)
        speeds = np.hypot(velocity[:, :, 0], velocity[:, :, 1])
        speed = speeds.sum(axis=1) / np.maximum(followed.sum(axis=1), 1)
        vertical = velocity[:, :, 1]
        direction = np.where(np.abs(vertical) >= CROSSING_SPEED, np.sign(vertical), 0)
        before = self._direction[rows]
        reversals = (direction * before < 0).sum(axis=1)
        self._direction[rows] = np.where(direction != 0, direction, before)
        return speed, reversals.astype(np.float64), followed.any(axis=1).astype(np.float64)


def _spread(sums: Float64Array) -> Float64Array:
    """Return the (R,) standard deviation, all axes together, from (R, 1 + 2 D) sums.

    The columns are the count, the D sums and the D sums of squares.
    """
    axes = (sums.shape[1] - 1) // 2
    count = np.maximum(sums[:, :1], 1)
    mean = sums[:, 1 : 1 + axes] / count
    variance = sums[:, 1 + axes :] / count - mean**2
    return np.asarray(np.sqrt(np.maximum(variance.sum(axis=1), 0)))
