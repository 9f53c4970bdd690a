"""The echo watch sends in time and gives up a connection only on good grounds."""

from appliance.mqtt.wire.echo import EchoWatch
from tests.support.clocks import ManualClock


def make(clock: ManualClock) -> EchoWatch:
    """Every 10 s; 35 s are too long."""
    watch = EchoWatch(clock=clock, every_s=10.0, missed_s=35.0)
    watch.connected()
    return watch


def test_an_echo_is_due_once_per_period() -> None:
    """At once on a connection, then exactly after each period."""
    clock = ManualClock()
    watch = make(clock)

    assert [watch.due(), watch.due()] == [True, False]
    clock.advance(9.5)
    assert not watch.due()
    clock.advance(0.5)
    assert watch.due()
    assert watch.count == 2


def test_silence_counts_from_the_last_echo() -> None:
    """Exactly the limit is still alive."""
    clock = ManualClock()
    watch = make(clock)
    watch.heard()
    clock.advance(35.0)
    assert not watch.missed()
    assert watch.age_s == 35.0

    clock.advance(0.5)

    assert watch.missed()


def test_a_new_connection_gets_its_own_time() -> None:
    """An outage of an hour must not end the connection that follows it."""
    clock = ManualClock()
    watch = make(clock)
    watch.heard()
    clock.advance(3600.0)
    watch.connected()

    assert not watch.missed()
    clock.advance(35.5)
    assert watch.missed()


def test_a_broker_that_forbids_the_echo_is_not_left() -> None:
    """Without a first echo there is nothing to miss; health shows null."""
    clock = ManualClock()
    watch = make(clock)
    clock.advance(3600.0)

    assert not watch.missed()
    assert watch.age_s is None
