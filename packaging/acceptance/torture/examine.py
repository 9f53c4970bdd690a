"""What is left of a state folder after its process was killed, held against what it had said."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from acceptance.torture.decisions import digest_of
from appliance.commands.policy.recompute import Recomputation, ReplayResult
from appliance.domain.policy.choices import StoredChoice
from appliance.storage.export import PRIVACY_FILE
from appliance.storage.tables.choice_archive import ChoiceArchive


@dataclass(slots=True)
class Said:
    """What the process has said before it was killed."""

    kept: dict[str, str] = field(default_factory=dict)
    """Choices that are on disk: id and digest."""

    settled: set[str] = field(default_factory=set)
    """Choices whose outcome is on disk."""

    ready: str | None = None
    """Version with which it went on; None when it was killed before."""

    active: list[str] = field(default_factory=list)
    """Versions that decided after that."""

    learning: int = 0
    """How often it began to learn."""

    saving: int = 0
    saved: int = 0
    """How often weights were about to be kept, and were."""

    def hear(self, line: str) -> None:
        """Take in a whole line; one without its end was cut off by the kill."""
        word, *rest = line.split()
        if word == "kept":
            self.kept[rest[0]] = rest[1]
        elif word == "settled":
            self.settled.add(rest[0])
        elif word == "ready":
            self.ready = rest[0]
        elif word == "active":
            self.active.append(rest[0])
        elif word == "learning":
            self.learning += 1
        elif word == "saving":
            self.saving += 1
        elif word == "saved":
            self.saved += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Remains:
    """What was found."""

    choices: int
    """On record."""

    lost: int
    """Decisions that were acknowledged and are not there."""

    changed: int
    """Those that are there and not what they were."""

    outcomes_lost: int
    unreadable: int
    """Decisions that cannot be made again for want of their weights."""

    different: int
    """Decisions that, made again, are others."""

    damaged: str
    """What SQLite says of the file; empty when it is whole."""

    replaced: int
    """Databases that were moved aside."""


def examine(
    folder: Path, *, kept: Mapping[str, str], settled: set[str], replayed: set[str]
) -> Remains:
    """Read everything, as the next start and an auditor would.

    Args:
        folder: State folder whose process is gone.
        kept: All choices ever acknowledged, id and digest.
        settled: All choices whose outcome was.
        replayed: Ids that were made again in an earlier round; those of this one are added.

    Raises:
        StorageError: The database cannot be read at all.
    """
    archive = ChoiceArchive(folder)
    recomputation = Recomputation(archive.weights)
    missing, outcomes = dict(kept), set(settled)
    choices = changed = unreadable = different = 0
    for found in archive.choices():
        if not isinstance(found, StoredChoice):
            continue
        choices += 1
        identity = found.choice.id
        said = missing.pop(identity, None)
        changed += said is not None and said != digest_of(found.choice)
        if found.outcome is not None:
            outcomes.discard(identity)
        if identity not in replayed:
            replayed.add(identity)
            result = recomputation.check(found).result
            unreadable += result is ReplayResult.NO_WEIGHTS
            different += result is ReplayResult.DIFFERENT
    return Remains(
        choices=choices,
        lost=len(missing),
        changed=changed,
        outcomes_lost=len(outcomes),
        unreadable=unreadable,
        different=different,
        damaged=_damage(folder / PRIVACY_FILE),
        replaced=len(list(folder.glob("*.db.corrupt-*"))),
    )


def goes_on(before: list[str], ready: str) -> str:
    """Return how a process went on with its policy.

    Args:
        before: Versions that have decided so far, in order; the first is the warm start.
        ready: Version with which the new process began.

    Returns:
        ``newest``, ``one before``, ``newer`` when it had been kept and not yet taken, or ``lost``.
    """
    if ready == before[-1]:
        return "newest"
    if ready in before[-2:]:
        return "one before"
    return "lost" if ready in before else "newer"


def _damage(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        said = str(connection.execute("PRAGMA integrity_check(1)").fetchone()[0])
    return "" if said == "ok" else said
