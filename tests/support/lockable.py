"""A screen that is locked while a file is there; also what holds a lock, as a program."""

import sys
from dataclasses import dataclass, field
from pathlib import Path

from appliance.terminal.agent.hold import hold, told
from appliance.terminal.agent.record import LockRecord
from appliance.terminal.clock import WakefulClock


@dataclass(slots=True)
class FileScreen:
    """``LockableScreen`` whose lock lies in a folder."""

    folder: Path
    works: bool = True
    """Whether a lock that is asked for comes."""

    ends: int = field(default=0)

    @property
    def lock(self) -> Path:
        """The lock."""
        return self.folder / "locked"

    def locked(self) -> bool:
        """See ``LockableScreen.locked``."""
        return self.lock.exists()

    def begin(self) -> None:
        """See ``LockableScreen.begin``."""
        if self.works:
            self.lock.touch()

    def end(self) -> bool:
        """See ``LockableScreen.end``."""
        self.ends += 1
        self.lock.unlink(missing_ok=True)
        return True


def holder_command() -> tuple[str, ...]:
    """Return how the program is started; a keeper adds folder, id and time."""
    return (sys.executable, "-m", "tests.support.lockable")


def main() -> int:
    """Hold a lock, its screen in the folder of the record."""
    folder, lock, until_s = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    clock = WakefulClock()
    screen = FileScreen(folder)
    return hold(
        screen,
        LockRecord(folder),
        lock=lock,
        until_s=until_s,
        now_s=clock.monotonic_s,
        over=told,
    )


if __name__ == "__main__":
    sys.exit(main())
