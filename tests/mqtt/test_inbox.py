"""One slow or failing handler neither blocks the network for ever nor ends the others."""

import threading

import pytest

from appliance.mqtt import inbox as inbox_module
from appliance.mqtt.inbox import Inbox
from appliance.mqtt.wire.session import Delivery


def delivery(payload: bytes) -> Delivery:
    """One message."""
    return Delivery(topic="t", payload=payload, expiry_s=None, retained=False)


def test_deliveries_are_handled_in_order_also_after_a_failure() -> None:
    """The exception is counted; stop finishes what is queued."""
    handled: list[bytes] = []

    def handle(each: Delivery) -> None:
        if each.payload == b"2":
            raise RuntimeError
        handled.append(each.payload)

    inbox = Inbox(name="inbox", handle=handle)
    for payload in (b"1", b"2", b"3"):
        inbox.put(delivery(payload))
    inbox.start()
    inbox.stop()

    assert handled == [b"1", b"3"]
    assert (inbox.errors, inbox.dropped) == (1, 0)


def test_a_full_inbox_drops_and_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stuck handler costs messages, not memory and not the connection."""
    monkeypatch.setattr(inbox_module, "FULL_WAIT_S", 0.01)
    release = threading.Event()
    begun = threading.Event()

    def stick(_: Delivery) -> None:
        begun.set()
        release.wait(30)

    inbox = Inbox(name="inbox", handle=stick, limit=2)
    inbox.start()
    inbox.put(delivery(b"stuck"))
    begun.wait(30)
    for payload in (b"1", b"2", b"3"):
        inbox.put(delivery(payload))

    assert inbox.dropped == 1
    release.set()
    inbox.stop()
