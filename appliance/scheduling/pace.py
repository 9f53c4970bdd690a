"""Which stages are due on which frame of one camera, on the ladder's present step."""

from collections.abc import Callable

from appliance.cameras.rate import RateCap
from appliance.domain.frames import EVERYTHING, Due
from appliance.scheduling.ladder import FULL_HZ, Step


class Pace:
    """Picks frames for each stage on a grid of capture times; asked once for each frame, in order.

    Both stages keep their own grid from the same first frame on, as the simulator's students do:
    at 7.5 and 7.5 Hz they share every other frame, and the one between need not be converted.
    """

    def __init__(self, *, step: Callable[[], Step]) -> None:
        """Take where to ask for the present step."""
        self._step = step
        self._last: Step | None = None
        self._pose = RateCap(None)
        self._expression = RateCap(None)

    def plan(self, at_s: float) -> Due:
        """Return what is due on the frame of this capture time, seconds."""
        step = self._step()
        if step is not self._last:
            self._last = step
            self._pose = RateCap(_below_full(step.pose_hz))
            self._expression = RateCap(_below_full(step.expression_hz))
        due = Due(pose=self._pose.due(at_s), expression=self._expression.due(at_s))
        return EVERYTHING if due == EVERYTHING else due


def _below_full(rate_hz: float) -> float | None:
    """Return the cap of a stage; at full rate it runs on every frame that comes."""
    return None if rate_hz >= FULL_HZ else rate_hz
