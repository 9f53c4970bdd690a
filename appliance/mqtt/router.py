"""From a delivery to a handler: route, validate, authenticate, count once, translate."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType

import structlog

from appliance.domain.commands import CommandState
from appliance.domain.interventions import Feedback, TaskContext
from appliance.domain.seats import SeatKey, TerminalKey
from appliance.domain.terminals import (
    AlertVerdict,
    ControlReply,
    ControlRequest,
    ControlRole,
    ControlStatus,
    TerminalPresence,
)
from appliance.domain.token_packets import SensorKey, TokenPacket
from appliance.errors import ContractError
from appliance.mqtt.contract.box import BoxEcho
from appliance.mqtt.contract.classroom import (
    AlertAck,
    CommandAck,
    ContextMessage,
    FeedbackMessage,
    PresenceMessage,
    PresenceState,
)
from appliance.mqtt.contract.envelope import Message, parse_message
from appliance.mqtt.contract.schemas import Contracts
from appliance.mqtt.contract.sensors import SensorHealth, SensorInfo, SensorStatus
from appliance.mqtt.contract.tokens import parse_tokens
from appliance.mqtt.contract.topics import RoomTopics
from appliance.mqtt.duplicates import DuplicateFilter, message_key
from appliance.mqtt.outbox import Outbox
from appliance.mqtt.requests import ControlRequests, Freshness
from appliance.mqtt.wire.messages import Delivery

log = structlog.get_logger()

SensorWord = SensorStatus | SensorInfo | SensorHealth


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundHandlers:
    """Who is told what; called one at a time on the inbox's thread.

    An exception in a handler is logged and counted, and the next message is handled.
    """

    on_feedback: Callable[[Feedback], bool] = lambda _: True
    """A student's answer; False when that terminal was sent no such command. The outbox has not
    counted it: (command, kind) counts once in storage."""

    on_context: Callable[[TaskContext], None] = lambda _: None
    """What a terminal's student is doing."""

    on_presence: Callable[[TerminalPresence], None] = lambda _: None
    """A terminal came, went, or somebody logged in."""

    on_verdict: Callable[[AlertVerdict], None] = lambda _: None
    """A teacher's answer to an alert."""

    on_control: Callable[[ControlRequest], ControlReply] = lambda _: ControlReply(
        status=ControlStatus.REFUSED, detail="not supported by this box"
    )
    """What somebody asks of the box; the reply is published."""

    on_command_state: Callable[[str, TerminalKey, CommandState, str], None] = lambda *_: None
    """Command id, terminal, new state, reason: how far a command has come."""

    on_tokens: Callable[[TokenPacket], None] = lambda _: None
    """What came on the topic of a sensor's seat; who has sent it is still to be judged."""

    on_unreadable: Callable[[SensorKey, str], None] = lambda *_: None
    """A sensor's tokens break the contract; why, in one line."""

    on_sensor: Callable[[SensorKey, SensorWord], None] = lambda *_: None
    """What a sensor says of itself."""


class InboundRouter:
    """Knows what may arrive on which topic and from whom."""

    def __init__(
        self,
        *,
        topics: RoomTopics,
        terminals: Mapping[TerminalKey, SeatKey],
        roles: Mapping[str, ControlRole],
        contracts: Contracts,
        outbox: Outbox,
        freshness: Freshness,
        reply: Callable[[ControlReply, str, str | None], None],
        sensors: Mapping[SensorKey, Mapping[SeatKey, TerminalKey]] = MappingProxyType({}),
    ) -> None:
        """Build the routes.

        Args:
            topics: Of the room.
            terminals: Every configured terminal and its seat.
            roles: What each client may ask for.
            contracts: The schemas.
            outbox: Follows acknowledgements.
            freshness: Tells which control requests are too old.
            reply: Publishes the answer to a client, and to the control request with this id.
            sensors: Seats and their terminals of each sensor whose tokens are heard.
        """
        self._topics = topics
        self._contracts = contracts
        self._outbox = outbox
        self.handlers = InboundHandlers()
        """Who is told."""
        self._seen = DuplicateFilter()
        self._requests = ControlRequests(
            roles=roles,
            contracts=contracts,
            freshness=freshness,
            take=self._take_request,
            reply=reply,
            drop=self._drop,
        )
        self.invalid = 0
        """Messages dropped because they broke the contract or came from the wrong sender."""
        self.task_topics: dict[TerminalKey, str] = {}
        """Last knowledge point that each terminal named."""
        self._routes: dict[str, _Route] = {}
        for terminal, seat in terminals.items():
            own, sender = topics.terminal(terminal), f"seat/{terminal}"
            for topic, handle in (
                (own.ack, self._take_ack),
                (own.feedback, self._take_feedback),
                (own.context, self._take_context),
                (own.presence, self._take_presence),
            ):
                self._routes[topic] = _Route(sender=sender, handle=partial(handle, terminal))
            self._routes[own.presence] = replace(
                self._routes[own.presence],
                # The same presence again is a terminal's new connection, or ours.
                repeat=partial(outbox.retry_now, terminal),
                unread=partial(self._lose_presence, terminal),
            )
            self._routes[topics.alert_ack(seat)] = _Route(
                sender="teacher/", handle=partial(self._take_verdict, seat)
            )
        self._tokens: dict[str, tuple[SensorKey, SeatKey]] = {}
        for sensor, seats in sensors.items():
            its = topics.sensor(sensor)
            for topic in (its.status, its.info, its.health):
                self._routes[topic] = _Route(
                    sender=f"sensor/{sensor}", handle=partial(self._take_sensor, sensor)
                )
            for seat, terminal in seats.items():
                self._tokens[topics.terminal(terminal).tokens] = sensor, seat

    @property
    def subscriptions(self) -> dict[str, int]:
        """Topic filter to QoS."""
        asked = dict.fromkeys([*self._routes, self._topics.control_requests], 1)
        return asked | dict.fromkeys(self._tokens, 0)

    def handle(self, delivery: Delivery) -> None:
        """Act on one delivery, or drop and count it."""
        if (client := self._topics.asking_client(delivery.topic)) is not None:
            self._requests.handle(delivery, client=client)
            return
        if delivery.topic in self._tokens:
            self._take_tokens(delivery)
            return
        route = self._routes.get(delivery.topic)
        if route is None:
            return
        try:
            message = parse_message(delivery.payload, self._contracts)
        except ContractError as error:
            self._drop(delivery.topic, str(error))
            route.unread()
            return
        key = message_key(delivery.topic, message.id, delivery.payload)
        if isinstance(message.body, BoxEcho):
            return  # a box of this room tries its permissions
        if not _is_from(message.src, route.sender):
            self._drop(delivery.topic, f"src: expected {route.sender}")
            route.unread()
        elif self._seen.knows(key):
            route.repeat()
        elif objection := route.handle(message):
            self._drop(delivery.topic, objection)
            route.unread()
        else:
            self._seen.add(key)

    def _lose_presence(self, terminal: TerminalKey) -> None:
        """End the stay: whoever has logged in there now is not the one who has agreed."""
        self.handlers.on_presence(
            TerminalPresence(terminal=terminal, online=True, occupant=None, pseudonym=None)
        )

    def _take_request(self, request: ControlRequest) -> ControlReply:
        return self.handlers.on_control(request)

    def _drop(self, topic: str, reason: str) -> None:
        self.invalid += 1
        log.warning("mqtt_message_dropped", topic=topic, reason=reason)

    def _take_ack(self, terminal: TerminalKey, message: Message) -> str:
        body = message.body
        if not isinstance(body, CommandAck) or message.corr is None:
            return _misplaced(message)
        state = body.status.state
        if self._outbox.answer(message.corr, state, terminal=terminal, detail=body.reason):
            self.handlers.on_command_state(message.corr, terminal, state, body.reason)
        return ""

    def _take_feedback(self, terminal: TerminalKey, message: Message) -> str:
        body = message.body
        if not isinstance(body, FeedbackMessage) or message.corr is None:
            return _misplaced(message)
        feedback = Feedback(
            command=message.corr,
            terminal=terminal,
            kind=body.kind,
            rating=body.rating,
            after_s=body.after_s,
        )
        counts = self.handlers.on_feedback(feedback)
        return "" if counts else "corr: no command of which this terminal may speak"

    def _take_context(self, terminal: TerminalKey, message: Message) -> str:
        body = message.body
        if not isinstance(body, ContextMessage):
            return _misplaced(message)
        self.task_topics[terminal] = body.topic
        self.handlers.on_context(
            TaskContext(
                terminal=terminal,
                task_id=body.task_id,
                topic=body.topic,
                task_type=body.task_type,
                difficulty=body.difficulty,
                exam=body.exam,
                unsaved=body.unsaved,
            )
        )
        return ""

    def _take_presence(self, terminal: TerminalKey, message: Message) -> str:
        body = message.body
        if not isinstance(body, PresenceMessage):
            return _misplaced(message)
        online = body.state is PresenceState.ONLINE
        if online:
            # It may have missed what was published while it was away.
            self._outbox.retry_now(terminal)
        self.handlers.on_presence(
            TerminalPresence(
                terminal=terminal,
                online=online,
                occupant=body.occupant if online else None,
                pseudonym=body.pseudonym if online else None,
            )
        )
        return ""

    def _take_sensor(self, sensor: SensorKey, message: Message) -> str:
        body = message.body
        if not isinstance(body, SensorStatus | SensorInfo | SensorHealth):
            return _misplaced(message)
        self.handlers.on_sensor(sensor, body)
        return ""

    def _take_tokens(self, delivery: Delivery) -> None:
        sensor, seat = self._tokens[delivery.topic]
        if delivery.retained:
            self._drop(delivery.topic, "tokens are never retained")
            return
        try:
            packet = parse_tokens(delivery.payload, seat=seat)
        except ContractError as error:
            self._drop(delivery.topic, str(error))
            self.handlers.on_unreadable(sensor, str(error))
            return
        self.handlers.on_tokens(packet)

    def _take_verdict(self, seat: SeatKey, message: Message) -> str:
        body = message.body
        if not isinstance(body, AlertAck) or message.corr is None:
            return _misplaced(message)
        self._outbox.answer(message.corr, CommandState.SUCCEEDED, terminal=None)
        self.handlers.on_verdict(
            AlertVerdict(alert=message.corr, episode=body.episode, seat=seat, verdict=body.verdict)
        )
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Route:
    sender: str
    """What ``src`` must be, or begin with when it ends in a slash; the ACL holds the same line."""
    handle: Callable[[Message], str]
    """Returns why it is not taken; empty when it was."""
    repeat: Callable[[], None] = lambda: None
    """Called instead for a message that was handled before."""
    unread: Callable[[], None] = lambda: None
    """Called where a message cannot be understood."""


def _is_from(src: str, sender: str) -> bool:
    return src.startswith(sender) if sender.endswith("/") else src == sender


def _misplaced(message: Message) -> str:
    return f"type {message.type} does not belong here"
