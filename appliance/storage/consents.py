"""Who may be looked at, for people: what is on record for each seat, and where nothing is."""

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


class Ground(StrEnum):
    """Why somebody may, or may not, be looked at."""

    ON_FILE = "on file at the school (configuration)"
    """For whoever sits there."""

    THIS_STAY = "this stay"
    """Ends when somebody else, or nobody, sits there."""

    STAY_OVER = "was for a stay that is over"
    """Nobody whom it was for sits there, as far as the running service can tell."""

    NEXT_STAY = "whoever sits there now or next"
    """Given before anybody was known to sit there."""

    TAKEN_BACK = "taken back, until somebody grants it again"
    """Also where the configuration grants."""

    NEVER_GIVEN = "never given"
    """The default."""


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
    records = _read(state_dir / PRIVACY_FILE)
    recorded = [_consent(seat, records.get(seat), on_file=seat in on_file) for seat in seats]
    return [
        replace(one, granted=False, ground=Ground.STAY_OVER)
        if one.ground is Ground.THIS_STAY and allowed is not None and not allowed[one.seat]
        else one
        for one in recorded
    ]


def _read(path: Path) -> dict[str, sqlite3.Row]:
    try:
        if not path.exists():
            return {}
        with closing(connect(path).conn) as connection:
            connection.execute("PRAGMA query_only = ON")
            connection.row_factory = sqlite3.Row
            rows = connection.execute("SELECT * FROM consent")
            return {row["seat"]: row for row in rows}
    except (OSError, sqlite3.Error) as error:
        msg = f"{path}: cannot be read: {error}"
        raise StorageError(msg) from error


def _consent(seat: SeatKey, row: sqlite3.Row | None, *, on_file: bool) -> SeatConsent:
    if row is None:
        return SeatConsent(
            seat=seat,
            granted=on_file,
            ground=Ground.ON_FILE if on_file else Ground.NEVER_GIVEN,
            since_s=None,
            actor="configuration" if on_file else "",
        )
    if not row["granted"]:
        ground = Ground.TAKEN_BACK
    elif row["permanent"]:
        ground = Ground.ON_FILE
    else:
        ground = Ground.NEXT_STAY if row["occupancy"] is None else Ground.THIS_STAY
    return SeatConsent(
        seat=seat,
        granted=bool(row["granted"]),
        ground=ground,
        since_s=row["wall_s"],
        actor=row["actor"],
    )
