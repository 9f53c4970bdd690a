"""One slow or failing handler, or one sender with too much to say, does not cost the others."""

import threading

from appliance.mqtt.inbox import CROWD, Inbox
from appliance.mqtt.wire.messages import Delivery
from tests.support.waiting import wait_until


def delivery(payload: bytes, *, sender: str = "pc-01") -> Delivery:
    """One message."""
    topic = f"cb/v1/school/lab/seat/{sender}/feedback"
    return Delivery(topic=topic, payload=payload, expiry_s=None, retained=False)


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


def test_a_full_inbox_drops_and_counts_at_once() -> None:
    """A stuck handler costs messages of those who say most, not memory and not the connection."""
    release = threading.Event()
    begun = threading.Event()
    handled: list[bytes] = []

    def stick(each: Delivery) -> None:
        begun.set()
        release.wait(30)
        handled.append(each.payload)

    inbox = Inbox(name="inbox", handle=stick, limit=3)
    inbox.start()
    inbox.put(delivery(b"stuck"))
    begun.wait(30)
    for payload in (b"1", bytes(2048), b"2", b"3"):
        inbox.put(delivery(payload))
    inbox.put(delivery(b"other", sender="pc-02"))

    assert inbox.dropped == 2
    assert not release.is_set()
    release.set()
    inbox.stop()
    assert handled == [b"stuck", b"1", b"other", bytes(2048)]


def test_senders_take_turns() -> None:
    """A crowd of one sender is not before the one word of another, and is handled whole."""
    handled: list[bytes] = []
    inbox = Inbox(name="inbox", handle=lambda each: handled.append(each.payload))
    for number in range(5 * CROWD):
        inbox.put(delivery(b"%d" % number, sender="loud"))
    inbox.put(delivery(b"quiet", sender="quiet"))
    inbox.start()

    wait_until(lambda: len(handled) == 5 * CROWD + 1)
    inbox.stop()
    assert handled.index(b"quiet") == 1
    assert [each for each in handled if each != b"quiet"] == [
        b"%d" % number for number in range(5 * CROWD)
    ]
