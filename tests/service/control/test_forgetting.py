"""After an erasure nothing of the student is stored, sent or gone on with."""

import json
import os
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from appliance.domain.frames import CameraKey
from appliance.domain.ids import RANDOM_BYTES, uuid7
from appliance.domain.interventions import Feedback, FeedbackKind
from appliance.domain.policy.choices import PolicyAction
from appliance.domain.seats import TerminalKey
from appliance.mqtt.client import BrokerClient
from appliance.mqtt.contract.commands import UnlockScreen
from appliance.service.acts import Acts
from appliance.service.continuity import Continuity
from appliance.service.control.forgetting import Forgetting
from appliance.storage.store import Storage
from tests.support.clocks import ManualClock
from tests.support.messages import BOX, ROOM, SITE, address_of
from tests.support.people import observe
from tests.support.rooms import A01, A02, Room
from tests.support.scripted_learner import ScriptedLearner
from tests.support.service import NO_BROKER

MEMORY = Path("/dev/shm")  # noqa: S108 - only whether it is there; the folder in it is private
FRONT = CameraKey("front")
TERMINALS = {TerminalKey("pc-01"): A01, TerminalKey("pc-02"): A02}


class Lesson:
    """Two tired students, real databases, and commands that no broker takes."""

    def __init__(self, folder: Path) -> None:
        """Connect all who know something."""
        self.folder = folder
        self.clock = ManualClock()
        self.storage = Storage.open(folder, clock=self.clock)
        self.storage.start()
        self.room = Room(learner=ScriptedLearner({PolicyAction.REST: 0.5}))
        self.room.new_id = lambda: uuid7(
            wall_s=self.clock.wall_s(), randomness=os.urandom(RANDOM_BYTES)
        )
        self.room.pipeline = self.room.connect(spread=False)
        self.broker = BrokerClient(
            address=address_of(NO_BROKER),
            site=SITE,
            room=ROOM,
            box=BOX,
            terminals=TERMINALS,
            store=self.storage.outbox,
            clock=self.clock,
        )
        self.continuity = Continuity(
            pipeline=self.room.pipeline,
            checkpoints=self.storage.checkpoints,
            clock=self.clock,
            seats=[A01, A02],
        )
        self.acts = Acts(
            pipeline=self.room.pipeline,
            cameras={A01: FRONT, A02: FRONT},
            terminals={seat: terminal for terminal, seat in TERMINALS.items()},
            features=self.storage.features,
            decisions=self.storage.decisions,
            choices=self.storage.choices,
            publisher=self.broker,
            occupancy_changed=self.storage.consent.occupancy_changed,
            keep=self.continuity.keep,
            on_tick=lambda _: None,
        )
        self.forgetting = Forgetting(
            pipeline=self.room.pipeline,
            held=self.acts.held,
            broker=self.broker,
            checkpoint=self.continuity.save,
            erasure=self.storage.erasure,
        )

    def sit(self, seconds: float) -> None:
        """Let both sit there."""
        for _ in range(round(seconds * 5)):
            self.room.now_s += 0.2
            for seat in (A01, A02):
                self.room.windows.append(observe(at_s=self.room.now_s - 0.1, seat=seat))
            self.acts.tick({FRONT: self.room.now_s})

    def stored(self) -> str:
        """Return every row of both databases as text, and the next checkpoint."""
        self.continuity.save()
        self.storage.flush()
        lines = [json.dumps(self.room.pipeline.snapshot())]
        for name in ("privacy.db", "features.db"):
            with closing(sqlite3.connect(self.folder / name)) as database:
                lines += database.iterdump()
        return "\n".join(lines)

    def ids(self, occupancy: str) -> set[str]:
        """Return the ids of everything that was decided and noticed about somebody."""
        with closing(sqlite3.connect(self.folder / "privacy.db")) as database:
            found = {
                str(row[0])
                for table, key in (
                    ("decisions", "id"),
                    ("decisions", "episode"),
                    ("alerts", "episode"),
                )
                for row in database.execute(
                    f"SELECT {key} FROM {table} WHERE occupancy = ?",  # noqa: S608 - own names
                    [occupancy],
                )
            }
        return found - {""}


@pytest.fixture
def lesson() -> Iterator[Lesson]:
    """Return one that has lasted until something was done about both; in memory where there is."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        made = Lesson(Path(folder) / "state")
        made.sit(200)
        yield made
        made.storage.stop()


def test_nothing_of_the_student_comes_afterwards(lesson: Lesson) -> None:
    """Not from windows, open episodes, cool-downs, the ledger, the checkpoint or the outbox."""
    gone, stays = (lesson.room.pipeline.occupancy(seat) for seat in (A01, A02))
    assert gone is not None
    assert stays is not None
    before, ids = lesson.stored(), lesson.ids(gone)
    assert gone in before
    assert ids

    lesson.forgetting.erase(A01, actor="teacher/t1")
    command = Feedback(command=min(ids), terminal=TerminalKey("pc-01"), kind=FeedbackKind.DISMISSED)
    assert lesson.room.pipeline.answer(A01, command).value != "counted"
    lesson.sit(60)
    lesson.room.pipeline.end_occupancy(A01)
    lesson.sit(1)

    after = lesson.stored()
    assert gone not in after
    # Of a choice there stays that there was one.
    others = [line for line in after.splitlines() if not line.startswith('INSERT INTO "choices"')]
    assert [one for one in ids if any(one in line for line in others)] == []
    assert stays in after
    assert lesson.ids(stays)


def test_no_byte_of_the_student_is_left_while_the_box_goes_on(lesson: Lesson) -> None:
    """Tokens are closed all the time, and checkpoints written."""
    gone = lesson.room.pipeline.occupancy(A01)
    assert gone is not None
    done = threading.Event()

    def go_on() -> None:
        while not done.is_set():
            lesson.sit(0.2)
            lesson.continuity.save()

    busy = threading.Thread(target=go_on)
    busy.start()
    try:
        lesson.forgetting.erase(A01, actor="teacher/t1")
    finally:
        done.set()
        busy.join()
    lesson.storage.flush()

    assert [
        path.name for path in lesson.folder.iterdir() if gone.encode() in path.read_bytes()
    ] == []


def test_what_waits_for_the_broker_is_not_sent_but_the_end_of_a_lock_is(lesson: Lesson) -> None:
    """What the other student was meant to get goes, too."""
    lesson.broker.unlock()
    before = lesson.storage.outbox.pending()
    assert lesson.broker.health().outbox == len(before)
    assert sum(one.terminal == "pc-01" for one in before) > 1

    lesson.forgetting.erase(A01, actor="teacher/t1")

    left = lesson.storage.outbox.pending()
    assert lesson.broker.health().outbox == len(left)
    [unlock] = [one for one in left if one.terminal == "pc-01"]
    assert UnlockScreen.TYPE in unlock.payload
    assert sum(one.terminal == "pc-02" for one in left) > 1
