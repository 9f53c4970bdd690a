"""A request counts when it is made, for whom the broker let in.

``tests/service/test_stale_requests.py`` has the rest.
"""

import pytest

from appliance.domain.seats import TerminalKey
from appliance.domain.terminals import ControlCommand, ControlRole
from appliance.mqtt.contract.classroom import ControlRequestMessage
from appliance.mqtt.contract.envelope import Message, Stamper
from appliance.mqtt.requests import Freshness, roles_of
from appliance.mqtt.wire.messages import Delivery
from tests.support.clocks import ManualClock


def made(clock: ManualClock, *, synced: str = "synced", ttl_s: int = 30) -> Message:
    """Return a request of now."""
    stamper = Stamper(src="teacher/t1", clock=clock, clock_state=lambda: synced)
    return stamper.stamp(ControlRequestMessage(command=ControlCommand.PAUSE), ttl_s=ttl_s)


def delivered(
    *, expiry_s: int | None = 30, retained: bool = False, early: bool = False
) -> Delivery:
    """Return what the broker says of it."""
    return Delivery(topic="t", payload=b"", expiry_s=expiry_s, retained=retained, early=early)


@pytest.mark.parametrize(
    ("delivery", "objection"),
    [
        pytest.param(delivered(), "", id="fresh"),
        pytest.param(delivered(expiry_s=1), "", id="the-last-second"),
        pytest.param(delivered(expiry_s=31), "stale", id="expiry-beyond-ttl"),
        pytest.param(delivered(expiry_s=None), "no-expiry", id="no-expiry"),
        pytest.param(delivered(retained=True), "retained", id="retained"),
        pytest.param(delivered(early=True), "stale", id="before-this-start"),
    ],
)
def test_what_the_broker_says_decides(delivery: Delivery, objection: str) -> None:
    """Message Expiry never above the lifetime proves the age without a clock."""
    clock = ManualClock()
    freshness = Freshness(clock=clock, clock_state=lambda: "unknown")

    assert freshness.objection(delivery, made(clock)).partition(":")[0] == objection


@pytest.mark.parametrize(
    ("theirs", "ours", "age_s", "counts"),
    [
        pytest.param("synced", "synced", 30.0, True, id="exactly-its-lifetime"),
        pytest.param("synced", "synced", 30.5, False, id="older"),
        pytest.param("unsynced", "synced", 3e7, True, id="their-clock-says-nothing"),
        pytest.param("synced", "unsynced", 3e7, True, id="our-clock-says-nothing"),
        pytest.param("unknown", "unknown", 3e7, True, id="nobody-knows"),
        pytest.param("synced", "synced", -3e7, True, id="from-the-future"),
    ],
)
def test_the_time_of_day_counts_where_both_clocks_are_set(
    theirs: str, ours: str, age_s: float, *, counts: bool
) -> None:
    """A clock that nobody sets refuses nobody's no."""
    clock = ManualClock()
    message = made(clock, synced=theirs)
    clock.wall += age_s

    freshness = Freshness(clock=clock, clock_state=lambda: ours)

    assert (freshness.objection(delivered(), message) == "") is counts


def test_a_client_that_is_two_things_is_the_lesser() -> None:
    """A terminal that somebody has also listed among the teachers stays one."""
    roles = roles_of(terminals=[TerminalKey("a")], teachers=["a", "b", "c"], it=["b"])

    assert roles == {"a": ControlRole.TERMINAL, "b": ControlRole.IT, "c": ControlRole.TEACHER}
