"""The link comes back for ever, keeps what must be sent, and survives its owner's mistakes."""

import random
import threading
import time

import pytest

from appliance.mqtt.private_broker import PrivateBroker
from appliance.mqtt.wire.backoff import LONGEST_BACKOFF_S, backoff_s
from appliance.mqtt.wire.messages import Delivery, Publication
from tests.support.clocks import ManualClock
from tests.support.links import make_link
from tests.support.listener import Listener
from tests.support.messages import address_of
from tests.support.waiting import wait_until


@pytest.mark.parametrize("failures", [0, 1, 3, 6, 1000])
def test_backoff_doubles_up_to_its_limit_and_jitters(failures: int) -> None:
    """Between half and all of the ceiling, also after a weekend without a broker."""
    rng = random.Random(1)  # noqa: S311 - jitter is no secret
    ceiling_s = min(LONGEST_BACKOFF_S, 2.0**failures)

    waits = [backoff_s(failures, first_s=1.0, rng=rng) for _ in range(200)]

    assert min(waits) >= ceiling_s / 2
    assert max(waits) <= ceiling_s
    assert max(waits) - min(waits) > ceiling_s / 4


def test_a_full_queue_drops_the_oldest_and_counts(own_port: int) -> None:
    """Without a broker the memory stays bounded."""
    link = make_link(address_of(own_port), clock=ManualClock(), queue_limit=2)
    for payload in (b"1", b"2", b"3"):
        link.post(Publication(topic="t", payload=payload))

    assert link.dropped == 1
    assert not link.send(Publication(topic="t", payload=b"now or never"))


@pytest.mark.broker
def test_a_link_is_back_within_five_seconds_of_its_broker(broker: PrivateBroker) -> None:
    """However long it was away: here the first wait would already be a minute or two."""
    broker.stop()
    link = make_link(address_of(broker.port), first_backoff_s=120.0)
    link.start()
    try:
        wait_until(lambda: "cannot reach the broker" in link.last_error)
        broker.start()
        began_s = time.monotonic()
        wait_until(lambda: link.connected, timeout_s=60.0)
        assert time.monotonic() - began_s <= 5.0
    finally:
        link.stop()


@pytest.mark.broker
def test_a_link_hears_what_it_is_asked_to_hear_now(broker: PrivateBroker) -> None:
    """From the next turn on, and on every later connection, though the broker keeps sessions."""
    heard: list[bytes] = []
    wanted = {"a": 1, "b": 1}
    turns: list[int] = []

    def turn() -> None:
        link.subscribe_to(dict(wanted))
        turns.append(1)

    link = make_link(
        address_of(broker.port),
        subscriptions=wanted,
        on_delivery=lambda delivery: heard.append(delivery.payload),
        on_turn=turn,
        session_expiry_s=60,
    )
    link.start()

    def say_on_both(word: bytes) -> None:
        before = len(turns)  # one turn may have begun with what was wanted before
        link.wake()
        wait_until(lambda: len(turns) > before + 1)
        heard.clear()
        for topic in (b"a", b"b"):
            link.post(Publication(topic=topic.decode(), payload=topic + word))

    try:
        wait_until(lambda: link.connected)
        say_on_both(b"1")
        wait_until(lambda: heard == [b"a1", b"b1"])
        del wanted["a"]
        say_on_both(b"2")
        wait_until(lambda: heard == [b"b2"])
        link.reconnect()
        wait_until(lambda: link.connections == 2 and link.connected)
        say_on_both(b"3")
        wait_until(lambda: heard == [b"b3"])
        wanted["a"] = 1
        say_on_both(b"4")
        wait_until(lambda: heard == [b"a4", b"b4"])
    finally:
        link.stop()


@pytest.mark.broker
def test_what_was_posted_offline_arrives_in_order_unless_it_expired(
    broker: PrivateBroker,
) -> None:
    """Each message has what is left of its lifetime; retained state arrives once, the newest."""
    broker.stop()
    link = make_link(address_of(broker.port))
    link.start()
    try:
        link.post(Publication(topic="late", payload=b'{"type":"x"}', lifetime_s=0.05))
        link.post(Publication(topic="a", payload=b'{"type":"1"}', lifetime_s=60))
        link.post(Publication(topic="a", payload=b'{"type":"2"}'))
        link.post(Publication(topic="state", payload=b'{"type":"old"}', retain=True))
        link.post(Publication(topic="state", payload=b'{"type":"new"}', retain=True))
        wait_until(lambda: "cannot reach the broker" in link.last_error)
        broker.start()
        with Listener(broker.port) as listener:
            wait_until(lambda: listener.on("state"))
            link.post(Publication(topic="end", payload=b'{"type":"end"}'))
            wait_until(lambda: listener.on("end"))
            assert listener.on("late") == []
            assert [each.document["type"] for each in listener.on("state")] == ["new"]
    finally:
        assert link.stop()


@pytest.mark.broker
def test_an_exception_in_a_callback_does_not_end_the_connection(broker: PrivateBroker) -> None:
    """Uncaught it would end paho's thread while everything looked connected."""
    heard: list[bytes] = []

    def fail_once(delivery: Delivery) -> None:
        heard.append(delivery.payload)
        if len(heard) == 1:
            raise RuntimeError

    def fail() -> float:
        raise RuntimeError

    link = make_link(
        address_of(broker.port),
        subscriptions={"t": 1},
        on_delivery=fail_once,
        on_connected=fail,  # type: ignore[arg-type] # never returns
    )
    link.start()
    try:
        link.post(Publication(topic="t", payload=b"1"))
        link.post(Publication(topic="t", payload=b"2"))
        wait_until(lambda: heard == [b"1", b"2"])
        assert link.callback_errors == 2
        assert link.connections == 1
    finally:
        link.stop()


@pytest.mark.broker
def test_stop_without_a_broker_says_so_and_ends(broker: PrivateBroker) -> None:
    """A box that cannot say good-bye must still stop."""
    broker.stop()
    link = make_link(address_of(broker.port))
    link.start()

    assert not link.stop(farewell=Publication(topic="t", payload=b"", retain=True), timeout_s=2.0)
    assert not [each.name for each in threading.enumerate() if each.name == "mqtt[x]"]
