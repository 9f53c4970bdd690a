"""Occupancies begin and end at the exact second."""

import pytest

from appliance.domain.seats import OccupancyKey
from appliance.windows.occupancies import (
    ABSENCE_ENDS_S,
    EMPTY_BEFORE_NEW_S,
    SeatOccupancy,
)
from tests.support.people import SEAT, Keys

JUST_ABOVE = 1 / 1024


def occupancy() -> SeatOccupancy:
    """Return an empty seat."""
    return SeatOccupancy(SEAT, new_key=Keys())


def key_of(subject: SeatOccupancy) -> str | None:
    """Return who sits there."""
    return None if subject.current is None else str(subject.current.key)


def test_the_first_person_seen_begins_an_occupancy() -> None:
    """Its key comes from the factory, its beginning is the capture time."""
    subject = occupancy()

    assert subject.see(at_s=4.0)
    assert not subject.see(at_s=4.25)
    assert key_of(subject) == "seen-1"
    assert subject.current is not None
    assert subject.current.since_s == 4.0


@pytest.mark.parametrize(
    ("absent_s", "ended"),
    [
        pytest.param(ABSENCE_ENDS_S, False, id="at-the-limit"),
        pytest.param(ABSENCE_ENDS_S + JUST_ABOVE, True, id="above"),
    ],
)
def test_absence_ends_an_occupancy_only_above_a_minute(absent_s: float, ended: bool) -> None:
    """Exactly 60 s are still the same stay."""
    subject = occupancy()
    subject.see(at_s=10.0)

    assert subject.miss(at_s=10.0 + absent_s) is ended
    assert (subject.current is None) is ended


@pytest.mark.parametrize(
    ("empty_s", "key"),
    [
        pytest.param(EMPTY_BEFORE_NEW_S - JUST_ABOVE, "seen-1", id="below"),
        pytest.param(EMPTY_BEFORE_NEW_S, "seen-2", id="at-the-limit"),
    ],
)
def test_sitting_down_after_a_minute_begins_anew(empty_s: float, key: str) -> None:
    """Exactly 60 s of empty seat are enough for a new occupancy."""
    subject = occupancy()
    subject.see(at_s=10.0)
    subject.miss(at_s=10.0 + empty_s - JUST_ABOVE)
    subject.see(at_s=10.0 + empty_s)

    assert key_of(subject) == key


def test_a_fresh_nonce_begins_anew_and_a_repeated_one_does_not() -> None:
    """Retained presence messages come again after every reconnect."""
    subject = occupancy()
    subject.see(at_s=1.0)

    assert subject.begin(OccupancyKey("nonce-a"), at_s=2.0)
    assert not subject.begin(OccupancyKey("nonce-a"), at_s=3.0)
    assert not subject.see(at_s=4.0)
    assert key_of(subject) == "nonce-a"


def test_absence_does_not_go_on_while_nothing_can_be_told() -> None:
    """A lost camera or two people in the region stop the minute."""
    subject = occupancy()
    subject.see(at_s=0.0)
    subject.hold(at_s=300.0)

    assert not subject.miss(at_s=330.0)
    assert not subject.see(at_s=331.0)


def test_an_ended_occupancy_is_not_resumed() -> None:
    """After a log-out the next person seen is somebody new, also at once."""
    subject = occupancy()
    subject.see(at_s=0.0)
    subject.end()

    assert subject.see(at_s=0.25)
    assert key_of(subject) == "seen-2"
