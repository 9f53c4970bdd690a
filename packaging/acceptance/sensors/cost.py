"""What does a sensor cost on the student's PC, against a whole box with the same seat?

``python -m acceptance.sensors.cost [--seconds S] [--json]``. Both play the packaged clip at 15
frames a second with one seat and one lane, one after the other, at the same broker. Exit status 1
where the sensor takes more than ``MOST_RATIO`` of the box's processor time, or ``MOST_MB``.
"""

import argparse
import functools
import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.progress import track

from acceptance.sensors.stand_in import (
    SEAT,
    TERMINAL,
    RunningSensor,
    StandIn,
    wait_for,
    write_sensor,
)
from appliance.commands.demo.packaged import packaged_clip
from appliance.mqtt.private_broker import PrivateBroker

MOST_RATIO = 1.15
MOST_MB = 250.0
WARM_S = 10
PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Of one process."""

    cpu_percent: float
    """Of one core."""

    memory_mb: float
    """Resident at the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Both, with the same clip."""

    sensor: Cost
    box: Cost

    @property
    def ratio(self) -> float:
        """Processor time of the sensor over that of the box."""
        return self.sensor.cpu_percent / self.box.cpu_percent

    @property
    def passed(self) -> bool:
        """True within both limits."""
        return self.ratio <= MOST_RATIO and self.sensor.memory_mb <= MOST_MB


def measure(folder: Path, *, seconds: int, quiet: bool) -> Costs:
    """Run one after the other.

    Args:
        folder: Empty.
        seconds: Of each, behind ``WARM_S``.
        quiet: Show no progress.
    """
    seats = {SEAT: TERMINAL}
    found: dict[str, Cost] = {}
    with (
        PrivateBroker(folder / "broker") as broker,
        StandIn(port=broker.port, seats=seats) as decider,
    ):
        decider.live()
        for role, command in (("sense", "sense"), ("all", "run")):
            config = write_sensor(
                folder / role, port=broker.port, clip=packaged_clip(), role=role, seats=seats
            )
            heard = len(decider.deliveries)
            with RunningSensor(config, command=command) as process:
                wait_for(functools.partial(_reports, decider, heard), timeout_s=PATIENCE_S)
                time.sleep(WARM_S)
                began_s, used_s = time.monotonic(), _used_s(process.pid)
                for _ in track(range(seconds), command, disable=quiet):
                    time.sleep(1)
                spent_s, over_s = _used_s(process.pid) - used_s, time.monotonic() - began_s
                found[role] = Cost(
                    cpu_percent=100 * spent_s / over_s, memory_mb=_memory_mb(process.pid)
                )
    return Costs(sensor=found["sense"], box=found["all"])


def _reports(decider: StandIn, heard: int) -> bool:
    """Tell whether a health report has come since so many deliveries."""
    return any(each.topic.endswith("/health") for each in decider.deliveries[heard:])


def _used_s(pid: int) -> float:
    """Processor time of a process so far (proc_pid_stat(5), utime and stime)."""
    words = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def _memory_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> int:
    """Measure and tell."""
    parser = argparse.ArgumentParser(prog="cost", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        found = measure(Path(folder), seconds=asked.seconds, quiet=asked.json)
    if asked.json:
        print(json.dumps({**asdict(found), "ratio": found.ratio, "passed": found.passed}))
    else:
        for name, cost in (("sensor", found.sensor), ("box", found.box)):
            print(f"{name:7} {cost.cpu_percent:6.1f} % of a core {cost.memory_mb:6.0f} MB")
        print(f"ratio {found.ratio:.2f}: {'ok' if found.passed else 'FAILED'}")
    return 0 if found.passed else 1


if __name__ == "__main__":
    sys.exit(main())
