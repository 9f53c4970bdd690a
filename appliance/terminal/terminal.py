"""The reference terminal: takes commands, shows them, says what became of them."""

import secrets
from collections.abc import Callable
from dataclasses import replace

import structlog

from appliance.domain.interventions import FeedbackKind
from appliance.domain.seats import TerminalKey
from appliance.domain.terminals import ControlReply
from appliance.errors import ContractError
from appliance.mqtt.asking import Asker
from appliance.mqtt.contract.classroom import (
    AckStatus,
    ContextMessage,
    ControlRequestMessage,
    PresenceState,
    RejectReason,
)
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
from appliance.mqtt.contract.seats import SeatView
from appliance.mqtt.contract.topics import RoomTopics
from appliance.mqtt.inbox import Inbox
from appliance.mqtt.wire.address import BrokerAddress
from appliance.mqtt.wire.link import Link
from appliance.mqtt.wire.messages import Delivery, LastWill
from appliance.mqtt.wire.recency import Recency
from appliance.ports import Clock
from appliance.terminal.answers import Answer, Answers
from appliance.terminal.applied import AppliedCommands
from appliance.terminal.expiry import Expiry, issued_s
from appliance.terminal.record import TerminalEvent
from appliance.terminal.screen import Screen
from appliance.terminal.showing import Showing
from appliance.terminal.voice import Voice

log = structlog.get_logger()

MAYBE_SHOWN = "maybe-shown"
"""Why a command is not shown after the record of earlier ones was lost."""
CONTEXT_EVERY_S = 300.0
"""A third of the context's lifetime."""
SESSION_EXPIRY_S = 300
"""The longest lifetime of a command: the broker need not keep more for us."""


class Terminal:
    """One student's terminal; everything it does happens on its own threads.

    The promises of docs/DESIGN.md, 7: a command without Message Expiry is dropped; a duplicate is
    acknowledged again but neither shown again nor able to extend a lock, after a restart neither;
    an expired command is not shown, however long it lay in a socket while the machine slept; a lock
    ends after at most 30 s of this machine's own monotonic time, with box, broker and network dead.
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
        applied: AppliedCommands | None = None,
        clock_state: Callable[[], str] = lambda: "unknown",
        contracts: Contracts | None = None,
        on_view: Callable[[SeatView, float], None] | None = None,
        turn_s: float = 1.0,
    ) -> None:
        """Prepare the terminal; ``start`` connects.

        Args:
            address: Broker and credentials.
            site: School id.
            room: Room id.
            terminal: Own id, also the MQTT client id.
            answers: The student.
            screen: What the student sees.
            clock: Wall time for ``ts``, monotonic time for waiting and for lifetimes: it must go on
                while the machine is suspended.
            on_event: Told of every step, on the thread it happens on.
            context: Task at hand when the terminal starts.
            longest_lock_s: Locks are cut to this; never above 30.
            longest_rest_s: Rests are cut to this; never above 300.
            first_backoff_s: Wait after the first failed connection.
            applied: What was shown before a restart; by default nothing is known or kept.
            clock_state: Says ``synced``, ``unsynced`` or ``unknown`` of the wall time.
            contracts: The schemas, where several terminals share them.
            on_view: Told what the box says of this seat, and when that is out of date, monotonic
                time; without it nobody listens.
            turn_s: How often the broker is asked how old a delivery can be: a command seems to be
                as much older at most.
        """
        self._clock = clock
        self._applied = applied or AppliedCommands(None, now_s=clock.wall_s())
        self._expiry = Expiry(clock=clock, clock_state=clock_state)
        self._recency = Recency(clock=clock)
        room_topics = RoomTopics(site=site, room=room)
        topics = room_topics.terminal(terminal)
        self._view_topic = topics.view
        self._contracts = contracts or Contracts.load()
        self._on_view = on_view
        self._context = context if context is not None else ContextMessage()
        self._context_due_s = 0.0
        self._occupant: str | None = None
        self._started = False
        stamper = Stamper(src=f"seat/{terminal}", clock=clock, clock_state=clock_state)
        self._inbox = Inbox(name=f"terminal[{terminal}].inbox", handle=self._take)
        self._link = Link(
            address=address,
            client_id=terminal,
            clock=clock,
            subscriptions={topics.command: 1}
            if on_view is None
            else {topics.command: 1, topics.view: 1, room_topics.control_response(terminal): 1},
            on_delivery=self._receive,
            on_turn=self._turn,
            will=lambda: LastWill(
                publication=self._voice.presence(PresenceState.OFFLINE), delay_s=0
            ),
            session_expiry_s=SESSION_EXPIRY_S,
            first_backoff_s=first_backoff_s,
            recency=self._recency,
            turn_s=turn_s,
        )
        self._voice = Voice(
            topics=topics,
            stamper=stamper,
            post=self._link.post,
            clock=clock,
            on_event=on_event,
        )
        self._asker = Asker(
            topics=room_topics,
            client=terminal,
            stamper=stamper,
            send=self._link.send,
            contracts=self._contracts,
            clock=clock,
            own_seat=True,
        )
        self._showing = Showing(
            name=terminal,
            answers=answers,
            screen=screen,
            voice=self._voice,
            applied=self._applied,
            expiry=self._expiry,
            clock=clock,
            longest_lock_s=longest_lock_s,
            longest_rest_s=longest_rest_s,
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
        self.appear(self._occupant or secrets.token_urlsafe(12))

    def appear(self, occupant: str | None) -> None:
        """Connect in the background, for the first time or again, and say who is logged in.

        Args:
            occupant: Nonce of a log-in that goes on; None when nobody is logged in.
        """
        self._occupant = occupant
        self._voice.present(occupant)
        if self._started:
            self._link.resume()
            return
        self._started = True
        self._inbox.start()
        self._link.start()

    def disappear(self) -> None:
        """Say ``offline`` and leave the broker, which keeps what comes for five minutes."""
        self._link.pause(farewell=self._voice.presence(PresenceState.OFFLINE))

    def stop(self, *, timeout_s: float = 5.0) -> bool:
        """Uncover the screen, say ``offline``, end all threads.

        Returns:
            False when the broker could not be told; its last will does it then.
        """
        self._inbox.stop(timeout_s=timeout_s)  # no command begins any more
        self._showing.close()
        farewell = self._voice.presence(PresenceState.OFFLINE)
        return self._link.stop(farewell=farewell, timeout_s=timeout_s)

    def log_in(self) -> str:
        """Begin a new occupancy with a fresh random nonce, and return the nonce."""
        self._occupant = secrets.token_urlsafe(12)
        self._voice.present(self._occupant)
        return self._occupant

    def log_out(self) -> None:
        """End the occupancy; the terminal stays online."""
        self._showing.uncover()
        self._occupant = None
        self._voice.present(self._occupant)

    def was_shown(self, command: str) -> bool:
        """Tell whether a command has been on the screen, before a restart too."""
        return self._applied.was_shown(command)

    def answer(self, command: str, answer: Answer) -> None:
        """Say what the student did with a command that was shown, while nothing is asked about it.

        Each kind counts once. A rest that is dismissed ends.
        """
        if answer.kind is FeedbackKind.DISMISSED:
            self._showing.leave(command)
        self._voice.feedback(
            command,
            answer.kind,
            rating=answer.rating,
            after_s=answer.after_s,
            earlier=self._applied.ack_of(command),
        )

    def ask(self, request: ControlRequestMessage) -> ControlReply | None:
        """Ask the box for something about the own seat, and wait for its answer.

        Returns:
            What became of it; None when nobody has answered in time.
        """
        return self._asker.ask(request)

    def _turn(self) -> float | None:
        now_s = self._clock.monotonic_s()
        if now_s >= self._context_due_s:
            self._context_due_s = now_s + CONTEXT_EVERY_S
            self._voice.context(self._context)
        return None

    def _receive(self, delivery: Delivery) -> None:
        if self._asker.take(delivery):
            return
        self._inbox.put(replace(delivery, sent_after_s=self._recency.since_s()))

    def _take(self, delivery: Delivery) -> None:
        if delivery.topic == self._view_topic:
            self._look(delivery)
            return
        message = self._read(delivery)
        if message is None:
            return
        if self._voice.repeat(message, earlier=self._applied.ack_of(message.id)):
            return
        deadline_s = self._expiry.deadline_s(message, delivery)
        refusal = self._refusal(message, delivery, deadline_s)
        if refusal is not None:
            self._voice.ack(message, *refusal)
            return
        self._voice.ack(message, AckStatus.RECEIVED)
        if isinstance(message.body, CommandBody):  # or it had been refused
            self._showing.begin(message, message.body, deadline_s=deadline_s)

    def _look(self, delivery: Delivery) -> None:
        """Take what the box says of this seat; without a lifetime it could be a year old."""
        try:
            message = parse_message(delivery.payload, self._contracts)
        except ContractError as error:
            log.warning("terminal_view_invalid", reason=str(error))
            return
        view = message.body if message.src.startswith("box/") else None
        if self._on_view is None or delivery.expiry_s is None or not isinstance(view, SeatView):
            return
        self._on_view(view, delivery.sent_after_s + delivery.expiry_s)

    def _refusal(
        self, message: Message, delivery: Delivery, deadline_s: float
    ) -> tuple[AckStatus, str] | None:
        if delivery.expiry_s is None:
            return AckStatus.REJECTED, RejectReason.NO_EXPIRY
        if self._expiry.over(deadline_s):
            return AckStatus.EXPIRED, ""
        if self._applied.may_have_shown(issued_s(message), now_s=self._clock.wall_s()):
            return AckStatus.FAILED, MAYBE_SHOWN
        objection = self._objection(message)
        return None if objection is None else (AckStatus.REJECTED, objection)

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

    def _objection(self, message: Message) -> RejectReason | None:
        body = message.body
        if not isinstance(body, CommandBody):
            return RejectReason.UNSUPPORTED
        if self._context.exam and not isinstance(body, UnlockScreen):
            return RejectReason.EXAM
        if self._context.unsaved and isinstance(body, (LockScreen, MandatoryRest)):
            return RejectReason.UNSAVED
        return None if self._showing.claim(body) else RejectReason.BUSY
