"""How much of a machine one decider needs: many simulated sensors and a real broker.

The sensors go round in tokens that were recorded from the packaged clip; the decider is a process
of its own, and the only one that is measured. A teacher asks it again and again to end a lock, and
each request is timed until the terminal has its command.
"""

import math
import os
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from appliance.commands.bench.probes import running_child
from appliance.commands.bench.sensors.one_process import BOX, ROOM, SITE, follow_clip, wait_until
from appliance.commands.bench.sensors.replayed import (
    ReplayedSensor,
    SensorName,
    looped,
    new_boot,
    packets_of,
)
from appliance.commands.demo.packaged import packaged_clip
from appliance.domain.seats import SeatKey, TerminalKey
from appliance.domain.terminals import ControlCommand
from appliance.domain.token_packets import SensorKey, TokenPacket
from appliance.errors import ContractError, ServiceAwayError
from appliance.host.clock import SystemClock
from appliance.mqtt.contract.box import BoxHealth
from appliance.mqtt.contract.classroom import ControlRequestMessage
from appliance.mqtt.contract.envelope import CONTROL_TTL_S, Stamper, parse_message
from appliance.mqtt.contract.schemas import Contracts
from appliance.mqtt.contract.sensors import SensorHealth
from appliance.mqtt.contract.topics import RoomTopics
from appliance.mqtt.private_broker import LOOPBACK, PrivateBroker
from appliance.mqtt.wire.address import BrokerAddress
from appliance.mqtt.wire.link import Link
from appliance.mqtt.wire.messages import Delivery, Publication

MOST_CPU = 60.0
MOST_MB = 250.0
MOST_LATE_MS = 1000.0
MOST_COMMAND_MS = 300.0

RECORDED_S = 60
ASKED_EVERY_S = 2.0
HEALTH_S = 5.0
TEACHER = "teacher-1"
TOPICS = RoomTopics(site=SITE, room=ROOM)


@dataclass(slots=True)
class Watcher:
    """A teacher who asks, and somebody who hears what comes of it."""

    asked_s: dict[str, float] = field(default_factory=dict)
    took_ms: list[float] = field(default_factory=list)
    late_ms: float = 0.0
    missing: int = 0
    tokens_hz: float = 0.0
    rss_mb: float = 0.0
    contracts: Contracts = field(default_factory=Contracts.load)

    def hear(self, delivery: Delivery) -> None:
        """Take in a command or a report."""
        if delivery.topic in self.asked_s:
            self.took_ms.append(1000 * (time.monotonic() - self.asked_s.pop(delivery.topic)))
            return
        try:
            body = parse_message(delivery.payload, self.contracts).body
        except ContractError:
            return
        if isinstance(body, BoxHealth):
            its = body.sensors.values()
            self.late_ms = max(self.late_ms, *(one.late_ms for one in its))
            self.missing = sum(one.missing for one in its)
            self.tokens_hz = sum(one.tokens_hz for one in its)
            self.rss_mb = max(self.rss_mb, body.rss_mb or 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOptions:
    """What is measured."""

    sensors: int
    """How many."""

    seats: int
    """Of each."""

    seconds: float
    """Length of the lesson."""

    warm_up_s: float = 30.0
    """Of it, before anything counts."""

    engine: str = "auto"
    """Run time of the fusion model."""


def measure_load(options: LoadOptions, folder: Path) -> dict[str, Any]:
    """Measure; return what ``--json`` prints.

    Args:
        options: As given.
        folder: For states and the log.

    Raises:
        MissingProgramError: Mosquitto is not installed.
        ServiceAwayError: The decider allowed nothing within a minute.
    """
    one = follow_clip(packaged_clip(), folder / "alone", seconds=RECORDED_S)
    first = SeatKey("left")
    recorded = list(
        packets_of(
            first,
            one.sensed,
            name=SensorName(sensor=SensorKey("any"), boot=new_boot(), encoder=one.encoder),
        )
    )
    recorded = [packet for packet in recorded if len(packet.at_s) == len(recorded[0].at_s)]
    sensors = _sensors(options)
    with ExitStack() as stack:
        broker = stack.enter_context(PrivateBroker(folder / "broker"))
        address = BrokerAddress(host=LOOPBACK, port=broker.port)
        config = _write(folder, sensors, engine=options.engine, port=broker.port)
        log = stack.enter_context((folder / "box.log").open("w", encoding="utf-8"))
        command = [sys.executable, "-m", "appliance", "run", "--config", str(config)]
        process = stack.enter_context(running_child(command, log=log))
        watcher = Watcher()
        link = Link(
            address=address,
            client_id=TEACHER,
            clock=SystemClock(),
            subscriptions={
                TOPICS.box(BOX).health: 0,
                **{
                    TOPICS.terminal(terminal).command: 1
                    for its in sensors.values()
                    for terminal in its.values()
                },
            },
            on_delivery=watcher.hear,
        )
        link.start()
        stack.callback(link.stop)
        running = [
            (
                stack.enter_context(
                    ReplayedSensor(address=address, topics=TOPICS, sensor=key, terminals=its)
                ),
                SensorName(sensor=key, boot=new_boot(), encoder=one.encoder),
                list(its),
            )
            for key, its in sensors.items()
        ]
        if not wait_until(lambda: all(it[0].lease for it in running), timeout_s=60):
            last = (folder / "box.log").read_text(encoding="utf-8")[-500:]
            msg = f"the decider lets no sensor look; it says: {last}"
            raise ServiceAwayError(msg)
        share = _lesson(running, recorded, (watcher, link), process.pid, options)
    return _report(watcher, share, options)


def _lesson(
    running: list[tuple[ReplayedSensor, SensorName, list[SeatKey]]],
    recorded: list[TokenPacket],
    teacher: tuple[Watcher, Link],
    pid: int,
    options: LoadOptions,
) -> float:
    """Send every seat's second at a time of its own; return the decider's share of one core."""
    watcher, link = teacher
    seats = [(sensor, name, seat) for sensor, name, its in running for seat in its]
    stamper = Stamper(src=f"teacher/{TEACHER}", clock=SystemClock(), clock_state=lambda: "unknown")
    began_s = time.monotonic()
    busy_s, since_s, asked, reported_s = 0.0, began_s, 0, 0.0
    for number in range(round(options.seconds) * len(seats)):
        second, at = divmod(number, len(seats))
        due_s = began_s + number / len(seats)
        if (wait_s := due_s - time.monotonic()) > 0:
            time.sleep(wait_s)
        sensor, name, seat = seats[at]
        sensor.send(looped(recorded, seat=seat, second=second, name=name))
        now_s = time.monotonic()
        if not busy_s and now_s - began_s >= options.warm_up_s:
            busy_s, since_s = _busy_s(pid), now_s
            watcher.late_ms = 0.0
        if now_s - reported_s >= HEALTH_S:
            reported_s = now_s
            for one, _, _ in running:
                one.say_health(SensorHealth())
        if now_s - began_s >= ASKED_EVERY_S * asked and asked < len(seats):
            asked_seat = seats[(37 * asked) % len(seats)][2]
            _ask(watcher, link, stamper, asked_seat)
            asked += 1
    return 100 * (_busy_s(pid) - busy_s) / (time.monotonic() - since_s)


def _ask(watcher: Watcher, link: Link, stamper: Stamper, seat: SeatKey) -> None:
    topic = TOPICS.terminal(TerminalKey(f"pc-{seat}")).command
    body = ControlRequestMessage(command=ControlCommand.UNLOCK_ALL, seat=seat)
    payload = stamper.stamp(body, ttl_s=CONTROL_TTL_S).to_json().encode()
    watcher.asked_s[topic] = time.monotonic()
    link.post(
        Publication(
            topic=TOPICS.control_request(TEACHER), payload=payload, lifetime_s=CONTROL_TTL_S
        )
    )


def _busy_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _sensors(options: LoadOptions) -> dict[SensorKey, dict[SeatKey, TerminalKey]]:
    return {
        SensorKey(f"sensor-{sensor}"): {
            SeatKey(f"s{sensor}-{seat}"): TerminalKey(f"pc-s{sensor}-{seat}")
            for seat in range(options.seats)
        }
        for sensor in range(options.sensors)
    }


def _write(
    folder: Path,
    sensors: dict[SensorKey, dict[SeatKey, TerminalKey]],
    *,
    engine: str,
    port: int,
) -> Path:
    lines = [
        "schema = 1",
        f'[box]\nrole = "decide"\nsite = "{SITE}"\nroom = "{ROOM}"\nid = "{BOX}"',
        f'state_dir = "{folder / "state"}"',
        '[policy]\nprofile = "four-state"',
        f'[engines]\ntune = false\nfusion = "{engine}"',
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


def _report(watcher: Watcher, share: float, options: LoadOptions) -> dict[str, Any]:
    took_ms = float(np.quantile(watcher.took_ms, 0.95)) if watcher.took_ms else math.inf
    rows = (
        ("processor, % of one core", share, MOST_CPU),
        ("memory, MB", watcher.rss_mb, MOST_MB),
        ("latest message, ms", watcher.late_ms, MOST_LATE_MS),
        ("tokens missing or later than a second", float(watcher.missing), 0.0),
        ("command latency p95, ms", took_ms, MOST_COMMAND_MS),
        ("requests without a command", float(len(watcher.asked_s)), 1.0),
    )
    return {
        "sensors": {
            "sensors": options.sensors,
            "seats": options.sensors * options.seats,
            "tokens_hz": watcher.tokens_hz,
            "commands": len(watcher.took_ms),
            "rows": [
                {"what": what, "found": round(found, 1), "most": most} for what, found, most in rows
            ],
        },
        "problems": [
            f"{what}: {found:.1f}, at most {most:g}" for what, found, most in rows if found > most
        ],
    }


def show_load(report: Mapping[str, Any], console: Console) -> None:
    """Print a report for people."""
    one = report["sensors"]
    console.print(
        f"{one['seats']} seats of {one['sensors']} sensors, {one['tokens_hz']:.0f} tokens a second"
    )
    for row in one["rows"]:
        console.print(f"{row['what']}: {row['found']:.1f} (at most {row['most']:g})")
