"""What was refused is on disk outside of the databases, and outlives them."""

import errno
import os
import stat
from pathlib import Path

import pytest

from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.storage.keeping.copies import DAY_S
from appliance.storage.keeping.refusal_log import KEPT_DAYS, RefusalLog
from appliance.storage.keeping.refusals import (
    REFUSALS_FILE,
    RefusalEvent,
    Refusals,
    digest_of,
)
from appliance.storage.retention import EVERY_S
from appliance.storage.store import Storage
from tests.support.clocks import HeldClock
from tests.support.disk import settle
from tests.support.rows import OTHER_SEAT, OTHER_STUDENT, SEAT, STUDENT, open_storage


def log_of(folder: Path, clock: HeldClock) -> RefusalLog:
    """Return the log of a state folder."""
    return RefusalLog(folder / REFUSALS_FILE, clock=clock, free=lambda: None)


def read(folder: Path, clock: HeldClock) -> Refusals:
    """Return what is in it."""
    refusals = log_of(folder, clock).read()
    assert refusals is not None
    return refusals


def events(folder: Path, clock: HeldClock) -> list[tuple[str, str]]:
    """Return event and seat of each line."""
    return [(line.event.value, line.seat) for line in read(folder, clock).lines]


def test_what_is_said_and_erased_leaves_a_line(
    folder: Path, storage: Storage, clock: HeldClock
) -> None:
    """A second one as soon as the database has it, too; the end of a stay is said as well."""
    storage.consent.occupancy_changed(SEAT, STUDENT)
    storage.consent.revoke(SEAT, actor="teacher")
    storage.consent.grant(SEAT, actor="teacher")
    storage.consent.occupancy_changed(SEAT, None)
    settle(storage)
    storage.erasure.erase(actor="teacher", seat=OTHER_SEAT)

    assert events(folder, clock) == [
        ("revoked", SEAT),
        ("kept", ""),
        ("granted", SEAT),
        ("kept", ""),
        ("ended", SEAT),
        ("kept", ""),
        ("erasing", OTHER_SEAT),
        ("erased", ""),
    ]
    assert stat.S_IMODE((folder / REFUSALS_FILE).stat().st_mode) == 0o600


def test_nothing_of_a_student_is_in_it(folder: Path, storage: Storage, clock: HeldClock) -> None:
    """A pseudonym stands there as a digest, which finds it again in a copy and nowhere else."""
    storage.erasure.erase(actor="teacher", occupancy=STUDENT)

    assert STUDENT not in (folder / REFUSALS_FILE).read_text(encoding="utf-8")
    (erasing,) = read(folder, clock).erasures().values()
    assert erasing.occupancy == digest_of(STUDENT) != digest_of(OccupancyKey("another"))


def test_an_erasure_that_fails_is_not_said_to_be_done(
    folder: Path, storage: Storage, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A restore repeats it: better twice than never."""
    monkeypatch.setattr(
        "appliance.storage.erasure.erase_records", lambda *_: (_ for _ in ()).throw(OSError("no"))
    )
    with pytest.raises(OSError, match="no"):
        storage.erasure.erase(actor="teacher", seat=SEAT)

    refusals = read(folder, clock)
    assert refusals.erasures().keys() - refusals.erased()


def test_a_new_box_begins_with_what_its_configuration_grants(
    folder: Path, clock: HeldClock
) -> None:
    """There is nothing yet that could have been refused."""
    storage = open_storage(folder, clock, on_file={SEAT})
    assert storage.consent.granted(SEAT)
    storage.stop()


def test_a_line_that_a_power_cut_has_torn_never_counted(folder: Path, clock: HeldClock) -> None:
    """It is cut off before the next one is written."""
    open_storage(folder, clock).stop()
    log = log_of(folder, clock)
    log.append(log.line(RefusalEvent.REVOKED, seat=SEAT))
    with (folder / REFUSALS_FILE).open("a", encoding="utf-8") as file:
        file.write('{"id": "torn", "event": "revo')
    assert read(folder, clock).refused() == {SEAT}

    log.append(log.line(RefusalEvent.REVOKED, seat=OTHER_SEAT))

    assert read(folder, clock).refused() == {SEAT, OTHER_SEAT}


def test_a_full_disk_gives_up_its_reserve_and_takes_the_line(
    folder: Path, storage: Storage, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ballast is there for erasing, and a line is part of that."""
    settle(storage)
    assert storage.health().ballast_held
    real, failures = os.write, [errno.ENOSPC]

    def write(descriptor: int, content: bytes) -> int:
        if b"revoked" in content and failures:
            raise OSError(failures.pop(), "No space left on device")
        return real(descriptor, content)

    monkeypatch.setattr("appliance.storage.keeping.refusal_log.os.write", write)
    storage.consent.revoke(SEAT, actor="teacher")

    assert failures == []
    assert read(folder, clock).refused() == {SEAT}


def test_a_disk_that_takes_no_line_ends_the_log_but_not_the_revocation(
    folder: Path, storage: Storage, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log that lacks a refusal would be trusted, so there is none until the next start."""

    def fail(*_: object) -> int:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr("appliance.storage.keeping.refusal_log.os.write", fail)
        patch.setattr(RefusalLog, "begin", lambda *_: None)
        storage.consent.revoke(SEAT, actor="teacher")
        assert not storage.consent.granted(SEAT)
        assert log_of(folder, clock).read() is None

    storage.consent.reload()
    assert read(folder, clock).refused() == {SEAT}


def test_old_lines_go_and_a_revocation_that_holds_stays(
    folder: Path, storage: Storage, clock: HeldClock
) -> None:
    """What an old erasure was about has been deleted for its age, also from any backup."""
    storage.consent.occupancy_changed(OTHER_SEAT, OTHER_STUDENT)
    storage.consent.revoke(SEAT, actor="teacher")
    storage.consent.revoke(OTHER_SEAT, actor="teacher")
    storage.consent.grant(OTHER_SEAT, actor="teacher")
    storage.erasure.erase(actor="teacher", seat=SEAT)
    log = read(folder, clock).log

    clock.now_s += KEPT_DAYS * DAY_S + EVERY_S
    settle(storage)

    said = [line for line in events(folder, clock) if line[0] != "kept"]
    assert said == [("revoked", SEAT), ("granted", OTHER_SEAT)]
    assert read(folder, clock).log == log
    storage.consent.reload()
    assert storage.consent.granted(OTHER_SEAT)


def test_a_log_that_is_replaced_meanwhile_loses_no_line(folder: Path, clock: HeldClock) -> None:
    """Two processes, one of which trims: each writes to the file that bears the name."""
    open_storage(folder, clock).stop()
    one, other = log_of(folder, clock), log_of(folder, clock)
    one.append(one.line(RefusalEvent.REVOKED, seat=SEAT))
    erasing = one.erasing(seat=SeatKey("a09"), occupancy=None)
    clock.now_s += KEPT_DAYS * DAY_S + 1

    other.trim(now_s=clock.wall_s())
    one.erased(erasing)

    assert [line.event for line in read(folder, clock).lines] == [
        RefusalEvent.REVOKED,
        RefusalEvent.ERASED,
    ]


def test_a_log_that_cannot_be_begun_does_not_stop_the_box(
    folder: Path, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is begun with the next start, and says everything that the database knows."""

    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr("appliance.storage.keeping.refusal_log.open_private", fail)
        storage = open_storage(folder, clock, on_file={SEAT})
        storage.consent.revoke(SEAT, actor="teacher")
        storage.stop()
    assert log_of(folder, clock).read() is None

    open_storage(folder, clock, on_file={SEAT}).stop()
    assert read(folder, clock).refused() == {SEAT}
