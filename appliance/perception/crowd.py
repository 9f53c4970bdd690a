"""Notices more than one person in a seat's region."""

import math

from appliance.domain.arrays import UInt8Array
from appliance.perception.blazepose.detector import PoseDetector

LOOK_INTERVAL_S = 2.0  # docs/DESIGN.md, 2: the detector looks again every 2 s
CONFIRM_INTERVAL_S = 0.5  # once there are two, more often, so that 1 s can be told from 2
AMBIGUOUS_AFTER_S = 1.0  # docs/DESIGN.md, 2: more than one person for over 1 s

# MediaPipe's detector scores seated people .73 and more, furniture up to .58 (see tracker.py);
# a second person is often half hidden, so the bar is lower than for a first one.
MIN_SECOND_SCORE = 0.6


class CrowdWatch:
    """Counts the people of one region now and then."""

    def __init__(self, detector: PoseDetector) -> None:
        """Start with an empty history."""
        self._detector = detector
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._looked_at_s = -math.inf
        self._crowded_since_s: float | None = None

    def ambiguous(self, image_bgr: UInt8Array, at_s: float) -> bool:
        """Tell whether more than one person has been there for over a second.

        Args:
            image_bgr: (H, W, 3) the seat's region.
            at_s: Capture time, seconds.
        """
        crowded = self._crowded_since_s is not None
        if at_s - self._looked_at_s >= (CONFIRM_INTERVAL_S if crowded else LOOK_INTERVAL_S):
            self._looked_at_s = at_s
            people = self._detector.detect(image_bgr)
            if int((people.scores >= MIN_SECOND_SCORE).sum()) < 2:  # noqa: PLR2004 - two people
                self._crowded_since_s = None
            elif self._crowded_since_s is None:
                self._crowded_since_s = at_s
        since_s = self._crowded_since_s
        return since_s is not None and at_s - since_s > AMBIGUOUS_AFTER_S
