"""From a command on the box's disk to the student's eyes, and what 32 pages cost.

``make screens-latency``: thirty pages without a browser and two in real browsers, on one machine
with broker, box and server. The time runs from when the box has the command on disk until the page
has arrived (of the thirty) or the browser has painted it. Then memory and processor of the server,
idle and busy, from ``/proc``, and the first load of the page with a processor slowed four times.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.progress import track
from rich.table import Table

from acceptance.screens.browsers import BrowserPage
from acceptance.screens.first_load import first_load
from acceptance.screens.room import OpenLab
from appliance.domain.interventions import Action

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="screens-latency", description=__doc__)
    parser.add_argument("--commands", type=int, default=400)
    parser.add_argument("--idle", type=float, default=60.0, help="seconds")
    parser.add_argument("--seats", type=int, default=32)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    console = Console(stderr=asked.json, soft_wrap=True, highlight=False)
    with TemporaryDirectory(prefix="classbox-screens-") as made:
        found = _measure(OpenLab(Path(made) / "lab", seats=asked.seats), asked, console)
    if asked.json:
        sys.stdout.write(json.dumps(found) + "\n")
        return
    table = Table("measured", "value")
    for name, value in found.items():
        table.add_row(name, f"{value:.4g}")
    console.print(table)


def _measure(room: OpenLab, asked: argparse.Namespace, console: Console) -> dict[str, float]:
    browsed, streamed = room.lab.terminals[:2], room.lab.terminals[2:]
    rng = Random(1)  # noqa: S311 - no secret
    with ExitStack() as stack:
        stack.callback(room.stop)
        room.start(streamed=streamed)
        browsers = {
            terminal: stack.enter_context(BrowserPage(room.lab, room.code(terminal)))
            for terminal in browsed
        }
        time.sleep(5.0)
        found = {"idle_cpu_percent": _share(room.lab.server, asked.idle)}
        found["idle_memory_mb"] = _memory_mb(room.lab.server)
        began_s, began = time.monotonic(), _processor_s(room.lab.server)
        sent: dict[str, str] = {}
        for number in track(range(asked.commands), "commands", console=console):
            terminals = browsed if number % 7 == 0 else streamed  # 32 wait for an answer at most
            terminal = rng.choice(terminals)
            identity = room.send(Action.HINT, terminal)
            if identity is not None:
                sent[identity] = terminal
            for browser in browsers.values():
                browser.turn(0.05)
            time.sleep(0.1)
        busy_s = time.monotonic() - began_s
        found["busy_cpu_percent"] = 100 * (_processor_s(room.lab.server) - began) / busy_s
        found["busy_memory_mb"] = _memory_mb(room.lab.server)
        found["busy_commands_a_second"] = len(sent) / busy_s
        for browser in browsers.values():
            browser.turn(1.0)
        found |= first_load(next(iter(browsers.values())).page)
        painted = {name: at for each in browsers.values() for name, at in each.painted.items()}
    courses = room.watch.courses
    to_paint = [
        1000 * (painted[each] - courses[each].kept_wall_s) for each in sent if each in painted
    ]
    to_client = [
        1000 * (courses[each].seen_s[0] - courses[each].kept_s)
        for each, terminal in sent.items()
        if terminal in streamed and courses[each].seen_s
    ]
    for name, values in (("paint", to_paint), ("client", to_client)):
        found[f"{name}_commands"] = len(values)
        found[f"{name}_p50_ms"], found[f"{name}_p95_ms"] = _quantiles(values)
    found["unseen_commands"] = len(sent) - len(to_paint) - len(to_client)
    return found


def _quantiles(values: Sequence[float]) -> tuple[float, float]:
    cuts = statistics.quantiles(values, n=20, method="inclusive")
    return cuts[9], cuts[18]


def _share(process: int, seconds: float) -> float:
    """Return the share of one core that a process takes, per cent."""
    before, began_s = _processor_s(process), time.monotonic()
    time.sleep(seconds)
    return 100 * (_processor_s(process) - before) / (time.monotonic() - began_s)


def _processor_s(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND


def _memory_mb(process: int) -> float:
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    found = next(line for line in lines if line.startswith("VmRSS:"))
    return int(found.split()[1]) / 1000


if __name__ == "__main__":
    main()
