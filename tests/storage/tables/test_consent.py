"""Nobody is looked at without consent, and a consent is one student's, not a seat's."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.domain.seats import OccupancyKey
from appliance.errors import NobodyKnownError, StorageError
from appliance.storage.store import Storage
from appliance.storage.tables.consent import Consents
from tests.support.clocks import HeldClock
from tests.support.disk import PRIVACY, old_database, rows, settle
from tests.support.rows import OTHER_SEAT, OTHER_STUDENT, SEAT, STUDENT, open_storage
from tests.support.waiting import wait_until


def events(folder: Path) -> list[tuple[str, str]]:
    """Return event and actor of every audit row."""
    return rows(folder / PRIVACY, "SELECT event, actor FROM audit ORDER BY id")


def refuse_consent(folder: Path, storage: Storage) -> None:
    """Let every write to the table fail, as a failing disk would."""
    rows(
        folder / PRIVACY,
        """CREATE TRIGGER refuse BEFORE INSERT ON consent
        BEGIN SELECT RAISE(ABORT, 'refused'); END""",
    )
    settle(storage)  # somebody else has written, so the records are read anew


def test_default_is_to_deny(storage: Storage) -> None:
    """A seat that nobody has spoken about is not looked at."""
    assert not storage.consent.granted(SEAT)


def test_a_refusal_is_told_from_silence(storage: Storage) -> None:
    """Nobody has said no before, and nobody has any more after a yes."""
    assert not storage.consent.refused(SEAT)
    storage.consent.revoke(SEAT, actor="operator")
    assert storage.consent.refused(SEAT)
    assert not storage.consent.refused(OTHER_SEAT)
    storage.consent.occupancy_changed(SEAT, STUDENT)
    storage.consent.grant(SEAT, actor="operator")
    assert not storage.consent.refused(SEAT)


def test_grant_and_revoke_are_audited(folder: Path, storage: Storage) -> None:
    """Both count at once, for this seat only, and leave a line each."""
    storage.consent.occupancy_changed(SEAT, STUDENT)
    storage.consent.grant(SEAT, actor="terminal")
    assert storage.consent.granted(SEAT)
    assert not storage.consent.granted(OTHER_SEAT)

    storage.consent.revoke(SEAT, actor="teacher")
    assert not storage.consent.granted(SEAT)
    assert events(folder) == [("consent_granted", "terminal"), ("consent_revoked", "teacher")]


@pytest.mark.parametrize(
    "follower", [pytest.param(OTHER_STUDENT, id="another"), pytest.param(None, id="nobody")]
)
def test_consent_ends_with_the_occupancy(
    folder: Path, storage: Storage, follower: OccupancyKey | None
) -> None:
    """Whoever comes next has not consented, and neither has the student who returns."""
    storage.consent.occupancy_changed(SEAT, STUDENT)
    storage.consent.grant(SEAT, actor="terminal")

    storage.consent.occupancy_changed(SEAT, follower)
    assert not storage.consent.granted(SEAT)
    storage.consent.occupancy_changed(SEAT, STUDENT)
    assert not storage.consent.granted(SEAT)
    settle(storage)
    assert events(folder)[-1] == ("consent_ended", "box")


def test_same_occupancy_again_changes_nothing(storage: Storage) -> None:
    """A terminal that repeats its presence does not end a consent."""
    storage.consent.occupancy_changed(SEAT, STUDENT)
    storage.consent.grant(SEAT, actor="terminal")
    storage.consent.occupancy_changed(SEAT, STUDENT)

    assert storage.consent.granted(SEAT)


def test_nobody_can_agree_where_nobody_is_known(folder: Path, storage: Storage) -> None:
    """Whoever logs in next has not been asked; nothing is on record."""
    with pytest.raises(NobodyKnownError, match="sit on a01; ask again when they have logged in"):
        storage.consent.grant(SEAT, actor="teacher")
    assert not storage.consent.granted(SEAT)

    storage.consent.occupancy_changed(SEAT, STUDENT)
    assert not storage.consent.granted(SEAT)
    assert rows(folder / PRIVACY, "SELECT * FROM consent") == []


def test_nobody_agrees_for_whoever_came_after(storage: Storage) -> None:
    """A yes that was meant for one stay and comes late is not the next one's."""
    storage.consent.occupancy_changed(SEAT, OTHER_STUDENT)

    with pytest.raises(NobodyKnownError, match="somebody else sits on a01"):
        storage.consent.grant(SEAT, actor="terminal", occupancy=STUDENT)
    assert not storage.consent.granted(SEAT)


def test_where_the_school_holds_the_consent_a_grant_is_for_everybody(storage: Storage) -> None:
    """It takes back a revocation, also while nobody sits there."""
    storage.consent.configure({SEAT})
    storage.consent.revoke(SEAT, actor="terminal")

    storage.consent.grant(SEAT, actor="operator")

    assert storage.consent.granted(SEAT)


def test_a_consent_of_an_older_program_for_whoever_comes_next_counts_no_more(
    folder: Path, clock: HeldClock
) -> None:
    """It was for nobody in particular."""
    old = old_database(folder / PRIVACY, version=3)
    old.execute("INSERT INTO consent VALUES ('a01', 1, 0, NULL, 'operator', 1.0)")
    old.commit()
    old.close()

    storage = open_storage(folder, clock, on_file=())
    storage.consent.occupancy_changed(SEAT, STUDENT)
    assert not storage.consent.granted(SEAT)
    storage.stop()


def test_consent_survives_a_restart_only_for_its_student(folder: Path, clock: HeldClock) -> None:
    """After a restart nobody is taken for the student who consented until they are known."""
    storage = open_storage(folder, clock)
    storage.consent.occupancy_changed(SEAT, STUDENT)
    storage.consent.grant(SEAT, actor="terminal")
    storage.stop()

    storage = open_storage(folder, clock)
    assert not storage.consent.granted(SEAT)
    storage.consent.occupancy_changed(SEAT, STUDENT)
    assert storage.consent.granted(SEAT)
    storage.stop()


def test_configuration_grants_for_everybody(folder: Path, clock: HeldClock) -> None:
    """A consent on file at the school outlives occupancies and restarts, until it is taken out."""
    storage = open_storage(folder, clock)
    storage.consent.configure({SEAT})
    for occupancy in (STUDENT, None, OTHER_STUDENT):
        storage.consent.occupancy_changed(SEAT, occupancy)
        assert storage.consent.granted(SEAT)
    storage.stop()

    storage = open_storage(folder, clock)
    storage.consent.configure(set())
    assert not storage.consent.granted(SEAT)
    settle(storage)
    assert events(folder) == [("consent_granted", "configuration"), ("consent_ended", "box")]
    storage.stop()


def test_revocation_wins_over_the_configuration(folder: Path, clock: HeldClock) -> None:
    """It also survives a restart, until somebody grants again; then the file counts again."""
    storage = open_storage(folder, clock)
    storage.consent.configure({SEAT})
    storage.consent.revoke(SEAT, actor="terminal")
    storage.stop()

    storage = open_storage(folder, clock)
    storage.consent.configure({SEAT})
    storage.consent.occupancy_changed(SEAT, OTHER_STUDENT)
    assert not storage.consent.granted(SEAT)

    storage.consent.grant(SEAT, actor="teacher")
    storage.consent.occupancy_changed(SEAT, STUDENT)
    assert storage.consent.granted(SEAT)
    storage.stop()


def test_command_line_does_not_undo_the_configuration(folder: Path, clock: HeldClock) -> None:
    """A process that has not read the configuration leaves its seats alone."""
    service = open_storage(folder, clock)
    service.consent.configure({SEAT})

    beside = open_storage(folder, clock, on_file={OTHER_SEAT}, repair=False)
    assert beside.consent.granted(SEAT)
    beside.consent.grant(OTHER_SEAT, actor="command line")
    beside.stop()

    wait_until(lambda: ("consent_granted", "command line") in events(folder))
    settle(service)
    assert service.consent.granted(SEAT)
    service.stop()


def test_other_process_revokes_and_grants(folder: Path, clock: HeldClock) -> None:
    """The service sees both."""
    service = open_storage(folder, clock, on_file={OTHER_SEAT})
    beside = open_storage(folder, clock, on_file={OTHER_SEAT}, repair=False)

    beside.consent.revoke(OTHER_SEAT, actor="command line")
    wait_until(lambda: not service.consent.granted(OTHER_SEAT))
    beside.consent.grant(OTHER_SEAT, actor="command line")
    wait_until(lambda: service.consent.granted(OTHER_SEAT))

    service.stop()
    beside.stop()


def test_revocation_counts_even_if_it_cannot_be_written(folder: Path, storage: Storage) -> None:
    """A failing disk is no reason to go on looking."""
    storage.consent.occupancy_changed(SEAT, STUDENT)
    storage.consent.grant(SEAT, actor="terminal")
    refuse_consent(folder, storage)
    with pytest.raises(StorageError, match="refused"):
        storage.consent.revoke(SEAT, actor="terminal")

    assert not storage.consent.granted(SEAT)


def test_grant_that_cannot_be_written_does_not_count(folder: Path, storage: Storage) -> None:
    """Without a record there is no consent."""
    storage.consent.occupancy_changed(SEAT, STUDENT)
    refuse_consent(folder, storage)
    with pytest.raises(StorageError, match="refused"):
        storage.consent.grant(SEAT, actor="terminal")

    assert not storage.consent.granted(SEAT)


OCCUPANTS = st.sampled_from([STUDENT, OTHER_STUDENT, None])
STEPS = st.lists(
    st.tuples(st.just("sit"), OCCUPANTS)
    | st.tuples(st.just("grant"), OCCUPANTS)
    | st.tuples(st.just("revoke"), st.none()),
    max_size=12,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_nobody_is_looked_at_on_another_ones_consent(
    storage: Storage, steps: list[tuple[str, OccupancyKey | None]]
) -> None:
    """Whatever the order: granted means that this stay was consented to since it began."""
    consents: Consents = storage.consent
    consents.revoke(SEAT, actor="start")
    consents.occupancy_changed(SEAT, None)
    present: OccupancyKey | None = None
    consented: OccupancyKey | None = None

    for step, occupancy in steps:
        if step == "sit":
            consents.occupancy_changed(SEAT, occupancy)
            present = occupancy
            consented = consented if consented == occupancy else None
        elif step == "grant":
            try:
                consents.grant(SEAT, actor="terminal", occupancy=occupancy)
            except NobodyKnownError:
                assert present is None or occupancy not in (None, present)
            else:
                consented = present
        else:
            consents.revoke(SEAT, actor="terminal")
            consented = None

        assert consents.granted(SEAT) == (consented is not None and consented == present)
