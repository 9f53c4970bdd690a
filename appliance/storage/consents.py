"""Who may be looked at, for people: what is on record for each seat, and where nothing is."""

import os
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from appliance.domain.seats import SeatKey
from appliance.errors import StorageError
from appliance.storage.database import connect
from appliance.storage.export import PRIVACY_FILE
from appliance.storage.keeping.beginning import refusals_beside
from appliance.storage.keeping.refusals import REFUSALS_FILE
from appliance.storage.keeping.weighing import LOST, Consent, Weighed, weigh


class Ground(StrEnum):
    """Why somebody may, or may not, be looked at."""

    ON_FILE = "on file at the school (configuration)"
    """For whoever sits there."""

    THIS_STAY = "this stay"
    """Ends when somebody else, or nobody, sits there."""

    STAY_OVER = "was for a stay that is over"
    """Nobody whom it was for sits there, as far as the running service can tell."""

    LOST = "who agreed was lost with privacy.db or refusals.jsonl, until somebody grants it again"
    """Also where the configuration grants."""

    TAKEN_BACK = "taken back, until somebody grants it again"
    """Also where the configuration grants."""

    NEVER_GIVEN = "not given"
    """The default, and what is left when a stay is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatConsent:
    """What holds for one seat."""

    seat: SeatKey
    """Where."""

    granted: bool
    """True: it may be looked at."""

    ground: Ground
    """Why."""

    since_s: float | None
    """Wall time of the record; None where there is none."""

    actor: str
    """Role that gave it or took it back; empty where nobody has."""


def list_consents(
    state_dir: Path,
    *,
    seats: Iterable[SeatKey],
    on_file: Collection[SeatKey],
    allowed: Mapping[SeatKey, bool] | None = None,
) -> list[SeatConsent]:
    """Read what is on record, whether the service is running or not.

    Args:
        state_dir: Folder of the databases; a box that has never run has none.
        seats: Those of the configuration.
        on_file: Those that the configuration grants; the next start puts them on record.
        allowed: What the running service says of each seat; only it knows whether a stay lasts.
            None where none runs.

    Raises:
        StorageError: The database cannot be read.
    """
    rows = _read(state_dir / PRIVACY_FILE)
    weighed = _weigh(state_dir, rows, on_file)
    recorded = [
        _consent(
            seat,
            weighed.records.get(seat),
            since_s=rows[seat]["wall_s"] if seat in rows else None,
            on_file=seat in on_file,
        )
        for seat in seats
    ]
    return [
        replace(one, granted=False, ground=Ground.STAY_OVER)
        if one.ground is Ground.THIS_STAY and allowed is not None and not allowed[one.seat]
        else one
        for one in recorded
    ]


def find_loss(state_dir: Path, *, on_file: Collection[SeatKey]) -> str:
    """Return what is lost of who agreed, as the next start will find it; empty for nothing.

    It is empty, too, for whoever may not look.

    Args:
        state_dir: Folder of the databases.
        on_file: Seats that the configuration grants.
    """
    if not os.access(state_dir, os.R_OK | os.X_OK):
        return ""
    try:
        weighed = _weigh(state_dir, _read(state_dir / PRIVACY_FILE), on_file)
    except StorageError as error:
        return str(error)
    seats = sorted(seat for seat, one in weighed.records.items() if one == LOST)
    where = f" on seat {', '.join(seats)}" if seats else ""
    return (
        f"{PRIVACY_FILE} or {REFUSALS_FILE} was lost, and with it who agreed{where}"
        if seats or weighed.lost
        else ""
    )


def _read(path: Path) -> dict[SeatKey, sqlite3.Row]:
    try:
        if not path.exists():
            return {}
        with closing(connect(path).conn) as connection:
            connection.execute("PRAGMA query_only = ON")
            connection.row_factory = sqlite3.Row
            if not connection.execute("PRAGMA user_version").fetchone()[0]:
                return {}  # an empty file
            rows = connection.execute("SELECT * FROM consent")
            return {SeatKey(row["seat"]): row for row in rows}
    except (OSError, sqlite3.Error) as error:
        msg = f"{path}: cannot be read: {error}"
        raise StorageError(msg) from error


def _weigh(
    state_dir: Path, rows: Mapping[SeatKey, sqlite3.Row], on_file: Collection[SeatKey]
) -> Weighed:
    """Hold the rows against the refusals as the next start will; nothing is written."""
    records = {
        seat: Consent(
            granted=bool(row["granted"]),
            permanent=bool(row["permanent"]),
            occupancy=row["occupancy"],
            actor=row["actor"],
            line=row["line"] if "line" in row.keys() else "",  # noqa: SIM118 - a Row is no dict
        )
        for seat, row in rows.items()
    }
    return weigh(records, refusals_beside(state_dir), known=None, configured=on_file)


def _consent(
    seat: SeatKey, record: Consent | None, *, since_s: float | None, on_file: bool
) -> SeatConsent:
    if record is None:
        return SeatConsent(
            seat=seat,
            granted=on_file,
            ground=Ground.ON_FILE if on_file else Ground.NEVER_GIVEN,
            since_s=None,
            actor="configuration" if on_file else "",
        )
    if not record.granted:
        ground = Ground.LOST if record == LOST else Ground.TAKEN_BACK
    else:
        ground = Ground.ON_FILE if record.permanent else Ground.THIS_STAY
    return SeatConsent(
        seat=seat,
        granted=record.granted,
        ground=ground,
        since_s=since_s,
        actor=record.actor,
    )
