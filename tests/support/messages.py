"""Valid values; a test moves one thing."""

import os
import time
from collections.abc import Callable
from dataclasses import replace

from appliance.domain.affect import Affect
from appliance.domain.commands import OutboxEntry
from appliance.domain.ids import uuid7
from appliance.domain.interventions import Action, Feedback, Intervention
from appliance.domain.seats import OccupancyKey, SeatKey, TerminalKey
from appliance.host.clock import SystemClock
from appliance.mqtt.contract.envelope import Body, Stamper
from appliance.mqtt.private_broker import LOOPBACK
from appliance.mqtt.wire.address import BrokerAddress

SITE, ROOM, BOX = "school", "lab-1", "box-1"
SEAT, TERMINAL = SeatKey("a01"), TerminalKey("terminal-07")
TERMINALS = {TERMINAL: SEAT}
TEACHERS, IT = ("teacher-1",), ("it-1",)


def taking(told: list[Feedback] | list[object]) -> Callable[[Feedback], bool]:
    """Return who remembers each answer of a student and takes it for one that counts."""

    def take(feedback: Feedback) -> bool:
        told.append(feedback)
        return True

    return take


def fresh_id() -> str:
    """A UUIDv7 of now."""
    return uuid7(wall_s=time.time(), randomness=os.urandom(10))


def address_of(port: int) -> BrokerAddress:
    """A plain, anonymous broker on loopback."""
    return BrokerAddress(host=LOOPBACK, port=port)


def stamper(src: str) -> Stamper:
    """Envelopes of now."""
    return Stamper(src=src, clock=SystemClock(), clock_state=lambda: "unknown")


def message_json(src: str, body: Body, *, ttl_s: int | None, corr: str | None = None) -> str:
    """One message of now, as its sender would publish it."""
    return stamper(src).stamp(body, ttl_s=ttl_s, corr=corr).to_json()


def intervention(action: Action = Action.HINT) -> Intervention:
    """One decision of now."""
    return Intervention(
        id=fresh_id(),
        episode="5f0c2d",
        seat=SEAT,
        occupancy=OccupancyKey("o1"),
        affect=Affect.CONFUSED,
        action=action,
        rule="4",
        reason="confused 0.80 > 0.75 for 130 s > 120 s",
        intensity=0.8,
        duration_s=130.0,
        at_s=500.0,
    )


def entry(**changes: object) -> OutboxEntry:
    """A command that may live from 1000 s to 1010 s wall time."""
    base = OutboxEntry(
        id="c1",
        terminal=TERMINAL,
        topic="cb/v1/school/lab-1/seat/terminal-07/cmd",
        payload="{}",
        created_s=1000.0,
        expires_s=1010.0,
    )
    return replace(base, **changes)  # type: ignore[arg-type] # a test names the field it moves
