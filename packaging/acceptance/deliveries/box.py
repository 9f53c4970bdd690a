"""The box's side as a process that is killed: the real client and the real outbox on disk.

Arguments: the state folder, the broker's port, the terminals. Each line it is given, action,
terminal and id, becomes a command. It says ``kept`` with id, time of issue and end of life once the
command is on disk, and ``moved`` with id and state afterwards: what was not said does not count.
"""

import sys
import threading
import time
from pathlib import Path

import structlog

from acceptance.deliveries.words import BOX, ROOM, SITE, asked, broker_at, say
from appliance.domain.affect import Affect
from appliance.domain.commands import CommandState, OutboxEntry
from appliance.domain.interventions import Action, Intervention
from appliance.domain.seats import OccupancyKey, SeatKey, TerminalKey
from appliance.host.clock import SystemClock
from appliance.mqtt.client import BrokerClient
from appliance.mqtt.router import InboundHandlers
from appliance.storage.store import Storage

LOOK_S = 0.05


def main() -> None:
    """Send what is asked until somebody ends it."""
    folder, port, terminals = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    clock = SystemClock()
    storage = Storage.open(folder, clock=clock)
    storage.start()
    client = BrokerClient(
        address=broker_at(port),
        site=SITE,
        room=ROOM,
        box=BOX,
        terminals={TerminalKey(each): SeatKey(each) for each in terminals},
        store=storage.outbox,
        clock=clock,
    )
    client.listen(InboundHandlers(), on_move=_tell)
    client.start()
    threading.Thread(target=_tell_connection, args=(client,), daemon=True).start()
    say("ready")
    for action, terminal, identity in asked():
        client.send(_decision(Action(action), terminal, identity), terminal=TerminalKey(terminal))


def _tell(entry: OutboxEntry) -> None:
    if entry.state is CommandState.QUEUED:
        say("kept", entry.id, entry.created_s, entry.expires_s)
    else:
        say("moved", entry.id, entry.state.value, entry.detail or "-")


def _tell_connection(client: BrokerClient) -> None:
    told = False
    while True:
        if client.connected != told:
            told = not told
            say("connected" if told else "away", time.time())
        time.sleep(LOOK_S)


def _decision(action: Action, terminal: str, identity: str) -> Intervention:
    return Intervention(
        id=identity,
        episode="run",
        seat=SeatKey(terminal),
        occupancy=OccupancyKey(terminal),
        affect=Affect.CONFUSED,
        action=action,
        rule="4",
        reason="a run of commands",
        intensity=0.8,
        duration_s=130.0,
        at_s=time.monotonic(),
    )


if __name__ == "__main__":
    main()
