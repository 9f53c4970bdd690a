"""What a box says: status, info, health, echo, alert, control response."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from appliance.domain.affect import Affect
from appliance.domain.seats import SeatKey
from appliance.domain.storage_health import StorageHealth
from appliance.domain.terminals import ControlStatus

MAX_TEXT = 500
"""Characters of a reason or an error; the schemas refuse more."""


class BoxState(StrEnum):
    """Retained state of the service; ``LOST`` comes from the last will only."""

    INIT = "init"
    READY = "ready"
    PAUSED = "paused"
    DEGRADED = "degraded"
    DISCONNECTED = "disconnected"
    LOST = "lost"


class AlertPriority(StrEnum):
    """How soon a teacher should look."""

    NORMAL = "normal"
    HIGHEST = "highest"


class AlertPhase(StrEnum):
    """Where in its episode an alert stands."""

    RAISED = "raised"
    ONGOING = "ongoing"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxStatus:
    """``box/{box}/status``."""

    TYPE: ClassVar[str] = "box.status"

    state: BoxState
    """Present state."""

    reason: str = ""
    """One line for people; empty when there is nothing to say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInfo:
    """One model file in use."""

    version: str
    """From the model's manifest."""

    sha256: str
    """Of the loaded file, 64 hexadecimal digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxInfo:
    """``box/{box}/info``."""

    TYPE: ClassVar[str] = "box.info"

    software: str
    """Version of Classroom Box."""

    contract: str
    """Version of the MQTT contract, ``mqtt_contracts/asyncapi.yaml`` info.version."""

    profile: str
    """Policy profile: ``fatigue-only``, ``four-state`` or ``demo``."""

    models: Mapping[str, ModelInfo] = field(default_factory=dict)
    """Model name to version and hash."""

    libraries: Mapping[str, str] = field(default_factory=dict)
    """Library name to version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraHealth:
    """One camera."""

    state: str
    """``starting``, ``live``, ``retrying``, ``ended``, ``paused`` or ``quarantined``."""

    fps: float
    """Frames per second that arrived over the last report."""

    frame_age_ms: float | None = None
    """Age of a frame when it was decided upon, 95th percentile, milliseconds."""

    dropped: Mapping[str, int] = field(default_factory=dict)
    """Cause to frames dropped since start, summed over the camera's seats."""

    detail: str = ""
    """Last error, without credentials."""

    frames: Mapping[str, int] = field(default_factory=dict)
    """What became of the others since start: ``sent`` by the camera; summed over its seats,
    ``left-out`` by the ladder, ``looked-at`` (never without consent), ``pose`` and ``expression``
    where in these a body and a face were due to be looked for, and ``late`` for their token."""

    reconnects: int = 0
    """Times the feed came back, since start."""

    attempts: int = 0
    """Attempts that have failed since the feed was last stable."""

    light: float | None = None
    """Mean grey level of its picture, 0 black to 255 white; None before the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerHealth:
    """The box's own view of MQTT."""

    connected: bool
    """A session with the broker is open."""

    published: int = 0
    """Commands handed to the broker since start, each counted once."""

    acknowledged: int = 0
    """Commands that their terminal answered since start."""

    alerts: int = 0
    """Alerts handed to the broker since start, each counted once."""

    expired: int = 0
    """Commands that nobody had before their lifetime ended, since start."""

    reconnects: int = 0
    """Connections after the first, since start."""

    dropped: int = 0
    """Messages given up since start, all causes of ``drops`` together."""

    drops: Mapping[str, int] = field(default_factory=dict)
    """Cause to messages given up since start: ``queue-full`` and ``outbox-full`` going out,
    ``inbox-full``, ``flood`` and ``invalid`` coming in."""

    floods: Mapping[str, int] = field(default_factory=dict)
    """Sender, for example ``seat/pc-07``, to what was dropped of it since start because it sent
    far too much."""

    unsaved: int = 0
    """Times that the state of a command could not be stored since start."""

    callback_errors: int = 0
    """Exceptions caught at the border of a callback, since start."""

    outbox: int = 0
    """Commands and alerts waiting for an answer now."""

    last_echo_s: float | None = None
    """Seconds since the box last saw its own echo; None before the first."""

    last_error: str = ""
    """Why there is no connection, or why it is of no use; empty while all is well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorStanding:
    """One sensor of which tokens come, as the box that decides sees it."""

    state: str
    """``starting``, ``live``, ``degraded`` or ``lost``."""

    refused: str = ""
    """Why its tokens are not taken now, and how to mend it; empty while they are."""

    refusals: int = 0
    """Messages with tokens that were not taken since start."""

    tokens_hz: float = 0.0
    """Tokens a second of all its seats, over the last five seconds or more."""

    missing: int = 0
    """Tokens that never came since start, or more than a second late."""

    late_ms: float = 0.0
    """The latest message of that time against the quickest of its process, milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxHealth:
    """``box/{box}/health``."""

    TYPE: ClassVar[str] = "box.health"

    uptime_s: float
    """Since the service started, seconds."""

    cameras: Mapping[str, CameraHealth] = field(default_factory=dict)
    """Camera id to its health."""

    seats: Mapping[str, str] = field(default_factory=dict)
    """Seat id to ``observed``, ``absent``, ``ambiguous``, ``paused``, ``lost``; at the box's own
    door also ``no-consent``, which the broker is told as ``absent``."""

    sensors: Mapping[str, SensorStanding] = field(default_factory=dict)
    """Sensor id to how it is."""

    degrade_step: int = 0
    """Step of the degrade ladder, 0 is full rate."""

    degrade_reason: str = ""
    """Why it stands there."""

    degrade_changes: int = 0
    """Steps taken since start, up and down."""

    temperature_c: float | None = None
    """Processor, degrees Celsius."""

    disk_free_mb: float | None = None
    """Free space of the state folder, megabytes."""

    rss_mb: float | None = None
    """Resident memory of the process, megabytes."""

    broker: BrokerHealth | None = None
    """The box's own view of MQTT."""

    storage: StorageHealth | None = None
    """The databases."""

    problems: tuple[str, ...] = ()
    """Everything an operator should know, one line each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxEcho:
    """``box/{box}/health/echo``."""

    TYPE: ClassVar[str] = "box.echo"

    count: int
    """Counts up from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceData:
    """The quantities of eq. 9."""

    mean_score: float
    """Mean of the score over the window, [0, 1]."""

    tokens_above: int
    """Tokens of the window above theta."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherSeat:
    """A seat that shares the message of another."""

    seat: SeatKey
    """Where."""

    episode: str
    """Same id from raising to clearing."""

    affect: Affect
    """Type of the alert."""

    priority: AlertPriority
    """As in the message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertMessage:
    """``alert/{seat}``."""

    TYPE: ClassVar[str] = "alert"

    episode: str
    """Same id from raising to clearing."""

    seat: SeatKey
    """Where."""

    affect: Affect
    """Type of the alert."""

    priority: AlertPriority
    """``HIGHEST``: go and see the student."""

    phase: AlertPhase
    """Raised, ongoing or cleared."""

    intensity: float
    """30 s mean of the class's calibrated probability, [0, 1]."""

    duration_s: float
    """Since the back-dated start of the episode, or as the rule counted it, seconds."""

    evidence: EvidenceData | None = None
    """Eq. 9; None when a rule, not the warning, raised the alert."""

    rule: str = ""
    """Row of Table 1 for an alert that a rule raised; empty otherwise."""

    reason: str = ""
    """Numbers behind it, in one line for people."""

    others: tuple[OtherSeat, ...] = ()
    """Seats told in the same message, most urgent first; their clearing comes on their topics."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlResponse:
    """``control/{client}/resp``."""

    TYPE: ClassVar[str] = "control.response"

    status: ControlStatus
    """What became of the request that ``corr`` names."""

    detail: str = ""
    """One line for people."""
