"""Valid observations without anything to see."""

from appliance.domain.observations import Observation
from appliance.domain.seats import SeatKey
from appliance.perception.perceiver import PartialObservation


def partial_observation(*, at_s: float) -> PartialObservation:
    """Return a frame whose pose is done and whose face is still to be read."""
    found = Observation(
        seat=SeatKey("a01"), captured_at_s=at_s, pose=None, face=None, present=False
    )
    return PartialObservation(found, None)
