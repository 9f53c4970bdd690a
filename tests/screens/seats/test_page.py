"""A seat's page as screen and answers: what it covers, and what failing locks cannot do."""

import threading
from collections.abc import Callable

import pytest

from appliance.domain.interventions import FeedbackKind
from appliance.domain.seats import TerminalKey
from appliance.mqtt.contract.commands import CommandBody, Hint, LockScreen, MandatoryRest
from appliance.screens.locks.lock import Lock, OwnCover
from appliance.screens.seats.page import ACCEPTED_S, SeatPage
from appliance.settings.screens import LockKind
from appliance.terminal.answers import Answer
from tests.support.clocks import HeldClock
from tests.support.messages import TERMINAL
from tests.support.waiting import wait_until

HINT = Hint(text="x", topic="fractions")
LOCK = LockScreen(text="Break", lock_s=30.0)
REST = MandatoryRest(text="Rest", rest_s=300.0, escape=True)
ACCEPTED = Answer(kind=FeedbackKind.ACCEPTED)


class TalkingLock:
    """Remembers what it was asked for."""

    def __init__(self, kind: LockKind = LockKind.VEYON, *, broken: bool = False) -> None:
        """Begin."""
        self.kind = kind
        self.asked: list[tuple[str, ...]] = []
        self._broken = broken

    def cover(self, terminal: TerminalKey, text: str, hold_s: float) -> LockKind:
        """See ``Lock.cover``."""
        self.asked.append(("cover", terminal, text, str(hold_s)))
        if self._broken:
            raise OSError
        return self.kind

    def release(self, terminal: TerminalKey) -> None:
        """See ``Lock.release``."""
        self.asked.append(("release", terminal))
        if self._broken:
            raise OSError

    def close(self) -> None:
        """See ``Lock.close``."""


class Shown:
    """A page with one command that is offered on a thread, as a terminal does."""

    def __init__(self, body: CommandBody, *, lock: Lock | None = None, paints: bool = True) -> None:
        """Offer it."""
        self.clock = HeldClock()
        self.late = threading.Event()
        self.seen: list[bool] = []
        self.page = SeatPage(
            terminal=TERMINAL,
            clock=self.clock,
            lock=lock or OwnCover(LockKind.PAGE),
            changed=lambda: None,
        )
        self.on_thread(lambda: self.seen.append(self._show(body)))
        wait_until(lambda: self.page.state() != {"prompts": [], "hold": None})
        if paints:
            assert self.page.shown("c")
            wait_until(lambda: self.seen)

    def on_thread(self, call: Callable[[], object]) -> None:
        """Call without waiting."""
        threading.Thread(target=call, daemon=True).start()

    def _show(self, body: CommandBody) -> bool:
        hold_s = {LockScreen: 30.0, MandatoryRest: 300.0}.get(type(body))
        seen = self.page.show("c", body, hold_s=hold_s, too_late=self.late.is_set)
        if seen and hold_s is not None:
            self.page.cover("c", body, hold_s=hold_s)
        return seen


def test_a_lock_covers_beside_the_page_once_it_is_painted_and_frees_at_its_end() -> None:
    """The state says what covers; what is left counts from the paint."""
    lock = TalkingLock()
    shown = Shown(LOCK, lock=lock, paints=False)
    assert lock.asked == []
    shown.page.shown("c")
    wait_until(lambda: shown.seen == [True])
    shown.clock.now_s += 12.0
    hold = shown.page.state()["hold"]
    assert isinstance(hold, dict)
    assert (hold["cover"], hold["left_s"], hold["escape"]) == ("veyon", 18.0, False)
    shown.page.release("c", LOCK)
    assert shown.page.state()["hold"] is None
    assert lock.asked == [("cover", TERMINAL, "Break", "30.0"), ("release", TERMINAL)]


def test_a_rest_is_never_covered_by_anything_but_the_page() -> None:
    """Its way out is on the page."""
    lock = TalkingLock()
    shown = Shown(REST, lock=lock)
    shown.page.release("c", REST)
    assert lock.asked == []


@pytest.mark.parametrize("body", [LOCK, REST])
def test_a_page_knows_before_it_begins_that_only_a_notice_is_wanted(body: CommandBody) -> None:
    """It would cover itself first."""
    shown = Shown(body, lock=OwnCover(LockKind.NOTICE), paints=False)
    hold = shown.page.state()["hold"]
    assert isinstance(hold, dict)
    assert hold["cover"] == "notice"
    shown.late.set()


def test_a_lock_that_fails_leaves_the_page_alone_with_it() -> None:
    """It neither keeps the command from the student nor holds its end up."""
    shown = Shown(LOCK, lock=TalkingLock(broken=True))
    assert shown.seen == [True]
    hold = shown.page.state()["hold"]
    assert isinstance(hold, dict)
    assert hold["cover"] == "page"
    shown.page.release("c", LOCK)
    assert shown.page.state()["hold"] is None


def test_what_is_too_late_leaves_the_page_and_cannot_be_painted() -> None:
    """From the very moment on, whoever looks first."""
    shown = Shown(HINT, paints=False)
    shown.late.set()
    assert shown.page.state()["prompts"] == []
    assert not shown.page.shown("c")
    wait_until(lambda: shown.seen == [False])


def test_an_answer_before_anybody_asks_is_the_first_all_the_same() -> None:
    """A quick student is not forgotten between the paint and the question."""
    shown = Shown(HINT)
    assert shown.page.answer("c", Answer(kind=FeedbackKind.DISMISSED))
    assert shown.page.state()["prompts"] == []
    found = shown.page.ask("c", timeout_s=5.0, over=threading.Event())
    assert found == Answer(kind=FeedbackKind.DISMISSED)
    assert not shown.page.answer("c", ACCEPTED)


def test_a_question_that_nobody_answers_goes() -> None:
    """After its time, by a clock that a suspend does not stop."""
    shown = Shown(HINT)
    answers: list[Answer | None] = []
    over = threading.Event()
    shown.on_thread(lambda: answers.append(shown.page.ask("c", timeout_s=120.0, over=over)))
    shown.clock.now_s += 121.0
    wait_until(lambda: answers == [None])
    assert shown.page.state()["prompts"] == []


def test_what_was_accepted_stays_for_its_time() -> None:
    """A timer runs, a card is read; after a quarter of an hour it goes by itself."""
    shown = Shown(HINT)
    shown.page.answer("c", ACCEPTED)
    assert shown.page.ask("c", timeout_s=5.0, over=threading.Event()) == ACCEPTED
    shown.clock.now_s += ACCEPTED_S - 1.0
    assert not shown.page.sweep()
    shown.clock.now_s += 1.0
    assert shown.page.sweep()
    assert shown.page.state()["prompts"] == []
