"""What time it is, for whoever deletes by age: a wall clock that jumps deletes nothing.

The last known time is kept with the machine's running time. Within one boot both must agree; where
the wall clock is ahead of them, it was set, rightly or not, and is believed only when that has
lasted. Whichever says that it is earlier counts: what is deleted too late can still be deleted.

How long a machine was off nobody can tell, so after a boot the wall clock is believed as soon as
it has run on evenly for ``SETTLING_S``, in which NTP corrects a clock without a battery. So a box
that was off over the holidays deletes what has become too old, an hour after it is on again.
"""

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from sqlite_utils import Database

from appliance.domain.boot import BootTime
from appliance.ports import Clock
from appliance.storage.tables.checkpoints import read_state, write_state

KEY = "clock"

SLACK_S = 300.0
"""Wall clocks are corrected by so much without anybody speaking of a jump."""

SETTLING_S = 3600.0
"""After a boot, until the wall clock is known to be right."""

LASTING_S = 7 * 86_400.0
"""A clock that was set while the machine ran, and by more than ``SLACK_S``, is believed then."""

MOVED_S = 2.0
"""Less is no jump for the lifetimes of commands: they are ten seconds and more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    time_s: float
    """The time that counted."""
    wall_s: float
    """What the wall clock said."""
    at: BootTime
    settled: bool
    """The wall clock had run evenly for ``SETTLING_S`` of this boot."""


class Timekeeper:
    """Follows the wall clock; only in the writer's thread."""

    def __init__(self, *, clock: Clock, boot: Callable[[], BootTime]) -> None:
        """Know nothing yet; ``load`` reads what was known last.

        Args:
            clock: Wall time.
            boot: Running time of the machine.
        """
        self._clock = clock
        self._boot = boot
        self._known: _Known | None = None
        self._ahead_s = 0.0  # of the wall clock, as it has been since
        self._since_s = 0.0
        self._moved_s = 0.0
        self.unsaved = False
        """True from a jump of the wall clock until ``keep``."""
        self._log = structlog.get_logger()

    def load(self, database: Database) -> None:
        """Go on from what the last process knew; a second call does nothing."""
        if self._known is not None:
            return
        wall_s, at = self._clock.wall_s(), self._boot()
        self._since_s = at.s
        before = _read(database)
        if before is None:
            # There is nothing yet that could be deleted too early.
            self._known = _Known(time_s=wall_s, wall_s=wall_s, at=at, settled=True)
        elif before.at.boot == at.boot and before.at.s <= at.s:
            self._known = before
            moved_s = (wall_s - at.s) - (before.wall_s - before.at.s)
            self._moved_s = moved_s if abs(moved_s) > MOVED_S else 0.0
        else:
            self._known = _Known(time_s=before.time_s, wall_s=wall_s, at=at, settled=False)

    def moved_s(self, database: Database) -> float:
        """Return by how much the wall clock was set between the last process and this one.

        0 where the machine was started anew in between: then nobody can tell.
        """
        self.load(database)
        return self._moved_s

    def now_s(self, database: Database) -> float:
        """Return the time by which may be deleted, Unix epoch."""
        self.load(database)
        assert self._known is not None  # noqa: S101 - for mypy; load has seen to it
        wall_s, at = self._clock.wall_s(), self._boot()
        if abs((wall_s - at.s) - (self._known.wall_s - self._known.at.s)) > MOVED_S:
            self.unsaved = True
        counted_s = self._known.time_s + (at.s - self._known.at.s)
        ahead_s = wall_s - counted_s
        if abs(ahead_s - self._ahead_s) > SLACK_S:
            self._ahead_s, self._since_s = ahead_s, at.s
            self._log.warning("clock_set", ahead_s=round(ahead_s))
        lasts_s = at.s - self._since_s
        believed = abs(ahead_s) <= SLACK_S or lasts_s >= (
            LASTING_S if self._known.settled else SETTLING_S
        )
        settled = self._known.settled or (believed and lasts_s >= SETTLING_S)
        if believed:
            self._ahead_s = 0.0
            counted_s = wall_s
        self._known = _Known(time_s=counted_s, wall_s=wall_s, at=at, settled=settled)
        return min(wall_s, counted_s)

    def keep(self, database: Database) -> None:
        """Write down what is known; inside a transaction."""
        self.now_s(database)
        known, self.unsaved = self._known, False
        assert known is not None  # noqa: S101 - as above
        write_state(
            database,
            KEY,
            {
                "time_s": known.time_s,
                "wall_s": known.wall_s,
                "boot": known.at.boot,
                "boot_s": known.at.s,
                "settled": known.settled,
            },
            wall_s=known.wall_s,
        )


def _read(database: Database) -> _Known | None:
    try:
        kept = read_state(database, KEY)
        if kept is None:
            return None
        return _Known(
            time_s=float(kept["time_s"]),
            wall_s=float(kept["wall_s"]),
            at=BootTime(boot=str(kept["boot"]), s=float(kept["boot_s"])),
            settled=bool(kept["settled"]),
        )
    except (ValueError, KeyError, TypeError):
        return None
