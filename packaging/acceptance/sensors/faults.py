"""One sensor fails, another lies: what do the rest notice? The same lesson twice, then compared.

``python -m acceptance.sensors.faults [--seconds S] [--folder F]``. 24 *simulated* sensors replay
tokens of the packaged clip, two real ``classbox sense`` play it, and one decider takes them. In the
second lesson one sensor is killed, one is cut off for 30 s, one has a clock that is an hour off,
one's clock jumps by an hour and back, one sends disorder and doubles, one is of an older version,
one forges another's seat, and one of the real ones is killed. Every token of the others must lead
to the same reading, bit by bit. Exit status 1 otherwise.
"""

import argparse
import contextlib
import sqlite3
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

from rich.console import Console
from rich.progress import track
from rich.table import Table

from acceptance.running_box import BOX, RunningBox
from acceptance.sensors.relay import Relay
from acceptance.sensors.replays import TOPICS, WHOLE, Replay, Sensors, recording, write_decider
from acceptance.sensors.stand_in import RunningSensor, write_sensor
from acceptance.traffic import Heard, Traffic
from appliance.commands.demo.packaged import packaged_clip
from appliance.domain.seats import SeatKey, TerminalKey
from appliance.domain.token_packets import SensorKey, TokenPacket
from appliance.errors import ContractError
from appliance.mqtt.contract.box import BoxHealth
from appliance.mqtt.contract.envelope import parse_message
from appliance.mqtt.contract.schemas import Contracts
from appliance.mqtt.private_broker import PrivateBroker

SIMULATED = 24
KILLED, CUT, HOUR, DISORDER, OLD, FORGER, VICTIM, JUMPS = (SensorKey(f"sim-{n}") for n in range(8))
REAL, REAL_KILLED = SensorKey("sensor-pc-1"), SensorKey("sensor-pc-2")
HOUR_S = 3600.0
AWAY_S = 30.0
JUMPED = range(100, 160)
"""Seconds of the lesson in which a clock is an hour ahead."""

MOST_STEP_S, MOST_MOVED_S = 2.0, 5.0
"""Between two of its tokens, and of its alerts."""

FIRST_FAULT_S = 100.0
"""After so long: a window of the early warnings is full, some episodes are open."""

WRITTEN_S = 10.0
"""Until the last features are on the disk; they are written every 5 s."""

OLD_ENCODER = "expression_mobilevit 0.9.0"
LEAST_TOKENS = 300
SENSORS: Sensors = {
    SensorKey(f"sim-{number}"): {SeatKey(f"s{number}"): TerminalKey(f"pc-s{number}")}
    for number in range(SIMULATED)
} | {
    key: {SeatKey(f"{name}{side}"): TerminalKey(f"pc-{name}{side}") for side in (1, 2)}
    for key, name in ((REAL, "ra"), (REAL_KILLED, "rb"))
}


@dataclass(slots=True)
class Lesson:
    """What a decider made of one lesson."""

    tokens: dict[str, list[tuple[float, str, bytes]]] = field(default_factory=dict)
    """Of each seat: seconds since its first token, what the reading says, its probabilities."""

    alerts: dict[str, list[tuple[str, float]]] = field(default_factory=dict)
    """Of each seat: what and when, on the same clock."""

    refused: dict[str, set[str]] = field(default_factory=dict)
    """What health said of each sensor."""

    leased: dict[str, set[str]] = field(default_factory=dict)
    """What leases said to each sensor of why its tokens are not taken."""

    contracts: Contracts = field(default_factory=Contracts.load)

    def hear(self, heard: Heard) -> None:
        """Take in what the decider says of its sensors."""
        if heard.topic != TOPICS.box(BOX).health:
            return
        with contextlib.suppress(ContractError):
            body = parse_message(heard.payload, self.contracts).body
            for key, one in body.sensors.items() if isinstance(body, BoxHealth) else ():
                if one.refused:
                    self.refused.setdefault(key, set()).add(one.refused)

    def note(self, replays: Mapping[SensorKey, Replay]) -> None:
        """Take in what the last lease of each sensor says."""
        for key, one in replays.items():
            if (lease := one.replayed.lease) is not None and lease.refused:
                self.leased.setdefault(key, set()).add(lease.refused)


class Disorder:
    """Sends seconds in pairs, the later one first, and each of them twice."""

    def __init__(self) -> None:
        """Begin with nothing held back."""
        self._held: TokenPacket | None = None

    def __call__(self, packet: TokenPacket) -> Sequence[TokenPacket]:
        """Return what is sent now."""
        held, self._held = self._held, packet
        if held is None:
            return []
        self._held = None
        return [packet, packet, held, held]


def hold(folder: Path, *, seconds: float, faulty: bool) -> Lesson:
    """Hold a lesson; with the faults, where asked."""
    folder.mkdir(parents=True)
    recorded, encoder = recording(folder / "alone")
    lesson = Lesson()
    with ExitStack() as stack:
        broker = stack.enter_context(PrivateBroker(folder / "broker"))
        box = stack.enter_context(RunningBox(folder / "box", port=broker.port))
        write_decider(box.config.parent, SENSORS, port=broker.port)
        box.start()
        stack.enter_context(Traffic(port=broker.port, heard=lesson.hear))
        relay = stack.enter_context(Relay(broker.port))

        def replay(key: SensorKey) -> Replay:
            return Replay(
                recorded,
                port=relay.port if key == CUT else broker.port,
                sensor=key,
                terminals=SENSORS[key],
                encoder=OLD_ENCODER if faulty and key == OLD else encoder,
            )

        replays = {key: replay(key) for key in SENSORS if key not in (REAL, REAL_KILLED)}
        if faulty:
            replays[HOUR].change = _an_hour_off
            replays[DISORDER].change = Disorder()
            replays[JUMPS].change = _jumping
        for key, one in replays.items():
            if key != KILLED:
                stack.enter_context(one)
        mortal = ExitStack()
        mortal.enter_context(replays[KILLED])
        stack.enter_context(_real(folder / REAL, REAL, port=broker.port))
        real = _real(folder / REAL_KILLED, REAL_KILLED, port=broker.port)
        mortal.enter_context(real)

        def die() -> None:
            mortal.close()
            time.sleep(AWAY_S)
            mortal.enter_context(replay(KILLED))
            mortal.enter_context(real)

        for second in track(range(round(seconds)), "with faults" if faulty else "without"):
            if faulty and second == FIRST_FAULT_S:
                replays[FORGER].change = _forge(replays[VICTIM])
                for fault in (die, partial(relay.cut, AWAY_S)):
                    Thread(target=fault, daemon=True).start()
            lesson.note(replays)
            time.sleep(1)
        mortal.close()
        time.sleep(WRITTEN_S)
    _read(box.state, lesson)
    return lesson


def _an_hour_off(packet: TokenPacket) -> Sequence[TokenPacket]:
    return [replace(packet, at_s=tuple(at_s + HOUR_S for at_s in packet.at_s))]


def _jumping(packet: TokenPacket) -> Sequence[TokenPacket]:
    return _an_hour_off(packet) if packet.first // WHOLE in JUMPED else [packet]


def _forge(victim: Replay) -> Callable[[TokenPacket], Sequence[TokenPacket]]:
    """Send the own second, and the same as if it were of another's seat, on that seat's topic."""
    (seat,) = SENSORS[VICTIM]

    def change(packet: TokenPacket) -> Sequence[TokenPacket]:
        victim.replayed.send(replace(packet, seat=seat, first=packet.first + 100_000))
        return [packet]

    return change


def _real(folder: Path, key: SensorKey, *, port: int) -> RunningSensor:
    seats = {str(seat): str(terminal) for seat, terminal in SENSORS[key].items()}
    config = write_sensor(folder, port=port, clip=packaged_clip(), seats=seats, sensor=key)
    return RunningSensor(config)


def _read(state: Path, lesson: Lesson) -> None:
    with closing(sqlite3.connect(state / "features.db")) as database:
        rows = database.execute(
            """SELECT seat, at_s, reading, probabilities FROM tokens
            JOIN streams ON streams.id = stream ORDER BY seat, at_s"""
        ).fetchall()
    first_s: dict[str, float] = {}
    for seat, at_s, reading, probabilities in rows:
        since_s = round(at_s - first_s.setdefault(seat, at_s), 3)
        lesson.tokens.setdefault(seat, []).append((since_s, reading, probabilities))
    with closing(sqlite3.connect(state / "privacy.db")) as database:
        for seat, affect, opened_s in database.execute(
            "SELECT seat, affect, opened_s FROM alerts ORDER BY opened_s"
        ):
            lesson.alerts.setdefault(seat, []).append(
                (affect, round(opened_s - first_s.get(seat, opened_s), 3))
            )


def same(seat: str, plain: Lesson, faulty: Lesson) -> str:
    """Return in what the lessons differ for a seat, as far as both went; empty where in nothing."""
    ours, theirs = plain.tokens.get(seat, []), faulty.tokens.get(seat, [])
    length = min(len(ours), len(theirs))
    if length < LEAST_TOKENS:
        return f"only {len(ours)} and {len(theirs)} tokens"
    if wrong := sum(one != other for one, other in zip(ours, theirs, strict=False)):
        return f"{wrong} of {length} tokens differ"
    until_s = ours[length - 1][0]
    here, there = (
        [one for one in lesson.alerts.get(seat, []) if one[1] <= until_s]
        for lesson in (plain, faulty)
    )
    return "" if here == there else f"alerts {here} and {there}"


def frozen(seat: str, plain: Lesson, faulty: Lesson) -> tuple[str, str]:
    """Return what a gap has done to a seat, and what is wrong about it."""
    ours, theirs = plain.tokens.get(seat, []), faulty.tokens.get(seat, [])
    gap_s, at_s = max(
        ((later[0] - one[0], one[0]) for one, later in pairwise(theirs)),
        default=(0.0, 0.0),
    )
    before = [one for one in theirs if one[0] <= at_s]
    said = f"gap {gap_s:.1f} s, {len(theirs)} tokens after {len(before)}"
    if before != ours[: len(before)]:
        return said, "other readings before the gap"
    if gap_s < AWAY_S - 2 or len(theirs) == len(before):
        return said, "no gap, or nothing after it"
    early = [one for one in faulty.alerts.get(seat, []) if at_s < one[1] < at_s + gap_s]
    return said, f"an alert in the gap: {early}" if early else ""


def jumped(seat: str, plain: Lesson, faulty: Lesson) -> tuple[str, str]:
    """Return what a clock that jumps has done to a seat, and what is wrong about it."""
    theirs = faulty.tokens.get(seat, [])
    step_s = max((later[0] - one[0] for one, later in pairwise(theirs)), default=0.0)
    until_s = min((lesson.tokens[seat][-1][0] for lesson in (plain, faulty)), default=0.0)
    here, there = (
        [one for one in lesson.alerts.get(seat, []) if one[1] < until_s - MOST_MOVED_S]
        for lesson in (plain, faulty)
    )
    said = f"{len(theirs)} tokens, at most {step_s:.1f} s between two; alerts {there}"
    if len(theirs) < LEAST_TOKENS or theirs[-1][0] < JUMPED.stop or step_s > MOST_STEP_S:
        return said, "tokens lost, or an hour passed"
    alike = [one[0] for one in here] == [one[0] for one in there] and all(
        abs(one[1] - other[1]) <= MOST_MOVED_S for one, other in zip(here, there, strict=True)
    )
    return said, "" if alike else f"alerts without it: {here}"


def compare(plain: Lesson, faulty: Lesson) -> list[tuple[str, str, str]]:
    """Return a row for each fault: what, what was seen, what is wrong."""

    def seat_of(key: SensorKey) -> str:
        return str(next(iter(SENSORS[key])))

    touched = {KILLED, CUT, JUMPS, OLD, REAL, REAL_KILLED}
    others = [key for key in SENSORS if key not in touched]
    wrong = {key: said for key in others if (said := same(seat_of(key), plain, faulty))}
    rows = [
        (
            f"{len(others)} without a gap (an hour off, disorder, doubles, forger, victim, rest)",
            f"{sum(len(faulty.tokens.get(seat_of(key), [])) for key in others)} tokens the same",
            "; ".join(f"{key}: {said}" for key, said in wrong.items()),
        ),
        ("killed and another process after 30 s", *frozen(seat_of(KILLED), plain, faulty)),
        ("cut off for 30 s", *frozen(seat_of(CUT), plain, faulty)),
        ("clock jumps by an hour and back", *jumped(seat_of(JUMPS), plain, faulty)),
    ]
    for key, what in ((OLD, "older encoder"), (FORGER, "forges another's seat")):
        said = "; ".join(sorted(faulty.refused.get(key, ())))
        rows.append((what, said, "" if said else "not refused in health"))
        unsaid = faulty.refused.get(key, set()) - faulty.leased.get(key, set())
        leased = len(faulty.leased.get(key, ()))
        rows.append((f"{what}: in its lease", f"{leased} reasons", "not told" if unsaid else ""))
    stored = len(faulty.tokens.get(seat_of(OLD), []))
    rows.append(("older encoder: tokens taken", str(stored), "taken" if stored else ""))
    strange = {key for key in faulty.refused if key not in (OLD, FORGER)}
    rows.append(("others refused", str(len(strange)), ", ".join(sorted(strange))))
    for key, what in ((REAL, "real sensor"), (REAL_KILLED, "real sensor, killed and back")):
        counts = [len(faulty.tokens.get(str(seat), [])) for seat in SENSORS[key]]
        poor = min(counts) < LEAST_TOKENS
        rows.append((what, f"{counts} tokens", "too few" if poor else ""))
    return rows


def main() -> int:
    """Run it; see the module."""
    parser = argparse.ArgumentParser(prog="faults", description=__doc__)
    parser.add_argument("--seconds", type=float, default=260.0)
    parser.add_argument("--folder", type=Path, help="keeps logs and databases there")
    asked = parser.parse_args()
    with TemporaryDirectory() as made:
        folder: Path = asked.folder or Path(made)
        plain, faulty = (
            hold(folder / name, seconds=asked.seconds, faulty=name == "faulty")
            for name in ("plain", "faulty")
        )
    rows = compare(plain, faulty)
    table = Table("what", "seen", "wrong")
    for row in rows:
        table.add_row(*row)
    Console(soft_wrap=True, highlight=False, markup=False).print(table)
    alerts: Mapping[str, object] = faulty.alerts
    print(
        f"{sum(map(len, plain.alerts.values()))} alerts without faults, on {len(alerts)} seats with"
    )
    for what, _, wrong in rows:
        if wrong:
            print(f"FAILED {what}: {wrong}")
    return 1 if any(wrong for _, _, wrong in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
