"""How the databases are, from where they are kept to the health report."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageHealth:
    """The databases."""

    disk_full: bool
    """A write did not fit, and none has since."""

    ballast_held: bool
    """The reserve for erasing on a full disk is there."""

    features_waiting: int = 0
    """Feature batches, one token of all seats each, not yet on disk."""

    features_written: int = 0
    """Feature batches on disk since start."""

    features_dropped: int = 0
    """Feature batches lost since start."""

    writes_failed: int = 0
    """Writes and reads that failed since start."""

    replaced: tuple[str, ...] = ()
    """Corrupt files moved aside since start, by their new names."""

    last_error: str = ""
    """The last failure; empty while there was none."""
