"""Temporal filters: one-euro for coordinates, exponential for visibility."""

import math

import numpy as np

from appliance.domain.arrays import Float64Array, FloatArray

# MediaPipe 0.10.21, pose_landmark_filtering.pbtxt
LANDMARK_MIN_CUTOFF_HZ = 0.05
LANDMARK_BETA = 80.0
ALIGNMENT_MIN_CUTOFF_HZ = 0.01
ALIGNMENT_BETA = 10.0
DERIVATIVE_CUTOFF_HZ = 1.0
VISIBILITY_ALPHA = 0.1

FIRST_RATE_HZ = 30.0  # landmarks_smoothing_calculator.proto, OneEuroFilter.frequency
MIN_OBJECT_SCALE_PX = 1e-6  # same file, min_allowed_object_scale


class OneEuroFilter:
    """Low-pass filter whose cut-off rises with speed, for an array of coordinates at once.

    alpha(f_c) = 1 / (1 + rate / (2 pi f_c)),  f_c = min_cutoff + beta |smoothed speed|,
    with the speed in object sizes per second.

    Source:
        MediaPipe 0.10.21, mediapipe/util/filtering/one_euro_filter.cc and
        mediapipe/calculators/util/landmarks_smoothing_calculator_utils.cc.
    """

    def __init__(self, *, min_cutoff_hz: float | Float64Array, beta: float | Float64Array) -> None:
        """Start without history; both may differ between the values if they broadcast to them."""
        self._min_cutoff_hz = min_cutoff_hz
        self._beta = beta
        self.reset()

    def reset(self) -> None:
        """Forget everything: the next values pass unchanged."""
        self._at_s: float | None = None
        self._raw: Float64Array | None = None
        self._smoothed: Float64Array = np.zeros(0)
        self._speed: Float64Array = np.zeros(0)
        self._rate_hz = FIRST_RATE_HZ

    def smooth(self, values: FloatArray, *, at_s: float, object_scale: float) -> Float64Array:
        """Filter one sample.

        Args:
            values: Coordinates, any shape, the same in every call.
            at_s: Time of the sample; one that does not advance passes unfiltered.
            object_scale: Size of the body in the same unit as the values; one that is nearly
                zero switches the filter off.

        Returns:
            Smoothed coordinates.
        """
        current = values.astype(np.float64)
        if object_scale < MIN_OBJECT_SCALE_PX or (self._at_s is not None and at_s <= self._at_s):
            return current
        if self._raw is None:
            self._at_s, self._raw, self._smoothed = at_s, current, current
            self._speed = np.zeros_like(current)
            return current
        if self._at_s is not None:
            self._rate_hz = 1 / (at_s - self._at_s)
        # As few calls as there can be: on arrays this small each costs the same. alpha is also
        # f_c / (f_c + rate / (2 pi)), and a low-pass also y + alpha (x - y).
        turn_hz = self._rate_hz / (2 * math.pi)
        weight = DERIVATIVE_CUTOFF_HZ / (DERIVATIVE_CUTOFF_HZ + turn_hz)
        self._speed *= 1 - weight
        self._speed += (current - self._raw) * (weight * self._rate_hz / object_scale)
        cutoff_hz = np.abs(self._speed)
        cutoff_hz *= self._beta
        cutoff_hz += self._min_cutoff_hz
        step = current - self._smoothed
        step *= cutoff_hz
        step /= cutoff_hz + turn_hz
        # Not in place: the caller has the last result.
        self._smoothed = self._smoothed + step
        self._at_s, self._raw = at_s, current
        return self._smoothed


class ExponentialFilter:
    """y = alpha x + (1 - alpha) y for an array at once.

    Source:
        MediaPipe 0.10.21, mediapipe/util/filtering/low_pass_filter.cc.
    """

    def __init__(self, *, alpha: float) -> None:
        """Start without history."""
        self._alpha = alpha
        self.reset()

    def reset(self) -> None:
        """Forget everything: the next values pass unchanged."""
        self._smoothed: Float64Array | None = None

    def smooth(self, values: FloatArray) -> Float64Array:
        """Filter one sample."""
        current = values.astype(np.float64)
        if self._smoothed is not None:
            current *= self._alpha
            current += (1 - self._alpha) * self._smoothed
        self._smoothed = current
        return current
