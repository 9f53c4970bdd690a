"""View and board at a real broker: retained, renewed, and gone when the lesson is over."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.host.clock import SystemClock
from appliance.mqtt.client import BrokerClient
from appliance.mqtt.contract.schemas import Contracts
from appliance.mqtt.contract.seats import ConsentWord
from appliance.mqtt.private_broker import PrivateBroker
from appliance.service.seats.stays import Stay
from appliance.service.seats.telling import RENEWED_S, SeatTelling
from appliance.service.seats.words import SeatFacts
from tests.support.clocks import ManualClock
from tests.support.facts import LIVE
from tests.support.listener import Heard, Listener
from tests.support.memory_store import MemoryCommandStore
from tests.support.messages import BOX, ROOM, SEAT, SITE, TERMINAL, TERMINALS, address_of
from tests.support.waiting import wait_until

pytestmark = pytest.mark.broker

PREFIX = f"cb/v1/{SITE}/{ROOM}"
VIEW, BOARD = f"{PREFIX}/seat/{TERMINAL}/view", f"{PREFIX}/board/{SEAT}"


class TellingBox:
    """A box's client and who tells through it; the test says how the seat is."""

    def __init__(self, port: int) -> None:
        """Begin with a student who has not agreed."""
        self.facts = SeatFacts(
            stay=Stay(online=True, logged_in=True),
            closed={},
            lesson=True,
            paused=False,
            reader=LIVE,
            status=None,
            consent=ConsentWord.NOT_GIVEN,
            calibrated_s=None,
            exam=False,
        )
        self.clock = ManualClock()
        self.client = BrokerClient(
            address=address_of(port),
            site=SITE,
            room=ROOM,
            box=BOX,
            terminals=TERMINALS,
            store=MemoryCommandStore(),
            clock=SystemClock(),
            first_backoff_s=0.1,
        )
        self.telling = SeatTelling(
            terminals={SEAT: TERMINAL},
            facts=lambda: {SEAT: self.facts},
            publisher=self.client,
            clock=self.clock,
        )
        self.client.start()

    def tell(self, **changes: object) -> None:
        """Change something, and let a second pass."""
        self.facts = replace(self.facts, **changes)  # type: ignore[arg-type] # as the fields are
        self.clock.advance(1.0)
        self.telling.tell()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[PrivateBroker]:
    """A broker without rights."""
    with PrivateBroker(tmp_path / "broker") as running:
        yield running


@pytest.fixture
def box(broker: PrivateBroker) -> Iterator[TellingBox]:
    """A box at it."""
    made = TellingBox(broker.port)
    yield made
    made.client.stop(timeout_s=1.0)


def latest(listener: Listener, topic: str, count: int) -> Heard:
    """Return the newest of so many messages."""
    wait_until(lambda: len(listener.on(topic)) >= count)
    return listener.on(topic)[-1]


def test_what_is_said_keeps_the_contract(broker: PrivateBroker, box: TellingBox) -> None:
    """Schema, QoS, retain and lifetime; whoever comes later finds it."""
    with Listener(broker.port) as first:
        box.tell()
        heard = [latest(first, VIEW, 1), latest(first, BOARD, 1)]
    with Listener(broker.port) as late:
        kept = [latest(late, VIEW, 1), latest(late, BOARD, 1)]

    for one, again, schema in zip(heard, kept, ("seat.view", "board.seat"), strict=True):
        Contracts.load().check(one.document, schema=schema)
        assert (one.qos, one.retained, one.expiry_s) == (1, True, 120)
        assert one.document["ttl_s"] == 120
        assert again.document == one.document
        assert again.expiry_s is not None


def test_it_is_said_at_each_change_and_every_fifty_seconds(
    broker: PrivateBroker, box: TellingBox
) -> None:
    """Once each: what has not changed is not said again before its time."""
    with Listener(broker.port) as listener:
        box.tell()
        latest(listener, BOARD, 1)
        for _ in range(round(RENEWED_S) - 1):
            box.tell()
        box.tell(exam=True)
        latest(listener, VIEW, 2)
        for _ in range(round(RENEWED_S) - 1):
            box.tell()
        said = latest(listener, BOARD, 2)
        before = len(listener.on(VIEW))
        box.tell()
        latest(listener, VIEW, 3)
        latest(listener, BOARD, 3)

    assert said.document["data"]["exam"]
    assert before == 2


def test_the_board_is_cleared_when_the_lesson_ends(broker: PrivateBroker, box: TellingBox) -> None:
    """Once, for all time; the student still reads that there is no lesson, and the next begins."""
    with Listener(broker.port) as listener:
        box.tell()
        latest(listener, BOARD, 1)
        box.tell(lesson=False)
        box.tell()
        end = latest(listener, BOARD, 2)
        reason = latest(listener, VIEW, 2).document["data"]["reason"]
        with Listener(broker.port, BOARD) as late, Listener(broker.port, VIEW) as student:
            latest(student, VIEW, 1)
            left = list(late.heard)
        box.tell(lesson=True)
        again = latest(listener, BOARD, 3)

    assert end.document == {"type": "no JSON"}  # nothing at all
    assert (reason, left) == ("no-lesson", [])
    assert again.document["data"]["lesson"]


def test_a_box_that_starts_outside_of_lessons_takes_an_old_board_away(
    broker: PrivateBroker, box: TellingBox
) -> None:
    """The run before may have ended in the middle of one."""
    with Listener(broker.port) as listener:
        listener.publish(BOARD, "{}", expiry_s=120, retain=True)
        box.tell(lesson=False)
        latest(listener, BOARD, 2)
        with Listener(broker.port, BOARD) as late, Listener(broker.port, VIEW) as student:
            latest(student, VIEW, 1)
            assert late.heard == []


@pytest.mark.parametrize(
    ("changes", "objection"),
    [
        ({}, "the box does not see this seat yet; ask again in a moment"),
        ({"paused": True}, "this seat is paused"),
        ({"lesson": False}, "there is no lesson"),
    ],
)
def test_why_nobody_is_looked_at_in_words(
    box: TellingBox, changes: dict[str, object], objection: str
) -> None:
    """For whoever asks for something that needs to be looked at."""
    box.tell(**changes)

    assert box.telling.objection(SEAT) == objection
