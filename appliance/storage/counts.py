"""Names of the databases, and what is counted about writing them."""

from dataclasses import dataclass, field
from enum import StrEnum


class Store(StrEnum):
    """Which database a job is for."""

    PRIVACY = "privacy"
    FEATURES = "features"


@dataclass(slots=True)
class WriterCounts:
    """What the health report says about writing; owned by the writer's lock."""

    batches_dropped: int = 0
    """Feature batches lost to a full queue or a failing disk."""
    batches_written: int = 0
    """Feature batches on disk."""
    writes_failed: int = 0
    """Jobs and commits that failed, whoever asked for them."""
    full: set[Store] = field(default_factory=set)
    """Databases whose last write did not fit."""
    faults: dict[Store, str] = field(default_factory=dict)
    """Databases whose last write the disk refused, and why."""
    last_error: str = ""
    """Text of the last failure; empty while there was none."""
