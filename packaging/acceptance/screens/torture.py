"""Is a command lost, applied twice or a screen locked for too long when everything is killed?

``make screens-torture``: 2,000 commands to pages of 32 terminals while broker, box and server are
killed with SIGKILL 20 times each. A command counts from when the box has it on disk. Exit status 1
when one was lost, answered twice, or when a page would have held a lock for more than 30 s.
"""

import argparse
import json
import sys
import threading
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.progress import track

from acceptance.deliveries.account import Span, longest_up_s
from acceptance.screens.room import OpenLab
from acceptance.screens.watch import Course
from appliance.domain.interventions import Action

SHARES = {Action.HINT: 0.55, Action.FOCUS_BREAK: 0.37, Action.REMINDER_LOCK_30S: 0.08}
AWAY_S = (0.2, 2.0)
GRACE_S = 8.0
"""Up for so long, all three bring any command: the box is back within 5 s, and a page asks again
after less than two."""


@dataclass(slots=True)
class Count:
    """What came of the commands."""

    commands: int = 0
    seen: int = 0
    answered: int = 0
    lost: int = 0
    twice_seen: int = 0
    """Came back after its page had confirmed it."""

    offered_again: int = 0
    """Came back because the server was killed before it had heard that it was on the screen."""

    twice_answered: int = 0
    late: int = 0
    expired: int = 0
    refused: int = 0
    kills: int = 0
    longest_lock_s: float = 0.0


class Killer(threading.Thread):
    """Kills one part at random times and brings it back."""

    def __init__(self, room: OpenLab, part: str, *, kills: int, seconds: float, seed: int) -> None:
        """Prepare; it ends by itself."""
        super().__init__(daemon=True)
        self._room, self._part, self._kills = room, part, kills
        self._pause_s = seconds / (kills + 1)
        self._rng = Random(seed)  # noqa: S311 - no secret
        self.over = threading.Event()
        self.down: list[Span] = []

    def run(self) -> None:
        """Kill so many times."""
        for _ in range(self._kills):
            if self.over.wait(self._pause_s * self._rng.uniform(0.7, 1.2)):
                return
            began_s = time.time()
            self._kill()
            time.sleep(self._rng.uniform(*AWAY_S))
            self._start()
            self.down.append(Span(began_s, time.time()))

    def _kill(self) -> None:
        lab = self._room.lab
        {"broker": lab.school.kill, "box": lab.box.kill, "server": lab.kill_server}[self._part]()

    def _start(self) -> None:
        lab = self._room.lab
        {"broker": lab.school.start, "box": lab.box.start, "server": lab.start_server}[self._part]()


def main() -> None:
    """Send, kill, count, and say what came of it."""
    parser = argparse.ArgumentParser(prog="screens-torture", description=__doc__)
    parser.add_argument("--commands", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=600.0, help="in which they are sent")
    parser.add_argument("--kills", type=int, default=20, help="of broker, box and server each")
    parser.add_argument("--seats", type=int, default=32)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--folder", type=Path, help="keeps logs and databases there")
    asked = parser.parse_args()
    console = Console(stderr=asked.json, soft_wrap=True, highlight=False)
    with TemporaryDirectory(prefix="classbox-screens-") as made:
        folder = (asked.folder or Path(made)) / "lab"
        count = _run(OpenLab(folder, seats=asked.seats), asked, console)
    problems = [
        f"{name.replace('_', ' ')}: {getattr(count, name)}"
        for name in ("lost", "twice_seen", "twice_answered", "late")
        if getattr(count, name)
    ]
    if count.longest_lock_s > LOCK_LIMIT_S:
        problems.append(f"a lock of {count.longest_lock_s:.1f} s")
    if asked.json:
        sys.stdout.write(json.dumps({**asdict(count), "problems": problems}) + "\n")
    else:
        for name, value in asdict(count).items():
            console.print(f"{name.replace('_', ' '):16}{value:>10.6g}")
    for problem in problems:
        console.print(f"[red]✗[/] {problem}")
    sys.exit(bool(problems))


LOCK_LIMIT_S = 30.5
"""Thirty, and half a second in which a page hears of the end."""


def _run(room: OpenLab, asked: argparse.Namespace, console: Console) -> Count:
    order = Random(asked.seed)  # noqa: S311 - no secret
    room.start()
    killers = [
        Killer(room, part, kills=asked.kills, seconds=asked.seconds, seed=asked.seed * 10 + number)
        for number, part in enumerate(("broker", "box", "server"))
    ]
    try:
        for killer in killers:
            killer.start()
        began_s = time.monotonic()
        numbers = track(range(asked.commands), "commands sent", console=console)
        for number in numbers:
            action = order.choices([*SHARES], [*SHARES.values()])[0]
            terminal = order.choice(room.lab.terminals)
            while room.send(action, terminal) is None:
                time.sleep(0.05)  # a box that is down decides nothing
            due_s = began_s + (number + 1) * asked.seconds / asked.commands
            time.sleep(max(0.0, due_s - time.monotonic()))
        for killer in killers:
            killer.join(60.0)
        room.settle(330.0)
    finally:
        for killer in killers:
            killer.over.set()
            killer.join()
        room.stop()
    down = [span for killer in killers for span in killer.down]
    count = _count(room.watch.courses.values(), down)
    count.kills = len(down)
    return count


def _count(courses: Iterable[Course], down: list[Span]) -> Count:
    count = Count()
    for one in courses:
        count.commands += 1
        count.longest_lock_s = max(count.longest_lock_s, one.lock_s)
        count.seen += bool(one.seen_s)
        count.answered += bool(one.answers)
        count.twice_seen += one.again > 0
        count.offered_again += len(one.seen_s) > 1 and not one.again
        count.twice_answered += any(times > 1 for times in one.answers.values())
        count.late += any(one.wall_of(at_s) > one.expires_s + 0.5 for at_s in one.seen_s)
        if one.seen_s:
            continue
        life = Span(one.kept_wall_s, one.expires_s)
        if "rejected" in one.states:
            count.refused += 1
        elif longest_up_s(life, down) >= GRACE_S:
            count.lost += 1
        else:
            count.expired += 1
    return count


if __name__ == "__main__":
    main()
