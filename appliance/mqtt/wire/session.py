"""One connection to the broker, from CONNECT to its end; the only module that imports ``paho``."""

import math
import ssl
import threading
from collections.abc import Callable, Collection, Container, Mapping

import structlog
from paho.mqtt.client import (
    Client,
    ConnectFlags,
    DisconnectFlags,
    MQTTMessage,
    MQTTMessageInfo,
)
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from appliance.errors import BrokerError, ConfigError
from appliance.mqtt.wire.address import BrokerAddress
from appliance.mqtt.wire.certificate import peer_certificate_ends_s
from appliance.mqtt.wire.messages import Delivery, LastWill, Publication
from appliance.mqtt.wire.refusal import TAKEN_OVER, cannot_reach, hung_up, refused_by_code

log = structlog.get_logger()

KEEPALIVE_S = 20
CONNECT_TIMEOUT_S = 10.0
LONGEST_SLEEP_S = 5.0
"""Of paho's thread; whatever is sent or comes wakes it, only keep-alive waits for it."""
TCP_TIMEOUT_S = 3.0
"""A machine that is up answers in milliseconds; one that is switched on is asked again soon."""
QUEUE_LIMIT = 1024
"""Messages inside paho; the link's and the outbox's own limits are lower."""

NOBODYS_TOPIC = "nobody/asks/for/this"
"""To unsubscribe from it changes nothing, is allowed to everybody and has to be answered."""


class _ClosedOnFailure(ssl.SSLSocket):
    """paho would leave the socket of a failed handshake to the garbage collector."""

    def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002 - as it is called
        """Shake hands, or close."""
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


class _QuietClient(Client):
    """Wakes when there is something to do, and else seldom: a process may hold forty of them."""

    def loop_forever(
        self, timeout: float = LONGEST_SLEEP_S, *more: bool, **named: bool
    ) -> MQTTErrorCode:
        """Run the loop; paho's own thread calls it without ``timeout``, which is 1 s there."""
        return super().loop_forever(timeout, *more, **named)


class Receipt:
    """Proof, once ``arrived``, that the broker has a publication."""

    def __init__(self, info: MQTTMessageInfo, refused: Container[int]) -> None:
        """Wrap paho's own receipt.

        Args:
            info: What paho knows.
            refused: Packet ids that the broker has refused.
        """
        self._info = info
        self._refused = refused

    @property
    def arrived(self) -> bool:
        """True after PUBACK, or once a QoS 0 message has been written."""
        try:
            return self._info.is_published()
        except (RuntimeError, ValueError):  # how paho says "not sent"
            return False

    @property
    def refused(self) -> bool:
        """True when the broker answered that the publication is not allowed."""
        return self._info.mid in self._refused


class Session:
    """A paho client that is used for one connection and then thrown away.

    Sessions outlive it in the broker: ``clean_start`` is false and a session expiry is given,
    without which Mosquitto keeps nothing.
    """

    def __init__(
        self,
        *,
        address: BrokerAddress,
        client_id: str,
        session_expiry_s: int,
        will: LastWill | None,
        on_delivery: Callable[[Delivery], None],
        on_event: Callable[[], None],
        acknowledge: bool = True,
    ) -> None:
        """Prepare the connection; ``open`` makes it.

        Args:
            address: Broker and credentials.
            client_id: Also the user name where the broker demands it.
            session_expiry_s: Time the broker keeps our session.
            will: Last will of this connection.
            on_delivery: Called on paho's thread. Its exceptions are caught and counted.
            on_event: Called on paho's thread after PUBACK and at the end; must only set a flag.
            acknowledge: False leaves every delivery of QoS 1 with the broker, which repeats it on
                the next connection.

        Raises:
            BrokerError: The credential files cannot be used.
        """
        self._address = address
        self._session_expiry_s = session_expiry_s
        self._on_delivery = on_delivery
        self._on_event = on_event
        self._answered = threading.Event()
        self._subscribed = threading.Event()
        self.refusal: BrokerError | None = None
        """Why the broker did not let us in, or has ended the connection; None while it has not."""
        self.taken_over = False
        """True when the broker has ended the connection for another one with our identity."""
        self._not_allowed: set[int] = set()  # packet ids, at most 65,535 of them
        self._answers: set[int] = set()
        self.resumed = False
        """True when the broker had kept a session for us."""
        self.connected = False
        """True between the broker's welcome and the end."""
        self.own_ends_s: float | None = None
        """Until when our own certificate is valid, Unix epoch; None without one."""
        self.broker_ends_s: float | None = None
        """The same of the broker's, known once there is a connection."""
        self.callback_errors = 0
        """Exceptions caught at the border of a callback."""
        client = _QuietClient(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=MQTTProtocolVersion.MQTTv5,
            reconnect_on_failure=False,
            manual_ack=not acknowledge,
        )
        client.connect_timeout = TCP_TIMEOUT_S
        client.max_queued_messages_set(QUEUE_LIMIT)
        try:
            if address.username is not None:
                client.username_pw_set(address.username, address.read_password())
            context = address.tls_context()
            self.own_ends_s = address.certificate_ends_s()
        except ConfigError as error:
            raise BrokerError(error.problem, next_step=error.next_step) from error
        if context is not None:
            context.sslsocket_class = _ClosedOnFailure
            client.tls_set_context(context)
        if will is not None:
            last, properties = will.publication, _properties(PacketTypes.WILLMESSAGE)
            properties.WillDelayInterval = will.delay_s
            client.will_set(last.topic, last.payload, last.qos, last.retain, properties)
        client.on_connect = self._handle_connect
        client.on_disconnect = self._handle_disconnect
        client.on_message = self._handle_message
        client.on_publish = self._handle_answer
        client.on_subscribe = lambda *_: self._subscribed.set()
        self._client = client

    def open(self, subscriptions: Mapping[str, int]) -> None:
        """Connect, wait for the welcome, subscribe and wait for the answer.

        Args:
            subscriptions: Topic filter to QoS. What the broker answers is not looked at: it
                grants what its ACL then does not deliver.

        Raises:
            BrokerError: The broker cannot be reached, does not answer or refuses.
        """
        host, port = self._address.host, self._address.port
        properties = _properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = self._session_expiry_s
        try:
            self._client.connect(
                host, port, keepalive=KEEPALIVE_S, clean_start=False, properties=properties
            )
        except (OSError, ValueError) as error:
            raise cannot_reach(self._address, error) from error
        self._client.loop_start()
        if not self._answered.wait(CONNECT_TIMEOUT_S):
            msg = f"the broker at {host}:{port} took the connection and does not answer"
            raise BrokerError(
                msg, next_step="check that mqtt.port is the broker's, look into its log"
            )
        if not self.connected:
            raise self.refusal or hung_up(self._address)
        if isinstance(connection := self._client.socket(), ssl.SSLSocket):
            self.broker_ends_s = peer_certificate_ends_s(connection)
        if subscriptions:
            self.subscribe(subscriptions)
            if not self._subscribed.wait(CONNECT_TIMEOUT_S):
                msg = f"the broker at {host}:{port} does not answer the subscription"
                raise BrokerError(msg, next_step="look into the broker's log")

    def subscribe(self, subscriptions: Mapping[str, int]) -> None:
        """Ask for more; what the broker has retained there comes again. Topic filter to QoS."""
        self._client.subscribe(
            [
                (topic, SubscribeOptions(qos=qos, retainAsPublished=True))
                for topic, qos in subscriptions.items()
            ]
        )

    def unsubscribe(self, topics: Collection[str]) -> None:
        """Ask for less; what is on its way still comes."""
        self._client.unsubscribe(list(topics))

    def publish(self, publication: Publication, *, lifetime_s: float | None) -> Receipt | None:
        """Hand a message to paho; any thread may call, holding no lock.

        Args:
            publication: What to send.
            lifetime_s: Remaining lifetime, which may be less than the publication's.

        Returns:
            None when it was not taken: no connection, or paho's queue is full.
        """
        if not self.connected:
            return None
        properties = _properties(PacketTypes.PUBLISH)
        if lifetime_s is not None:
            # Whole seconds on the wire; 0 would mean "gone already".
            properties.MessageExpiryInterval = max(1, math.ceil(lifetime_s))
        info = self._client.publish(
            publication.topic,
            publication.payload,
            publication.qos,
            publication.retain,
            properties,
        )
        sent = info.rc is MQTTErrorCode.MQTT_ERR_SUCCESS
        return Receipt(info, self._not_allowed) if sent else None

    def ask(self) -> Callable[[], bool]:
        """Ask the broker for an answer that changes nothing.

        Returns:
            Says once that the answer has come: on paho's thread in order with the deliveries.
        """
        self._client.on_unsubscribe = lambda _client, _userdata, mid, *_: self._answers.add(mid)
        _, packet_id = self._client.unsubscribe(NOBODYS_TOPIC)

        def answered() -> bool:
            there = packet_id in self._answers
            self._answers.discard(packet_id or 0)  # packet ids come round again
            return there

        return answered

    def close(self, *, forget: bool = False) -> None:
        """Say good-bye, so that the last will stays unsent, and end paho's thread.

        Args:
            forget: Let the broker drop our session at once.
        """
        properties = _properties(PacketTypes.DISCONNECT)
        if forget:
            properties.SessionExpiryInterval = 0
        self._client.disconnect(properties=properties)
        self._client.loop_stop()
        self.connected = False
        # paho closes its inner sockets when it is deleted; our callbacks would keep it, and them,
        # until the garbage collector comes by.
        self._client.on_connect = None
        self._client.on_disconnect = None
        self._client.on_message = None
        self._client.on_publish = None
        self._client.on_subscribe = None
        self._client.on_unsubscribe = None

    def _handle_connect(
        self,
        _client: Client,
        _userdata: object,
        flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self.refusal = refused_by_code(self._address, reason.value, str(reason))
        self.resumed = flags.session_present
        self.connected = not reason.is_failure
        self._answered.set()

    def _handle_disconnect(
        self,
        _client: Client,
        _userdata: object,
        flags: DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if self.refusal is None and flags.is_disconnect_packet_from_server:
            self.refusal = refused_by_code(self._address, reason.value, str(reason))
            self.taken_over = reason.value == TAKEN_OVER
        self.connected = False
        self._answered.set()
        self._subscribed.set()
        self._on_event()

    def _handle_answer(
        self,
        _client: Client,
        _userdata: object,
        packet_id: int,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        # Packet ids come round again, so an answer also takes an old refusal back.
        if reason.is_failure:
            self._not_allowed.add(packet_id)
        else:
            self._not_allowed.discard(packet_id)
        self._on_event()

    def _handle_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        try:
            expiry_s = getattr(message.properties, "MessageExpiryInterval", None)
            self._on_delivery(
                Delivery(
                    topic=message.topic,
                    payload=bytes(message.payload),
                    expiry_s=expiry_s,
                    retained=message.retain,
                )
            )
        except Exception:
            # The border of a library's callback: uncaught, it would kill paho's thread while
            # is_connected() stays true.
            self.callback_errors += 1
            log.exception("mqtt_callback_failed")


def _properties(packet: int) -> Properties:
    return Properties(packet)  # type: ignore[no-untyped-call] # paho has no types here
