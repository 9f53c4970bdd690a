"""The reference terminal: takes commands, shows them, says what became of them."""

import secrets
import threading
from collections.abc import Callable

import structlog

from appliance.domain.interventions import FeedbackKind
from appliance.domain.seats import TerminalKey
from appliance.errors import ContractError
from appliance.mqtt.contract.classroom import AckStatus, ContextMessage, PresenceState, RejectReason
from appliance.mqtt.contract.commands import (
    LOCK_S,
    REST_S,
    CommandBody,
    LockScreen,
    MandatoryRest,
    UnlockScreen,
)
from appliance.mqtt.contract.envelope import Message, Stamper, parse_message
from appliance.mqtt.contract.schemas import Contracts
from appliance.mqtt.contract.topics import RoomTopics
from appliance.mqtt.inbox import Inbox
from appliance.mqtt.wire.address import BrokerAddress
from appliance.mqtt.wire.link import Link
from appliance.mqtt.wire.session import Delivery, LastWill
from appliance.ports import Clock
from appliance.terminal.answers import Answers
from appliance.terminal.record import TerminalEvent
from appliance.terminal.screen import Screen
from appliance.terminal.voice import Voice

log = structlog.get_logger()

WORKER_WAIT_S = 1.0
"""How long ``stop`` waits for a command to report its end."""
MOST_AT_ONCE = 32
"""Commands at once, a thread each; a further pop-up is rejected as busy. Far above what a box with
cool-downs sends, even after an outage."""
ANSWER_WAIT_S = 120.0
"""How long a pop-up waits for an answer before it goes away by itself."""
CONTEXT_EVERY_S = 300.0
"""A third of the context's lifetime."""
SESSION_EXPIRY_S = 300
"""The longest lifetime of a command: the broker need not keep more for us."""


class Terminal:
    """One student's terminal; everything it does happens on its own threads.

    The promises of docs/DESIGN.md, 7: a command without Message Expiry is dropped; a duplicate is
    acknowledged again but neither shown again nor able to extend a lock; a lock ends after at most
    30 s of this machine's own monotonic time, with box, broker and network dead.
    """

    def __init__(
        self,
        *,
        address: BrokerAddress,
        site: str,
        room: str,
        terminal: TerminalKey,
        answers: Answers,
        screen: Screen,
        clock: Clock,
        on_event: Callable[[TerminalEvent], None] = lambda _: None,
        context: ContextMessage | None = None,
        longest_lock_s: float = LOCK_S,
        longest_rest_s: float = REST_S,
        first_backoff_s: float = 1.0,
    ) -> None:
        """Prepare the terminal; ``start`` connects.

        Args:
            address: Broker and credentials.
            site: School id.
            room: Room id.
            terminal: Own id, also the MQTT client id.
            answers: The student.
            screen: What the student sees.
            clock: Wall time for ``ts``, monotonic time for waiting.
            on_event: Told of every step, on the thread it happens on.
            context: Task at hand when the terminal starts.
            longest_lock_s: Locks are cut to this; never above 30.
            longest_rest_s: Rests are cut to this; never above 300.
            first_backoff_s: Wait after the first failed connection.
        """
        self._clock = clock
        self._answers = answers
        self._screen = screen
        self._longest_lock_s = min(longest_lock_s, LOCK_S)
        self._longest_rest_s = min(longest_rest_s, REST_S)
        self._name = terminal
        topics = RoomTopics(site=site, room=room).terminal(terminal)
        self._contracts = Contracts.load()
        self._context = context if context is not None else ContextMessage()
        self._context_due_s = 0.0
        self._occupant: str | None = None
        self._lock = threading.Lock()
        self._at_work = 0
        self._workers: list[threading.Thread] = []
        self._closing = threading.Event()
        self._hold: threading.Event | None = None
        self._held_until_s = 0.0
        self._inbox = Inbox(name=f"terminal[{terminal}].inbox", handle=self._take)
        self._link = Link(
            address=address,
            client_id=terminal,
            clock=clock,
            subscriptions={topics.command: 1},
            on_delivery=self._inbox.put,
            on_turn=self._turn,
            will=lambda: LastWill(
                publication=self._voice.presence(PresenceState.OFFLINE), delay_s=0
            ),
            session_expiry_s=SESSION_EXPIRY_S,
            first_backoff_s=first_backoff_s,
        )
        self._voice = Voice(
            topics=topics,
            stamper=Stamper(src=f"seat/{terminal}", clock=clock, clock_state=lambda: "unknown"),
            post=self._link.post,
            clock=clock,
            on_event=on_event,
        )

    @property
    def connected(self) -> bool:
        """True while there is a session with the broker."""
        return self._link.connected

    @property
    def last_error(self) -> str:
        """Why there is no connection; empty while there is one."""
        return self._link.last_error

    def start(self) -> None:
        """Log a student in and connect in the background."""
        if self._occupant is None:
            self.log_in()
        self._inbox.start()
        self._link.start()

    def stop(self, *, timeout_s: float = 5.0) -> bool:
        """Uncover the screen, say ``offline``, end all threads.

        Returns:
            False when the broker could not be told; its last will does it then.
        """
        self._closing.set()
        self._inbox.stop(timeout_s=timeout_s)  # no command begins any more
        self._uncover()
        for worker in self._workers:
            worker.join(WORKER_WAIT_S)
        farewell = self._voice.presence(PresenceState.OFFLINE)
        return self._link.stop(farewell=farewell, timeout_s=timeout_s)

    def log_in(self) -> str:
        """Begin a new occupancy with a fresh random nonce, and return the nonce."""
        self._occupant = secrets.token_urlsafe(12)
        self._voice.present(self._occupant)
        return self._occupant

    def log_out(self) -> None:
        """End the occupancy; the terminal stays online."""
        self._uncover()
        self._occupant = None
        self._voice.present(self._occupant)

    def _turn(self) -> float | None:
        now_s = self._clock.monotonic_s()
        if now_s >= self._context_due_s:
            self._context_due_s = now_s + CONTEXT_EVERY_S
            self._voice.context(self._context)
        return None

    def _take(self, delivery: Delivery) -> None:
        message = self._read(delivery)
        if message is None or self._voice.repeat(message):
            return
        objection = self._objection(message, delivery)
        if objection is not None:
            self._voice.ack(message, AckStatus.REJECTED, objection)
            return
        self._voice.ack(message, AckStatus.RECEIVED)
        worker = threading.Thread(
            target=self._carry_out,
            args=(message, message.body),
            name=f"terminal[{self._name}].command",
            daemon=True,
        )
        worker.start()
        self._workers = [*(each for each in self._workers if each.is_alive()), worker]

    def _read(self, delivery: Delivery) -> Message | None:
        # Commands are events: a retained one is somebody's mistake and may be a year old.
        if delivery.retained:
            return None
        try:
            message = parse_message(delivery.payload, self._contracts)
        except ContractError as error:
            log.warning("terminal_command_invalid", reason=str(error))
            try:
                message = parse_message(delivery.payload, self._contracts, envelope_only=True)
            except ContractError:
                return None
            if message.src.startswith("box/"):
                self._voice.ack(message, AckStatus.REJECTED, RejectReason.INVALID)
            return None
        return message if message.src.startswith("box/") else None

    def _objection(self, message: Message, delivery: Delivery) -> RejectReason | None:
        body = message.body
        if delivery.expiry_s is None:
            return RejectReason.NO_EXPIRY
        if not isinstance(body, CommandBody):
            return RejectReason.UNSUPPORTED
        if self._context.exam and not isinstance(body, UnlockScreen):
            return RejectReason.EXAM
        if self._context.unsaved and isinstance(body, (LockScreen, MandatoryRest)):
            return RejectReason.UNSAVED
        return None if self._claim(body) else RejectReason.BUSY

    def _claim(self, body: CommandBody) -> bool:
        """Take a place at work; False when there is none."""
        covers = isinstance(body, (LockScreen, MandatoryRest))
        with self._lock:
            if covers and self._hold is not None:
                return False  # a second lock would extend the first
            pops_up = not covers and not isinstance(body, UnlockScreen)
            if pops_up and self._at_work >= MOST_AT_ONCE:
                return False
            self._at_work += 1
            if covers:
                self._hold = threading.Event()
                self._held_until_s = self._clock.monotonic_s() + self._hold_s(body)
        return True

    def _hold_s(self, body: CommandBody) -> float:
        if isinstance(body, LockScreen):
            return min(body.lock_s, self._longest_lock_s)
        if isinstance(body, MandatoryRest):
            return min(body.rest_s, self._longest_rest_s)
        return 0.0

    def _carry_out(self, message: Message, body: CommandBody) -> None:
        hold = self._hold if isinstance(body, (LockScreen, MandatoryRest)) else None
        try:
            if hold is not None:
                self._cover(message, body, hold)
            elif isinstance(body, UnlockScreen):
                self._voice.ack(message, AckStatus.STARTED, shown=body.text)
                self._uncover()
                self._screen.show(body, hold_s=None)
            else:
                self._voice.ack(message, AckStatus.STARTED, shown=body.text)
                self._screen.show(body, hold_s=None)
                self._ask(message, timeout_s=ANSWER_WAIT_S, over=self._closing)
            self._voice.ack(message, AckStatus.SUCCEEDED)
        except Exception:
            # The border of a thread: the box must hear that the student saw nothing.
            log.exception("terminal_command_failed")
            self._voice.ack(message, AckStatus.FAILED, "terminal-error")
        finally:
            with self._lock:
                self._at_work -= 1
                if hold is not None:
                    hold.set()
                    self._hold = None

    def _cover(self, message: Message, body: CommandBody, over: threading.Event) -> None:
        self._voice.ack(message, AckStatus.STARTED, shown=body.text)
        hold_s = self._held_until_s - self._clock.monotonic_s()
        asking = threading.Thread(
            target=self._ask_while_covered,
            args=(message, body, over),
            name=f"terminal[{self._name}].answer",
            daemon=True,
        )
        self._screen.show(body, hold_s=round(hold_s, 1))
        asking.start()
        # Whatever the student, the screen or the network do: this wait ends on its own.
        cut_short = over.wait(max(0.0, hold_s))
        over.set()
        self._screen.release(body)
        if isinstance(body, MandatoryRest) and not cut_short:
            self._voice.feedback(message, FeedbackKind.COMPLETED)

    def _ask_while_covered(
        self, message: Message, body: CommandBody, over: threading.Event
    ) -> None:
        wait_s = max(0.0, self._held_until_s - self._clock.monotonic_s())
        kind = self._ask(message, timeout_s=wait_s, over=over)
        if kind is FeedbackKind.DISMISSED and isinstance(body, MandatoryRest):
            over.set()  # the escape

    def _ask(
        self, message: Message, *, timeout_s: float, over: threading.Event
    ) -> FeedbackKind | None:
        began_s = self._clock.monotonic_s()
        answer = self._answers.ask(timeout_s=timeout_s, over=over)
        if answer is None:
            return None
        self._voice.feedback(
            message,
            answer.kind,
            rating=answer.rating,
            after_s=self._clock.monotonic_s() - began_s,
        )
        return answer.kind

    def _uncover(self) -> None:
        hold = self._hold
        if hold is not None:
            hold.set()
