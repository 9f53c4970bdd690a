"""All terminals of a room in one process, which keeps on disk what its students saw.

Arguments: a file for that, the folder of the terminals' own states, the broker's port, the
terminals. The file has one line per thing shown: id of the command and wall time.
"""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import structlog

from acceptance.deliveries.words import ROOM, SITE, asked, broker_at, say
from appliance.domain.interventions import FeedbackKind
from appliance.domain.seats import TerminalKey
from appliance.mqtt.contract.commands import CommandBody
from appliance.terminal.answers import AutoAnswers
from appliance.terminal.applied import AppliedCommands
from appliance.terminal.clock import WakefulClock
from appliance.terminal.terminal import Terminal

LOCK_S = 0.1
"""So short that hardly any other lock comes meanwhile: it would be refused."""


class DurableScreen:
    """Writes down every command that is shown."""

    knows_again = False

    def __init__(self, path: Path) -> None:
        """Add to a file."""
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def show(
        self,
        command: str,
        body: CommandBody,
        *,
        hold_s: float | None,
        too_late: Callable[[], bool],
    ) -> bool:
        """Keep id and time; see ``Screen.show``."""
        del body, hold_s, too_late
        os.write(self._file, f"{command} {time.time()}\n".encode())
        return True

    def cover(self, command: str, body: CommandBody, *, hold_s: float) -> None:
        """See ``Screen.cover``."""

    def release(self, command: str, body: CommandBody) -> None:
        """See ``Screen.release``."""


def main() -> None:
    """Be every student until somebody ends it."""
    path, state, port, names = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    screen = DurableScreen(path)
    clock = WakefulClock()
    terminals = [
        Terminal(
            address=broker_at(port),
            site=SITE,
            room=ROOM,
            terminal=TerminalKey(name),
            answers=AutoAnswers(FeedbackKind.ACCEPTED, after_s=0.05),
            screen=screen,
            clock=clock,
            longest_lock_s=LOCK_S,
            applied=AppliedCommands(state / name, now_s=clock.wall_s()),
        )
        for name in names
    ]
    for terminal in terminals:
        terminal.start()
    say("ready")
    for _ in asked():
        pass


if __name__ == "__main__":
    main()
