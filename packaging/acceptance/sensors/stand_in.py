"""What a sensor needs around it: a process, a decider that leases, a student who asks."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

from appliance.domain.seats import SeatKey, TerminalKey
from appliance.domain.terminals import ControlCommand
from appliance.domain.token_packets import SensorKey, TokenPacket
from appliance.errors import BrokerError
from appliance.host.clock import SystemClock
from appliance.mqtt.contract.classroom import ControlRequestMessage
from appliance.mqtt.contract.envelope import CONTROL_TTL_S, Stamper, parse_message
from appliance.mqtt.contract.schemas import Contracts
from appliance.mqtt.contract.sensors import LEASE_TTL_S, SeatLease, SensorHealth, SensorLease
from appliance.mqtt.contract.tokens import parse_tokens
from appliance.mqtt.contract.topics import RoomTopics
from appliance.mqtt.private_broker import LOOPBACK
from appliance.mqtt.wire.address import BrokerAddress
from appliance.mqtt.wire.link import Link
from appliance.mqtt.wire.messages import Delivery, Publication

SITE, ROOM, SENSOR, SEAT, TERMINAL = "school", "lab", "sensor-pc-07", "a07", "pc-07"
RENEWED_S = 2.0
STOP_S = 30.0


def write_sensor(
    folder: Path,
    *,
    port: int,
    clip: Path | str,
    role: str = "sense",
    seats: Mapping[str, str],
    sensor: str = SENSOR,
) -> Path:
    """Write the configuration of a sensor, or of a whole box, with a clip for a camera.

    Args:
        folder: Gets it, and the state.
        port: Of the broker on loopback.
        clip: Played again and again, as fast as life; or the address of a camera.
        role: Of ``[box]``.
        seats: Terminal of each seat; they stand side by side.
        sensor: Its id.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        "schema = 1",
        "[box]",
        f'site = "{SITE}"\nroom = "{ROOM}"\nid = "{sensor}"\nrole = "{role}"',
        f'state_dir = "{folder / "state"}"\nlanes = 1',
        '[policy]\nprofile = "four-state"',
        "[engines]\ntune = false",
        *(['pose = "onnx"\nexpression = "onnx"'] if role == "sense" else []),  # as setup writes
        f'[mqtt]\nhost = "{LOOPBACK}"\nport = {port}\nteachers = ["teacher-1"]',
        f'[cameras.front]\nsource = "{clip}"',
        *(["loop = true"] if isinstance(clip, Path) else []),
    ]
    for number, (seat, terminal) in enumerate(seats.items()):
        left, right = number / len(seats), (number + 1) / len(seats)
        lines.append(
            f"[cameras.front.seats.{seat}]\nregion = [{left}, 0.0, {right}, 1.0]\n"
            f'terminal = "{terminal}"'
        )
        if role != "sense":
            lines.append('consent = "granted"')
    config = folder / "config.toml"
    config.touch(mode=0o600)
    config.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return config


class RunningSensor:
    """``classbox sense``, or ``run``, as a process of its own; a context manager."""

    def __init__(self, config: Path, *, command: str = "sense") -> None:
        """Take the configuration; its folder also gets the log and the indicator."""
        self._config = config
        self._command = command
        self.log = config.with_name("sensor.log")
        self.looking_file = config.parent / "session" / "classbox" / "looking"

    def __enter__(self) -> Self:
        """Start it."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "appliance", self._command, "--config", str(self._config)],
                stdout=log,
                stderr=log,
                env=self.environment,
            )
        return self

    def __exit__(self, *_: object) -> None:
        """End it as a power cut would."""
        self._process.kill()
        self._process.wait()

    @property
    def environment(self) -> dict[str, str]:
        """Variables of a session of its own."""
        return {**os.environ, "XDG_RUNTIME_DIR": str(self._config.parent / "session")}

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    @property
    def ended(self) -> int | None:
        """Exit code; None while it runs."""
        return self._process.poll()

    def wait(self, *, timeout_s: float) -> None:
        """Wait until it ends by itself."""
        self._process.wait(timeout_s)

    def looks(self) -> bool:
        """Tell whether its indicator says that a camera is open."""
        try:
            first = self.looking_file.read_text(encoding="utf-8").partition("\n")[0]
        except OSError:
            return False
        return bool(json.loads(first)["looking"])

    def terminate(self) -> int:
        """Do what systemd does, and return the exit code."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(STOP_S)


class StandIn:
    """Leases seats to one sensor as a decider would, and asks as a student; a context manager."""

    def __init__(self, *, port: int, seats: Mapping[str, str]) -> None:
        """Take the broker's port and the terminal of each seat."""
        self._topics = RoomTopics(site=SITE, room=ROOM)
        self._own = self._topics.sensor(SensorKey(SENSOR))
        self._stamper = Stamper(src="box/box-1", clock=SystemClock(), clock_state=lambda: "unknown")
        self._contracts = Contracts.load()
        self._seats = seats
        self._heard: list[str] = []
        self._allowed = True
        self._alive = threading.Event()
        self._stopping = threading.Event()
        self.packets: list[TokenPacket] = []
        self.deliveries: list[Delivery] = []
        self.health: list[SensorHealth] = []
        self._tokens = {
            self._topics.terminal(TerminalKey(terminal)).tokens: SeatKey(seat)
            for seat, terminal in seats.items()
        }
        self._link = Link(
            address=BrokerAddress(host=LOOPBACK, port=port),
            client_id="box-1",
            clock=SystemClock(),
            subscriptions=dict.fromkeys(["cb/v1/#"], 1),
            on_delivery=self._take,
        )
        self._thread = threading.Thread(target=self._renew, name="stand-in", daemon=True)

    def __enter__(self) -> Self:
        """Connect; no lease goes out before ``live``."""
        self._link.start()
        wait_for(lambda: self._link.connected, timeout_s=20)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Go."""
        self._stopping.set()
        self._alive.set()
        self._thread.join(5)
        self._link.stop(timeout_s=2)

    def live(self, *, allowed: bool = True) -> None:
        """Renew leases from now on, and send one at once."""
        self._allowed = allowed
        self._alive.set()
        self._lease()

    def die(self) -> None:
        """Say nothing any more."""
        self._alive.clear()

    def refuse(self, command: ControlCommand = ControlCommand.CONSENT) -> str:
        """Say no on the first seat's terminal; return the request's id."""
        granted = False if command is ControlCommand.CONSENT else None
        message = self._stamper.stamp(
            ControlRequestMessage(command=command, granted=granted), ttl_s=CONTROL_TTL_S
        )
        self._link.send(
            Publication(
                topic=self._topics.control_request(next(iter(self._seats.values()))),
                payload=message.to_json().encode(),
                lifetime_s=CONTROL_TTL_S,
            )
        )
        return message.id

    def hear(self, request: str) -> None:
        """Answer a request, as far as a sensor sees that."""
        self._heard = [*self._heard, request][-32:]

    def _lease(self) -> None:
        lease = SensorLease(
            decider="box-1",
            profile="four-state",
            seats={
                seat: SeatLease(allowed=self._allowed, occupant="login-1") for seat in self._seats
            },
            heard=tuple(self._heard),
        )
        message = self._stamper.stamp(lease, ttl_s=LEASE_TTL_S)
        self._link.send(
            Publication(
                topic=self._own.lease, payload=message.to_json().encode(), lifetime_s=LEASE_TTL_S
            )
        )

    def _renew(self) -> None:
        while not self._stopping.wait(RENEWED_S):
            if self._alive.is_set():
                self._lease()

    def _take(self, delivery: Delivery) -> None:
        self.deliveries.append(delivery)
        if (seat := self._tokens.get(delivery.topic)) is not None:
            self.packets.append(parse_tokens(delivery.payload, seat=seat))
        elif delivery.topic == self._own.health:
            body = parse_message(delivery.payload, self._contracts).body
            if isinstance(body, SensorHealth):
                self.health.append(body)


def wait_for(condition: Callable[[], object], *, timeout_s: float) -> float:
    """Wait until something holds; return after how many seconds.

    Raises:
        BrokerError: It does not.
    """
    began_s = time.monotonic()
    while not condition():
        if time.monotonic() - began_s > timeout_s:
            msg = f"not within {timeout_s:g} s"
            raise BrokerError(msg)
        time.sleep(0.005)
    return time.monotonic() - began_s
