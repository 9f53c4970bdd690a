"""A sensor on MQTT: what it says of itself and has seen, and who lets it look."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

import structlog

from appliance.domain.seats import SeatKey, TerminalKey
from appliance.domain.token_packets import SensorKey, TokenPacket
from appliance.errors import ContractError
from appliance.mqtt.contract.classroom import (
    ControlRequestMessage,
    PresenceMessage,
    PresenceState,
)
from appliance.mqtt.contract.envelope import HEALTH_TTL_S, Message, Stamper, parse_message
from appliance.mqtt.contract.schemas import Contracts
from appliance.mqtt.contract.sensors import (
    SensorHealth,
    SensorInfo,
    SensorLease,
    SensorState,
    SensorStatus,
)
from appliance.mqtt.contract.tokens import TOKENS_TTL_S, encode_tokens
from appliance.mqtt.contract.topics import RoomTopics
from appliance.mqtt.inbox import Inbox
from appliance.mqtt.wire.address import BrokerAddress
from appliance.mqtt.wire.link import Link
from appliance.mqtt.wire.messages import Delivery, LastWill, Publication
from appliance.mqtt.wire.recency import Recency
from appliance.ports import Clock

log = structlog.get_logger()

MAX_LINE = 500
"""Of a text for people; the schemas refuse more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorHandlers:
    """Who is told what came in, on one thread."""

    on_lease: Callable[[SensorLease, float], None]
    """A lease, and when the broker sent it at the earliest, monotonic time."""

    on_request: Callable[[str, str, ControlRequestMessage], None]
    """Id, client and words of a control request."""

    on_presence: Callable[[TerminalKey, str | None], None]
    """Who is logged in at a terminal; None when nobody is, or nobody can tell."""


class SensorClient:
    """Keeps going without a broker, for ever. Any thread may call.

    Only status and info wait for a broker. The session ends with the connection: no lease and no
    refusal of before is delivered after it, and the last will comes at once.
    """

    def __init__(
        self,
        *,
        address: BrokerAddress,
        topics: RoomTopics,
        sensor: SensorKey,
        terminals: Mapping[SeatKey, TerminalKey],
        teachers: Collection[str],
        handlers: SensorHandlers,
        clock: Clock,
        clock_state: Callable[[], str],
        first_backoff_s: float = 1.0,
    ) -> None:
        """Prepare the client; ``start`` connects.

        Args:
            address: Broker and credentials.
            topics: Of the room.
            sensor: Own id, also the MQTT client id.
            terminals: Terminal of each own seat.
            teachers: Clients whose refusals are heard.
            handlers: Who is told.
            clock: Wall time of ``ts``; monotonic time that a suspend does not stop.
            clock_state: Says ``synced``, ``unsynced`` or ``unknown``.
            first_backoff_s: Wait after the first failed connection.
        """
        self._topics = topics
        self._own = topics.sensor(sensor)
        self._terminals = dict(terminals)
        self._clients = {
            topics.control_request(client): str(client)
            for client in (*terminals.values(), *teachers)
        }
        self._presences = {topics.terminal(each).presence: each for each in terminals.values()}
        self._handlers = handlers
        self._clock = clock
        self._contracts = Contracts.load()
        self._stamper = Stamper(src=f"sensor/{sensor}", clock=clock, clock_state=clock_state)
        self.boot = self._stamper.boot
        """UUIDv7 of this process."""
        self._recency = Recency(clock=clock)
        self._inbox = Inbox(name=f"mqtt[{sensor}].inbox", handle=self._handle)
        subscriptions = [self._own.lease, *self._clients, *self._presences]
        self._link = Link(
            address=address,
            client_id=sensor,
            clock=clock,
            subscriptions=dict.fromkeys(subscriptions, 1),
            on_delivery=self._take,
            will=self._make_will,
            first_backoff_s=first_backoff_s,
            recency=self._recency,
        )

    @property
    def connected(self) -> bool:
        """True while there is a session with the broker."""
        return self._link.connected

    @property
    def last_error(self) -> str:
        """Why there is none; empty while there is one."""
        return self._link.last_error

    def start(self) -> None:
        """Connect in the background."""
        self._inbox.start()
        self._link.start()

    def stop(self, *, timeout_s: float = 5.0) -> None:
        """Say ``disconnected`` and end all threads."""
        farewell = self._status(SensorState.DISCONNECTED, "")
        if not self._link.stop(farewell=farewell, timeout_s=timeout_s):
            log.warning("farewell_not_delivered")
        self._inbox.stop(timeout_s=timeout_s)

    def publish_status(self, state: SensorState, *, reason: str = "") -> None:
        """Set the retained status."""
        self._link.post(self._status(state, reason))

    def publish_info(self, info: SensorInfo) -> None:
        """Set the retained versions, hashes and seats."""
        self._link.post(_publication(self._own.info, self._stamper.stamp(info, ttl_s=None)))

    def publish_health(self, health: SensorHealth) -> bool:
        """Send a health report now; False when there is no broker to hear it."""
        message = self._stamper.stamp(health, ttl_s=HEALTH_TTL_S)
        report = Publication(
            topic=self._own.health,
            payload=message.to_json().encode(),
            qos=0,
            lifetime_s=HEALTH_TTL_S,
        )
        return self._link.send(report) is not None

    def publish_tokens(self, packet: TokenPacket) -> bool:
        """Send tokens now or never.

        Nothing is written into a connection from which the broker has not answered while they
        would live: it would only come late.

        Raises:
            ValueError: A number is beyond what float16 can hold.
        """
        silent_s = self._clock.monotonic_s() - self._recency.since_s()
        if not self._link.connected or silent_s > TOKENS_TTL_S:
            return False
        tokens = Publication(
            topic=self._topics.terminal(self._terminals[packet.seat]).tokens,
            payload=encode_tokens(packet),
            qos=0,
            lifetime_s=TOKENS_TTL_S,
        )
        return self._link.send(tokens) is not None

    def _take(self, delivery: Delivery) -> None:
        self._inbox.put(replace(delivery, sent_after_s=self._recency.since_s()))

    def _handle(self, delivery: Delivery) -> None:
        try:
            message = parse_message(delivery.payload, self._contracts)
        except ContractError as error:
            log.warning("mqtt_message_dropped", topic=delivery.topic, reason=str(error))
            if delivery.topic in self._presences:  # whoever sits there now has not agreed
                self._handlers.on_presence(self._presences[delivery.topic], None)
            return
        body, client = message.body, self._clients.get(delivery.topic)
        if isinstance(body, SensorLease) and delivery.topic == self._own.lease:
            if not delivery.retained:  # what is kept for later is no lease
                self._handlers.on_lease(body, delivery.sent_after_s)
        elif isinstance(body, ControlRequestMessage) and client is not None:
            if not delivery.retained:
                self._handlers.on_request(message.id, client, body)
        elif isinstance(body, PresenceMessage):
            self._hear_presence(self._presences.get(delivery.topic), body)

    def _hear_presence(self, terminal: TerminalKey | None, said: PresenceMessage) -> None:
        # Offline says nothing of who sits there (mqtt_contracts/README.md): a page that is reloaded
        # must not cost what is known of its student.
        if terminal is not None and said.state is PresenceState.ONLINE:
            self._handlers.on_presence(terminal, said.occupant)

    def _status(self, state: SensorState, reason: str) -> Publication:
        body = SensorStatus(state=state, reason=reason[:MAX_LINE])
        return _publication(self._own.status, self._stamper.stamp(body, ttl_s=None))

    def _make_will(self) -> LastWill:
        return LastWill(publication=self._status(SensorState.DISCONNECTED, ""), delay_s=0)


def _publication(topic: str, message: Message) -> Publication:
    return Publication(topic=topic, payload=message.to_json().encode(), retain=True)
