"""Is the status true, and short, about a camera that comes and goes? ``make flapping MINUTES=60``.

Exit status 1 when a message was untrue or late, named the healthy camera, or there were too many.
"""

import argparse
import itertools
import json
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from acceptance.flapping.camera import KilledCamera
from acceptance.flapping.truth import Verdict, compare
from acceptance.running_box import BOX, ROOM, SITE, RunningBox
from acceptance.traffic import Heard, Traffic
from appliance.errors import ApplianceError
from appliance.mqtt.private_broker import PrivateBroker

STATUS = f"cb/v1/{SITE}/{ROOM}/box/{BOX}/status"
HEALTHY, FLAPPING = "healthy", "flapping"
TIMES_PER_HOUR = 20
MESSAGES_PER_TIME = 3
"""60 in an hour of 20 losses."""

DOWN_S = (4.0, 20.0, 45.0, 90.0)
"""Some absences are shorter than anybody would miss, some longer than the longest pause between
two attempts."""

BOTH_LIVE_S = 120.0
STEP_S = 0.5


class Statuses:
    """The status messages since the box was ready."""

    def __init__(self) -> None:
        """Begin without any."""
        self.told: list[tuple[float, str, str]] = []
        """When, state, reason."""

    def take(self, heard: Heard) -> None:
        """Note one, unless the broker only repeats it."""
        if heard.topic == STATUS and not heard.again:
            data = json.loads(heard.payload)["data"]
            self.told.append((heard.at_s, data["state"], data.get("reason", "")))


def main() -> None:
    """Lose the camera again and again, then compare and say what came of it."""
    parser = argparse.ArgumentParser(prog="flapping", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--times", type=int, help="20 an hour by default")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    console = Console(stderr=asked.json, soft_wrap=True, highlight=False)
    times = asked.times or max(1, round(TIMES_PER_HOUR * asked.minutes / 60))
    try:
        verdict, told = flap(seconds=60 * asked.minutes, times=times, say=console.print)
    except ApplianceError as error:
        console.print(f"[red]✗[/] {error}")
        sys.exit(error.exit_code)
    problems = [*verdict.untrue, *verdict.late]
    if verdict.messages > MESSAGES_PER_TIME * times:
        problems.append(f"{verdict.messages} messages, more than {MESSAGES_PER_TIME} a loss")
    problems += [
        f"names the healthy camera: {reason}" for _, _, reason in told if HEALTHY in reason
    ]
    if verdict.losses < times:
        problems.append(f"{verdict.losses} losses instead of {times}: the box was not back in time")
    if asked.json:
        sys.stdout.write(json.dumps({**asdict(verdict), "told": told, "problems": problems}) + "\n")
    else:
        _show(verdict, told, console)
    for problem in problems:
        console.print(f"[red]✗[/] {problem}")
    sys.exit(bool(problems))


def flap(
    *, seconds: float, times: int, say: Callable[[str], object]
) -> tuple[Verdict, list[tuple[float, str, str]]]:
    """Run a box at a healthy camera and one that is lost again and again.

    Args:
        seconds: From when both are live.
        times: How often it is lost.
        say: Told of each loss.

    Raises:
        ApplianceError: A program is missing, or the box does not become ready.
    """
    statuses = Statuses()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="classbox-flapping-")))
        broker = stack.enter_context(PrivateBroker(folder / "broker"))
        stack.enter_context(Traffic(port=broker.port, heard=statuses.take))
        healthy, lost = (stack.enter_context(KilledCamera()) for _ in range(2))
        box = stack.enter_context(RunningBox(folder / "box", port=broker.port))
        box.configure({HEALTHY: healthy.url, FLAPPING: lost.url}, seats=1)
        box.start()
        _wait_until_ready(statuses, box)
        first = len(statuses.told) - 1
        _lose(lost, seconds=seconds, times=times, say=say)
        ends_s = time.time()
        told = statuses.told[first:]
        said = [(at_s, FLAPPING not in reason) for at_s, _, reason in told]
        return compare(lost.changes, said, ends_s=ends_s), told


def _wait_until_ready(statuses: Statuses, box: RunningBox) -> None:
    until_s = time.monotonic() + BOTH_LIVE_S
    while not any(state == "ready" for _, state, _ in statuses.told[-1:]):
        if time.monotonic() > until_s or not box.running():
            last = box.log.read_text(encoding="utf-8").rpartition("\n")[0].rpartition("\n")[2]
            msg = f"the box is not ready after {BOTH_LIVE_S:g} s; its last line: {last}"
            raise ApplianceError(msg)
        time.sleep(STEP_S)


def _lose(
    camera: KilledCamera, *, seconds: float, times: int, say: Callable[[str], object]
) -> None:
    period_s = seconds / times
    for number, down_s in zip(range(1, times + 1), itertools.cycle(DOWN_S), strict=False):
        away_s = min(down_s, period_s / 2)
        time.sleep((period_s - away_s) / 2)
        camera.kill()
        say(f"{number} of {times}: away for {away_s:.0f} s")
        time.sleep(away_s)
        camera.start()
        time.sleep((period_s - away_s) / 2)


def _show(verdict: Verdict, told: list[tuple[float, str, str]], console: Console) -> None:
    table = Table("after", "state", "reason")
    for at_s, state, reason in told:
        table.add_row(f"{at_s - told[0][0]:.1f} s", state, reason)
    console.print(table)
    console.print(
        f"{verdict.losses} losses, {verdict.messages} status messages, "
        f"{len(verdict.untrue)} untrue, {len(verdict.late)} late"
    )


if __name__ == "__main__":
    main()
