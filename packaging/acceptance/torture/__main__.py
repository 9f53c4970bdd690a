"""Is a decision lost when the box is killed? ``make policy-torture``: 100 kills, 10,000 replays.

A process that decides, keeps and learns as the box does is killed again and again with SIGKILL on
the same state folder. What it had acknowledged must be there, every bit; what is there must be
readable and follow again; the next process must go on with the policy of before. A kill does not
empty the cache of the operating system: a loss of power is another matter, for which each decision
is synchronised to the disk.

Exit status 1 when anything was lost, unreadable or different.
"""

import argparse
import json
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from acceptance.torture.decisions import SEATS, new_decider, new_learner, steps
from acceptance.torture.kills import Moment, Torture, torture
from appliance.commands.policy.recompute import Recomputation, ReplayResult
from appliance.errors import ApplianceError
from appliance.host.clock import SystemClock
from appliance.storage.store import Storage
from appliance.storage.tables.choice_archive import ChoiceArchive

VERSIONS = 5
"""Policies among whose decisions the replays are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replays:
    """Decisions made again from the database."""

    equal: int
    different: int
    no_weights: int
    seconds: float


def main() -> None:
    """Kill, replay, and say what came of it."""
    parser = argparse.ArgumentParser(prog="policy-torture", description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--decisions", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    console = Console(stderr=asked.json, soft_wrap=True, highlight=False)
    with tempfile.TemporaryDirectory(prefix="classbox-torture-") as folder:
        try:
            told = torture(
                Path(folder) / "killed", kills=asked.kills, seed=asked.seed, say=console.print
            )
            replays = replay_many(Path(folder) / "replayed", decisions=asked.decisions)
        except ApplianceError as error:
            console.print(f"[red]✗[/] {error}")
            sys.exit(error.exit_code)
    problems = judge(told, replays)
    if asked.json:
        sys.stdout.write(json.dumps(_plain(told, replays, problems)) + "\n")
    else:
        _show(told, replays, console)
    for problem in problems:
        console.print(f"[red]✗[/] {problem}")
    sys.exit(bool(problems))


def replay_many(folder: Path, *, decisions: int) -> Replays:
    """Put so many decisions of several policies on record, and make each again from there.

    Raises:
        StorageError: They cannot be kept or read.
    """
    rng = np.random.default_rng(2)
    storage = Storage.open(folder, clock=SystemClock())
    storage.start()
    left = decisions
    for version in range(VERSIONS):
        learner = new_learner()
        if version:
            learner.learn(storage.choices.experience(), rng=rng)
        storage.choices.keep_policy(learner.version, learner="dqn", weights=learner.dump())
        decider = new_decider(learner, rng)
        wanted = left if version == VERSIONS - 1 else decisions // VERSIONS
        for step in steps(decider, rng, stay=f"stay-{version}"):
            storage.choices.record_many(step[:wanted])
            left -= len(step[:wanted])
            wanted -= SEATS
            if wanted <= 0:
                break
    storage.stop()
    archive = ChoiceArchive(folder)
    recomputation = Recomputation(archive.weights)
    began_s = time.monotonic()
    results = [recomputation.check(found).result for found in archive.choices()]
    return Replays(
        equal=results.count(ReplayResult.EQUAL),
        different=results.count(ReplayResult.DIFFERENT),
        no_weights=results.count(ReplayResult.NO_WEIGHTS),
        seconds=time.monotonic() - began_s,
    )


def judge(told: Torture, replays: Replays) -> list[str]:
    """Return what must not be, in words."""
    harm = {
        "lost": "acknowledged decisions lost",
        "changed": "acknowledged decisions changed",
        "outcomes_lost": "acknowledged outcomes lost",
        "unreadable": "decisions without their weights",
        "different": "decisions that do not follow again",
        "replaced": "databases moved aside as damaged",
    }
    problems = [f"{told.worst[name]} {words}" for name, words in harm.items() if told.worst[name]]
    problems += [f"the database is damaged: {line}" for line in told.damage]
    if told.policies["lost"]:
        problems.append(f"{told.policies['lost']} times the policy of before was lost")
    if told.learned == 0 and told.kills[Moment.KEEPING]:
        problems.append("nothing was ever learned, so this run says nothing about it")
    if replays.different or replays.no_weights:
        problems.append(f"{replays.different + replays.no_weights} replays are not equal")
    return problems


def _plain(told: Torture, replays: Replays, problems: list[str]) -> dict[str, object]:
    return {
        "kills": sum(told.kills.values()),
        "moments": {moment.name.lower(): count for moment, count in told.kills.items()},
        "interrupted_while_keeping": told.interrupted,
        "acknowledged": told.acknowledged,
        "outcomes": told.settled,
        "versions": told.learned,
        "policy": dict(told.policies),
        "harm": dict(told.worst),
        "replays": asdict(replays),
        "problems": problems,
    }


def _show(told: Torture, replays: Replays, console: Console) -> None:
    table = Table("what", "how many")
    for moment, count in told.kills.items():
        table.add_row(f"killed {moment}", str(count))
    table.add_row("of them between two steps of keeping weights", str(told.interrupted))
    table.add_row("decisions acknowledged", str(told.acknowledged))
    table.add_row("outcomes acknowledged", str(told.settled))
    table.add_row("versions learned", str(told.learned))
    for name, count in told.worst.items():
        table.add_row(name.replace("_", " "), str(count))
    for how, count in told.policies.items():
        table.add_row(f"policy went on: {how}", str(count))
    table.add_row("decisions made again, equal to the bit", str(replays.equal))
    table.add_row("different", str(replays.different))
    table.add_row("time for them", f"{replays.seconds:.1f} s")
    console.print(table)


if __name__ == "__main__":
    main()
