"""How much landmarks tremble, and how late they are: each can be bought with the other."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from appliance.domain.arrays import Float64Array

MAX_LAG_FRAMES = 10
LAG_STEP_FRAMES = 0.05

COMMON_DELAY_FRAMES = 1.0
"""How far behind the slower one both are put before they are compared. Not nothing: one of them
would be filtered there and the other not, and the first bit of filtering helps most, so that an
error of .1 frames in the lag would decide."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Motion:
    """A track beside the truth. T = frames, J = joints."""

    track: Float64Array = field(repr=False)
    """(T, J, 2) estimate, shoulder widths."""

    truth: Float64Array = field(repr=False)
    """(T, J, 2) truth, shoulder widths."""

    def offsets(self, *, lag_frames: float) -> Float64Array:
        """Return track minus the truth of ``lag_frames`` ago, without the mean of each joint.

        The mean, because a joint of the mesh is not quite a landmark; and without the first
        frames, for which there is no such truth.
        """
        time = np.arange(len(self.truth), dtype=np.float64)
        flat = self.truth.reshape(len(self.truth), -1)
        past = np.stack([np.interp(time - lag_frames, time, row) for row in flat.T], axis=1)
        late = (self.track - past.reshape(self.truth.shape))[MAX_LAG_FRAMES:]
        centred: Float64Array = late - late.mean(axis=0)
        return centred

    def delayed(self, frames: float) -> "Motion":
        """Return the track later, and so smoother: an exponential filter with that mean delay.

        y_t = a x_t + (1 - a) y_{t-1} with a = 1 / (1 + frames).
        """
        weight = 1 / (1 + frames)
        smooth = self.track.copy()
        for frame in range(1, len(smooth)):
            smooth[frame] = weight * self.track[frame] + (1 - weight) * smooth[frame - 1]
        return Motion(track=smooth, truth=self.truth)


def lag_frames(motions: Sequence[Motion]) -> float:
    """Return the shift of the truth at which all tracks of one estimator fit it best, frames."""
    lags = np.arange(0, MAX_LAG_FRAMES, LAG_STEP_FRAMES)
    costs = [
        sum(float(np.square(motion.offsets(lag_frames=lag)).sum()) for motion in motions)
        for lag in lags
    ]
    return float(lags[int(np.argmin(costs))])


def jitter(motions: Sequence[Motion], *, lag_frames: float) -> float:
    """Return the root mean square of the second difference of track minus truth.

    Args:
        motions: Tracks of one estimator.
        lag_frames: How far behind they are.

    Returns:
        Shoulder widths per squared frame, per coordinate.
    """
    bends = [np.diff(motion.offsets(lag_frames=lag_frames), 2, axis=0) for motion in motions]
    return float(np.sqrt(np.concatenate([np.square(bend).ravel() for bend in bends]).mean()))


def jitter_at_equal_lag(one: Sequence[Motion], other: Sequence[Motion]) -> tuple[float, float]:
    """Return the jitter of both, each delayed to the same lag.

    Args:
        one: Tracks of one estimator.
        other: Tracks of the other, of the same people at the same times.
    """
    lags = lag_frames(one), lag_frames(other)
    common = max(lags) + COMMON_DELAY_FRAMES
    first, second = (
        jitter([motion.delayed(common - lag) for motion in motions], lag_frames=common)
        for motions, lag in zip((one, other), lags, strict=True)
    )
    return first, second
