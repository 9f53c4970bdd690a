"""A sensor on MQTT: what it hears of those it sees, and what it says."""

from collections.abc import Callable, Collection, Iterable, Mapping

import structlog

from appliance.domain.seats import SeatKey, TerminalKey
from appliance.domain.terminals import ControlCommand
from appliance.domain.token_packets import SensorKey, TokenPacket
from appliance.errors import ContractError
from appliance.mqtt.contract.classroom import (
    ControlRequestMessage,
    PresenceMessage,
    PresenceState,
)
from appliance.mqtt.contract.envelope import (
    HEALTH_TTL_S,
    Body,
    Message,
    Stamper,
    parse_message,
)
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
from appliance.ports import Clock
from appliance.service.sensor.permits import LeasedPermits

log = structlog.get_logger()

WILL_DELAY_S = 2
"""A short outage is not worth a word; its decider waits for tokens a second only."""


class SensorLink:
    """Keeps the session, hears lease, requests and presence, says state, health and tokens.

    Tokens and health go now or never: what is told later tells of a moment that is over.
    """

    def __init__(
        self,
        *,
        address: BrokerAddress,
        topics: RoomTopics,
        sensor: SensorKey,
        terminals: Mapping[SeatKey, TerminalKey],
        teachers: Collection[str],
        permits: LeasedPermits,
        awake: Callable[[], object],
        clock: Clock,
        clock_state: Callable[[], str],
    ) -> None:
        """Prepare; ``start`` connects.

        Args:
            address: Broker and credentials.
            topics: Of the room.
            sensor: Own id, also the MQTT client id.
            terminals: Seats that are seen here, with their terminals.
            teachers: Ids of the clients of teachers, whose pause and no counts at once.
            permits: Told what is heard.
            awake: Called after something was heard that may close or open a camera.
            clock: Wall and monotonic time.
            clock_state: Says ``synced``, ``unsynced`` or ``unknown``, for every envelope.
        """
        self._topics = topics
        self._own = topics.sensor(sensor)
        self._permits = permits
        self._awake = awake
        self._terminals = dict(terminals)
        self._contracts = Contracts.load()
        self._stamper = Stamper(src=f"sensor/{sensor}", clock=clock, clock_state=clock_state)
        self.boot = self._stamper.boot
        """UUIDv7 of this process."""
        self._asks: dict[str, tuple[SeatKey, ...]] = {
            topics.control_request(terminal): (seat,) for seat, terminal in terminals.items()
        }
        self._asks |= {topics.control_request(teacher): () for teacher in teachers}
        self._presence = {
            topics.terminal(terminal).presence: seat for seat, terminal in terminals.items()
        }
        self._occupants: dict[SeatKey, str | None] = {}
        self._inbox = Inbox(name=f"mqtt[{sensor}].inbox", handle=self._hear)
        heard = (self._own.lease, *self._asks, *self._presence)
        self._link = Link(
            address=address,
            client_id=sensor,
            clock=clock,
            subscriptions=dict.fromkeys(heard, 1),
            on_delivery=self._inbox.put,
            will=self._will,
        )
        self.sent: dict[SeatKey, int] = dict.fromkeys(terminals, 0)
        """Tokens that the broker was given, by seat."""

    @property
    def connected(self) -> bool:
        """True while there is a session with the broker."""
        return self._link.connected

    @property
    def last_error(self) -> str:
        """Why there is none; empty while there is one."""
        return self._link.last_error

    def start(self) -> None:
        """Connect in the background, for ever."""
        self._inbox.start()
        self._link.start()

    def stop(self) -> None:
        """Say good-bye."""
        self._link.stop(farewell=self._status(SensorState.DISCONNECTED, ""))
        self._inbox.stop(timeout_s=2.0)

    def say_status(self, state: SensorState, reason: str) -> None:
        """Set the retained status."""
        self._link.post(self._status(state, reason))

    def say_info(self, info: SensorInfo) -> None:
        """Set the retained versions, hashes and seats."""
        self._link.post(_publication(self._own.info, self._stamped(info, None), retain=True))

    def say_health(self, health: SensorHealth) -> None:
        """Report, if there is somebody to hear it."""
        self._link.send(_publication(self._own.health, self._stamped(health, HEALTH_TTL_S), qos=0))

    def send(self, packet: TokenPacket) -> None:
        """Send tokens now or never, float16."""
        publication = Publication(
            topic=self._topics.terminal(self._terminals[packet.seat]).tokens,
            payload=encode_tokens(packet),
            qos=0,
            lifetime_s=TOKENS_TTL_S,
        )
        if self._link.send(publication) is not None:
            self.sent[packet.seat] += len(packet.at_s)

    def _hear(self, delivery: Delivery) -> None:
        try:
            message = parse_message(delivery.payload, self._contracts)
        except ContractError as error:
            log.warning("message_dropped", topic=delivery.topic, reason=str(error))
            return
        body = message.body
        if isinstance(body, SensorLease) and delivery.topic == self._own.lease:
            # One that was kept for us is of another time: Message Expiry says how old it may be.
            if not delivery.retained and delivery.expiry_s is not None:
                self._permits.take_lease(body)
        elif isinstance(body, ControlRequestMessage) and not delivery.retained:
            for seat in self._refused(delivery.topic, body):
                self._permits.refuse(seat, request=message.id)
        elif isinstance(body, PresenceMessage):
            self._hear_presence(self._presence.get(delivery.topic), body)
        self._awake()

    def _refused(self, topic: str, asked: ControlRequestMessage) -> Iterable[SeatKey]:
        """Return the seats of this sensor at which a request says that nobody may look.

        Whether the asker may say so is the decider's to judge, who then lets the sensor look on.
        """
        says_no = asked.command in (ControlCommand.PAUSE, ControlCommand.ERASE) or (
            asked.command is ControlCommand.CONSENT and asked.granted is False
        )
        if not says_no or topic not in self._asks:
            return ()
        own = self._asks[topic]
        if own:  # a terminal asks of its own seat, whatever it names
            return own
        if asked.seat is None:
            return tuple(self._terminals)
        return (asked.seat,) if asked.seat in self._terminals else ()

    def _hear_presence(self, seat: SeatKey | None, said: PresenceMessage) -> None:
        if seat is None or said.state is not PresenceState.ONLINE:
            return
        if self._occupants.get(seat, said.occupant) != said.occupant:
            self._permits.presence_changed(seat)
        self._occupants[seat] = said.occupant

    def _will(self) -> LastWill:
        return LastWill(
            publication=self._status(SensorState.DISCONNECTED, "lost"), delay_s=WILL_DELAY_S
        )

    def _status(self, state: SensorState, reason: str) -> Publication:
        said = self._stamped(SensorStatus(state=state, reason=reason), None)
        return _publication(self._own.status, said, retain=True)

    def _stamped(self, body: Body, ttl_s: int | None) -> Message:
        return self._stamper.stamp(body, ttl_s=ttl_s)


def _publication(
    topic: str, message: Message, *, qos: int = 1, retain: bool = False
) -> Publication:
    return Publication(
        topic=topic,
        payload=message.to_json().encode(),
        qos=qos,
        retain=retain,
        lifetime_s=message.ttl_s,
    )
