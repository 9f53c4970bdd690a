"""A student says no: how soon is the camera closed, with and without the box that decides?

``python -m acceptance.sensors.revocations [--real] [--times N] [--silences S] [--json]``. A real
broker, ``classbox sense`` as a process of its own on the packaged clip, and a stand-in that leases,
or with ``--real`` the box itself, which is frozen to be dead. Closed is what the sensor's indicator
says once its reader has let the camera go. Exit status 1 where one refusal takes longer than
``MOST_S``, or a decider's silence longer than ``SILENCE_S``.
"""

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.progress import track

from acceptance.sensors.real_decider import RealDecider
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

MOST_S = 1.0
SILENCE_S = 10.0
PATIENCE_S = 60.0
RESTED_S = 900.0
"""While other programs need the machine a sensor rests, and opens no camera."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocations:
    """How long it took, seconds."""

    alive_s: tuple[float, ...]
    """From the request to the closed camera while leases come."""

    dead_s: tuple[float, ...]
    """The same while no decider is there."""

    silent_s: tuple[float, ...]
    """From the last lease to the closed camera, where nobody refuses."""

    command_s: tuple[float, ...] = ()
    """From the end of ``classbox consent revoke`` on the decider to the closed camera."""

    @property
    def passed(self) -> bool:
        """True when none took too long."""
        at_once = (*self.alive_s, *self.dead_s, *self.command_s)
        return max(at_once, default=0.0) <= MOST_S and (
            max(self.silent_s, default=0.0) <= SILENCE_S
        )


def measure(
    folder: Path,
    *,
    times: int,
    silences: int,
    commands: int = 0,
    real: bool = False,
    quiet: bool,
) -> Revocations:
    """Refuse so many times with a decider and without, and let it go silent.

    Args:
        folder: Empty.
        times: Refusals of each kind.
        silences: Times that the decider is lost while nobody refuses.
        commands: Of the refusals to a real decider, those by a command on it.
        real: Ask the decider as it is.
        quiet: Show no progress.
    """
    alive: list[float] = []
    dead: list[float] = []
    silent: list[float] = []
    by_command: list[float] = []
    seats = {SEAT: TERMINAL}
    with PrivateBroker(folder / "broker") as broker:
        config = write_sensor(
            folder / "sensor", port=broker.port, clip=packaged_clip(), seats=seats
        )
        with (
            RealDecider(folder / "decider", port=broker.port)
            if real
            else StandIn(port=broker.port, seats=seats) as decider,
            RunningSensor(config) as sensor,
        ):

            def reopen() -> None:
                decider.live()
                wait_for(sensor.looks, timeout_s=RESTED_S)

            def closed() -> float:
                return wait_for(lambda: not sensor.looks(), timeout_s=PATIENCE_S)

            for number in track(range(2 * times), "refusals", disable=quiet):
                reopen()
                if number % 2:
                    decider.die()
                request = decider.refuse()
                (dead if number % 2 else alive).append(closed())
                decider.hear(request)
            for _ in track(range(silences), "silences", disable=quiet):
                reopen()
                decider.die()
                if not real:
                    decider.live()  # the last lease is of now
                    decider.die()
                silent.append(closed())
            if isinstance(decider, RealDecider):
                for _ in track(range(commands), "commands", disable=quiet):
                    reopen()
                    decider.refuse_here()
                    by_command.append(closed())
    return Revocations(
        alive_s=tuple(alive),
        dead_s=tuple(dead),
        silent_s=tuple(silent),
        command_s=tuple(by_command),
    )


def main() -> int:
    """Measure and tell."""
    parser = argparse.ArgumentParser(prog="revocations", description=__doc__)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--silences", type=int, default=2)
    parser.add_argument("--commands", type=int, default=20)
    parser.add_argument("--real", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--folder", type=Path, help="keeps logs and databases there")
    asked = parser.parse_args()
    with TemporaryDirectory() as made:
        folder: Path = asked.folder or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        found = measure(
            folder,
            times=asked.times,
            silences=asked.silences,
            commands=asked.commands,
            real=asked.real,
            quiet=asked.json,
        )
    if asked.json:
        print(json.dumps({**asdict(found), "passed": found.passed}))
    else:
        for name, values in asdict(found).items():
            print(f"{name:9} {len(values):4} times, at most {max(values, default=0.0):6.3f} s")
        print("ok" if found.passed else "FAILED")
    return 0 if found.passed else 1


if __name__ == "__main__":
    sys.exit(main())
