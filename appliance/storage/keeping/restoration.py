"""The databases of an archive in the place of the present ones."""

import os
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from appliance.domain.seats import SeatKey
from appliance.errors import StorageError
from appliance.ports import Clock
from appliance.storage.database import SIDECARS, connect
from appliance.storage.export import FEATURES_FILE, PRIVACY_FILE
from appliance.storage.folder import FOLDER_MODE, give_to_owner, make_private_file
from appliance.storage.keeping.copies import BEFORE_RESTORE, delete_copy
from appliance.storage.keeping.refusal_log import RefusalLog
from appliance.storage.keeping.refusals import (
    REFUSALS_FILE,
    Refusals,
    new_id,
    new_log,
    read_refusals,
)
from appliance.storage.keeping.replay import limit_consent, look_back, replay_erasures
from appliance.storage.keeping.snapshot import DATABASES
from appliance.storage.keeping.witness import BLIND, read_witness
from appliance.storage.migrations import migrate
from appliance.storage.tables.audit import write_audit


@dataclass(frozen=True, slots=True, kw_only=True)
class Restoration:
    """What a restore has done."""

    erased_seats: tuple[str, ...]
    """Seats that were erased since the backup, and have been again."""

    erased_rows: int
    """Rows of the archive that went with them, and with single occupancies."""

    erasures_known: bool
    """False when others may have been erased since, of which nothing is left on this box."""

    stopped: tuple[str, ...]
    """Seats whose consent in the archive does not count any more."""

    consent_lost: bool
    """True when the present records were lost, so that every seat is denied."""

    kept_as: Path | None
    """Folder in which the databases from before lie; None when there were none."""


def restore_databases(
    folder: Path,
    state_dir: Path,
    *,
    archived_log: str,
    configured: Collection[SeatKey],
    made: str,
    clock: Clock,
) -> Restoration:
    """Bring an archive's databases up to date and put them in place.

    Nothing is changed in ``state_dir`` before everything is ready.

    Args:
        folder: Holds both databases; inside of ``state_dir``, so that they need only be renamed.
        state_dir: Nobody else may use it meanwhile (``FolderLock.alone``).
        archived_log: Text of the refusals in the archive.
        configured: Seats that the configuration grants, where nobody has refused.
        made: When the archive was made, for the audit.
        clock: Wall time.

    Raises:
        StorageError: A database cannot be used, or the disk fails.
    """
    old_log = read_refusals(archived_log)
    log = RefusalLog(state_dir / REFUSALS_FILE, clock=clock, free=lambda: None)
    try:
        _migrate(folder)
        archived = read_witness(folder / PRIVACY_FILE)
        if archived is None:
            msg = f"{PRIVACY_FILE}: consent and audit cannot be read"
            raise StorageError(msg)
        present, present_log = read_witness(state_dir / PRIVACY_FILE), log.read()
        since = look_back(archived, archived_log=old_log, present=present, present_log=present_log)
        wall_s = clock.wall_s()
        with _changing(folder / PRIVACY_FILE) as privacy:
            with _changing(folder / FEATURES_FILE) as features:
                erased = replay_erasures(privacy, features, since)
            for row in since.audit:
                privacy.table("audit").insert(row._asdict())
            stopped = limit_consent(
                privacy,
                archived,
                since.consent,
                refused=frozenset() if present_log is None else present_log.refused(),
                configured=configured,
                wall_s=wall_s,
            )
            write_audit(
                privacy,
                wall_s=wall_s,
                event="restored" if since.erasures_known else BLIND,
                actor="operator",
                detail=f"backup of {made}: {erased} rows erased again, {len(stopped)} seats denied",
            )
            refusals = _write_refusals(privacy, present_log, old_log, wall_s=wall_s)
        # The refusals first: whatever happens from here on, they are not forgotten. Until the
        # databases follow, the present ones do not fit to them, and nobody is looked at.
        log.replace(refusals)
        kept_as = _put_in_place(folder, state_dir)
    except (OSError, sqlite3.Error) as error:
        msg = f"{state_dir}: cannot be restored: {error}"
        raise StorageError(msg) from error
    return Restoration(
        erased_seats=since.seats,
        erased_rows=erased,
        erasures_known=since.erasures_known,
        stopped=stopped,
        consent_lost=since.consent is None,
        kept_as=kept_as,
    )


def _migrate(folder: Path) -> None:
    for name, migrations in DATABASES.items():
        database = connect(folder / name)
        try:
            migrate(database, migrations, name=name)
        finally:
            database.conn.close()


@contextmanager
def _changing(path: Path) -> Iterator[Database]:
    """Change a database of the archive in one transaction, and leave one file."""
    database = connect(path)
    try:
        database.execute("PRAGMA journal_mode = MEMORY")  # no row may lie in a log on the disk
        database.execute("PRAGMA synchronous = FULL")
        database.execute("PRAGMA secure_delete = ON")
        database.execute("BEGIN IMMEDIATE")
        yield database
        database.execute("COMMIT")
    finally:
        database.conn.close()  # rolls back what was not committed


def _write_refusals(
    privacy: Database, present: Refusals | None, archived: Refusals | None, *, wall_s: float
) -> Refusals:
    """Return the erasures of both logs, and what the archive's database says about consent."""
    known = new_log() if present is None else present
    if archived is not None:
        known = known.after(archived)
    granted = {
        str(seat): new_id()
        for (seat,) in privacy.execute("SELECT seat FROM consent WHERE granted").fetchall()
    }
    for seat, line in granted.items():
        privacy.execute("UPDATE consent SET line = ? WHERE seat = ?", [line, seat])
    refused = privacy.execute("SELECT seat FROM consent WHERE NOT granted").fetchall()
    return known.restated(granted=granted, refused=[str(row[0]) for row in refused], wall_s=wall_s)


def _put_in_place(folder: Path, state_dir: Path) -> Path | None:
    """Keep what is there beside, and rename the new files over it."""
    before = state_dir / BEFORE_RESTORE
    names = [f"{name}{suffix}" for name in DATABASES for suffix in ("", *SIDECARS)]
    there = [name for name in names if (state_dir / name).exists()]
    delete_copy(before)
    if there:
        before.mkdir(mode=FOLDER_MODE)
        _give_folder(before)
    for name in there:
        if name in DATABASES:
            os.link(state_dir / name, before / name)  # so that at no moment there is no database
        else:
            (state_dir / name).rename(before / name)  # it would be played into the new file
    for name in DATABASES:
        (folder / name).replace(state_dir / name)
        make_private_file(state_dir / name)
    descriptor = os.open(state_dir, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return before if there else None


def _give_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        give_to_owner(descriptor, folder.parent)
    finally:
        os.close(descriptor)
