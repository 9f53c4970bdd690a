"""The box that decides as it is, for one sensor: revoked by a student or at the box, and frozen."""

import os
import signal
import subprocess
from pathlib import Path
from typing import Self

from acceptance.running_box import CLASSBOX, RunningBox
from acceptance.sensors.replays import TEACHER, TOPICS, write_decider
from acceptance.sensors.stand_in import SEAT, SENSOR, TERMINAL, wait_for
from appliance.domain.seats import SeatKey, TerminalKey
from appliance.domain.terminals import ControlCommand
from appliance.domain.token_packets import SensorKey
from appliance.host.clock import SystemClock
from appliance.mqtt.contract.classroom import ControlRequestMessage
from appliance.mqtt.contract.envelope import CONTROL_TTL_S, Stamper
from appliance.mqtt.private_broker import LOOPBACK
from appliance.mqtt.wire.address import BrokerAddress
from appliance.mqtt.wire.link import Link
from appliance.mqtt.wire.messages import Publication


class RealDecider:
    """``classbox run``, its teacher and its student; a context manager with a stand-in's verbs."""

    def __init__(self, folder: Path, *, port: int) -> None:
        """Make its folder.

        Args:
            folder: Of its own.
            port: Of the broker.
        """
        self._box = RunningBox(folder, port=port)
        seats = {SensorKey(SENSOR): {SeatKey(SEAT): TerminalKey(TERMINAL)}}
        write_decider(folder, seats, port=port)
        clock = SystemClock()
        self._links = {
            client: Link(
                address=BrokerAddress(host=LOOPBACK, port=port),
                client_id=client,
                clock=clock,
                subscriptions={},
                on_delivery=lambda _: None,
            )
            for client in (TEACHER, TERMINAL)
        }
        self._stampers = {
            client: Stamper(src=src, clock=clock, clock_state=lambda: "unknown")
            for client, src in ((TEACHER, f"teacher/{TEACHER}"), (TERMINAL, f"seat/{TERMINAL}"))
        }
        self._frozen = False

    def __enter__(self) -> Self:
        """Start everything."""
        self._box.start()
        for link in self._links.values():
            link.start()
        wait_for(lambda: all(one.connected for one in self._links.values()), timeout_s=20)
        return self

    def __exit__(self, *_: object) -> None:
        """End everything."""
        self._thaw()
        for link in self._links.values():
            link.stop(timeout_s=1)
        self._box.end(signal.SIGKILL)

    def live(self) -> None:
        """Go on, and let a teacher say yes: the school has the paper."""
        self._thaw()
        if not self._box.running():  # frozen in the middle of a request, it has ended itself
            self._box.start()
        self._ask(TEACHER, granted=True)

    def die(self) -> None:
        """Say and hear nothing any more, as a machine that hangs: the broker keeps its session."""
        if not self._frozen:
            os.kill(self._box.pid, signal.SIGSTOP)
            self._frozen = True

    def refuse(self) -> str:
        """Say no on the seat's terminal; return the request's id."""
        return self._ask(TERMINAL, granted=False)

    def refuse_here(self) -> str:
        """Take the consent back with a command on the box; return when that has ended."""
        command = [str(CLASSBOX), "consent", "revoke", SEAT, "--config", str(self._box.config)]
        subprocess.run(command, check=True, capture_output=True)
        return ""

    def hear(self, request: str) -> None:
        """Do nothing: it hears by itself what the broker has kept for it."""

    def _thaw(self) -> None:
        if self._frozen:
            os.kill(self._box.pid, signal.SIGCONT)
            self._frozen = False

    def _ask(self, client: str, *, granted: bool) -> str:
        seat = SeatKey(SEAT) if client == TEACHER else None
        body = ControlRequestMessage(command=ControlCommand.CONSENT, granted=granted, seat=seat)
        message = self._stampers[client].stamp(body, ttl_s=CONTROL_TTL_S)
        self._links[client].send(
            Publication(
                topic=TOPICS.control_request(client),
                payload=message.to_json().encode(),
                lifetime_s=CONTROL_TTL_S,
            )
        )
        return message.id
