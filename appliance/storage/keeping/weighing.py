"""What is on record about consent, held against the refusals: which of it counts."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlite_utils import Database

from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.storage.keeping.refusals import RefusalEvent, RefusalLine, Refusals


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What is on record for one seat."""

    granted: bool
    """False after a revocation."""

    permanent: bool
    """True: for whoever sits there, because the school holds the consent on file."""

    occupancy: OccupancyKey | None
    """Whose; None where ``permanent``, and of a revocation."""

    actor: str
    """Role that gave or revoked it."""

    line: str = ""
    """Of the refusals, that says the same; empty for a revocation, which needs no witness."""


CONFIGURED = Consent(granted=True, permanent=True, occupancy=None, actor="configuration")
"""What the configuration file grants."""

REFUSED_BEFORE = Consent(granted=False, permanent=False, occupancy=None, actor="box")
"""The refusals know of a revocation that the database does not have."""

LOST = Consent(granted=False, permanent=False, occupancy=None, actor="box, after a loss")
"""Who agreed there is not known any more, so nobody has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """What counts."""

    records: Mapping[SeatKey, Consent]
    """By seat."""

    changed: Mapping[SeatKey, Consent | None]
    """What has to be written; None where a row has to go."""

    lost: bool
    """The database is not the one that the refusals are about: it was lost or replaced."""


def read_consents(database: Database) -> dict[SeatKey, Consent]:
    """Return the rows."""
    return {
        SeatKey(row["seat"]): Consent(
            granted=bool(row["granted"]),
            permanent=bool(row["permanent"]),
            occupancy=row["occupancy"],
            actor=row["actor"],
            line=row["line"],
        )
        for row in database.table("consent").rows
    }


def weigh(
    rows: Mapping[SeatKey, Consent],
    refusals: Refusals | None,
    *,
    known: Mapping[SeatKey, Consent] | None,
    configured: Collection[SeatKey] | None,
    begun: bool = False,
) -> Weighed:
    """Hold the database against the refusals.

    A "no" of either counts. A "yes" needs both. Where the two contradict each other and it is not
    the last word alone, which a crash may have left in the refusals only, the database was lost or
    replaced: then all that was granted is over, and every configured seat is denied.

    Args:
        rows: What the database says.
        refusals: The log; None when it is lost.
        known: What this process knew before, a witness in place of a lost log; None at its start.
        configured: Seats that the configuration grants; None where that is not known.
        begun: The database was begun anew on a box that has run before.
    """
    if refusals is None:
        lost = known is None or any(
            row.granted and known.get(seat) != row for seat, row in rows.items()
        )
        behind: dict[SeatKey, RefusalLine] = {}
        gone: set[SeatKey] = set()
    elif refusals.vouches:
        lost, behind, gone = _compare(rows, refusals)
    else:  # of an older program, whose consents had no witness
        gone = set()
        refused = refusals.last_words({}).items()
        lost, behind = (
            begun,
            {
                SeatKey(seat): line
                for seat, line in refused
                if line.event is RefusalEvent.REVOKED and not _agree(rows.get(SeatKey(seat)), line)
            },
        )
    changed: dict[SeatKey, Consent | None] = {
        # An older program let it wait for whoever came next.
        seat: None
        for seat, row in rows.items()
        if row.granted and not row.permanent and row.occupancy is None
    }
    changed |= {
        seat: REFUSED_BEFORE if line.event is RefusalEvent.REVOKED else None
        for seat, line in behind.items()
    }
    if lost:  # said of each seat, lest the next look finds the same loss again
        changed |= {seat: rows.get(seat) for seat in gone - behind.keys()}
        changed |= {seat: None for seat, row in rows.items() if row.granted and seat not in behind}
    if lost or refusals is None:
        denied = {seat for seat, row in {**rows, **_only(changed)}.items() if not row.granted}
        fallen = set(configured or ()) - denied - (set() if lost else rows.keys())
        changed |= dict.fromkeys(fallen, LOST)
    records = {**rows, **_only(changed)}
    for seat, record in changed.items():
        if record is None:
            records.pop(seat, None)
    return Weighed(records=records, changed=changed, lost=lost)


def _only(changed: Mapping[SeatKey, Consent | None]) -> dict[SeatKey, Consent]:
    return {seat: record for seat, record in changed.items() if record is not None}


def _compare(
    rows: Mapping[SeatKey, Consent], refusals: Refusals
) -> tuple[bool, dict[SeatKey, RefusalLine], set[SeatKey]]:
    """Compare what both say.

    Returns:
        Whether the database was replaced; the words that it does not have yet; and the seats whose
        consent it does not have any more.
    """
    words = refusals.last_words({seat: row.line for seat, row in rows.items()})
    kept = refusals.kept()
    lost, behind, gone = False, {}, set()
    for seat in rows.keys() | {SeatKey(seat) for seat in words}:
        row, word = rows.get(seat), words.get(seat)
        if _agree(row, word):
            continue
        lost = lost or word is None or word.id in kept
        if word is not None and word.event is RefusalEvent.GRANTED:
            gone.add(seat)
        elif word is not None and (word.id not in kept or word.event is RefusalEvent.REVOKED):
            behind[seat] = word
    return lost, behind, gone


def _agree(row: Consent | None, word: RefusalLine | None) -> bool:
    if word is None or word.event is RefusalEvent.ENDED:
        return row is None or not row.granted
    if word.event is RefusalEvent.REVOKED:
        return row is not None and not row.granted
    return row is not None and row.granted and row.line == word.id
