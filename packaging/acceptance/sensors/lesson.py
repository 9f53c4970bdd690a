"""A lesson in which the decider and the broker die again and again: is anything lost or doubled?

``python -m acceptance.sensors.lesson [--seconds S] [--kills N] [--seed N]``. *Simulated* sensors
replay what was sensed of the packaged clip, eight terminals answer, a teacher asks for test
commands, and Mosquitto and the decider are killed with SIGKILL. Every command that the decider has
on disk must reach its terminal once, and an episode that is open must go on as the same one. Exit
status 1 otherwise.
"""

import argparse
import sqlite3
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from signal import SIGKILL
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.progress import track
from rich.table import Table

from acceptance.deliveries.account import Account, Sent, Span, account
from acceptance.deliveries.process import SpokenProcess
from acceptance.running_box import RunningBox
from acceptance.sensors.replays import TEACHER, TOPICS, Replay, Sensors, recording, write_decider
from appliance.domain.seats import SeatKey, TerminalKey
from appliance.domain.terminals import ControlCommand
from appliance.domain.token_packets import SensorKey
from appliance.host.clock import SystemClock
from appliance.mqtt.contract.classroom import ControlRequestMessage
from appliance.mqtt.contract.envelope import CONTROL_TTL_S, Stamper
from appliance.mqtt.private_broker import LOOPBACK, PrivateBroker
from appliance.mqtt.wire.address import BrokerAddress
from appliance.mqtt.wire.link import Link
from appliance.mqtt.wire.messages import Publication

SENSORS: Sensors = {
    SensorKey(f"sensor-{sensor}"): {
        SeatKey(f"a{number}"): TerminalKey(f"pc-{number}")
        for number in range(4 * sensor + 1, 4 * sensor + 5)
    }
    for sensor in range(2)
}
SEATS = {seat: terminal for its in SENSORS.values() for seat, terminal in its.items()}

COMMANDS = """SELECT id, created_s, expires_s, state, detail FROM commands
WHERE terminal IS NOT NULL"""
"""Without alerts for teachers, which nobody answers."""

ASKED_EVERY_S = 1.0
AWAY_S = (0.2, 3.0)
LAST_S = 45.0
"""After the last request everything is left alone for so long."""

READY_S = 60.0
LATE_S = 30.0
"""An episode is followed again within so long of a kill: a start and a lease."""


@dataclass(slots=True)
class Lesson:
    """What was done to it, and how it took that."""

    down: list[Span] = field(default_factory=list)
    broker_kills: int = 0
    decider_kills: int = 0
    looks_again_s: list[float] = field(default_factory=list)
    """From the return of what was killed to a lease for every sensor, seconds."""

    open_before: set[str] = field(default_factory=set)
    """Episodes that were open at some kill of the decider."""


class Killer(threading.Thread):
    """Kills the decider and the broker in turn, and brings them back."""

    def __init__(
        self, lesson: Lesson, box: RunningBox, broker: PrivateBroker, replays: Sequence[Replay]
    ) -> None:
        """Prepare; ``plan`` says how often."""
        super().__init__(daemon=True)
        self._lesson, self._box, self._broker, self._replays = lesson, box, broker, replays
        self._turns: list[str] = []
        self._pause_s = 0.0
        self._rng = Random()  # noqa: S311 - no secret

    def plan(self, *, kills: int, seconds: float, seed: int) -> None:
        """Mix so many kills of each over the lesson."""
        self._rng = Random(seed)  # noqa: S311 - no secret
        self._turns = ["decider", "broker"] * kills
        self._rng.shuffle(self._turns)
        self._pause_s = seconds / (2 * kills + 1)

    def run(self) -> None:
        """Go through all turns."""
        due_s = time.monotonic()
        for victim in self._turns:
            due_s += self._pause_s
            time.sleep(max(0.0, due_s - time.monotonic() + self._rng.uniform(-1, 1)))
            began_s = time.time()
            if victim == "decider":
                self._lesson.open_before |= open_episodes(self._box.state)
                self._box.end(SIGKILL)
                time.sleep(self._rng.uniform(*AWAY_S))
                self._box.start()
                self._lesson.decider_kills += 1
            else:
                self._broker.kill()
                time.sleep(self._rng.uniform(*AWAY_S))
                self._broker.start()
                self._lesson.broker_kills += 1
            self._lesson.looks_again_s.append(leased(self._replays))
            self._lesson.down.append(Span(began_s, time.time()))


def leased(replays: Sequence[Replay]) -> float:
    """Wait until each sensor has a lease of now; return after how long, seconds."""
    began_s = time.monotonic()
    while min(one.replayed.lease_s for one in replays) < began_s:
        if time.monotonic() - began_s > READY_S:
            return READY_S
        time.sleep(0.05)
    return time.monotonic() - began_s


def rows(state: Path, query: str) -> list[tuple[str, ...]]:
    """Read from the decider's database, which may be in use."""
    with closing(sqlite3.connect(f"file:{state / 'privacy.db'}?mode=ro", uri=True)) as database:
        return database.execute(query).fetchall()


def open_episodes(state: Path) -> set[str]:
    """Return the episodes that have not been cleared."""
    return {row[0] for row in rows(state, "SELECT episode FROM alerts WHERE cleared_s IS NULL")}


def run(
    folder: Path, *, seconds: float, kills: int, seed: int
) -> tuple[Lesson, Account, list[str]]:
    """Hold the lesson; return what was done, what became of the commands, and what is wrong."""
    recorded, encoder = recording(folder / "alone")
    lesson = Lesson()
    shown_file = folder / "shown"
    folder.mkdir(parents=True, exist_ok=True)
    shown_file.touch()
    with ExitStack() as stack:
        broker = stack.enter_context(PrivateBroker(folder / "broker"))
        box = stack.enter_context(RunningBox(folder / "box", port=broker.port))
        write_decider(box.config.parent, SENSORS, port=broker.port)
        box.start()
        seats = SpokenProcess(
            "acceptance.deliveries.seats",
            shown_file,
            folder / "seats",
            broker.port,
            *SEATS.values(),
            log=folder / "seats.log",
            hear=lambda _: None,
        )
        seats.start()
        stack.callback(seats.kill)
        replays = [
            stack.enter_context(
                Replay(recorded, port=broker.port, sensor=key, terminals=its, encoder=encoder)
            )
            for key, its in SENSORS.items()
        ]
        link = Link(
            address=BrokerAddress(host=LOOPBACK, port=broker.port),
            client_id=TEACHER,
            clock=SystemClock(),
            subscriptions={},
            on_delivery=lambda _: None,
        )
        link.start()
        stack.callback(link.stop)
        leased(replays)
        killer = Killer(lesson, box, broker, replays)
        killer.plan(kills=kills, seconds=seconds, seed=seed)
        killer.start()
        _ask(link, seconds=seconds, seed=seed)
        killer.join()
        time.sleep(LAST_S)
        commands = rows(box.state, COMMANDS)
        alerts = rows(box.state, "SELECT seat, episode, affect, opened_s, cleared_s FROM alerts")
    sent = {
        row[0]: Sent(
            issued_s=float(row[1]),
            expires_s=float(row[2]),
            states=["/".join(filter(None, row[3:]))],
        )
        for row in commands
    }
    shown: dict[str, list[float]] = {}
    for line in shown_file.read_text(encoding="utf-8").splitlines():
        identity, at_s = line.split()
        shown.setdefault(identity, []).append(float(at_s))
    counted = account(sent, shown, lesson.down)
    problems = [
        f"{count} commands {name}"
        for name in ("lost", "twice", "late")
        if (count := getattr(counted, name))
    ]
    return lesson, counted, problems + doubled_episodes(alerts)


def _ask(link: Link, *, seconds: float, seed: int) -> None:
    """Have test commands sent, as a teacher does."""
    rng = Random(seed + 1)  # noqa: S311 - no secret
    stamper = Stamper(src=f"teacher/{TEACHER}", clock=SystemClock(), clock_state=lambda: "unknown")
    for _ in track(range(round(seconds / ASKED_EVERY_S)), "lesson"):
        time.sleep(ASKED_EVERY_S)
        body = ControlRequestMessage(command=ControlCommand.TEST_ALERT, seat=rng.choice([*SEATS]))
        payload = stamper.stamp(body, ttl_s=CONTROL_TTL_S).to_json().encode()
        topic = TOPICS.control_request(TEACHER)
        link.post(Publication(topic=topic, payload=payload, lifetime_s=CONTROL_TTL_S))


def doubled_episodes(alerts: Sequence[tuple[object, ...]]) -> list[str]:
    """Return where a seat has two episodes of one kind at one time: one did not go on."""
    kinds = {"fatigued": "tired or bored", "bored": "tired or bored"}
    by_seat: dict[tuple[object, object], list[tuple[float, float]]] = {}
    for seat, _, affect, opened_s, cleared_s in alerts:
        ends_s = float("inf") if cleared_s is None else float(str(cleared_s))
        kind = kinds.get(str(affect), affect)
        by_seat.setdefault((seat, kind), []).append((float(str(opened_s)), ends_s))
    return [
        f"seat {seat}: an episode ({kind}) began while another was open"
        for (seat, kind), spans in by_seat.items()
        for (_, ends_s), (begins_s, _) in zip(sorted(spans), sorted(spans)[1:], strict=False)
        if begins_s < ends_s
    ]


def main() -> int:
    """Run it; see the module."""
    parser = argparse.ArgumentParser(prog="lesson", description=__doc__)
    parser.add_argument("--seconds", type=float, default=1000.0)
    parser.add_argument("--kills", type=int, default=20, help="of decider and broker each")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="keeps logs and databases there")
    asked = parser.parse_args()
    console = Console(soft_wrap=True, highlight=False)
    with TemporaryDirectory() as made:
        folder = asked.folder or Path(made)
        lesson, counted, problems = run(
            folder, seconds=asked.seconds, kills=asked.kills, seed=asked.seed
        )
    table = Table("commands", *list(asdict(counted))[1:])
    table.add_row(*(f"{value:g}" for value in asdict(counted).values()))
    console.print(table)
    console.print(
        f"decider killed {lesson.decider_kills} times, broker {lesson.broker_kills}; every sensor "
        f"had a lease again within {max(lesson.looks_again_s, default=0.0):.1f} s of the return; "
        f"{len(lesson.open_before)} episodes were open at a kill of the decider"
    )
    for problem in problems:
        console.print(f"FAILED {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
