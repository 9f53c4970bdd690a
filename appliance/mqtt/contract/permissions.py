"""What the broker must let a box say and hear, and the topic on which that can be tried."""

from dataclasses import dataclass
from enum import StrEnum

from appliance.domain.frames import CameraKey
from appliance.domain.seats import SeatKey, TerminalKey
from appliance.domain.token_packets import SensorKey
from appliance.mqtt.contract.topics import RoomTopics


class Access(StrEnum):
    """What a line of Mosquitto's ACL allows, in its words."""

    READ = "read"
    WRITE = "write"
    READWRITE = "readwrite"


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """One line of the broker's ACL that a box cannot do without."""

    access: Access
    """What is allowed."""

    topics: str
    """Filter of the topics; ``+`` and ``#`` as in MQTT."""

    trial: str
    """One of these topics, under the box's own id, where no seat and no terminal is disturbed."""

    @property
    def name(self) -> str:
        """What is allowed, as people say it."""
        return f"{self.access} {self.topics}"

    @property
    def acl_line(self) -> str:
        """The line that allows it."""
        return f"topic {self.access} {self.topics}"

    @property
    def trial_line(self) -> str:
        """The line that lets a message on the trial topic come back to the box."""
        other = Access.WRITE if self.access is Access.READ else Access.READ
        return f"topic {other} {self.trial}"


def permissions_of(room: RoomTopics, box: str, *, sensors: bool = False) -> tuple[Permission, ...]:
    """Return everything that a box must be allowed.

    Args:
        room: Where the box is.
        box: Its id, which is also that of the seat and the terminal it pretends to be for a trial:
            the ACL's patterns hold for every user name.
        sensors: It decides on what sensors have seen.
    """
    return (*_of_every_box(room, box), *(_of_a_decider(room, box) if sensors else ()))


def _of_every_box(room: RoomTopics, box: str) -> tuple[Permission, ...]:
    own, terminal = room.box(box), room.terminal(TerminalKey(box))
    alert, verdict = room.alert(SeatKey(box)), room.alert_ack(SeatKey(box))
    prefix = own.prefix.removesuffix(f"box/{box}")
    return (
        Permission(access=Access.READWRITE, topics=f"{own.prefix}/#", trial=own.echo),
        Permission(access=Access.WRITE, topics=f"{prefix}alert/+", trial=alert),
        Permission(access=Access.READ, topics=f"{prefix}alert/+/ack", trial=verdict),
        Permission(access=Access.WRITE, topics=f"{prefix}seat/+/cmd", trial=terminal.command),
        Permission(access=Access.WRITE, topics=f"{prefix}seat/+/view", trial=terminal.view),
        Permission(access=Access.WRITE, topics=f"{prefix}board/+", trial=room.board(SeatKey(box))),
        *(
            Permission(
                access=Access.READ, topics=f"{prefix}seat/+/{topic.rpartition('/')[2]}", trial=topic
            )
            for topic in (terminal.ack, terminal.feedback, terminal.context, terminal.presence)
        ),
        Permission(
            access=Access.READ, topics=room.control_requests, trial=room.control_request(box)
        ),
        Permission(
            access=Access.WRITE, topics=f"{prefix}control/+/resp", trial=room.control_response(box)
        ),
        Permission(access=Access.WRITE, topics=f"{prefix}aim/+", trial=room.aim(CameraKey(box))),
    )


def _of_a_decider(room: RoomTopics, box: str) -> tuple[Permission, ...]:
    sensor, tokens = room.sensor(SensorKey(box)), room.terminal(TerminalKey(box)).tokens
    every = sensor.prefix.removesuffix(box) + "+"
    return (
        *(
            Permission(
                access=Access.READ, topics=f"{every}/{topic.rpartition('/')[2]}", trial=topic
            )
            for topic in (sensor.status, sensor.info, sensor.health)
        ),
        Permission(access=Access.WRITE, topics=f"{every}/lease", trial=sensor.lease),
        Permission(
            access=Access.READ,
            topics=tokens.removesuffix(f"{box}/tokens") + "+/tokens",
            trial=tokens,
        ),
    )
