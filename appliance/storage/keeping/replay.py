"""What was refused since a backup, applied to its databases before they are put in place."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlite_utils import Database

from appliance.storage.erasure import erase_features, erase_records
from appliance.storage.keeping.refusals import Refusals, digest_of
from appliance.storage.keeping.witness import AuditRow, ConsentRow, Witness
from appliance.storage.tables.audit import write_audit

ACTOR = "restore"


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """What happened after an archive was made, or while it was."""

    seats: tuple[str, ...]
    """Everything about these seats was erased."""

    digests: frozenset[str]
    """Everything about the occupancies with these digests was erased."""

    audit: tuple[AuditRow, ...]
    """Lines of the audit."""

    erasures_known: bool
    """False when there may have been other erasures, of which nothing is left."""

    consent: dict[str, ConsentRow] | None
    """The present records by seat; None when they are lost, so that nobody has consented."""


def look_back(
    archived: Witness,
    *,
    archived_log: Refusals | None,
    present: Witness | None,
    present_log: Refusals | None,
) -> Since:
    """Find out what a restore must not undo.

    The log names every erasure; where it is lost the audit still names those of whole seats.

    Args:
        archived: What the archive's database says.
        archived_log: The refusals in the archive.
        present: What the database says that is about to be replaced; None when it is lost.
        present_log: The refusals of this box; None when they are lost.
    """
    begun = {} if archived_log is None else archived_log.erasures()
    done = frozenset[str]() if archived_log is None else archived_log.erased()
    begun |= {} if present_log is None else present_log.erasures()
    open_ = [line for id_, line in begun.items() if id_ not in done]

    audit = () if present is None else present.since(archived)
    erased = [row for row in audit if row.event == "erased"]
    log_follows = (
        archived_log is not None and present_log is not None and archived_log.log == present_log.log
    )
    audit_follows = present is not None and present.follows(archived)
    return Since(
        seats=tuple(sorted(({line.seat for line in open_} | {row.seat for row in erased}) - {""})),
        digests=frozenset(line.occupancy for line in open_ if line.occupancy),
        audit=audit,
        # The audit does not say which occupancy was erased.
        erasures_known=log_follows or (audit_follows and all(row.seat for row in erased)),
        consent=present.consent if present and (log_follows or audit_follows) else None,
    )


def replay_erasures(privacy: Database, features: Database, since: Since) -> int:
    """Erase again; return the number of rows that went."""
    targets = [("seat", seat) for seat in since.seats]
    targets += [
        ("occupancy", occupancy)
        for occupancy in _occupancies(privacy, features)
        if digest_of(occupancy) in since.digests
    ]
    return sum(
        erase_features(features, column, key) + erase_records(privacy, column, key)
        for column, key in targets
    )


def limit_consent(
    privacy: Database,
    archived: Witness,
    present: dict[str, ConsentRow] | None,
    *,
    refused: Collection[str],
    configured: Collection[str],
    wall_s: float,
) -> tuple[str, ...]:
    """Refuse whatever is not granted both in the archive and now.

    Args:
        privacy: The archive's database.
        archived: What was in it.
        present: The present records; None when they are lost.
        refused: Seats that the present refusals deny.
        configured: Seats that the configuration grants, where nobody has refused.
        wall_s: Wall time.

    Returns:
        The seats that were granted in the archive, or by the configuration, and are not now.
    """
    granted = {seat for seat, row in archived.consent.items() if row.granted}
    denied = set(refused)
    if present is None:
        stopped = granted | set(configured)
    else:
        denied |= {seat for seat, row in present.items() if not row.granted}
        changed = {seat for seat in granted if present.get(seat) != archived.consent[seat]}
        stopped = changed | granted & denied
    denied |= stopped
    for seat in sorted(denied):
        privacy.table("consent").insert(
            {
                "seat": seat,
                "granted": 0,
                "permanent": 0,
                "occupancy": None,
                "actor": ACTOR,
                "wall_s": wall_s,
            },
            replace=True,
        )
        if seat in stopped:
            write_audit(privacy, wall_s=wall_s, event="consent_revoked", actor=ACTOR, seat=seat)
    return tuple(sorted(stopped))


def _occupancies(privacy: Database, features: Database) -> list[str]:
    tables = [(features, "streams")]
    tables += [(privacy, table) for table in ("decisions", "alerts", "choices")]
    found = {
        str(row[0])
        for database, table in tables
        for row in database.execute(f"SELECT DISTINCT occupancy FROM {table}")  # noqa: S608 - own names
    }
    return sorted(found)
