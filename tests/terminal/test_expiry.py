"""A command's lifetime ends early rather than late, whichever clocks can be believed."""

import math
from dataclasses import replace

import pytest

from appliance.mqtt.contract.commands import LockScreen
from appliance.mqtt.contract.envelope import Message, Stamper
from appliance.mqtt.wire.messages import Delivery
from appliance.terminal.expiry import ROUNDING_S, Expiry
from tests.support.clocks import NOON_S, ManualClock

LOCK = LockScreen(text="Break", lock_s=30.0)


def command(*, age_s: float, clock: str, ttl_s: int | None = 10) -> Message:
    """A lock that was issued some time before noon."""
    issuer = ManualClock()
    issuer.wall = NOON_S - age_s
    box = Stamper(src="box/box-1", clock=issuer, clock_state=lambda: clock)
    return box.stamp(LOCK, ttl_s=ttl_s)


def delivery(expiry_s: int | None, *, sent_after_s: float) -> Delivery:
    """What the broker handed over."""
    return Delivery(
        topic="t", payload=b"", expiry_s=expiry_s, retained=False, sent_after_s=sent_after_s
    )


@pytest.mark.parametrize(
    ("clocks", "age_s", "expiry_s", "sent_after_s", "left_s"),
    [
        pytest.param(("unknown", "unknown"), 0, 10, 100, 10 - ROUNDING_S, id="fresh"),
        pytest.param(("unknown", "unknown"), 0, 10, 78, -12 - ROUNDING_S, id="lay-in-the-socket"),
        pytest.param(("unknown", "synced"), 9000, 10, 100, 10 - ROUNDING_S, id="own-clock-wrong"),
        pytest.param(("synced", "unsynced"), 9000, 10, 100, 10 - ROUNDING_S, id="box-clock-wrong"),
        pytest.param(("unknown", "unknown"), 0, 600, 100, 10 - ROUNDING_S, id="expiry-above-ttl"),
        pytest.param(("synced", "synced"), 3.5, 8, 99, 6.5, id="synced-knows-better"),
        pytest.param(("synced", "synced"), 22, 10, 100, -12, id="synced-and-late"),
        pytest.param(("synced", "synced"), -500, 10, 99, 9, id="from-the-future"),
    ],
)
def test_the_end_of_a_lifetime(
    clocks: tuple[str, str], age_s: float, expiry_s: int, sent_after_s: float, left_s: float
) -> None:
    """In seconds from now, which is 100 on the terminal's monotonic clock; own clock, box's."""
    own, box = clocks
    clock = ManualClock()
    expiry = Expiry(clock=clock, clock_state=lambda: own)
    lock = command(age_s=age_s, clock=box)

    deadline_s = expiry.deadline_s(lock, delivery(expiry_s, sent_after_s=sent_after_s))

    assert deadline_s - clock.monotonic_s() == pytest.approx(left_s, abs=0.01)
    assert expiry.over(deadline_s) == (left_s <= 0)


def test_without_message_expiry_it_is_over() -> None:
    """It could be a year old."""
    expiry = Expiry(clock=ManualClock(), clock_state=lambda: "synced")
    lock = command(age_s=0, clock="synced")

    assert expiry.deadline_s(lock, delivery(None, sent_after_s=100)) == -math.inf


def test_a_day_that_does_not_exist_is_long_ago() -> None:
    """A pattern lets 31 February pass."""
    lock = replace(command(age_s=0, clock="synced"), ts="2026-02-31T10:00:00.000Z")
    expiry = Expiry(clock=ManualClock(), clock_state=lambda: "synced")

    assert expiry.over(expiry.deadline_s(lock, delivery(10, sent_after_s=100)))
