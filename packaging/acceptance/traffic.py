"""Everything that goes over a broker, as it goes."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from appliance.mqtt.private_broker import LOOPBACK

CONNECT_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One delivery."""

    at_s: float
    """When, Unix time."""

    topic: str
    """Whole."""

    payload: bytes
    """As it came."""

    again: bool
    """The broker kept it from before this subscription."""


class Traffic:
    """Subscribes to everything, comes back with the broker; a context manager."""

    def __init__(self, *, port: int, heard: Callable[[Heard], object]) -> None:
        """Remember whom to tell.

        Args:
            port: Of the broker.
            heard: Called with every delivery, on a thread of its own.
        """
        self._port = port
        self._heard = heard
        self._ready = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = lambda client, *_: client.subscribe("#", qos=1)
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.on_message = self._tell

    def __enter__(self) -> Self:
        """Connect and wait for the subscription."""
        self._client.connect(LOOPBACK, self._port)
        self._client.loop_start()
        if not self._ready.wait(CONNECT_S):
            raise TimeoutError
        return self

    def __exit__(self, *_: object) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()

    def publish(self, topic: str, payload: bytes) -> None:
        """Publish and wait until the broker has it."""
        self._client.publish(topic, payload, qos=1).wait_for_publish(CONNECT_S)

    def _tell(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        self._heard(
            Heard(
                at_s=time.time(),
                topic=message.topic,
                payload=bytes(message.payload),
                again=message.retain,
            )
        )
