"""A command counts as started when the student can see it, and not before."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from appliance.domain.interventions import FeedbackKind
from appliance.mqtt.contract.commands import CommandBody, Hint, LockScreen
from appliance.mqtt.private_broker import PrivateBroker
from appliance.terminal.answers import Answer, AutoAnswers
from appliance.terminal.applied import APPLIED_FILE, AppliedCommands
from appliance.terminal.terminal import Terminal
from tests.support.clocks import LeapingClock
from tests.support.listener import Listener
from tests.support.messages import ROOM, SITE, TERMINAL, address_of
from tests.support.seat_rooms import BoxSide
from tests.support.waiting import wait_until

pytestmark = pytest.mark.broker

HINT = Hint(text="Need a hint?", topic="fractions")
LOCK = LockScreen(text="Break", lock_s=30.0)


@dataclass
class SlowScreen:
    """Shows what it is offered when a test lets it."""

    offered: list[CommandBody] = field(default_factory=list)
    covered: list[CommandBody] = field(default_factory=list)
    released: list[CommandBody] = field(default_factory=list)
    paints: threading.Event = field(default_factory=threading.Event)
    on_cover: Callable[[], None] = lambda: None

    @property
    def knows_again(self) -> bool:
        """As a page does."""
        return True

    def show(
        self,
        command: str,
        body: CommandBody,
        *,
        hold_s: float | None,
        too_late: Callable[[], bool],
    ) -> bool:
        """See ``Screen.show``."""
        del command, hold_s
        self.offered.append(body)
        while not self.paints.wait(0.02):
            if too_late():
                return False
        return True

    def cover(self, command: str, body: CommandBody, *, hold_s: float) -> None:
        """See ``Screen.cover``."""
        del command, hold_s
        self.covered.append(body)
        self.on_cover()

    def release(self, command: str, body: CommandBody) -> None:
        """See ``Screen.release``."""
        del command
        self.released.append(body)


@pytest.fixture
def box(broker: PrivateBroker) -> Iterator[BoxSide]:
    """The box's side."""
    with Listener(broker.port, "cb/v1/#") as listener:
        yield BoxSide(listener)


def remember(folder: Path) -> AppliedCommands:
    """What was shown, as the next process reads it."""
    return AppliedCommands(folder / "state", now_s=time.time())


def started(
    broker: PrivateBroker, screen: SlowScreen, applied: AppliedCommands
) -> tuple[Terminal, LeapingClock]:
    """A connected terminal."""
    clock = LeapingClock()
    terminal = Terminal(
        address=address_of(broker.port),
        site=SITE,
        room=ROOM,
        terminal=TERMINAL,
        answers=AutoAnswers(FeedbackKind.ACCEPTED, after_s=0.02),
        screen=screen,
        clock=clock,
        applied=applied,
        longest_lock_s=0.5,
        first_backoff_s=0.1,
    )
    terminal.start()
    wait_until(lambda: terminal.connected)
    return terminal, clock


def test_a_lock_begins_when_it_is_seen(broker: PrivateBroker, box: BoxSide, tmp_path: Path) -> None:
    """However long the way to the screen takes, within its lifetime."""
    screen = SlowScreen()
    terminal, _ = started(broker, screen, remember(tmp_path))
    command = box.send(LOCK)["id"]
    wait_until(lambda: screen.offered)
    time.sleep(0.8)
    assert (box.statuses(command), screen.released) == (["received"], [])
    screen.paints.set()
    wait_until(lambda: box.statuses(command) == ["received", "started", "succeeded"])
    assert screen.released == [LOCK]
    terminal.stop()


def test_what_is_not_seen_in_time_expires(
    broker: PrivateBroker, box: BoxSide, tmp_path: Path
) -> None:
    """A suspend counts; nothing is asked, and no later answer is taken."""
    screen = SlowScreen()
    terminal, clock = started(broker, screen, remember(tmp_path))
    command = box.send(HINT)["id"]
    wait_until(lambda: screen.offered)
    clock.suspend(300)
    wait_until(lambda: box.statuses(command) == ["received", "expired"])
    assert not terminal.was_shown(command)
    assert box.feedback(command) == []
    terminal.stop()


def test_what_the_end_keeps_from_the_screen_is_shown_when_it_comes_again(
    broker: PrivateBroker, box: BoxSide, tmp_path: Path
) -> None:
    """What nobody saw, a lock too; what lies beside the screen is covered once it is noted."""
    screen = SlowScreen()
    applied = remember(tmp_path)
    terminal, _ = started(broker, screen, applied)
    hint, lock = box.send(HINT), box.send(LOCK)
    wait_until(lambda: len(screen.offered) == 2)
    terminal.stop()
    assert box.statuses(hint["id"]) == box.statuses(lock["id"]) == ["received"]

    applied.close()  # as the end of the process does
    again = SlowScreen()
    again.paints.set()
    second, _ = started(broker, again, remember(tmp_path))
    for document in (hint, lock):
        box.send_again(document, expiry_s=10)
    wait_until(lambda: box.statuses(hint["id"])[1:] == ["received", "started", "succeeded"])
    wait_until(lambda: box.statuses(lock["id"])[1:] == ["received", "started", "succeeded"])
    assert again.offered == [HINT, LOCK]
    assert (screen.covered, again.covered) == ([], [LOCK])
    second.stop()


def test_a_lock_that_was_begun_never_begins_again(
    broker: PrivateBroker, box: BoxSide, tmp_path: Path
) -> None:
    """It is on disk before anything beside the screen is covered; after a kill it is over."""
    noted: list[bool] = []
    killed = remember(tmp_path)
    screen = SlowScreen(on_cover=lambda: noted.append(killed.was_shown(lock["id"])))
    screen.paints.set()
    terminal, _ = started(broker, screen, killed)
    lock = box.send(LOCK)
    wait_until(lambda: noted == [True])
    record = (tmp_path / "state" / APPLIED_FILE).read_bytes()
    terminal.stop()
    killed.close()
    (tmp_path / "state" / APPLIED_FILE).write_bytes(record)  # as a kill leaves it
    again = SlowScreen()
    second, _ = started(broker, again, remember(tmp_path))
    box.send_again(lock, expiry_s=10)
    wait_until(lambda: box.statuses(lock["id"])[-1:] == ["failed/restarted"])
    assert again.offered == []
    second.stop()


def test_an_answer_of_its_own_counts_once_for_each_kind(
    broker: PrivateBroker, box: BoxSide, tmp_path: Path
) -> None:
    """And comes again with a duplicate, under its own id."""
    screen = SlowScreen()
    screen.paints.set()
    terminal, _ = started(broker, screen, remember(tmp_path))
    document = box.send(HINT)
    command = document["id"]
    wait_until(lambda: box.statuses(command)[-1:] == ["succeeded"])
    for _ in range(2):
        terminal.answer(command, Answer(kind=FeedbackKind.COMPLETED))
        terminal.answer(command, Answer(kind=FeedbackKind.RATED, rating=2))
    box.send_again(document, expiry_s=60)
    wait_until(lambda: box.statuses(command)[-2:] == ["succeeded", "succeeded"])
    assert box.feedback(command) == ["accepted", "completed", "rated 2"]
    terminal.stop()
