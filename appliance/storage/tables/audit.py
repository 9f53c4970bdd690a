"""Who did what to whom, and when."""

from sqlite_utils import Database

from appliance.domain.seats import SeatKey
from appliance.ports import Clock
from appliance.storage.counts import Store
from appliance.storage.writer import StorageWriter


def write_audit(
    database: Database, *, wall_s: float, event: str, actor: str, seat: str = "", detail: str = ""
) -> None:
    """Add one line to the audit, inside the transaction of what it is about.

    Args:
        database: ``privacy.db``.
        wall_s: Wall time, seconds since the Unix epoch.
        event: Constant snake_case name.
        actor: Role that acted, for example ``configuration`` or ``terminal``; never a name.
        seat: Seat it is about; empty where it is about the box.
        detail: Counts or file names.
    """
    database.table("audit").insert(
        {"wall_s": wall_s, "event": event, "actor": actor, "seat": seat, "detail": detail}
    )


class Audit:
    """Durable record of what people and the box did with personal data."""

    def __init__(self, writer: StorageWriter, *, clock: Clock) -> None:
        """Write through ``writer``."""
        self._writer = writer
        self._clock = clock

    def record(
        self, event: str, *, actor: str, seat: SeatKey | None = None, detail: str = ""
    ) -> None:
        """Keep one event; returns when it is on disk.

        Raises:
            StorageError: It could not be kept.
        """
        wall_s = self._clock.wall_s()
        self._writer.run(
            Store.PRIVACY,
            lambda database: write_audit(
                database, wall_s=wall_s, event=event, actor=actor, seat=seat or "", detail=detail
            ),
        )
