"""Who said no last is obeyed: ``make last-word``, 10,000 random sequences against a model.

Each is made of grants, revocations, pauses of the room and of a seat, requests that count no more,
log-ins, restarts, kills (SIGKILL, also between a word and its answer), damage, older copies and
jumps of the clock. A real reader, real records; instead of models something that notes whom it was
shown. After each step: is the camera open, and who is looked at? Not more than the last word
allows, and not less.

Exit status 1 on any contradiction; its seed repeats it: ``--seed N --sequences 1``.
"""

import argparse
import json
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn
from rich.table import Table

from acceptance.last_word.sequences import run_one


def main() -> None:
    """Run all sequences, and say what came of them."""
    parser = argparse.ArgumentParser(prog="last-word", description=__doc__)
    parser.add_argument("--sequences", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1, help="Of the first; the next ones count up.")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    seeds = range(asked.seed, asked.seed + asked.sequences)
    began_s, looks = time.monotonic(), 0
    counts: Counter[str] = Counter()
    wrong: list[dict[str, object]] = []
    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with (
        ProcessPoolExecutor(asked.processes) as pool,
        Progress(*columns, console=console) as progress,
    ):
        told_of = pool.map(run_one, seeds, chunksize=4)
        for seed, told in zip(seeds, progress.track(told_of, total=len(seeds)), strict=True):
            looks += told.looks
            counts += told.counts
            if told.contradiction:
                wrong.append({"seed": seed, "what": told.contradiction, "steps": told.steps})
                console.print(f"[red]✗[/] seed {seed}: {told.contradiction}")
    result = {
        "sequences": asked.sequences,
        "seed": asked.seed,
        "looks": looks,
        "steps": dict(sorted(counts.items())),
        "contradictions": wrong,
        "seconds": round(time.monotonic() - began_s, 1),
    }
    if asked.json:
        sys.stdout.write(json.dumps(result) + "\n")
    else:
        _show(result, counts)
    sys.exit(bool(wrong))


def _show(result: dict[str, object], counts: Counter[str]) -> None:
    table = Table("what", "how many")
    for name in ("sequences", "looks", "seconds"):
        table.add_row(name, str(result[name]))
    for name, count in sorted(counts.items()):
        table.add_row(name, str(count))
    wrong = result["contradictions"]
    table.add_row("contradictions", str(len(wrong) if isinstance(wrong, list) else wrong))
    Console().print(table)


if __name__ == "__main__":
    main()
