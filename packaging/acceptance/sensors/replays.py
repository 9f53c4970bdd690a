"""A decider's room with *simulated* sensors: each replays what was sensed of the packaged clip."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

from acceptance.running_box import BOX
from acceptance.sensors.stand_in import ROOM, SITE
from appliance.commands.bench.sensors.one_process import follow_clip
from appliance.commands.bench.sensors.replayed import (
    ReplayedSensor,
    SensorName,
    looped,
    new_boot,
    packets_of,
)
from appliance.commands.demo.packaged import packaged_clip
from appliance.domain.seats import SeatKey, TerminalKey
from appliance.domain.token_packets import SensorKey, TokenPacket
from appliance.mqtt.contract.sensors import LEASE_TTL_S, SensorHealth
from appliance.mqtt.contract.topics import RoomTopics
from appliance.mqtt.private_broker import LOOPBACK
from appliance.mqtt.wire.address import BrokerAddress

Sensors = Mapping[SensorKey, Mapping[SeatKey, TerminalKey]]
"""Terminal of each seat of each sensor."""

TOPICS = RoomTopics(site=SITE, room=ROOM)
TEACHER = "teacher-1"
HEALTH_S = 5.0
POLL_S = 0.05
WHOLE = 5
"""Tokens of a whole second."""


def recording(folder: Path) -> tuple[list[TokenPacket], str]:
    """Look at the packaged clip; return its seconds, of both its seats, and the encoder's name."""
    one = follow_clip(packaged_clip(), folder)
    name = SensorName(sensor=SensorKey("any"), boot=new_boot(), encoder=one.encoder)
    seconds = [
        packet
        for seat in one.sensed[0].tokens.seats
        for packet in packets_of(seat, one.sensed, name=name)
    ]
    return [packet for packet in seconds if len(packet.at_s) == WHOLE], one.encoder


def write_decider(folder: Path, sensors: Sensors, *, port: int) -> Path:
    """Write the configuration of a decider for these sensors; return its path."""
    lines = [
        "schema = 1",
        f'[box]\nrole = "decide"\nsite = "{SITE}"\nroom = "{ROOM}"\nid = "{BOX}"',
        f'state_dir = "{folder / "state"}"',
        '[policy]\nprofile = "four-state"',
        '[engines]\ntune = false\nfusion = "onnx"',
        f'[mqtt]\nhost = "{LOOPBACK}"\nport = {port}\nteachers = ["{TEACHER}"]',
        *(
            f'[sensors.{key}.seats.{seat}]\nterminal = "{terminal}"\nconsent = "granted"'
            for key, its in sensors.items()
            for seat, terminal in its.items()
        ),
    ]
    config = folder / "config.toml"
    config.touch(mode=0o600)
    config.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return config


class Replay:
    """One simulated sensor that sends every second, while it may look; a context manager."""

    def __init__(
        self,
        recorded: Sequence[TokenPacket],
        *,
        port: int,
        sensor: SensorKey,
        terminals: Mapping[SeatKey, TerminalKey],
        encoder: str,
        change: Callable[[TokenPacket], Sequence[TokenPacket]] = lambda one: [one],
    ) -> None:
        """Prepare the connection and the thread.

        Args:
            recorded: Seconds, in which each seat begins elsewhere.
            port: Of the broker on loopback.
            sensor: Its id.
            terminals: Of its seats.
            encoder: What it says that it looks with.
            change: What is sent instead of a second.
        """
        self._recorded = recorded
        self._name = SensorName(sensor=sensor, boot=new_boot(), encoder=encoder)
        self._terminals = terminals
        self.change = change
        """What is sent instead of a second; may be set while it runs."""
        self.replayed = ReplayedSensor(
            address=BrokerAddress(host=LOOPBACK, port=port),
            topics=TOPICS,
            sensor=sensor,
            terminals=terminals,
        )
        """The connection, which comes back by itself."""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=sensor, daemon=True)

    def __enter__(self) -> Self:
        """Connect, and begin."""
        self.replayed.__enter__()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave without a word."""
        self._stopping.set()
        self._thread.join(5)
        self.replayed.__exit__()

    def may_look(self) -> bool:
        """Tell whether a lease counts."""
        fresh = time.monotonic() - self.replayed.lease_s < LEASE_TTL_S
        return self.replayed.lease is not None and fresh

    def _run(self) -> None:
        began_s, reported_s, second, begun = time.monotonic(), 0.0, 0, False
        while not self._stopping.wait(max(0.0, began_s + second - time.monotonic())):
            now_s = time.monotonic()
            if now_s - reported_s >= HEALTH_S:
                reported_s = now_s
                self.replayed.say_health(SensorHealth())
            if not self.may_look() and not begun:
                began_s = now_s - second + POLL_S  # the lesson begins with the first lease
                continue
            begun = True
            if self.may_look():
                for seat in self._terminals:
                    packet = looped(self._recorded, seat=seat, second=second, name=self._name)
                    for one in self.change(packet):
                        self.replayed.send(one)
            second += 1
