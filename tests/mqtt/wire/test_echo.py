"""The echo watch sends in time and gives up a connection only on good grounds."""

from appliance.mqtt.wire.echo import ECHO_EVERY_S, ECHO_MISSED_S, EchoWatch
from appliance.mqtt.wire.link import LONGEST_TURN_S
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
    assert watch.due()
    watch.heard(1)
    clock.advance(35.0)
    assert not watch.missed()
    assert watch.age_s == 35.0

    clock.advance(0.5)

    assert watch.missed()


def test_a_new_connection_gets_its_own_time() -> None:
    """An outage of an hour must not end the connection that follows it."""
    clock = ManualClock()
    watch = make(clock)
    watch.heard(1)
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


def test_an_echo_that_does_not_come_is_late_until_one_comes() -> None:
    """Exactly the limit is in time; a new connection does not take it back, an echo does."""
    clock = ManualClock()
    watch = make(clock)
    assert watch.due()
    clock.advance(5.0)
    assert not watch.late()

    clock.advance(0.5)
    assert watch.late()
    watch.connected()
    assert watch.late()
    assert watch.due()
    watch.heard(2)
    assert not watch.late()


def test_what_was_on_its_way_on_a_lost_connection_is_not_late() -> None:
    """Hours without a broker say nothing about its ACL."""
    clock = ManualClock()
    watch = make(clock)
    assert watch.due()
    clock.advance(1.0)
    watch.connected()
    clock.advance(3600.0)

    assert not watch.late()


def test_an_echo_that_the_broker_has_kept_proves_nothing() -> None:
    """It was sent on an earlier connection, through permissions that may have changed."""
    clock = ManualClock()
    watch = make(clock)
    assert watch.due()
    watch.connected()
    assert watch.due()

    watch.heard(1)

    assert watch.age_s is None
    watch.heard(2)
    assert watch.age_s == 0.0


def test_a_box_that_turns_deaf_gives_up_in_time_for_another_connection() -> None:
    """Nine seconds at most, looked at once a turn, and a second is left to connect again."""
    assert 3 * ECHO_EVERY_S < ECHO_MISSED_S
    clock = ManualClock()
    watch = EchoWatch(clock=clock)
    watch.connected()
    assert watch.due()
    watch.heard(1)
    deaf_s = 0.0
    while not watch.missed():
        clock.advance(LONGEST_TURN_S)
        deaf_s += LONGEST_TURN_S

    assert deaf_s <= 9.0
