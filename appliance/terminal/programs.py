"""Other programs that a student's computer runs for us."""

import subprocess
from collections.abc import Mapping, Sequence


def start_program(
    words: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    told: bool = False,
    quiet: bool = True,
) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own, so that no signal of a console reaches it.

    Args:
        words: Program and arguments; no shell reads them.
        environment: Its own; this process's by default.
        told: It is told things by a pipe; without it there is nothing to read for it.
        quiet: Nobody reads what it writes.

    Raises:
        OSError: It cannot be started.
    """
    return subprocess.Popen(  # noqa: S603 - words of our own, no shell
        list(words),
        stdin=subprocess.PIPE if told else subprocess.DEVNULL,
        stdout=subprocess.DEVNULL if quiet else None,
        stderr=subprocess.DEVNULL if quiet else None,
        env=None if environment is None else dict(environment),
        start_new_session=True,
    )
