"""The box's side as a process that is killed: the real client, outbox and record of answers.

Arguments: the school's files, the state folder, the broker's port, the terminals. Each line it is
given, action, terminal and id, becomes a command that is put on record as a decision first. It says
``kept`` once a command is on disk, ``moved`` with its states, ``answered`` with id and kind for
each answer that the record has counted, and ``doubled`` for one that it knew. The line ``lesson``
has it tell teachers, IT and students of the room, too.
"""

import sys
import threading
import time
from pathlib import Path

import structlog

from acceptance.deliveries.words import asked, say
from acceptance.flood.school import BOX, TOPICS, address_in
from acceptance.screens.lesson import ToldLesson
from appliance.domain.affect import Affect
from appliance.domain.commands import CommandState, OutboxEntry
from appliance.domain.interventions import Action, Feedback, FeedbackRecord, Intervention
from appliance.domain.seats import OccupancyKey, SeatKey, TerminalKey
from appliance.host.clock import SystemClock
from appliance.mqtt.client import BrokerClient
from appliance.mqtt.router import InboundHandlers
from appliance.storage.store import Storage

LOOK_S = 0.05
LESSON = "lesson"


def main() -> None:
    """Send what is asked until somebody ends it."""
    school, folder, port = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    terminals = sys.argv[4:]
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    clock = SystemClock()
    storage = Storage.open(folder, clock=clock)
    storage.start()
    client = BrokerClient(
        address=address_in(school, BOX, port=port),
        site=TOPICS.site,
        room=TOPICS.room,
        box=BOX,
        terminals={TerminalKey(each): SeatKey(each) for each in terminals},
        store=storage.outbox,
        clock=clock,
        teachers=("teacher-1",),
        it=("it-1",),
    )
    lesson = ToldLesson(client, terminals)

    def count(feedback: Feedback) -> bool:
        record = storage.decisions.record_feedback(feedback)
        word = "answered" if record is FeedbackRecord.KEPT else "doubled"
        if record is FeedbackRecord.FOREIGN:
            return False
        say(word, feedback.command, feedback.kind.value, feedback.terminal)
        return True

    handlers = InboundHandlers(on_feedback=count, on_control=lesson.answer)
    client.listen(handlers, on_move=_tell)
    client.start()
    threading.Thread(target=_tell_connection, args=(client,), daemon=True).start()
    say("ready")
    for words in asked():
        if words == [LESSON]:
            lesson.begin()
            continue
        action, terminal, identity = words
        decision = _decision(Action(action), terminal, identity)
        storage.decisions.record_intervention(decision, terminal=TerminalKey(terminal))
        client.send(decision, terminal=TerminalKey(terminal))


def _tell(entry: OutboxEntry) -> None:
    if entry.state is CommandState.QUEUED:
        say("kept", entry.id, entry.created_s, entry.expires_s, time.monotonic())
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
        affect=Affect.FATIGUED,
        action=action,
        rule="2",
        reason="a run of commands",
        intensity=0.8,
        duration_s=130.0,
        at_s=time.time(),
    )


if __name__ == "__main__":
    main()
