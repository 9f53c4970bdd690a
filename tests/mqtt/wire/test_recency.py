"""How old a delivery can be, proved by brokers that answer."""

from pathlib import Path

import pytest

from appliance.host.clock import SystemClock
from appliance.mqtt.private_broker import LOOPBACK, PrivateBroker
from appliance.mqtt.wire.address import BrokerAddress
from appliance.mqtt.wire.link import Link
from appliance.mqtt.wire.recency import Recency
from tests.support.certificates import Authority
from tests.support.messages import address_of
from tests.support.shipped_broker import shipped_broker
from tests.support.waiting import wait_until


def link_to(address: BrokerAddress, recency: Recency) -> Link:
    """A terminal's link without a terminal."""
    return Link(
        address=address,
        client_id="pc-01",
        clock=SystemClock(),
        subscriptions={},
        on_delivery=lambda _: None,
        first_backoff_s=0.1,
        recency=recency,
    )


@pytest.mark.broker
def test_what_is_read_now_was_sent_a_moment_ago(broker: PrivateBroker) -> None:
    """From the connection on, again and again, and over the next connection as well."""
    clock = SystemClock()
    recency = Recency(clock=clock)
    link = link_to(address_of(broker.port), recency)
    began_s = clock.monotonic_s()
    link.start()
    try:
        wait_until(lambda: link.connected)
        first_s = recency.since_s()
        assert first_s >= began_s
        wait_until(lambda: recency.since_s() > first_s + 2, timeout_s=15)
        broker.kill()
        gone_s = clock.monotonic_s()
        wait_until(lambda: clock.monotonic_s() > gone_s + 2)
        broker.start()
        wait_until(lambda: link.connected and recency.since_s() > gone_s)
    finally:
        link.stop()


@pytest.mark.broker
def test_the_shipped_broker_answers_everybody(tmp_path: Path, authority: Authority) -> None:
    """Its access list has nothing to say about the question."""
    certificate, key = authority.sign("pc-01")
    recency = Recency(clock=SystemClock())
    with shipped_broker(tmp_path / "broker", authority, name="mosquitto.conf") as broker:
        address = BrokerAddress(
            host=LOOPBACK,
            port=broker.port,
            ca_file=authority.certificate,
            cert_file=certificate,
            key_file=key,
        )
        link = link_to(address, recency)
        link.start()
        try:
            wait_until(lambda: link.connected)
            first_s = recency.since_s()
            wait_until(lambda: recency.since_s() > first_s + 1, timeout_s=15)
        finally:
            link.stop()
        log = (tmp_path / "broker" / "mosquitto.log").read_text(encoding="utf-8")

    assert "nobody" not in log
    assert link.connections == 1
