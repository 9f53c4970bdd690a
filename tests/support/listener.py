"""A client of nobody's making but paho's, to see what really goes over the broker."""

import json
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from appliance.mqtt.private_broker import LOOPBACK


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One delivery."""

    topic: str
    document: dict[str, Any]
    qos: int
    retained: bool
    expiry_s: int | None


@dataclass
class Listener:
    """Subscribes to a filter and remembers; can publish too. A context manager."""

    port: int
    topic: str = "#"
    username: str | None = None
    password: str | None = None
    ca_file: Path | None = None
    client_id: str | None = None
    heard: list[Heard] = field(default_factory=list)

    def __enter__(self) -> Self:
        """Connect and wait for the subscription."""
        ready = threading.Event()
        self._client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self.client_id or self.username or "",
            protocol=MQTTProtocolVersion.MQTTv5,
        )
        if self.username is not None:
            self._client.username_pw_set(self.username, self.password)
        if self.ca_file is not None:
            self._client.tls_set(str(self.ca_file))
        # Retain As Published: the flag as its sender set it, not only for old messages.
        options = SubscribeOptions(qos=1, retainAsPublished=True)
        self._client.on_connect = lambda client, *_: client.subscribe(self.topic, options=options)
        self._client.on_subscribe = lambda *_: ready.set()
        self._client.on_message = self._remember
        self._client.connect(LOOPBACK, self.port)
        self._client.loop_start()
        assert ready.wait(30), "no subscription"
        return self

    def __exit__(self, *_: object) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()

    def publish(
        self, topic: str, payload: str, *, expiry_s: int | None = None, retain: bool = False
    ) -> None:
        """Publish at QoS 1 and wait for PUBACK."""
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call] # paho
        if expiry_s is not None:
            properties.MessageExpiryInterval = expiry_s
        self._client.publish(topic, payload, 1, retain, properties).wait_for_publish(5)

    def of_type(self, message_type: str) -> list[Heard]:
        """What was heard with this type."""
        return [each for each in self.heard if each.document["type"] == message_type]

    def on(self, topic: str) -> list[Heard]:
        """What was heard on this topic."""
        return [each for each in self.heard if each.topic == topic]

    def _remember(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        self.heard.append(
            Heard(
                topic=message.topic,
                document=_read(message.payload),
                qos=message.qos,
                retained=message.retain,
                expiry_s=getattr(message.properties, "MessageExpiryInterval", None),
            )
        )


def _read(payload: bytes | bytearray) -> dict[str, Any]:
    try:
        document: dict[str, Any] = json.loads(payload)
    except ValueError:
        return {"type": "no JSON"}
    return document
