"""What the database that is about to be replaced can say about the time since a backup."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from appliance.storage.database import connect

BLIND = "restored_blindly"
"""Event of a restore that could not know what had been refused since the backup."""

BREAKS = frozenset({"database_replaced", BLIND})
"""Events before which an audit may have had lines that are lost."""


class ConsentRow(NamedTuple):
    """A record as it is stored."""

    seat: str
    granted: int
    permanent: int
    occupancy: str | None


class AuditRow(NamedTuple):
    """A line as it is stored."""

    wall_s: float
    event: str
    actor: str
    seat: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """Consent and audit of a database."""

    consent: dict[str, ConsentRow]
    """By seat."""

    audit: tuple[AuditRow, ...]
    """In the order in which it was written."""

    def since(self, archived: "Witness") -> tuple[AuditRow, ...]:
        """Return the lines that an archive's database does not have yet."""
        known = set(archived.audit)
        return tuple(row for row in self.audit if row not in known)

    def follows(self, archived: "Witness") -> bool:
        """Tell whether this is the same database at a later time, with nothing lost between."""
        broken = any(row.event in BREAKS for row in self.since(archived))
        return bool(archived.audit) and archived.audit[-1] in set(self.audit) and not broken


def read_witness(path: Path) -> Witness | None:
    """Read a ``privacy.db`` of whatever version; None when it is missing or damaged."""
    if not path.is_file():
        return None
    try:
        with closing(connect(path).conn) as database:
            if database.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                return None
            consent = database.execute("SELECT seat, granted, permanent, occupancy FROM consent")
            audit = database.execute(
                "SELECT wall_s, event, actor, seat, detail FROM audit ORDER BY id"
            )
            return Witness(
                consent={row[0]: ConsentRow(*row) for row in consent},
                audit=tuple(AuditRow(*row) for row in audit),
            )
    except sqlite3.Error:
        return None
