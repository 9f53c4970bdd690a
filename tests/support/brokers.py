"""Boxes at a real broker."""

from collections.abc import Callable

from appliance.mqtt.client import BrokerClient

MakeBox = Callable[..., BrokerClient]
