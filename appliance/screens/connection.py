"""One person's connection to the room's broker: what comes in is read, what is asked is answered.

A teacher's and IT's each have one, under the identity of their own folder, so the broker's ACL
decides what a page of theirs can ever be told.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

import structlog

from appliance.errors import ContractError
from appliance.mqtt.asking import ANSWER_S, Asker
from appliance.mqtt.contract.envelope import DAY_TTL_S, Body, Message, Stamper, parse_message
from appliance.mqtt.contract.schemas import Contracts
from appliance.mqtt.contract.topics import RoomTopics
from appliance.mqtt.inbox import Inbox
from appliance.mqtt.wire.address import BrokerAddress
from appliance.mqtt.wire.link import Link
from appliance.mqtt.wire.messages import Delivery, Publication
from appliance.ports import Clock
from appliance.settings.terminal import TerminalSettings

log = structlog.get_logger()

SESSION_EXPIRY_S = 300
"""What is sent while this server restarts, such as an alert, is delivered afterwards."""

LOOK_S = 0.02
"""Between two looks at whether the broker has taken something."""


class PersonRole(StrEnum):
    """Head of ``src``, and what the box's configuration must say of the client."""

    TEACHER = "teacher"
    IT = "it"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonIdentity:
    """Under which name and where a person's pages are connected."""

    site: str
    """School id."""

    room: str
    """Room id."""

    client: str
    """Client id, the certificate's common name."""

    address: BrokerAddress
    """Broker and credentials."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardMessage:
    """What came in and matches the contract."""

    topic: str
    """Where."""

    message: Message | None
    """What; None where a retained message was taken away."""

    expiry_s: int | None
    """Remaining lifetime by Message Expiry, seconds; None: the publisher gave none."""


def identity_of(settings: TerminalSettings) -> PersonIdentity:
    """Return the identity that a person's folder holds, which is like that of a terminal."""
    mqtt = settings.mqtt
    return PersonIdentity(
        site=settings.terminal.site,
        room=settings.terminal.room,
        client=settings.terminal.id,
        address=BrokerAddress(
            host=mqtt.host,
            port=mqtt.port,
            username=mqtt.username,
            password_file=mqtt.password_file,
            ca_file=mqtt.ca_file,
            cert_file=mqtt.cert_file,
            key_file=mqtt.key_file,
        ),
    )


class PersonConnection:
    """A link, an asker on it, and a thread for what comes in; goes on without a broker for ever."""

    def __init__(
        self,
        *,
        identity: PersonIdentity,
        role: PersonRole,
        topics: Callable[[RoomTopics], Iterable[str]],
        on_message: Callable[[HeardMessage], None],
        on_turn: Callable[[], None],
        clock: Clock,
        clock_state: Callable[[], str],
        first_backoff_s: float = 1.0,
    ) -> None:
        """Prepare it; ``start`` connects.

        Args:
            identity: Whose.
            role: Of that person.
            topics: Returns the filters of what to hear in a room, beside the answers.
            on_message: Told on one thread of each message that matches the contract.
            on_turn: Called at least once a second, and when the connection comes or goes.
            clock: Wall time of ``ts``, monotonic time for waiting.
            clock_state: Says ``synced``, ``unsynced`` or ``unknown`` of the wall time.
            first_backoff_s: Wait after the first failed connection.
        """
        self.identity = identity
        self.topics = RoomTopics(site=identity.site, room=identity.room)
        self._on_message = on_message
        self._clock = clock
        self._contracts = Contracts.load()
        self._stamper = Stamper(
            src=f"{role}/{identity.client}", clock=clock, clock_state=clock_state
        )
        self._inbox = Inbox(name=f"{role}.inbox", handle=self._take)
        self._link = Link(
            address=identity.address,
            client_id=identity.client,
            clock=clock,
            subscriptions=dict.fromkeys(
                [*topics(self.topics), self.topics.control_response(identity.client)], 1
            ),
            on_delivery=self._receive,
            on_turn=on_turn,
            session_expiry_s=SESSION_EXPIRY_S,
            first_backoff_s=first_backoff_s,
        )
        self.asker = Asker(
            topics=self.topics,
            client=identity.client,
            stamper=self._stamper,
            send=self._link.send,
            contracts=self._contracts,
            clock=clock,
        )
        """Asks the boxes."""

    @property
    def connected(self) -> bool:
        """True while there is a session with the broker."""
        return self._link.connected

    @property
    def own_ends_s(self) -> float | None:
        """Until when the own certificate is valid, Unix epoch; None without one."""
        return self._link.own_ends_s

    @property
    def broker_ends_s(self) -> float | None:
        """The same of the broker's, as of the last connection."""
        return self._link.broker_ends_s

    def start(self) -> None:
        """Connect in the background."""
        self._inbox.start()
        self._link.start()

    def stop(self, *, timeout_s: float = 5.0) -> None:
        """Disconnect and end all threads."""
        self._link.stop(timeout_s=timeout_s)
        self._inbox.stop(timeout_s=timeout_s)

    def tell(
        self,
        body: Body,
        *,
        topic: str,
        corr: str,
        ttl_s: int = DAY_TTL_S,
        timeout_s: float = ANSWER_S,
    ) -> bool:
        """Send an event now; True once the broker has it. Waits, so not on a thread that receives.

        Args:
            body: Data.
            topic: Where.
            corr: Id of the message that it answers.
            ttl_s: Lifetime, seconds.
            timeout_s: How long to wait for the broker.
        """
        message = self._stamper.stamp(body, ttl_s=ttl_s, corr=corr)
        receipt = self._link.send(
            Publication(topic=topic, payload=message.to_json().encode(), lifetime_s=ttl_s)
        )
        until_s = self._clock.monotonic_s() + timeout_s
        while receipt is not None and self._clock.monotonic_s() < until_s:
            if receipt.arrived:
                return not receipt.refused
            time.sleep(LOOK_S)
        return False

    def _receive(self, delivery: Delivery) -> None:
        if not self.asker.take(delivery):
            self._inbox.put(delivery)

    def _take(self, delivery: Delivery) -> None:
        message: Message | None = None
        if delivery.payload:
            try:
                message = parse_message(delivery.payload, self._contracts)
            except ContractError as error:
                log.warning("person_message_invalid", topic=delivery.topic, reason=str(error))
                return
            if not message.src.startswith("box/"):
                return
        heard = HeardMessage(topic=delivery.topic, message=message, expiry_s=delivery.expiry_s)
        self._on_message(heard)
