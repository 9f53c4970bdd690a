"""A restore undoes no refusal: what was erased or revoked since the backup stays so."""

from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.domain.seats import OccupancyKey
from appliance.storage.keeping.refusals import REFUSALS_FILE
from appliance.storage.store import Storage
from tests.support.choices import make_choice, make_state
from tests.support.clocks import HeldClock
from tests.support.disk import FEATURES, PRIVACY, rows
from tests.support.kept import BOTH, Backup, audited, damage, fill, granted, seats_stored
from tests.support.rows import OTHER_SEAT, OTHER_STUDENT, SEAT, STUDENT, open_storage


def test_erased_stays_erased(
    folder: Path, filled: Storage, backup: Backup, clock: HeldClock
) -> None:
    """In both databases, to the last byte; and the audit keeps that it was."""
    filled.erasure.erase(actor="teacher", seat=SEAT)
    filled.stop()

    done = backup.restore(folder, configured=BOTH)

    assert done.erased_seats == (SEAT,)
    assert seats_stored(folder) == ({OTHER_SEAT}, {OTHER_SEAT})
    for name in (PRIVACY, FEATURES):
        assert STUDENT.encode() not in (folder / name).read_bytes()
        assert OTHER_STUDENT.encode() in (folder / name).read_bytes()
    assert audited(folder).count("erased") == 1
    assert granted(folder, clock) == BOTH


def test_an_erased_stay_stays_erased(folder: Path, filled: Storage, backup: Backup) -> None:
    """The log knows the stay by its digest."""
    filled.erasure.erase(actor="teacher", occupancy=STUDENT)
    filled.stop()

    done = backup.restore(folder, configured=BOTH)

    assert (done.erased_seats, done.erasures_known) == ((), True)
    assert done.erased_rows > 0
    assert seats_stored(folder) == ({OTHER_SEAT}, {OTHER_SEAT})


def test_a_stay_of_which_there_are_choices_alone_stays_erased(
    folder: Path, filled: Storage, clock: HeldClock, tmp_path: Path
) -> None:
    """Nothing was ever done about the student, and the learner forgets all the same."""
    quiet, state = OccupancyKey("occupancy-three"), make_state(fused=True, number=3)
    filled.choices.record(make_choice("quiet", occupancy=quiet, state=state))
    backup = Backup(folder, tmp_path / "backup", clock)
    filled.erasure.erase(actor="teacher", occupancy=quiet)
    filled.stop()

    assert backup.restore(folder).erased_rows == 1

    assert rows(folder / PRIVACY, "SELECT id FROM choices WHERE erased") == [("quiet",)]
    content = (folder / PRIVACY).read_bytes()
    assert not any(state[at : at + 4].tobytes() in content for at in range(len(state) - 4))


def test_an_erasure_from_before_the_backup_is_not_repeated(
    folder: Path, clock: HeldClock, tmp_path: Path
) -> None:
    """What was written about the seat afterwards comes back."""
    storage = open_storage(folder, clock, on_file=BOTH)
    storage.erasure.erase(actor="teacher", seat=SEAT)
    fill(storage)
    backup = Backup(folder, tmp_path / "backup", clock)
    storage.stop()

    assert backup.restore(folder, configured=BOTH).erased_seats == ()
    assert seats_stored(folder) == (BOTH, BOTH)


def test_an_erasure_during_the_backup_is_repeated(
    folder: Path, filled: Storage, backup: Backup, clock: HeldClock, tmp_path: Path
) -> None:
    """Its beginning is in the log of the backup and its end is not: the rows may be in the copy."""
    filled.erasure.erase(actor="teacher", seat=SEAT)
    late = Backup(folder, tmp_path / "late", clock)
    filled.stop()
    backup.log = "".join(
        line for line in late.log.splitlines(keepends=True) if "erased" not in line
    )

    assert backup.restore(folder, configured=BOTH).erased_seats == (SEAT,)
    assert seats_stored(folder) == ({OTHER_SEAT}, {OTHER_SEAT})


def test_revoked_stays_revoked(
    folder: Path, filled: Storage, backup: Backup, clock: HeldClock
) -> None:
    """Present no beats archived yes."""
    filled.consent.revoke(SEAT, actor="teacher")
    filled.stop()

    done = backup.restore(folder, configured=BOTH)

    assert done.stopped == (SEAT,)
    assert not done.consent_lost
    assert granted(folder, clock) == {OTHER_SEAT}


def test_an_archived_no_stays_a_no(
    folder: Path, filled: Storage, clock: HeldClock, tmp_path: Path
) -> None:
    """Consent never grows by a restore, in neither direction of time."""
    filled.consent.revoke(SEAT, actor="teacher")
    backup = Backup(folder, tmp_path / "backup", clock)
    filled.consent.grant(SEAT, actor="teacher")
    filled.stop()

    backup.restore(folder, configured=BOTH)

    assert granted(folder, clock) == {OTHER_SEAT}


def test_a_yes_that_has_ended_since_stays_ended(
    folder: Path, clock: HeldClock, tmp_path: Path
) -> None:
    """A consent for one stay, which another student's has ended."""
    storage = open_storage(folder, clock)
    storage.consent.occupancy_changed(SEAT, STUDENT)
    storage.consent.grant(SEAT, actor="terminal")
    backup = Backup(folder, tmp_path / "backup", clock)
    storage.consent.occupancy_changed(SEAT, OTHER_STUDENT)
    storage.stop()

    assert backup.restore(folder).stopped == (SEAT,)

    storage = open_storage(folder, clock)
    storage.consent.occupancy_changed(SEAT, STUDENT)
    assert not storage.consent.granted(SEAT)
    storage.stop()


@pytest.mark.parametrize(
    "lose", [pytest.param(damage, id="damaged"), pytest.param(Path.unlink, id="lost")]
)
def test_with_a_lost_database_the_log_still_names_every_erasure(
    folder: Path,
    filled: Storage,
    backup: Backup,
    clock: HeldClock,
    lose: Callable[[Path], object],
) -> None:
    """Who has agreed is lost with it, so everybody is denied until somebody grants again."""
    filled.erasure.erase(actor="teacher", seat=SEAT)
    filled.stop()
    lose(folder / PRIVACY)

    done = backup.restore(folder, configured=BOTH)

    assert (done.erased_seats, done.erasures_known) == ((SEAT,), True)
    assert done.consent_lost
    assert set(done.stopped) == BOTH
    assert seats_stored(folder) == ({OTHER_SEAT}, {OTHER_SEAT})
    assert granted(folder, clock) == set()

    storage = open_storage(folder, clock, on_file=BOTH)
    storage.consent.grant(SEAT, actor="operator")
    storage.stop()
    assert granted(folder, clock) == {SEAT}


def test_with_a_lost_log_the_database_still_names_erased_seats(
    folder: Path, filled: Storage, backup: Backup, clock: HeldClock
) -> None:
    """From its audit; consent is compared as always."""
    filled.erasure.erase(actor="teacher", seat=SEAT)
    filled.consent.revoke(OTHER_SEAT, actor="teacher")
    filled.stop()
    (folder / REFUSALS_FILE).unlink()

    done = backup.restore(folder, configured=BOTH)

    assert (done.erased_seats, done.erasures_known, done.consent_lost) == ((SEAT,), True, False)
    assert seats_stored(folder) == ({OTHER_SEAT}, {OTHER_SEAT})
    assert granted(folder, clock) == {SEAT}


def test_an_erased_stay_that_only_the_lost_log_knew_is_said_to_be_unknown(
    folder: Path, filled: Storage, backup: Backup
) -> None:
    """The audit says that a stay was erased and not which."""
    filled.erasure.erase(actor="teacher", occupancy=STUDENT)
    filled.stop()
    (folder / REFUSALS_FILE).unlink()

    assert not backup.restore(folder, configured=BOTH).erasures_known


def test_on_an_empty_machine_nothing_is_known_and_nobody_is_looked_at(
    folder: Path, filled: Storage, backup: Backup, clock: HeldClock
) -> None:
    """Also after a second restore, by which nobody has come to know more."""
    filled.stop()
    for path in folder.iterdir():
        path.unlink()

    first = backup.restore(folder, configured=BOTH)
    second = backup.restore(folder, configured=BOTH)

    for done in (first, second):
        assert not done.erasures_known
        assert done.consent_lost
    assert first.kept_as is None
    assert "restored_blindly" in audited(folder)
    assert granted(folder, clock) == set()


def test_a_box_that_began_anew_is_no_witness(
    folder: Path, filled: Storage, backup: Backup, clock: HeldClock
) -> None:
    """Its database is sound and knows nothing of the time before."""
    filled.consent.revoke(SEAT, actor="teacher")
    filled.stop()
    for path in folder.iterdir():
        path.unlink()
    clock.now_s += 60
    assert granted(folder, clock) == BOTH  # as the configuration has it

    done = backup.restore(folder, configured=BOTH)

    assert done.consent_lost
    assert not done.erasures_known
    assert granted(folder, clock) == set()


def test_restoring_twice_is_restoring_once(
    folder: Path, filled: Storage, backup: Backup, clock: HeldClock
) -> None:
    """Also where the second backup is older than the first restore."""
    filled.erasure.erase(actor="teacher", seat=SEAT)
    filled.consent.revoke(OTHER_SEAT, actor="teacher")
    filled.stop()

    backup.restore(folder, configured=BOTH)
    again = backup.restore(folder, configured=BOTH)

    assert again.erased_seats == (SEAT,)
    assert again.erasures_known
    assert seats_stored(folder) == ({OTHER_SEAT}, {OTHER_SEAT})
    assert granted(folder, clock) == {SEAT}
    assert audited(folder).count("erased") == 1


def test_refusals_of_a_restore_outlive_the_database(
    folder: Path, filled: Storage, backup: Backup, clock: HeldClock
) -> None:
    """A seat that a restore has denied is denied by a database begun anew, too."""
    filled.stop()
    damage(folder / PRIVACY)
    backup.restore(folder, configured=BOTH)
    damage(folder / PRIVACY)

    assert granted(folder, clock) == set()
