"""A pause of one seat is as lasting as one of the room, and nobody else's concern."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.service.control.seat_pauses import Permitted, SeatPauses
from appliance.storage.pause import PAUSE_FILE
from appliance.storage.store import Storage
from tests.support.clocks import ManualClock
from tests.support.rooms import A01, A02

TEACHER, TERMINAL = "teacher/t1", "seat/pc-01"


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    """Return open databases, which end with the test."""
    made = Storage.open(tmp_path, clock=ManualClock())
    made.start()
    yield made
    made.stop()


def started(
    folder: Path, storage: Storage, *, seats: tuple[SeatKey, ...] = (A01, A02)
) -> SeatPauses:
    """Return the pauses as a start of the box finds them."""
    pauses = SeatPauses(seats=seats, state_dir=folder, audit=storage.audit, clock=ManualClock())
    for follow in pauses.follows:
        follow()
    return pauses


def test_whoever_has_consented_and_is_not_paused_is_looked_at(
    tmp_path: Path, storage: Storage
) -> None:
    """All four cases."""
    pauses = started(tmp_path, storage)
    permitted = Permitted(consent=storage.consent, pauses=pauses)
    storage.consent.occupancy_changed(A01, OccupancyKey("o1"))
    seen = []
    for consents, pause in itertools.product((False, True), repeat=2):
        (storage.consent.grant if consents else storage.consent.revoke)(A01, actor="test")
        (pauses.pause if pause else pauses.resume)(A01, actor=TEACHER)
        seen.append((permitted.granted(A01), permitted.refused(A01), permitted.paused(A01)))

    assert seen == [
        (False, True, False),
        (False, True, True),
        (True, False, False),
        (False, False, True),
    ]


@pytest.mark.parametrize("content", [None, b"", b"{", b"\xff"])
def test_a_pause_holds_however_its_file_looks(
    tmp_path: Path, storage: Storage, content: bytes | None
) -> None:
    """What cannot be read is a pause, and a terminal cannot end it; the other seat goes on."""
    started(tmp_path, storage).pause(A01, actor=TEACHER)
    if content is not None:
        (tmp_path / f"{PAUSE_FILE}-a01").write_bytes(content)

    again = started(tmp_path, storage)

    assert again.seats() == [A01]
    assert again.asked_by(A01) == (TEACHER if content is None else "somebody")
    assert again.asked_by(A02) is None


def test_a_seat_called_new_is_no_half_written_pause_of_the_room(
    tmp_path: Path, storage: Storage
) -> None:
    """Names of files cannot meet, whatever seats are called."""
    new, one = SeatKey("new"), SeatKey("a-new")
    pauses = started(tmp_path, storage, seats=(new, one))
    pauses.pause(new, actor=TEACHER)

    assert started(tmp_path, storage, seats=(new, one)).seats() == [new]
    assert not (tmp_path / PAUSE_FILE).exists()


@pytest.mark.parametrize(
    ("first", "second", "whose"),
    [
        pytest.param(TEACHER, TERMINAL, TEACHER, id="the-terminal-asks-too"),
        pytest.param(TERMINAL, TEACHER, TEACHER, id="the-teacher-asks-too"),
        pytest.param(TERMINAL, TERMINAL, TERMINAL, id="the-terminal-again"),
        pytest.param("seat/pc-09", TERMINAL, "seat/pc-09", id="the-terminal-before-it"),
    ],
)
def test_whose_pause_it_is(
    tmp_path: Path, storage: Storage, first: str, second: str, whose: str
) -> None:
    """A terminal never makes another's pause its own, which it could end."""
    pauses = started(tmp_path, storage)
    pauses.pause(A01, actor=first)
    pauses.pause(A01, actor=second)

    assert pauses.asked_by(A01) == started(tmp_path, storage).asked_by(A01) == whose
