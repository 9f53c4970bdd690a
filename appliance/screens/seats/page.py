"""The page of a seat as the screen and the answers of its terminal."""

import threading
from collections.abc import Callable

import structlog

from appliance.domain.interventions import FeedbackKind
from appliance.domain.seats import TerminalKey
from appliance.mqtt.contract.commands import CommandBody, LockScreen
from appliance.ports import Clock
from appliance.screens.locks.lock import Lock
from appliance.screens.seats.cards import Card, CardStage
from appliance.settings.screens import LockKind
from appliance.terminal.answers import Answer

log = structlog.get_logger()

STEP_S = 0.25
"""Between two looks at what ends without telling: a lifetime, a lock, this process."""
NOTICE_S = 10.0
"""How long the end of a lock is told."""
ACCEPTED_S = 900.0
"""How long what was accepted stays at most: three of the timers on offer."""


class SeatPage:
    """``Screen`` and ``Answers`` whose student sits before a browser; any thread may call.

    Nothing is drawn here: what is offered stands in the state until the page says that it has
    painted it, and a page shows what stands there and nothing else.
    """

    def __init__(
        self,
        *,
        terminal: TerminalKey,
        clock: Clock,
        lock: Lock,
        changed: Callable[[], None],
        own_topic: Callable[[str], str | None] = lambda _: None,
    ) -> None:
        """Begin with an empty page.

        Args:
            terminal: Whose page.
            clock: Monotonic time.
            lock: Covers the screen beside the page.
            changed: Called whenever the page has something else to show.
            own_topic: Returns a topic as the school has written it; None for one it has not.
        """
        self._terminal = terminal
        self._clock = clock
        self._lock = lock
        self._changed = changed
        self._own_topic = own_topic
        self._moved = threading.Condition()
        self._cards: dict[str, Card] = {}  # in the order in which they came

    @property
    def knows_again(self) -> bool:
        """A page that has a command on it goes on with it, whoever offers it again."""
        return True

    def show(
        self,
        command: str,
        body: CommandBody,
        *,
        hold_s: float | None,
        too_late: Callable[[], bool],
    ) -> bool:
        """Offer a command until the page has painted it; see ``Screen.show``."""
        topic = getattr(body, "topic", "")
        card = Card(
            command=command,
            body=body,
            topic=self._own_topic(topic) or topic,
            hold_s=hold_s,
            too_late=too_late,
        )
        if self._lock.kind is LockKind.NOTICE:  # a page has to know before it begins
            card.cover = LockKind.NOTICE
        with self._moved:
            self._cards[command] = card
        self._changed()
        with self._moved:
            while not (card.painted or card.gone or too_late()):
                self._moved.wait(STEP_S)
            if not card.painted:
                self._drop(card)
        self._changed()
        return card.painted

    def cover(self, command: str, body: CommandBody, *, hold_s: float) -> None:
        """Let the lock begin that a school has chosen; see ``Screen.cover``."""
        if not isinstance(body, LockScreen):
            return
        covers = self._cover(body.text, hold_s)
        with self._moved:
            card = self._cards.get(command)
            if card is not None:
                card.cover = covers
        self._changed()

    def release(self, command: str, body: CommandBody) -> None:
        """End a lock or rest; see ``Screen.release``."""
        with self._moved:
            card = self._cards.get(command)
            if card is not None:
                card.awaited = False
                self._drop(card)
        self._changed()
        if not isinstance(body, LockScreen):
            return
        try:
            self._lock.release(self._terminal)
        except Exception:
            # The border to whatever locks: its failure prolongs nothing.
            log.exception("lock_failed", terminal=self._terminal)

    def ask(self, command: str, *, timeout_s: float, over: threading.Event) -> Answer | None:
        """Wait for the first answer to one command; see ``Answers.ask``."""
        until_s = self._clock.monotonic_s() + timeout_s
        with self._moved:
            card = self._cards.get(command)
            if card is None:
                return None
            while card.answer is None and not (card.gone or over.is_set()):
                if self._clock.monotonic_s() >= until_s:
                    break
                self._moved.wait(STEP_S)
            card.awaited = False
            if card.gone or (card.answer is None and card.hold_s is None):
                self._drop(card)
        self._changed()
        return card.answer

    def shown(self, command: str) -> bool:
        """Note that the page has painted a command.

        Returns:
            False for one that is not offered, or not any more.
        """
        with self._moved:
            card = self._cards.get(command)
            if card is None or card.gone or (not card.painted and card.too_late()):
                return False
            if not card.painted:
                card.painted, card.awaited = True, card.asks
                lasts_s = card.hold_s if card.asks else NOTICE_S
                card.until_s = None if lasts_s is None else self._clock.monotonic_s() + lasts_s
                self._moved.notify_all()
        return True

    def answer(self, command: str, answer: Answer) -> bool:
        """Take the first answer to a command that is asked about.

        Returns:
            False when nobody asks: then it is for the terminal to say.
        """
        with self._moved:
            card = self._cards.get(command)
            if card is None or not card.painted:
                return False
            first = card.answer is None and not card.gone
            asked = first and answer.kind is not FeedbackKind.COMPLETED
            if card.asks and asked:
                card.answer = answer
            if card.hold_s is None and not card.gone:
                self._move_on(card, answer.kind)
            self._moved.notify_all()
        self._changed()
        return asked or not card.asks

    def has(self, command: str) -> bool:
        """Tell whether a command is on the page now."""
        card = self._cards.get(command)
        return card is not None and card.painted and not card.gone

    def clear(self) -> None:
        """Take everything away: whoever sat there has gone."""
        with self._moved:
            for card in list(self._cards.values()):
                self._drop(card)
        self._changed()

    def sweep(self) -> bool:
        """Take away what has been there for long enough; False when there was nothing."""
        now_s = self._clock.monotonic_s()
        with self._moved:
            over = [
                card
                for card in self._cards.values()
                if card.hold_s is None and card.until_s is not None and card.until_s <= now_s
            ]
            for card in over:
                self._drop(card)
        return bool(over)

    def state(self) -> dict[str, object]:
        """Return pop-ups and lock for the page."""
        now_s = self._clock.monotonic_s()
        with self._moved:
            cards = [
                card
                for card in self._cards.values()
                if not card.gone and (card.painted or not card.too_late())
            ]
            holds = [card.hold(now_s) for card in cards if card.hold_s is not None]
            prompts = [card.prompt() for card in cards if card.hold_s is None]
        return {"prompts": prompts, "hold": holds[0] if holds else None}

    def _move_on(self, card: Card, kind: FeedbackKind) -> None:
        if card.asks and kind is FeedbackKind.ACCEPTED:
            card.stage = CardStage.ACCEPTED
            card.until_s = self._clock.monotonic_s() + ACCEPTED_S
        else:
            self._drop(card)

    def _drop(self, card: Card) -> None:
        card.gone = True
        if not card.awaited and self._cards.get(card.command) is card:
            del self._cards[card.command]
        self._moved.notify_all()

    def _cover(self, text: str, hold_s: float) -> LockKind:
        try:
            return self._lock.cover(self._terminal, text, hold_s)
        except Exception:
            # The border to whatever locks: the page does it alone.
            log.exception("lock_failed", terminal=self._terminal)
            return LockKind.PAGE
