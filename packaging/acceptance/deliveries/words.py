"""What the processes of a run say to each other: lines on their standard input and output."""

import os
import sys
from collections.abc import Iterator

from appliance.domain.interventions import Action
from appliance.mqtt.private_broker import LOOPBACK
from appliance.mqtt.wire.address import BrokerAddress

SITE, ROOM, BOX = "school", "lab", "box-1"

LIFETIMES = {300: Action.HINT, 30: Action.FOCUS_BREAK, 10: Action.REMINDER_LOCK_30S}
"""Lifetime of a command, seconds, and the action that sends one."""


def say(*words: object) -> None:
    """Write a line at once, as a whole."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def asked() -> Iterator[list[str]]:
    """Return what the other side asks, word by word, until it ends."""
    for line in sys.stdin:
        if line.endswith("\n"):
            yield line.split()


def broker_at(port: int) -> BrokerAddress:
    """Return the plain, anonymous broker on loopback."""
    return BrokerAddress(host=LOOPBACK, port=port)
