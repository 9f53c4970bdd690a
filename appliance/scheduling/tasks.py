"""What a lane does in one go: the pose of a seat of a frame, or its expression."""

from dataclasses import dataclass
from enum import Enum, auto

from appliance.domain.frames import Frame
from appliance.domain.seats import SeatKey
from appliance.perception.perceiver import PartialObservation


class Stage(Enum):
    """The two steps of looking at one seat of one frame, by the model that runs in them."""

    POSE = auto()
    """Pose, and where the face is."""

    EXPRESSION = auto()
    """Expression."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class QueuedFrame:
    """The newest frame of a seat, which no lane has taken yet."""

    frame: Frame
    """The picture."""

    taken_s: float
    """Monotonic time at which it was taken."""

    deadline_s: float
    """When it should have been looked at. A frame that replaces another one takes over its
    deadline: otherwise a seat that was passed over would go to the end of the queue again, and for
    ever."""

    look_by_s: float
    """Likewise for the first of two steps."""

    ages: bool
    """False for replayed frames, which keep their worth while they wait."""

    ready_s: float
    """Since when somebody could work on it."""

    @property
    def stage(self) -> Stage:
        """The model that comes first; without a pose to find there is only the face to read."""
        return Stage.POSE if self.frame.due.pose else Stage.EXPRESSION


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PosedFrame:
    """A frame whose pose is done and whose face is still to be read."""

    waiting: QueuedFrame
    """Where it came from."""

    partial: PartialObservation
    """What is to be read."""

    ready_s: float
    """Since when somebody could."""


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """What a lane can do next."""

    seat: SeatKey
    stage: Stage
    deadline_s: float
    ready_s: float
    work: QueuedFrame | PosedFrame

    @property
    def waiting(self) -> QueuedFrame:
        """The frame it is about."""
        return self.work.waiting if isinstance(self.work, PosedFrame) else self.work
