"""What is erased cannot be read back, and nothing else is touched."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.errors import StorageError
from appliance.storage.database import connect
from appliance.storage.erasure import ErasureReport
from appliance.storage.keeping.copies import DAY_S
from appliance.storage.store import Storage
from tests.support.choices import make_choice, make_outcome, make_state
from tests.support.clocks import NOON_S, HeldClock
from tests.support.disk import FEATURES, PRIVACY, Disk, rows
from tests.support.rows import (
    OTHER_SEAT,
    OTHER_STUDENT,
    SEAT,
    STUDENT,
    TERMINAL,
    make_alert,
    make_entry,
    make_feedback,
    make_intervention,
    make_reading,
    make_tokens,
)

SECRET = b"occupancy-one"


def fill(storage: Storage) -> None:
    """Put something about two students everywhere."""
    for seat, student, number in ((SEAT, STUDENT, 1), (OTHER_SEAT, OTHER_STUDENT, 2)):
        storage.consent.occupancy_changed(seat, student)
        storage.consent.grant(seat, actor="terminal")
        for _ in range(50):
            storage.features.append(
                make_tokens(seats=(seat,), occupancies=(student,)), [make_reading(seat=seat)]
            )
        decision = make_intervention(f"c{number}", seat=seat, occupancy=student)
        storage.decisions.record_intervention(decision, terminal=TERMINAL)
        storage.choices.record(make_choice(f"c{number}", seat=seat, occupancy=student))
        storage.choices.settle(make_outcome(f"c{number}"))
        storage.outbox.put(make_entry(f"c{number}", payload=f'{{"occupancy":"{student}"}}'))
        storage.checkpoints.put(f"episodes-{number}", {"seat": seat, "occupancy": student})
    storage.decisions.record_alert(make_alert())
    storage.decisions.record_feedback(make_feedback())
    storage.outbox.put(
        make_entry("m1", terminal=None, topic="cb/v1/s/r/alert/a01", payload='{"seat":"a01"}')
    )
    storage.flush()


def left(folder: Path) -> list[str]:
    """Return the ids of everything that is still there."""
    queries = [
        (FEATURES, "SELECT DISTINCT occupancy FROM tokens JOIN streams ON streams.id = stream"),
        (PRIVACY, "SELECT id FROM decisions"),
        (PRIVACY, "SELECT id FROM choices WHERE NOT erased"),
        (PRIVACY, "SELECT choice FROM outcomes"),
        (PRIVACY, "SELECT episode FROM alerts"),
        (PRIVACY, "SELECT command FROM feedback"),
        (PRIVACY, "SELECT id FROM commands"),
        (PRIVACY, "SELECT key FROM checkpoints"),
        (PRIVACY, "SELECT seat FROM consent"),
    ]
    return [str(row[0]) for name, query in queries for row in rows(folder / name, query)]


@pytest.mark.parametrize(
    ("whose", "records", "also"),
    [
        # The alert message names only the seat, so it goes with the seat.
        pytest.param({"seat": SEAT}, 9, [], id="seat"),
        pytest.param({"occupancy": STUDENT}, 8, ["m1"], id="occupancy"),
    ],
)
def test_everything_about_one_goes_and_the_other_stays(
    folder: Path, storage: Storage, whose: dict[str, Any], records: int, also: list[str]
) -> None:
    """Tokens, decisions, choices, alerts, feedback, commands and the rest; in all tables."""
    fill(storage)

    report = storage.erasure.erase(actor="teacher", **whose)

    assert report == ErasureReport(features=50, records=records, files=0)
    assert left(folder) == [OTHER_STUDENT, "c2", "c2", "c2", "c2", *also, "episodes-2", OTHER_SEAT]
    assert not storage.consent.granted(SEAT)
    assert storage.consent.granted(OTHER_SEAT)


def test_no_byte_of_it_is_left_in_any_file(folder: Path, storage: Storage) -> None:
    """Not in free pages and not in the logs, while the store stays open."""
    fill(storage)
    assert any(SECRET in path.read_bytes() for path in folder.iterdir())

    storage.erasure.erase(actor="teacher", occupancy=STUDENT)

    assert [path.name for path in folder.iterdir() if SECRET in path.read_bytes()] == []
    assert any(b"occupancy-two" in path.read_bytes() for path in folder.iterdir())


def test_of_a_choice_nothing_stays_but_that_there_was_one(folder: Path, storage: Storage) -> None:
    """The row keeps id, policy and day; a second erasure finds nothing."""
    fill(storage)

    storage.erasure.erase(actor="teacher", seat=SEAT)

    (row,) = rows(folder / PRIVACY, "SELECT * FROM choices WHERE erased")
    day_s = NOON_S // DAY_S * DAY_S
    neutral = ("", "", "", b"", 1, 0, "", 0, 0, 1.0, 0.0, 0.0, "", make_choice().policy, 0, 1)
    assert row == ("c1", day_s, 0.0, *neutral)
    assert storage.erasure.erase(actor="teacher", seat=SEAT).records == 0


def test_no_byte_of_a_state_is_left(folder: Path, storage: Storage) -> None:
    """Not of one among many, whose rows lie in pages full of others that stay."""
    gone: list[bytes] = []
    kept: list[bytes] = []
    for number in range(150):
        mine = number % 3 == 0
        state = make_state(fused=number % 2 == 0, number=number)
        choice = make_choice(f"{number * 7919 % 150:03}", state=state)
        if not mine:
            choice = replace(choice, seat=OTHER_SEAT, occupancy=OTHER_STUDENT)
        storage.choices.record_many([choice])
        # Four neighbouring numbers: no other state has them.
        (gone if mine else kept).extend(state[at : at + 4].tobytes() for at in (128, 151))
    storage.flush()
    storage.choices.experience()

    def found(secrets: list[bytes]) -> int:
        content = b"".join(path.read_bytes() for path in folder.iterdir())
        return sum(secret in content for secret in secrets)

    assert found(gone) == len(gone)

    storage.erasure.erase(actor="teacher", occupancy=STUDENT)

    assert (found(gone), found(kept)) == (0, len(kept))


def test_features_still_waiting_are_erased_too(storage: Storage) -> None:
    """What is appended before the call does not come back after it."""
    storage.features.append(make_tokens(), [])

    assert storage.erasure.erase(actor="teacher", seat=SEAT).features == 1
    assert storage.feature_rows() == 0


def test_erasing_is_audited_without_the_pseudonym(folder: Path, storage: Storage) -> None:
    """The audit says what was done, not to which occupancy."""
    fill(storage)
    storage.erasure.erase(actor="teacher", occupancy=STUDENT)

    (row,) = rows(folder / PRIVACY, "SELECT actor, seat, detail FROM audit WHERE event = 'erased'")
    assert row == ("teacher", "", "50 tokens, 8 records, 0 files")


def test_copies_of_corrupt_files_go_too(folder: Path, storage: Storage) -> None:
    """What is in them cannot be told apart, so all of it goes."""
    (folder / "features.db.corrupt-1").write_bytes(SECRET)

    assert storage.erasure.erase(actor="teacher", seat=SEAT).files == 1
    assert not list(folder.glob("*.corrupt-*"))


def test_reader_in_the_way_is_reported(folder: Path, storage: Storage, disk: Disk) -> None:
    """While an export holds the log, the erasure is not complete and says so."""
    fill(storage)
    disk.turn(FEATURES, "busy_timeout = 10")  # ms; nobody waits for the five seconds
    reader = connect(folder / "features.db").conn
    cursor = reader.execute("SELECT * FROM tokens")
    cursor.fetchone()

    with pytest.raises(StorageError, match=r"features\.db is still being read"):
        storage.erasure.erase(actor="teacher", seat=SEAT)

    cursor.close()
    reader.close()
    storage.erasure.erase(actor="teacher", seat=SEAT)
    assert not any(SECRET in path.read_bytes() for path in folder.glob("features*"))


@pytest.mark.parametrize(
    ("seat", "occupancy"),
    [pytest.param(None, None, id="neither"), pytest.param(SEAT, STUDENT, id="both")],
)
def test_one_of_seat_and_occupancy_is_needed(
    storage: Storage, seat: SeatKey | None, occupancy: OccupancyKey | None
) -> None:
    """Erasing everything by mistake is impossible."""
    with pytest.raises(ValueError, match="a seat or an occupancy"):
        storage.erasure.erase(actor="teacher", seat=seat, occupancy=occupancy)


def test_full_disk_can_still_be_erased(storage: Storage, clock: HeldClock) -> None:
    """The ballast is given up for it and taken again."""
    clock.now_s = 1.0
    fill(storage)
    assert storage.health().ballast_held

    storage.erasure.erase(actor="teacher", seat=SEAT)

    assert storage.health().ballast_held
