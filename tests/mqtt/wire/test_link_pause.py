"""A link that pauses says good-bye, leaves the rest to the broker, and comes back."""

import pytest

from appliance.mqtt.private_broker import PrivateBroker
from appliance.mqtt.wire.messages import Publication
from tests.support.links import make_link
from tests.support.listener import Listener
from tests.support.messages import address_of
from tests.support.waiting import wait_until

pytestmark = pytest.mark.broker

FAREWELL = Publication(topic="state", payload=b'{"type":"gone"}', retain=True)


def test_a_pause_sends_the_rest_and_the_farewell_and_keeps_what_comes(
    broker: PrivateBroker,
) -> None:
    """Both ways: what is said to it, and what it says meanwhile."""
    heard: list[bytes] = []
    link = make_link(
        address_of(broker.port),
        subscriptions={"to": 1},
        on_delivery=lambda delivery: heard.append(delivery.payload),
        session_expiry_s=60,
    )
    with Listener(broker.port) as listener:
        link.start()
        try:
            wait_until(lambda: link.connected)
            link.post(Publication(topic="word", payload=b'{"type":"last"}'))
            link.pause(farewell=FAREWELL)
            wait_until(lambda: not link.connected)
            wait_until(
                lambda: [each.document["type"] for each in listener.heard] == ["gone", "last"]
            )
            listener.publish("to", '{"type":"kept"}', expiry_s=60)
            link.post(Publication(topic="word", payload=b'{"type":"meanwhile"}'))
            assert (link.connections, heard) == (1, [])
            link.resume()
            wait_until(lambda: heard == [b'{"type":"kept"}'])
            wait_until(lambda: listener.of_type("meanwhile"))
            assert link.connections == 2
        finally:
            link.stop()


def test_a_link_that_is_called_back_at_once_goes_on(broker: PrivateBroker) -> None:
    """Whether or not it had gone already, again and again."""
    link = make_link(address_of(broker.port))
    with Listener(broker.port) as listener:
        link.start()
        try:
            for number in range(20):
                link.pause(farewell=FAREWELL)
                link.resume()
                link.post(Publication(topic="n", payload=b'{"type":"%d"}' % number))
            wait_until(lambda: listener.of_type("19") and link.connected)
            assert all(listener.of_type(str(number)) for number in range(20))
        finally:
            link.stop()


def test_a_pause_without_a_broker_ends_the_attempts(broker: PrivateBroker) -> None:
    """And a link that pauses can be stopped."""
    broker.stop()
    link = make_link(address_of(broker.port))
    link.start()
    wait_until(lambda: link.last_error)
    link.pause(farewell=FAREWELL)
    broker.start()
    assert not link.stop(timeout_s=5.0)
    assert link.connections == 0
