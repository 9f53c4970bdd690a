"""How much of a machine does one decider need? ``python -m acceptance.sensors.load --seats 500``.

Simulated sensors go round in tokens that were recorded from the packaged clip and send them over a
real broker; the decider is a process of its own, and the only one that is measured. A teacher asks
it again and again to end a lock, and each request is timed until the terminal has its command.
Exit status 1 where a limit is not kept.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from acceptance.sensors.one_process import BOX, ROOM, SITE, follow_clip, wait_until
from appliance.commands.bench.replayed_sensor import (
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
from appliance.errors import ContractError
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

SEATS_OF_A_SENSOR = 20
RECORDED_S = 60
WARM_UP_S = 30.0
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


def run(*, seats: int, minutes: float, folder: Path) -> bool:
    """Measure; print what was found; tell whether it kept within the limits."""
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
    sensors = _sensors(seats)
    with ExitStack() as stack:
        broker = stack.enter_context(PrivateBroker(folder / "broker"))
        address = BrokerAddress(host=LOOPBACK, port=broker.port)
        config = _write(folder, sensors, port=broker.port)
        log = stack.enter_context((folder / "box.log").open("wb"))
        process = subprocess.Popen(
            [sys.executable, "-m", "appliance", "run", "--config", str(config)],
            stdout=log,
            stderr=log,
        )
        stack.callback(process.wait)
        stack.callback(process.send_signal, signal.SIGTERM)
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
            print("FAILED: no lease within a minute; the decider says:")
            print((folder / "box.log").read_text(encoding="utf-8")[-2000:])
            return False
        share = _lesson(running, recorded, watcher, link, process.pid, seconds=60 * minutes)
    return _tell(watcher, share, seats=seats)


def _lesson(
    running: list[tuple[ReplayedSensor, SensorName, list[SeatKey]]],
    recorded: list[TokenPacket],
    watcher: Watcher,
    link: Link,
    pid: int,
    *,
    seconds: float,
) -> float:
    """Send every seat's second at a time of its own; return the decider's share of one core."""
    seats = [(sensor, name, seat) for sensor, name, its in running for seat in its]
    stamper = Stamper(src=f"teacher/{TEACHER}", clock=SystemClock(), clock_state=lambda: "unknown")
    began_s = time.monotonic()
    busy_s, since_s, asked, reported_s = 0.0, began_s, 0, 0.0
    for number in range(round(seconds) * len(seats)):
        second, at = divmod(number, len(seats))
        due_s = began_s + number / len(seats)
        if (wait_s := due_s - time.monotonic()) > 0:
            time.sleep(wait_s)
        sensor, name, seat = seats[at]
        sensor.send(looped(recorded, seat=seat, second=second, name=name))
        now_s = time.monotonic()
        if not busy_s and now_s - began_s >= min(WARM_UP_S, seconds / 3):
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


def _sensors(seats: int) -> dict[SensorKey, dict[SeatKey, TerminalKey]]:
    names = [SeatKey(f"s{number:04d}") for number in range(seats)]
    return {
        SensorKey(f"sensor-{at // SEATS_OF_A_SENSOR}"): {
            seat: TerminalKey(f"pc-{seat}") for seat in names[at : at + SEATS_OF_A_SENSOR]
        }
        for at in range(0, seats, SEATS_OF_A_SENSOR)
    }


def _write(
    folder: Path, sensors: dict[SensorKey, dict[SeatKey, TerminalKey]], *, port: int
) -> Path:
    lines = [
        "schema = 1",
        f'[box]\nrole = "decide"\nsite = "{SITE}"\nroom = "{ROOM}"\nid = "{BOX}"',
        f'state_dir = "{folder / "state"}"',
        '[policy]\nprofile = "four-state"\n[engines]\ntune = false',
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


def _tell(watcher: Watcher, share: float, *, seats: int) -> bool:
    took_ms = float(np.quantile(watcher.took_ms, 0.95)) if watcher.took_ms else float("inf")
    rows = (
        ("processor, % of one core", share, MOST_CPU),
        ("memory, MB", watcher.rss_mb, MOST_MB),
        ("latest message, ms", watcher.late_ms, MOST_LATE_MS),
        ("tokens missing or later than a second", watcher.missing, 0.0),
        ("command latency p95, ms", took_ms, MOST_COMMAND_MS),
        ("requests without a command", len(watcher.asked_s), 1.0),
    )
    print(
        f"{seats} seats, {watcher.tokens_hz:.0f} tokens a second, {len(watcher.took_ms)} commands"
    )
    for what, found, most in rows:
        print(f"{'ok' if found <= most else 'FAILED':6} {what}: {found:.1f} (at most {most:g})")
    return all(found <= most for _, found, most in rows)


def main() -> int:
    """Run it; see the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seats", type=int, default=500)
    parser.add_argument("--minutes", type=float, default=10.0)
    args = parser.parse_args()
    with TemporaryDirectory() as folder:
        return 0 if run(seats=args.seats, minutes=args.minutes, folder=Path(folder)) else 1


if __name__ == "__main__":
    sys.exit(main())
