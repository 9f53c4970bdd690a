"""The part of a box that speaks MQTT, with its real outbox on disk, as a process of its own.

Arguments: folder of the certificates, port, state folder, terminals with commas between them,
commands that each is sent. It writes one line of JSON when it is connected and one for each line
that it reads; the log goes to standard error.
"""

import json
import sys
import threading
import time
from pathlib import Path

from acceptance.flood.school import BOX, TOPICS, address_in
from appliance.domain.interventions import Feedback
from appliance.domain.seats import SeatKey, TerminalKey
from appliance.host.clock import SystemClock
from appliance.host.logs import configure_logs
from appliance.host.readings import read_board
from appliance.mqtt.client import BrokerClient
from appliance.mqtt.contract.envelope import Stamper
from appliance.mqtt.router import InboundHandlers
from appliance.mqtt.wire.messages import Delivery
from appliance.storage.store import Storage

STARTS_S = 30.0


class OpenBox(BrokerClient):
    """Counts what reaches it, and takes what no broker has delivered."""

    received = 0

    def handle(self, delivery: Delivery) -> None:
        """Do with a delivery what the inbox's worker does, on this thread and with its errors."""
        self._router.handle(delivery)

    def _take(self, delivery: Delivery) -> None:
        self.received += delivery.topic not in (self._own.echo, self._own.status)
        super()._take(delivery)


def main() -> None:
    """Serve until standard input ends."""
    folder, port, state, names, commands = sys.argv[1:]
    configure_logs(json_lines=True)
    clock = SystemClock()
    storage = Storage.open(Path(state), clock=clock)
    storage.start()
    terminals = {TerminalKey(name): SeatKey(name) for name in names.split(",")}
    heard: dict[str, float] = {}
    lock = threading.Lock()

    def note(feedback: Feedback) -> bool:
        with lock:
            heard.setdefault(feedback.command, time.time())
        return True

    client = OpenBox(
        address=address_in(Path(folder), BOX, port=int(port)),
        site=TOPICS.site,
        room=TOPICS.room,
        box=BOX,
        terminals=terminals,
        store=storage.outbox,
        clock=clock,
    )
    client.listen(InboundHandlers(on_feedback=note))
    client.start()
    until_s = time.monotonic() + STARTS_S
    while client.health().last_echo_s is None and time.monotonic() < until_s:
        time.sleep(0.05)
    stamper = Stamper(src=f"box/{BOX}", clock=clock, clock_state=lambda: "unknown")
    sent: dict[str, list[str]] = {}
    for terminal in terminals:
        sent[terminal] = [stamper.new_id() for _ in range(int(commands))]
        for command in sent[terminal]:
            client.send_test(terminal, command)
    say(sent)
    for _ in sys.stdin:
        health = client.health()
        with lock:
            say(
                {
                    "heard": heard,
                    "received": client.received,
                    "rss_mb": read_board(Path(state)).rss_mb,
                    "drops": dict(health.drops),
                    "floods": dict(health.floods),
                    "reconnects": health.reconnects,
                    "callback_errors": health.callback_errors,
                }
            )
    client.stop()
    storage.stop()


def say(what: object) -> None:
    """Write a line at once."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
