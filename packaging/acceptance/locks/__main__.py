"""``make locks``: does a screen that Veyon has locked come free, whatever dies? As root.

A real Veyon locks a virtual screen for an agent that is told by a server at the other end of a
cable. In the middle of each lock something is killed, stopped or pulled. What is late is a lock
that is seen a second after its time: a worker of Veyon's, or a keyboard without keys. Exit status
1 when one was late, never came, or a teacher's own lock was ended.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from acceptance.locks.apart import INSIDE, missing, run_apart, runs, settle
from acceptance.locks.desk import Desk
from acceptance.locks.losses import LOSSES
from acceptance.locks.office import Office

GRACE_S = 1.0
LATER_S = {"agent and holder killed": 4.0}
"""Until systemd has started the agent again, and it has looked at what is left."""
COMES_WITHIN_S = 6.0
READY_WITHIN_S = 60.0
LOOK_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A lock as somebody before the screen saw it."""

    loss: str
    hold_s: float
    """What was asked for."""

    came_s: float | None
    """After it was asked for; None when it never came."""

    free_s: float | None
    """The same; None when somebody had to free it."""

    @property
    def late(self) -> bool:
        """Whether it lasted too long."""
        return self.free_s is None or self.free_s > self.hold_s + GRACE_S + LATER_S.get(
            self.loss, 0
        )


def main() -> None:
    """Lock, take away, look; then say what was seen."""
    options = _options()
    if absent := missing():
        sys.exit(
            f"not installed: {', '.join(absent)}; run: sudo apt install veyon-service "
            "veyon-plugins xvfb x11vnc x11-xserver-utils iproute2 openssl"
        )
    if INSIDE not in os.environ:
        sys.exit(run_apart("acceptance.locks", sys.argv[1:]))
    folder = settle()
    desk, office = Desk(folder), Office(folder)
    seen: list[Seen] = []
    with desk.on():
        office.open()
        try:
            for number in range(options.cycles):
                loss = options.only or list(LOSSES)[number % len(LOSSES)]
                hold_s = 30.0 if number < options.whole else options.hold_s
                # Every other round a little earlier: Veyon's worker is there, its lock is not.
                begun = desk.screen.locked if number // len(LOSSES) % 2 else desk.shut
                seen.append(_cycle(office, desk, loss=loss, hold_s=hold_s, begun=begun))
                _say(options, seen[-1])
            kept = _teachers_lock(office, desk)
        finally:
            office.close()
    late = [one for one in seen if one.late and one.came_s is not None]
    unseen = [one for one in seen if one.came_s is None]
    summary = {"locks": len(seen), "late": len(late), "unseen": len(unseen), "teachers_kept": kept}
    sys.stdout.write(json.dumps(summary) + "\n")
    sys.exit(bool(late or unseen or not kept))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make locks")
    parser.add_argument("--cycles", type=int, default=104)
    parser.add_argument("--hold-s", type=float, default=7.0, help="of most locks")
    parser.add_argument("--whole", type=int, default=4, help="locks of the whole 30 s, the first")
    parser.add_argument("--only", choices=list(LOSSES), help="one loss only")
    parser.add_argument("--json", action="store_true", help="a line for each lock")
    return parser.parse_args()


def _cycle(
    office: Office, desk: Desk, *, loss: str, hold_s: float, begun: Callable[[], bool]
) -> Seen:
    _make_ready(office, desk)
    asked_s = time.monotonic()
    office.tell(f"cover {hold_s}")
    came = _until(begun, COMES_WITHIN_S)
    came_s = time.monotonic() - asked_s
    LOSSES[loss](office, desk)
    free = _until(desk.free, hold_s + 10.0)
    free_s = time.monotonic() - asked_s
    # Not locked again: what is late would come in this time, too.
    again = came and free and _until(desk.screen.locked, hold_s + GRACE_S - free_s)
    return Seen(
        loss=loss,
        hold_s=hold_s,
        came_s=round(came_s, 2) if came else None,
        free_s=round(free_s, 2) if free and not again else None,
    )


def _make_ready(office: Office, desk: Desk) -> None:
    office.repair()
    if not runs(desk.server) or not desk.free():
        desk.start_veyon()
    if not office.whole():
        office.start_server()
    office.tell("release")
    ready = _until(
        lambda: office.agent_is_heard() and office.holder() is None and desk.free(),
        READY_WITHIN_S,
    )
    if not ready:
        sys.exit("server and agent did not find each other again")


def _teachers_lock(office: Office, desk: Desk) -> bool:
    """Tell whether a lock of a teacher's is left alone by one of ours."""
    _make_ready(office, desk)
    desk.lock_as_teacher()
    office.tell("cover 3")
    time.sleep(6.0)
    kept = desk.screen.locked()
    desk.unlock_as_teacher()
    return kept


def _until(condition: Callable[[], bool], longest_s: float) -> bool:
    end_s = time.monotonic() + longest_s
    while time.monotonic() < end_s:
        if condition():
            return True
        time.sleep(LOOK_S)
    return False


def _say(options: argparse.Namespace, one: Seen) -> None:
    if options.json:
        row = {"loss": one.loss, "hold_s": one.hold_s, "came_s": one.came_s, "free_s": one.free_s}
        sys.stdout.write(json.dumps(row) + "\n")
    else:
        sys.stdout.write(
            f"{one.loss:<28} for {one.hold_s:4.0f} s: came {one.came_s} s, free {one.free_s} s"
            f"{'  LATE' if one.late and one.came_s else ''}\n"
        )
    sys.stdout.flush()


if __name__ == "__main__":
    main()
