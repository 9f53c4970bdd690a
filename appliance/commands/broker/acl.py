"""Who may say and hear what at the room's broker, from the configuration."""

from collections.abc import Sequence
from dataclasses import dataclass

from appliance.domain.seats import TerminalKey
from appliance.domain.token_packets import SensorKey
from appliance.mqtt.contract.permissions import Access, permissions_of
from appliance.mqtt.contract.topics import ROOT, RoomTopics
from appliance.settings.layout import sensor_seats
from appliance.settings.tree import Settings

_HEAD = """\
# Who may say and hear what in the contract; what is not allowed here is denied.
#
# Written by classbox from the configuration, so that ids cannot differ; classbox setup writes it
# again. Give no two clients one id, whatever they are: the patterns at the end hold for every user
# name, and a terminal named like a box would be the box to them.
#
# Mosquitto answers a forbidden SUBSCRIBE with "granted" and then delivers nothing: test an ACL by
# what arrives, not by what is granted.
"""

_BOX = """\

# --- The box -----------------------------------------------------------------------------------
user {box}
{needs}

# The box proves by delivery that each of these reaches it: it plays the other side on topics that
# carry its own id.
{trials}
"""

_TEACHER = """
user {name}
topic read {room}/box/+/status
topic read {room}/box/+/info
topic read {room}/board/+
topic read {room}/alert/+
topic write {room}/alert/+/ack
topic read {room}/aim/+
"""

_IT = """
user {name}
topic read {root}/{site}/+/box/+/status
topic read {root}/{site}/+/box/+/info
topic read {root}/{site}/+/box/+/health
topic read {root}/{site}/+/sensor/+/status
topic read {root}/{site}/+/sensor/+/info
topic read {root}/{site}/+/sensor/+/health
topic read {root}/{site}/+/aim/+
"""

_SENSORS = """
# --- Sensors: each writes its own seats' tokens, and hears itself who says no --------------------
# Nobody but the box reads tokens, and nobody but the box says at whom a sensor may look.
"""

_PATTERNS = """\

# --- Every terminal: only its own seat topics, no wildcard can reach another's -------------------
pattern read {room}/seat/%u/cmd
pattern read {room}/seat/%u/view
pattern write {room}/seat/%u/ack
pattern write {room}/seat/%u/feedback
pattern write {room}/seat/%u/context
pattern write {room}/seat/%u/presence

# --- Everybody: asks under the own name, so the box knows who it is, and hears the own answers ----
pattern write {room}/control/%u/req
pattern read {room}/control/%u/resp
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Who has a client of their own; no names, ids."""

    teachers: Sequence[str] = ()
    """They see alerts and the box's status, and may pause it."""

    it: Sequence[str] = ()
    """They see how boxes are, and nothing about students."""


def acl_text(settings: Settings, people: People) -> str:
    """Return the broker's ACL for one room.

    Terminals need no line each: the patterns give every user name its own topics, and only who
    holds a certificate of the room has a user name.
    """
    site, box = settings.box.site, settings.box.id
    room = f"{ROOT}/{site}/{settings.box.room}"
    topics = RoomTopics(site=site, room=settings.box.room)
    sensors = sensor_seats(settings)
    parts = [_HEAD, _box_text(topics, box, sensors=bool(sensors))]
    if sensors:
        parts.append(_SENSORS)
        parts += [
            _sensor_text(topics, sensor, tuple(seats.values()), people.teachers)
            for sensor, seats in sensors.items()
        ]
    if people.teachers:
        parts.append("\n# --- Teachers: no single seat's context or feedback " + "-" * 44 + "\n")
        parts += [_TEACHER.format(room=room, name=name).lstrip("\n") for name in people.teachers]
    if people.it:
        parts.append(
            "\n# --- IT staff: how the boxes are, nothing about students " + "-" * 39 + "\n"
        )
        parts += [_IT.format(root=ROOT, site=site, name=name).lstrip("\n") for name in people.it]
    parts.append(_PATTERNS.format(room=room))
    return "".join(parts)


def _sensor_text(
    room: RoomTopics,
    sensor: SensorKey,
    terminals: Sequence[TerminalKey],
    teachers: Sequence[str],
) -> str:
    """Return the block of one sensor."""
    own = room.sensor(sensor)
    seats = [room.terminal(terminal) for terminal in terminals]
    asking = dict.fromkeys((*terminals, *teachers))
    lines = [
        *(f"topic write {topic}" for topic in (own.status, own.info, own.health)),
        f"topic read {own.lease}",
        *(f"topic write {seat.tokens}" for seat in seats),
        *(f"topic read {seat.presence}" for seat in seats),
        *(f"topic read {room.control_request(client)}" for client in asking),
    ]
    return "\n".join((f"user {sensor}", *lines, ""))


def _box_text(room: RoomTopics, box: str, *, sensors: bool) -> str:
    """Return the block of the box: what it needs, and what lets its trials come back.

    Nothing for its own topics, which it hears anyway, nor for those that the patterns give to every
    user name: of the terminal it plays, and of its own requests.
    """
    needed = permissions_of(room, box, sensors=sensors)
    tokens = room.terminal(TerminalKey(box)).tokens  # which the patterns give to nobody
    by_pattern = (
        room.terminal(TerminalKey(box)).prefix,
        room.control_request(box),
        room.control_response(box),
    )
    trials = [
        one.trial_line
        for one in needed
        if one.access is not Access.READWRITE
        and (one.trial == tokens or not one.trial.startswith(by_pattern))
    ]
    needs = "\n".join(one.acl_line for one in needed)
    return _BOX.format(box=box, needs=needs, trials="\n".join(trials))
