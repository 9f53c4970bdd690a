"""Every topic of the contract (docs/DESIGN.md, 7) is built here and nowhere else."""

import re
from dataclasses import dataclass

from appliance.domain.frames import CameraKey
from appliance.domain.seats import SeatKey, TerminalKey
from appliance.domain.token_packets import SensorKey

ROOT = "cb/v1"
"""The major version of the contract is part of every topic."""

ID_PATTERN = re.compile(r"[a-z0-9-]+")
"""Ids hold nothing that a topic, a filter or an ACL could read as syntax."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomTopics:
    """Topics of one room that belong to no single box or terminal."""

    site: str
    """School."""

    room: str
    """Room of the school."""

    def __post_init__(self) -> None:
        """Reject ids that would change the meaning of a topic."""
        check_id("site", self.site)
        check_id("room", self.room)

    @property
    def _prefix(self) -> str:
        return f"{ROOT}/{self.site}/{self.room}"

    @property
    def control_requests(self) -> str:
        """Filter of what all clients ask of the boxes."""
        return f"{self._prefix}/control/+/req"

    def control_request(self, client: str) -> str:
        """One client to the boxes; the broker lets nobody else write there."""
        return f"{self._prefix}/control/{check_id('client', client)}/req"

    def control_response(self, client: str) -> str:
        """The boxes to one client."""
        return f"{self._prefix}/control/{check_id('client', client)}/resp"

    def asking_client(self, topic: str) -> str | None:
        """Return whose request topic this is; None where it is nobody's."""
        client = topic.removeprefix(f"{self._prefix}/control/").removesuffix("/req")
        ours = ID_PATTERN.fullmatch(client) and topic == self.control_request(client)
        return client if ours else None

    def alert(self, seat: SeatKey) -> str:
        """Box to teachers, about one seat."""
        return f"{self._prefix}/alert/{check_id('seat', seat)}"

    def alert_ack(self, seat: SeatKey) -> str:
        """Teacher to box, about one seat."""
        return f"{self.alert(seat)}/ack"

    @property
    def for_teachers(self) -> tuple[str, ...]:
        """Filters of all that a teacher may hear, beside the own answers."""
        boxes = f"{self._prefix}/box/+"
        return (
            f"{boxes}/status",
            f"{boxes}/info",
            f"{self._prefix}/board/+",
            f"{self._prefix}/alert/+",
        )

    @property
    def for_it(self) -> tuple[str, ...]:
        """Filters of all that IT may hear of this room, beside the own answers."""
        boxes = f"{self._prefix}/box/+"
        sensors = f"{self._prefix}/sensor/+"
        return (
            *(f"{boxes}/{word}" for word in ("status", "info", "health")),
            *(f"{sensors}/{word}" for word in ("status", "info", "health")),
            f"{self._prefix}/aim/+",
        )

    def board(self, seat: SeatKey) -> str:
        """Box to teachers, retained: one seat during a lesson."""
        return f"{self._prefix}/board/{check_id('seat', seat)}"

    def aim(self, camera: CameraKey) -> str:
        """Box to whoever points one of its cameras."""
        return f"{self._prefix}/aim/{check_id('camera', camera)}"

    def box(self, box: str) -> "BoxTopics":
        """Topics of one box of this room."""
        return BoxTopics(prefix=f"{self._prefix}/box/{check_id('box', box)}")

    def terminal(self, terminal: TerminalKey) -> "TerminalTopics":
        """Topics of one terminal of this room."""
        return TerminalTopics(prefix=f"{self._prefix}/seat/{check_id('terminal', terminal)}")

    def sensor(self, sensor: SensorKey) -> "SensorTopics":
        """Topics of one sensor of this room."""
        return SensorTopics(prefix=f"{self._prefix}/sensor/{check_id('sensor', sensor)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxTopics:
    """What one box says about itself; made by ``RoomTopics.box``."""

    prefix: str
    """``cb/v1/{site}/{room}/box/{box}``."""

    @property
    def status(self) -> str:
        """Retained state of the service."""
        return f"{self.prefix}/status"

    @property
    def info(self) -> str:
        """Retained versions and hashes."""
        return f"{self.prefix}/info"

    @property
    def health(self) -> str:
        """Health report."""
        return f"{self.prefix}/health"

    @property
    def echo(self) -> str:
        """The box to itself: proof that broker and callbacks are alive."""
        return f"{self.prefix}/health/echo"


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalTopics:
    """The conversation with one terminal; made by ``RoomTopics.terminal``."""

    prefix: str
    """``cb/v1/{site}/{room}/seat/{terminal}``."""

    @property
    def command(self) -> str:
        """Box to terminal."""
        return f"{self.prefix}/cmd"

    @property
    def ack(self) -> str:
        """Terminal to box: how far a command has come."""
        return f"{self.prefix}/ack"

    @property
    def feedback(self) -> str:
        """Terminal to box: what the student did."""
        return f"{self.prefix}/feedback"

    @property
    def context(self) -> str:
        """Terminal to box, retained: the task at hand."""
        return f"{self.prefix}/context"

    @property
    def presence(self) -> str:
        """Terminal to box, retained: who is logged in."""
        return f"{self.prefix}/presence"

    @property
    def view(self) -> str:
        """Box to terminal, retained: what the student may know of the own seat."""
        return f"{self.prefix}/view"

    @property
    def tokens(self) -> str:
        """Sensor to decider: what was seen on the seat; the terminal itself never hears it."""
        return f"{self.prefix}/tokens"


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorTopics:
    """What one sensor says about itself and may do; made by ``RoomTopics.sensor``."""

    prefix: str
    """``cb/v1/{site}/{room}/sensor/{sensor}``."""

    @property
    def status(self) -> str:
        """Retained state."""
        return f"{self.prefix}/status"

    @property
    def info(self) -> str:
        """Retained versions, hashes and seats."""
        return f"{self.prefix}/info"

    @property
    def health(self) -> str:
        """Health report."""
        return f"{self.prefix}/health"

    @property
    def lease(self) -> str:
        """Decider to sensor: at whom it may look for the next seconds."""
        return f"{self.prefix}/lease"


def sender_of(topic: str) -> str:
    """Return whose words a topic of a room carries, for example ``seat/pc-07``."""
    return "/".join(topic.split("/")[4:6])


def check_id(name: str, value: str) -> str:
    """Return the id, or refuse it.

    Raises:
        ValueError: The id is empty or holds anything but a-z, 0-9 and the hyphen.
    """
    if not ID_PATTERN.fullmatch(value):
        msg = f"{name}: expected an id of [a-z0-9-]+, got {value!r}"
        raise ValueError(msg)
    return value
