"""Who floods is not heard for a while; everybody else is, all the time."""

from appliance.mqtt.floods import BURST, LONGEST_SHUT_S, MOST_SENDERS, RATE_HZ, SHUT_S, FloodGate
from appliance.mqtt.wire.messages import Delivery
from tests.support.clocks import ManualClock

ROOM = "cb/v1/school/lab"
TOPICS = {
    f"{ROOM}/seat/{terminal}/{what}": 1 for terminal in ("loud", "quiet") for what in ("ack", "x")
} | {f"{ROOM}/control/+/req": 1, f"{ROOM}/box/box-1/health/echo": 1}
NARROW = {
    f"{ROOM}/control/+/req": [f"{ROOM}/control/{who}/req" for who in ("loud", "quiet", "teacher")]
}


def delivery(sender: str = "seat/loud", *, what: str = "ack", size: int = 10) -> Delivery:
    """One message."""
    topic = f"{ROOM}/{sender}/{what}"
    return Delivery(topic=topic, payload=bytes(size), expiry_s=None, retained=False)


def make(clock: ManualClock) -> FloodGate:
    """A gate with the box's own measures."""
    return FloodGate(clock=clock, subscriptions=TOPICS, narrow=NARROW)


def flood(gate: FloodGate, sender: str = "seat/loud") -> int:
    """Send until nothing is admitted; return how much was."""
    admitted = 0
    while gate.admits(delivery(sender)):
        admitted += 1
    return admitted


def test_a_burst_passes_and_what_is_beyond_it_shuts_the_sender_out() -> None:
    """All its topics, no other's; told once, on the spot."""
    told: list[int] = []
    gate = FloodGate(
        clock=ManualClock(), subscriptions=TOPICS, narrow=NARROW, on_shut=lambda: told.append(1)
    )
    assert gate.subscriptions() == TOPICS

    assert flood(gate) == BURST
    assert not gate.admits(delivery(what="x"))

    assert told == [1]
    assert gate.dropped() == {"seat/loud": 2}
    assert gate.subscriptions() == {
        topic: qos for topic, qos in TOPICS.items() if "/seat/loud/" not in topic
    }
    assert gate.admits(delivery("seat/quiet"))


def test_the_steady_rate_passes_for_ever() -> None:
    """Ten minutes of it, exactly."""
    clock = ManualClock()
    gate = make(clock)
    for _ in range(600):
        clock.advance(1.0)
        assert all(gate.admits(delivery()) for _ in range(round(RATE_HZ)))


def test_large_messages_weigh_more() -> None:
    """64 KiB as much as 33 short ones."""
    gate = make(ManualClock())
    admitted = 0
    while gate.admits(delivery(size=65536)):
        admitted += 1

    assert admitted == BURST // 33


def test_a_sender_is_heard_again_and_longer_not_when_it_goes_on() -> None:
    """On trial at first; who has stopped for as long as it was not heard begins anew."""
    clock = ManualClock()
    gate = make(clock)
    flood(gate)
    silences = []
    for _ in range(6):
        waited_s = 0.0
        while gate.subscriptions() != TOPICS:
            clock.advance(1.0)
            waited_s += 1.0
        silences.append(waited_s)
        assert flood(gate) == RATE_HZ

    assert silences == [SHUT_S * 2**times for times in range(5)] + [LONGEST_SHUT_S]
    clock.advance(LONGEST_SHUT_S)
    assert gate.subscriptions() == TOPICS
    clock.advance(LONGEST_SHUT_S)
    assert flood(gate) == BURST
    clock.advance(SHUT_S)
    assert gate.subscriptions() == TOPICS


def test_a_wildcard_is_narrowed_to_those_who_do_not_flood() -> None:
    """Its seat topics are another matter; nobody outside of the list is heard meanwhile."""
    clock = ManualClock()
    gate = make(clock)
    flood(gate, "control/loud")

    assert gate.subscriptions() == {
        topic: qos for topic, qos in TOPICS.items() if "+" not in topic
    } | {f"{ROOM}/control/{who}/req": 1 for who in ("quiet", "teacher")}
    clock.advance(SHUT_S)
    assert gate.subscriptions() == TOPICS


def test_the_memory_is_bounded() -> None:
    """Names that are made up cost nothing but the oldest name."""
    gate = make(ManualClock())
    flood(gate)
    for number in range(MOST_SENDERS):
        gate.admits(delivery(f"control/{number}"))

    assert gate.dropped() == {}
