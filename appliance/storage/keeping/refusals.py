"""What was said about consent and erased, outside of the databases, so that no copy undoes it.

An append-only file of JSON lines, each on disk before the call returns. It names seats, times and
digests of pseudonyms; nothing in it is a student's. A "no" counts as soon as it is in here. A "yes"
counts while the database and this file agree on it: the row has the id of its line. So a database
that was damaged, replaced by another one or put back from an older copy grants nothing
(docs/DESIGN.md, 8).
"""

import hashlib
import json
import secrets
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

from appliance.domain.seats import OccupancyKey

REFUSALS_FILE = "refusals.jsonl"


class RefusalEvent(StrEnum):
    """What happened."""

    REVOKED = "revoked"
    GRANTED = "granted"
    """Takes a revocation back."""
    ENDED = "ended"
    """A consent is over: the stay it was for, or the configuration's."""
    KEPT = "kept"
    """The database has it, too; the line has the id of what it is about."""
    ERASING = "erasing"
    """Rows are about to go."""
    ERASED = "erased"
    """They have gone; the line has the id of its ``ERASING``."""


_WORDS = frozenset({RefusalEvent.REVOKED, RefusalEvent.GRANTED, RefusalEvent.ENDED})
"""What is said about consent."""

_ABOUT_CONSENT = _WORDS | {RefusalEvent.KEPT}


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalLine:
    """One line."""

    id: str
    event: RefusalEvent
    seat: str = ""
    occupancy: str = ""
    """SHA-256 of the pseudonym, hexadecimal; empty where a whole seat is meant."""
    wall_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusals:
    """A log as it was read."""

    log: str
    """Random name; a log that was begun anew has another."""

    vouches: bool
    """It has a line for each consent. False: an older program wrote it, which noted refusals."""

    lines: tuple[RefusalLine, ...]

    def kept(self) -> frozenset[str]:
        """Return the ids of the lines that the database has, too."""
        return frozenset(line.id for line in self.lines if line.event is RefusalEvent.KEPT)

    def last_words(self, recorded: Mapping[str, str]) -> dict[str, RefusalLine]:
        """Return what was said last about each seat.

        A consent counts once it is in the database: before that nobody has been told that it was
        taken.

        Args:
            recorded: By seat the line that its row in the database names.
        """
        kept = self.kept()
        return {
            line.seat: line
            for line in self.lines
            if line.event in _WORDS
            and (
                line.event is not RefusalEvent.GRANTED
                or not self.vouches
                or line.id in kept
                or recorded.get(line.seat) == line.id
            )
        }

    def refused(self) -> frozenset[str]:
        """Return the seats whose last word was a revocation."""
        words = self.last_words({})
        return frozenset(seat for seat, line in words.items() if line.event is RefusalEvent.REVOKED)

    def erasures(self) -> dict[str, RefusalLine]:
        """Return what was to be erased, by id."""
        return {line.id: line for line in self.lines if line.event is RefusalEvent.ERASING}

    def erased(self) -> frozenset[str]:
        """Return the ids of the erasures that came to their end."""
        return frozenset(line.id for line in self.lines if line.event is RefusalEvent.ERASED)

    def after(self, archived: "Refusals") -> "Refusals":
        """Return this log behind the lines of an archive's that it lacks."""
        known = {(line.id, line.event) for line in self.lines}
        older = tuple(line for line in archived.lines if (line.id, line.event) not in known)
        return Refusals(log=self.log, vouches=self.vouches, lines=older + self.lines)

    def restated(
        self, *, granted: Mapping[str, str], refused: Collection[str], wall_s: float
    ) -> "Refusals":
        """Return a log of the same erasures that says about consent just this.

        Args:
            granted: By seat the line that its row in the database names.
            refused: Seats that are denied.
            wall_s: Wall time.
        """
        said = [(id_, RefusalEvent.GRANTED, seat) for seat, id_ in granted.items()]
        said += [(new_id(), RefusalEvent.REVOKED, seat) for seat in refused]
        words = [
            RefusalLine(id=id_, event=each, seat=seat, wall_s=wall_s)
            for id_, event, seat in sorted(said, key=lambda one: one[2])
            for each in (event, RefusalEvent.KEPT)
        ]
        others = tuple(line for line in self.lines if line.event not in _ABOUT_CONSENT)
        return Refusals(log=self.log, vouches=True, lines=(*others, *words))

    def trimmed(self, before_s: float) -> "Refusals":
        """Return a log without what is overtaken, and without erasures from before a wall time."""
        kept, settled = self.kept(), {}
        for number, line in enumerate(self.lines):
            if line.event in _WORDS and line.id in kept:
                settled[line.seat] = number
        ids = {
            line.id
            for number, line in enumerate(self.lines)
            if line.event in _WORDS and number >= settled.get(line.seat, 0)
        }
        return Refusals(
            log=self.log,
            vouches=self.vouches,
            lines=tuple(
                line
                for line in self.lines
                if (line.id in ids if line.event in _ABOUT_CONSENT else line.wall_s >= before_s)
            ),
        )

    def text(self) -> str:
        """Return the log as it stands in a file."""
        head = json.dumps({"log": self.log, "vouches": self.vouches})
        return "".join(f"{line}\n" for line in (head, *map(write_line, self.lines)))


def new_log() -> Refusals:
    """Return a log in which nothing has been said."""
    return Refusals(log=secrets.token_hex(16), vouches=True, lines=())


def old_log() -> Refusals:
    """Return the same as a program would have left it that noted no consents."""
    return replace(new_log(), vouches=False)


def new_id() -> str:
    """Return the id of a line."""
    return secrets.token_hex(8)


def read_refusals(text: str) -> Refusals | None:
    """Read a log; a last line that was cut off by a power cut never counted.

    Returns:
        None when any other line is damaged: a log that may lack a refusal is no log.
    """
    whole = text[: text.rfind("\n") + 1]
    try:
        first, *lines = whole.splitlines()
        head = json.loads(first)
        return Refusals(
            log=str(head["log"]),
            vouches=bool(head.get("vouches", False)),
            lines=tuple(map(_read_line, lines)),
        )
    except (ValueError, KeyError, TypeError, AttributeError):  # a JSON error is a ValueError
        return None


def digest_of(occupancy: OccupancyKey | str) -> str:
    """Return what stands for a pseudonym in the log."""
    return hashlib.sha256(occupancy.encode()).hexdigest()


def write_line(line: RefusalLine) -> str:
    """Return a line as it stands in the file, without its end."""
    return json.dumps({key: value for key, value in asdict(line).items() if value != ""})


def _read_line(line: str) -> RefusalLine:
    values = json.loads(line)
    return RefusalLine(
        id=str(values["id"]),
        event=RefusalEvent(values["event"]),
        seat=str(values.get("seat", "")),
        occupancy=str(values.get("occupancy", "")),
        wall_s=float(values["wall_s"]),
    )
