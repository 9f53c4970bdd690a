"""The first refusals of a box, begun before the databases: a box without any has lost them."""

import sqlite3
from contextlib import closing
from pathlib import Path

from appliance.domain.seats import SeatKey
from appliance.ports import Clock
from appliance.storage.ballast import BALLAST_FILE
from appliance.storage.database import connect
from appliance.storage.export import FEATURES_FILE, PRIVACY_FILE
from appliance.storage.keeping.refusal_log import RefusalLog, read_log
from appliance.storage.keeping.refusals import (
    REFUSALS_FILE,
    RefusalEvent,
    Refusals,
    new_log,
    old_log,
)

SIGNS = (PRIVACY_FILE, FEATURES_FILE, REFUSALS_FILE, BALLAST_FILE)
"""Where one of these is there, a box has run before."""

WITNESSED = 4
"""Version of ``privacy.db`` from which on each consent names its line."""


def begin_refusals(state_dir: Path, log: RefusalLog) -> bool:
    """Begin the refusals of a new box, and of one that an older program has left without any.

    Returns:
        True when the box is new: nothing can have been lost.
    """
    new = is_new(state_dir)
    first = _first_log(state_dir)
    if log.signature() is None and first is not None:
        log.begin(first)
    return new


def refusals_beside(state_dir: Path) -> Refusals | None:
    """Return the refusals as the next start will find them; None when they are lost."""
    path = state_dir / REFUSALS_FILE
    return read_log(path) if path.exists() else _first_log(state_dir)


def is_new(state_dir: Path) -> bool:
    """Tell whether no box has ever run here."""
    return not any((state_dir / name).exists() for name in SIGNS)


def _first_log(state_dir: Path) -> Refusals | None:
    if is_new(state_dir):
        return new_log()
    return old_log() if 0 < _version(state_dir / PRIVACY_FILE) < WITNESSED else None


def note_refusal(state_dir: Path, seat: SeatKey, *, clock: Clock) -> bool:
    """Note a revocation in the refusals alone, where the database cannot be used.

    Returns:
        Whether it counts: a running box heeds it, and so does the next start.
    """
    log = RefusalLog(state_dir / REFUSALS_FILE, clock=clock, free=lambda: None)
    refusals = log.read()
    if refusals is None:
        return False
    if seat not in refusals.refused():
        log.append(log.line(RefusalEvent.REVOKED, seat=seat))
    return log.signature() is not None


def _version(path: Path) -> int:
    """Return which version a database has; 0 where there is none that can be read."""
    try:
        with closing(connect(path).conn) as database:
            return int(database.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.Error:
        return 0
