"""A sensor without a camera: sends tokens that were recorded, as a sensor of the room would."""

import os
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from appliance.domain.ids import RANDOM_BYTES, uuid7
from appliance.domain.seats import OccupancyKey, SeatKey, TerminalKey
from appliance.domain.token_packets import SensorKey, TokenPacket
from appliance.domain.tokens import TOKEN_S, SeatStatus
from appliance.errors import ContractError
from appliance.host.clock import SystemClock
from appliance.mqtt.contract.envelope import HEALTH_TTL_S, Body, Stamper, parse_message
from appliance.mqtt.contract.schemas import Contracts
from appliance.mqtt.contract.sensors import SensorHealth, SensorLease, SensorState, SensorStatus
from appliance.mqtt.contract.tokens import TOKENS_TTL_S, Precision, encode_tokens
from appliance.mqtt.contract.topics import RoomTopics
from appliance.mqtt.wire.address import BrokerAddress
from appliance.mqtt.wire.link import Link
from appliance.mqtt.wire.messages import Delivery, LastWill, Publication
from appliance.sensing import SensedTokens

PACKET_TOKENS = 5
"""One second."""

CONNECT_S = 20.0
"""Longest wait for the broker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorName:
    """Who a simulated sensor is."""

    sensor: SensorKey
    """Its id."""

    boot: str
    """Of its process."""

    encoder: str
    """What it says that it looks with."""


def new_boot() -> str:
    """Return an id of a process that has just begun."""
    return uuid7(wall_s=time.time(), randomness=os.urandom(RANDOM_BYTES))


def packets_of(
    seat: SeatKey, sensed: Sequence[SensedTokens], *, name: SensorName
) -> Iterator[TokenPacket]:
    """Put the tokens of one seat into packets, as a sensor does, five at a time.

    Args:
        seat: Whose.
        sensed: Everything that was closed, in order.
        name: Who sends them.
    """
    due = [one.tokens for one in sensed if seat in one.due]
    for first in range(0, len(due), PACKET_TOKENS):
        part = due[first : first + PACKET_TOKENS]
        row = part[0].seats.index(seat)
        yield TokenPacket(
            seat=seat,
            sensor=name.sensor,
            boot=name.boot,
            first=first,
            encoder=name.encoder,
            at_s=tuple(one.at_s[row] for one in part),
            status=tuple(one.status[row] for one in part),
            occupancies=tuple(one.occupancies[row] for one in part),
            age_s=np.array([one.age_s[row] for one in part], dtype=np.float32),
            restarted=np.array([one.restarted[row] for one in part]),
            face=np.stack([one.face[row] for one in part]),
            pose=np.stack([one.pose[row] for one in part]),
            step=0,
            camera_ok=True,
        )


class ReplayedSensor:
    """Says what a sensor says, and hears its lease; a context manager."""

    def __init__(
        self,
        *,
        address: BrokerAddress,
        topics: RoomTopics,
        sensor: SensorKey,
        terminals: Mapping[SeatKey, TerminalKey],
        precision: Precision = "f2",
    ) -> None:
        """Prepare the connection.

        Args:
            address: Of the broker.
            topics: Of the room.
            sensor: Its id, also the client id.
            terminals: Of its seats.
            precision: Of what it sends.
        """
        self._terminals = terminals
        self._topics = topics
        self._own = topics.sensor(sensor)
        self._precision = precision
        self._contracts = Contracts.load()
        clock = SystemClock()
        self._stamper = Stamper(src=f"sensor/{sensor}", clock=clock, clock_state=lambda: "unknown")
        self._link = Link(
            address=address,
            client_id=sensor,
            clock=clock,
            subscriptions={self._own.lease: 1},
            on_delivery=self._hear,
            will=self._will,
        )
        self.lease: SensorLease | None = None
        """The last one that was heard."""
        self.lease_s = 0.0
        """When, monotonic time."""

    def __enter__(self) -> Self:
        """Connect and say that it is there."""
        self._link.start()
        until_s = time.monotonic() + CONNECT_S
        while not self._link.connected and time.monotonic() < until_s:
            time.sleep(0.05)
        self.say_state(SensorState.READY)
        self.say_health(SensorHealth())
        return self

    def __exit__(self, *_: object) -> None:
        """Leave without a word, as a cable does that is pulled."""
        self._link.stop(timeout_s=1.0)

    def say_state(self, state: SensorState) -> None:
        """Set the retained status."""
        self._post(self._own.status, SensorStatus(state=state), ttl_s=None, retain=True)

    def say_health(self, health: SensorHealth) -> None:
        """Send a health report."""
        self._post(self._own.health, health, ttl_s=HEALTH_TTL_S, retain=False)

    def send(self, packet: TokenPacket) -> int:
        """Send tokens; return the bytes of the message."""
        payload = encode_tokens(packet, precision=self._precision)
        topic = self._topics.terminal(self._terminals[packet.seat]).tokens
        self._link.send(Publication(topic=topic, payload=payload, qos=0, lifetime_s=TOKENS_TTL_S))
        return len(payload)

    def _post(self, topic: str, body: Body, *, ttl_s: int | None, retain: bool) -> None:
        payload = self._stamper.stamp(body, ttl_s=ttl_s).to_json().encode()
        self._link.post(Publication(topic=topic, payload=payload, retain=retain, lifetime_s=ttl_s))

    def _will(self) -> LastWill:
        body = SensorStatus(state=SensorState.DISCONNECTED)
        payload = self._stamper.stamp(body, ttl_s=None).to_json().encode()
        return LastWill(
            publication=Publication(topic=self._own.status, payload=payload, retain=True),
            delay_s=0,
        )

    def _hear(self, delivery: Delivery) -> None:
        try:
            body = parse_message(delivery.payload, self._contracts).body
        except ContractError:
            return
        if isinstance(body, SensorLease):
            self.lease, self.lease_s = body, time.monotonic()


def looped(
    recorded: Sequence[TokenPacket], *, seat: SeatKey, second: int, name: SensorName
) -> TokenPacket:
    """Return one second of a lesson that goes round in a recording, of one student who stays.

    Args:
        recorded: Seconds of one seat.
        seat: Whose it is to be; each begins elsewhere in the recording.
        second: Of the lesson, from 0.
        name: Who sends it.
    """
    source = recorded[(second + hash_of(seat)) % len(recorded)]
    count = len(source.at_s)
    first = PACKET_TOKENS * second
    return replace(
        source,
        seat=seat,
        sensor=name.sensor,
        boot=name.boot,
        encoder=name.encoder,
        first=first,
        at_s=tuple((1 + first + at) * TOKEN_S for at in range(count)),
        occupancies=(OccupancyKey(f"occupancy-of-{seat}"),) * count,
        status=(SeatStatus.PRESENT,) * count,
        age_s=(TOKEN_S * (1 + first + np.arange(count))).astype(np.float32),
        restarted=np.array([first == 0, *[False] * (count - 1)]),
    )


def hash_of(seat: SeatKey) -> int:
    """Return a number that is the same in every run."""
    return zlib.crc32(seat.encode())
