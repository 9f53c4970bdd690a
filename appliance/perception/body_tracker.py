"""What perception asks of whoever follows the person on a seat."""

from collections.abc import Callable
from typing import Protocol

from appliance.domain.arrays import UInt8Array
from appliance.domain.observations import PoseLandmarks
from appliance.perception.blazepose.boxes import Detections
from appliance.perception.blazepose.tracker import best_of


class BodyTracker(Protocol):
    """The pose of one person over time: ``PoseTracker`` or ``MediaPipeTracker``."""

    @property
    def track_number(self) -> int:
        """Number of the body followed now or last, from 1; it never goes back."""
        ...

    def reset(self) -> None:
        """Forget the person and all times."""
        ...

    def drop(self, at_s: float) -> None:
        """Let go of the person and look again before long."""
        ...

    def track(
        self,
        image_bgr: UInt8Array,
        at_s: float,
        *,
        choose: Callable[[Detections], int | None] = best_of,
    ) -> PoseLandmarks | None:
        """Return landmarks in pixels of the (H, W, 3) picture, or None when nobody is there."""
        ...
