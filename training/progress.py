"""Progress on stderr, so that stdout stays one JSON object."""

from collections.abc import Iterable
from typing import TypeVar

from rich.console import Console
from rich.progress import track

Item = TypeVar("Item")


def tracked(items: Iterable[Item], what: str) -> Iterable[Item]:
    """Return the items and show how far one is; ``what`` is said beside."""
    return track(items, what, console=Console(stderr=True), transient=True)
