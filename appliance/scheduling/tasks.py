"""What a lane does in one go: the first half of looking at a seat of a frame, or the second."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Generic, TypeVar

from appliance.domain.frames import Frame
from appliance.domain.seats import SeatKey

Half = TypeVar("Half")
"""A frame half looked at."""


class Stage(Enum):
    """The halves of looking at one seat of one frame, by the model that runs in them."""

    LOOK = auto()
    """Pose, and where the face is."""

    READ = auto()
    """Expression."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Waiting:
    """The newest frame of a seat, which nobody has begun to look at."""

    frame: Frame
    """The picture."""

    taken_s: float
    """Monotonic time at which it was taken."""

    deadline_s: float
    """When it should have been looked at. A frame that replaces another one takes over its
    deadline: otherwise a seat that was passed over would go to the end of the queue again, and for
    ever."""

    look_by_s: float
    """Likewise for the first of two halves."""

    ages: bool
    """False for replayed frames, which keep their worth while they wait."""

    ready_s: float
    """Since when somebody could work on it."""

    @property
    def stage(self) -> Stage:
        """The model that comes first; without a pose to find there is only the face to read."""
        return Stage.LOOK if self.frame.due.pose else Stage.READ


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Begun(Generic[Half]):
    """A frame half looked at."""

    waiting: Waiting
    """Where it came from."""

    half: Half
    """What is to be read."""

    ready_s: float
    """Since when somebody could."""


@dataclass(frozen=True, slots=True, eq=False)
class Task(Generic[Half]):
    """What a lane can do next."""

    seat: SeatKey
    stage: Stage
    deadline_s: float
    ready_s: float
    work: Waiting | Begun[Half]

    @property
    def waiting(self) -> Waiting:
        """The frame it is about."""
        return self.work.waiting if isinstance(self.work, Begun) else self.work
