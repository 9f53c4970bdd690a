"""A bar on a terminal, and nothing where nobody looks."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn


@contextmanager
def bar(label: str, total_bytes: int) -> Iterator[Callable[[int], None]]:
    """Show how far something is; call what is yielded with the bytes done since the last call."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as it:
        task = it.add_task(label, total=total_bytes)
        yield lambda done: it.advance(task, done)
