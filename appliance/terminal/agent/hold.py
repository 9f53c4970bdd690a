"""``python -m appliance.terminal.agent.hold``: one lock, held by a process of its own.

It begins the lock and it ends the lock. It ends it at a time of this machine's own clock; earlier
when the agent says so or is gone. The agent in turn ends the lock when this process is gone.
"""

import select
import sys
import time
from collections.abc import Callable
from enum import IntEnum
from pathlib import Path

from appliance.errors import StorageError
from appliance.terminal.agent.record import LastLock, LockRecord
from appliance.terminal.agent.veyon import END_TAKES_S, LockableScreen, VeyonScreen
from appliance.terminal.clock import WakefulClock

LONGEST_S = 30.0
"""docs/DESIGN.md, 7."""
COMES_WITHIN_S = 5.0
"""A lock that has not come by then is asked for no more."""
LATE_S = 10.0
"""How long it is then looked out for all the same: it may lie in a socket of a stopped server."""
STEP_S = 0.25
"""No wait of the system counts a suspend."""


class HoldOutcome(IntEnum):
    """What became of a lock; also the exit status."""

    DONE = 0
    """It was there, and the screen is free."""

    ANOTHERS = 10
    """Somebody else had locked the screen before: it was left alone, before and after."""

    NOT_COME = 11
    """Veyon did not lock; the screen is free."""

    STUCK = 12
    """The screen is still locked."""


def hold(
    screen: LockableScreen,
    record: LockRecord,
    *,
    lock: str,
    until_s: float,
    now_s: Callable[[], float],
    over: Callable[[float], bool],
) -> HoldOutcome:
    """Lock a screen and free it.

    Args:
        screen: Which.
        record: Told before the lock begins and after it has ended.
        lock: Its id.
        until_s: When the screen is free again, of the clock that goes on in a suspend; at most
            30 s from now.
        now_s: That clock.
        over: Waits up to so many seconds; tells whether the lock is to end at once.

    Raises:
        StorageError: Nothing can be kept, and so nothing was locked.
    """
    until_s = min(until_s, now_s() + LONGEST_S)
    if screen.locked():
        return HoldOutcome.ANOTHERS
    record.write(LastLock(id=lock, open=True))
    screen.begin()
    come = _wait(screen, until_s=until_s, now_s=now_s, over=over)
    free = screen.end() if screen.locked() or not come else True
    if not come:
        free = _look_out(screen, now_s=now_s) and free
    if not free:
        return HoldOutcome.STUCK
    record.write(LastLock(id=lock, open=False))
    return HoldOutcome.DONE if come else HoldOutcome.NOT_COME


def _wait(
    screen: LockableScreen,
    *,
    until_s: float,
    now_s: Callable[[], float],
    over: Callable[[float], bool],
) -> bool:
    """Wait for the end of a lock; tell whether it has been seen."""
    began_s, come = now_s(), False
    while (left_s := until_s - END_TAKES_S - now_s()) > 0:
        if over(min(left_s, STEP_S)):
            break
        locked = screen.locked()
        if come and not locked:
            break  # a teacher has unlocked it
        come = come or locked
        if not come and now_s() - began_s > COMES_WITHIN_S:
            break
    return come or screen.locked()


def _look_out(screen: LockableScreen, *, now_s: Callable[[], float]) -> bool:
    end_s, free = now_s() + LATE_S, True
    while now_s() < end_s:
        if screen.locked():
            free = screen.end()
        time.sleep(STEP_S)
    return free


def main() -> int:
    """Hold the lock that the agent has named; its words and this process's standard input."""
    folder, lock, until_s = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    try:
        return hold(
            VeyonScreen(),
            LockRecord(folder),
            lock=lock,
            until_s=until_s,
            now_s=WakefulClock().monotonic_s,
            over=told,
        )
    except StorageError as error:
        sys.stderr.write(f"{error}\n")
        return HoldOutcome.NOT_COME


def told(longest_s: float) -> bool:
    """Wait for the agent to say something, or to be gone: both end the lock."""
    return bool(select.select([sys.stdin], [], [], longest_s)[0])


if __name__ == "__main__":
    sys.exit(main())
