"""Is everybody else heard while one terminal floods? ``make flood``: 150,000 messages in 12 s.

A box, the shipped configuration of Mosquitto with certificates, ten honest terminals and one that
sends garbage, once at QoS 0 and once at QoS 1. Exit status 1 when a word of the honest ones was
lost or late, or the log was flooded too.
"""

import argparse
import itertools
import json
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from acceptance.flood.running import FloodedBox, HonestTerminal
from acceptance.flood.school import School, surroundings
from appliance.errors import ApplianceError
from appliance.host.logs import configure_logs

LOUD = "pc-00"
HONEST = tuple(f"pc-{number:02d}" for number in range(1, 11))
LATEST_S = 1.0
LINES_A_MINUTE = 20
SETTLES_S = 60.0
"""Whatever is on its way has come by then, on a busy machine too; how late it was is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flooded:
    """What came of one flood."""

    qos: int
    """Of the garbage."""

    messages: int
    """How many of them."""

    took_s: float
    """Time in which they were sent, seconds."""

    sent: int
    """Words of the honest terminals."""

    arrived: int
    """Of them, at the box."""

    latest_s: float
    """The one that took longest, seconds."""

    read: int
    """Messages of the flood that the box had to read."""

    reconnects: int
    """Of the box."""

    lines_a_minute: Mapping[str, int]
    """Cause to the most lines of the log in a minute."""

    rss_before_mb: float
    """Memory of the box before, MB."""

    rss_after_mb: float
    """Memory of the box afterwards, MB."""

    def problems(self) -> list[str]:
        """Return what should not have been."""
        found = []
        if self.arrived < self.sent:
            found.append(f"{self.sent - self.arrived} of {self.sent} did not arrive")
        if self.latest_s > LATEST_S:
            found.append(f"one was {self.latest_s:.1f} s late")
        found += [
            f"{count} lines a minute of {cause}"
            for cause, count in self.lines_a_minute.items()
            if count > LINES_A_MINUTE
        ]
        return [f"QoS {self.qos}: {each}" for each in found]


def main() -> None:
    """Flood twice and say what came of it."""
    parser = argparse.ArgumentParser(prog="flood", description=__doc__)
    parser.add_argument("--messages", type=int, default=150_000)
    parser.add_argument("--seconds", type=int, default=12)
    parser.add_argument("--honest", type=int, default=120, help="words of the honest ones")
    parser.add_argument("--bytes", type=int, default=100, help="of each message")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    console = Console(stderr=asked.json, soft_wrap=True, highlight=False)
    configure_logs(level="error")
    try:
        told = [
            flood(
                messages=asked.messages,
                seconds=asked.seconds,
                honest=asked.honest,
                qos=qos,
                size=asked.bytes,
            )
            for qos in (0, 1)
        ]
    except ApplianceError as error:
        console.print(f"[red]✗[/] {error}")
        sys.exit(error.exit_code)
    problems = [problem for one in told for problem in one.problems()]
    if asked.json:
        document = {"floods": [asdict(one) for one in told], "problems": problems}
        sys.stdout.write(json.dumps(document) + "\n")
    else:
        _show(told, console)
    for problem in problems:
        console.print(f"[red]✗[/] {problem}")
    sys.exit(bool(problems))


def flood(*, messages: int, seconds: int, honest: int, qos: int, size: int) -> Flooded:
    """Let one terminal flood a box while ten others speak.

    Args:
        messages: Of the flood.
        seconds: In which they are sent, while the machine can.
        honest: Words of the honest terminals over that time.
        qos: Of the flood.
        size: Of each of its messages, bytes.

    Raises:
        ApplianceError: A program is missing, or the box does not run.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="classbox-flood-")))
        school = stack.enter_context(School(folder / "school"))
        terminals = {name: stack.enter_context(HonestTerminal(school, name)) for name in HONEST}
        box = stack.enter_context(
            FloodedBox(
                school,
                folder / "box",
                terminals=[LOUD, *HONEST],
                commands=-(-honest // len(HONEST)),
            )
        )
        school.address(LOUD)
        before = box.report()
        told = [folder / "school", school.port, LOUD, messages, seconds, qos, size]
        loud = subprocess.Popen(
            [sys.executable, "-m", "acceptance.flood.sender", *map(str, told)],
            stdout=subprocess.PIPE,
            text=True,
            env=surroundings(),
        )
        said: dict[str, float] = {}
        for number, name in zip(range(honest), itertools.cycle(HONEST), strict=False):
            command = box.sent[name][number // len(HONEST)]
            said[command] = time.time()
            terminals[name].answer(command)
            time.sleep(seconds / honest)
        took = loud.communicate()[0].strip()
        until_s = time.monotonic() + SETTLES_S
        after = box.report()
        while said.keys() - after["heard"].keys() and time.monotonic() < until_s:
            time.sleep(0.1)
            after = box.report()
        heard = after["heard"]
        lates = [heard[command] - at_s for command, at_s in said.items() if command in heard]
        return Flooded(
            qos=qos,
            messages=messages,
            took_s=float(took or "nan"),
            sent=len(said),
            arrived=len(lates),
            latest_s=max(lates, default=0.0),
            read=after["drops"]["invalid"] + after["drops"]["flood"],
            reconnects=after["reconnects"],
            lines_a_minute=box.lines_a_minute(),
            rss_before_mb=before["rss_mb"],
            rss_after_mb=after["rss_mb"],
        )


def _show(told: list[Flooded], console: Console) -> None:
    table = Table("", *(f"QoS {one.qos}" for one in told))
    rows = {
        "messages of the flood": [f"{one.messages:,} in {one.took_s:.1f} s" for one in told],
        "of them read by the box": [f"{one.read:,}" for one in told],
        "honest words: arrived of sent": [f"{one.arrived} of {one.sent}" for one in told],
        "the latest": [f"{one.latest_s:.2f} s" for one in told],
        "lines a minute of one cause": [
            str(max(one.lines_a_minute.values(), default=0)) for one in told
        ],
        "memory before, after": [
            f"{one.rss_before_mb:.0f}, {one.rss_after_mb:.0f} MB" for one in told
        ],
        "reconnects": [str(one.reconnects) for one in told],
    }
    for name, cells in rows.items():
        table.add_row(name, *cells)
    console.print(table)


if __name__ == "__main__":
    main()
