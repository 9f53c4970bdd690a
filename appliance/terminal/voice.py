"""Everything a terminal says to the box, and the memory of what it said about each command."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import overload

from appliance.domain.interventions import FeedbackKind
from appliance.mqtt.contract.classroom import (
    AckStatus,
    CommandAck,
    ContextMessage,
    FeedbackMessage,
    PresenceMessage,
    PresenceState,
)
from appliance.mqtt.contract.envelope import (
    ACK_TTL_S,
    CONTEXT_TTL_S,
    DAY_TTL_S,
    Body,
    Message,
    Stamper,
)
from appliance.mqtt.contract.topics import TerminalTopics
from appliance.mqtt.wire.messages import Publication
from appliance.ports import Clock
from appliance.terminal.applied import REMEMBERED
from appliance.terminal.record import TerminalEvent

_STARTED = CommandAck(status=AckStatus.STARTED)


@dataclass(slots=True)
class _Said:
    ack: CommandAck
    type: str = ""
    feedback: dict[FeedbackKind, Publication] = field(default_factory=dict)


class Voice:
    """Acks, feedback, context and presence of one terminal; any thread may call."""

    def __init__(
        self,
        *,
        topics: TerminalTopics,
        stamper: Stamper,
        post: Callable[[Publication], None],
        clock: Clock,
        on_event: Callable[[TerminalEvent], None],
    ) -> None:
        """Start with nothing said.

        Args:
            topics: Of the terminal.
            stamper: Puts envelopes around it.
            post: Sends now or later.
            clock: Wall time of events.
            on_event: Told of every step.
        """
        self._topics = topics
        self._stamper = stamper
        self._post = post
        self._clock = clock
        self._on_event = on_event
        self._lock = threading.Lock()
        self._said: OrderedDict[str, _Said] = OrderedDict()

    def repeat(self, message: Message, *, earlier: CommandAck | None) -> bool:
        """Answer a duplicate with all that was said before; False when the command is new.

        The box sends a duplicate when an answer may have been lost with a broker. Feedback keeps
        its message id, so that it counts once.

        Args:
            message: The command.
            earlier: What is known of it from before a restart.
        """
        with self._lock:
            said = self._about(message.id, earlier)
            feedback = [] if said is None else list(said.feedback.values())
        if said is None:
            return False
        self._record(message.id, message.type, "duplicate", said.ack.status)
        for publication in feedback:
            self._post(publication)
        self._post(self._publication(self._topics.ack, said.ack, ttl_s=ACK_TTL_S, corr=message.id))
        return True

    def ack(
        self, message: Message, status: AckStatus, reason: str = "", *, shown: str = ""
    ) -> None:
        """Say how far a command has come; ``shown`` is for the event only."""
        ack = CommandAck(status=status, reason=reason)
        with self._lock:
            said = self._about(message.id, ack)
            said.ack, said.type = ack, message.type
        self._record(message.id, message.type, status, reason or shown)
        self._post(self._publication(self._topics.ack, ack, ttl_s=ACK_TTL_S, corr=message.id))

    def feedback(
        self,
        command: str,
        kind: FeedbackKind,
        *,
        rating: int | None = None,
        after_s: float | None = None,
        earlier: CommandAck | None = None,
    ) -> None:
        """Say what the student did with a command; each kind once.

        Args:
            command: Id of a command that was shown, before a restart of the terminal too.
            kind: What the student did.
            rating: 1 to 5 when rated.
            after_s: Seconds between showing and answering; None where nobody knows.
            earlier: What is known of the command from before a restart.
        """
        body = FeedbackMessage(kind=kind, rating=rating, after_s=after_s)
        publication = self._publication(self._topics.feedback, body, ttl_s=DAY_TTL_S, corr=command)
        with self._lock:
            said = self._about(command, earlier or _STARTED)
            if kind in said.feedback:
                return
            said.feedback[kind] = publication
        detail = "" if rating is None else str(rating)
        self._record(command, said.type, f"feedback.{kind}", detail)
        self._post(publication)

    def context(self, context: ContextMessage) -> None:
        """Say what the student works on."""
        self._post(
            self._publication(self._topics.context, context, ttl_s=CONTEXT_TTL_S, retain=True)
        )

    def present(self, occupant: str | None) -> None:
        """Say that the terminal is online, and who is logged in."""
        self._post(self.presence(PresenceState.ONLINE, occupant=occupant))

    def presence(self, state: PresenceState, *, occupant: str | None = None) -> Publication:
        """Make a presence message, for a farewell or a last will."""
        body = PresenceMessage(state=state, occupant=occupant)
        return self._publication(self._topics.presence, body, ttl_s=None, retain=True)

    @overload
    def _about(self, command: str, ack: CommandAck) -> _Said: ...

    @overload
    def _about(self, command: str, ack: CommandAck | None) -> _Said | None: ...

    def _about(self, command: str, ack: CommandAck | None) -> _Said | None:
        """Return the memory of a command, begun with ``ack`` where there is none; lock held."""
        said = self._said.get(command)
        if said is None and ack is not None:
            said = self._said[command] = _Said(ack=ack)
            while len(self._said) > REMEMBERED:
                self._said.popitem(last=False)
        return said

    def _publication(
        self,
        topic: str,
        body: Body,
        *,
        ttl_s: int | None,
        retain: bool = False,
        corr: str | None = None,
    ) -> Publication:
        message = self._stamper.stamp(body, ttl_s=ttl_s, corr=corr)
        return Publication(
            topic=topic, payload=message.to_json().encode(), retain=retain, lifetime_s=ttl_s
        )

    def _record(self, command: str, message_type: str, step: str, detail: str) -> None:
        self._on_event(
            TerminalEvent(
                at_s=self._clock.wall_s(),
                command=command,
                type=message_type,
                step=step,
                detail=detail,
            )
        )
