"""What a sensor says of itself, and what its decider lets it do; its tokens are in ``tokens``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from appliance.mqtt.contract.box import ModelInfo
from appliance.mqtt.contract.seats import Sight, SightReason

LEASE_TTL_S = 10
"""How long a sensor may look on one lease, from when it heard it on its own monotonic clock."""

MAX_HEARD = 32
"""Requests that a lease names; the schema refuses more."""


class SensorState(StrEnum):
    """Retained state of a sensor; ``DISCONNECTED`` is also its last will."""

    INIT = "init"
    READY = "ready"
    DEGRADED = "degraded"
    DISCONNECTED = "disconnected"


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorStatus:
    """``sensor/{sensor}/status``."""

    TYPE: ClassVar[str] = "sensor.status"

    state: SensorState
    """Present state."""

    reason: str = ""
    """One line for people; empty when there is nothing to say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorInfo:
    """``sensor/{sensor}/info``."""

    TYPE: ClassVar[str] = "sensor.info"

    software: str
    """Version of Classroom Box."""

    contract: str
    """Version of the MQTT contract."""

    profile: str
    """Policy profile, which decides on the encoder."""

    encoder: str
    """Name and version of the expression encoder, as in each packet of tokens."""

    tokens: str
    """Version of the tokens, as in each packet."""

    models: Mapping[str, ModelInfo] = field(default_factory=dict)
    """Model name to version and hash."""

    seats: Mapping[str, str] = field(default_factory=dict)
    """Seat id to the terminal on whose topic its tokens go."""

    cameras: tuple[str, ...] = ()
    """Camera ids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorCamera:
    """One camera of a sensor."""

    state: str
    """As in a box's health, and ``closed`` while no lease allows one of its seats."""

    fps: float
    """Frames per second that arrived over the last report."""

    last_error: str = ""
    """Without credentials."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorSeat:
    """One seat of a sensor."""

    sight: Sight
    """Whether the sensor looks."""

    reason: SightReason = SightReason.NONE
    """Why it does not; empty when it does."""

    tokens: int = 0
    """Sent since start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorHealth:
    """``sensor/{sensor}/health``."""

    TYPE: ClassVar[str] = "sensor.health"

    cameras: Mapping[str, SensorCamera] = field(default_factory=dict)
    """Camera id to how it is."""

    seats: Mapping[str, SensorSeat] = field(default_factory=dict)
    """Seat id to how it is."""

    step: int = 0
    """Step of the degrade ladder, 0 is full rate."""

    busy: str = ""
    """Why it rests while the machine is needed for something heavier; empty while it looks."""

    memory_mb: float | None = None
    """Resident memory of the process, megabytes."""

    cpu_percent: float | None = None
    """Processor time over the last report, per cent of one core."""

    refused: str = ""
    """Why the decider refuses its tokens, as its lease says; empty while it takes them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatLease:
    """What a sensor may do on one seat."""

    allowed: bool
    """Whether it may look."""

    occupant: str | None = None
    """Key of who sits there; None when nobody is logged in."""

    calibrate: int = 0
    """Counts the requests to take the next two minutes as known to be awake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorLease:
    """``sensor/{sensor}/lease``."""

    TYPE: ClassVar[str] = "sensor.lease"

    decider: str
    """Box id."""

    profile: str
    """Policy profile of the decider; a sensor of another one does not look."""

    seats: Mapping[str, SeatLease] = field(default_factory=dict)
    """Seat id to what is allowed; a seat that is missing is not."""

    heard: tuple[str, ...] = ()
    """Ids of the last control requests that the decider has answered, newest last."""

    refused: str = ""
    """Why it takes no tokens of this sensor and how to mend it, in one line; empty: it does."""
