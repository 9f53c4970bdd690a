"""Is a command lost, shown late or applied twice? ``make deliveries``: 620 of them in ten minutes.

A box with its outbox on disk sends commands that live 300, 30 and 10 s to eight terminals, while
Mosquitto is killed with SIGKILL every 8 to 16 s and the box four times. A command counts from when
the box has it on disk; a terminal writes down what it shows.

Exit status 1 when a command was lost, shown twice or shown late. One that expired is no loss while
broker or box were down so often that they were never up together for 6 s of its lifetime.
"""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from acceptance.deliveries.account import Account, account
from acceptance.deliveries.run import Plan, Room, Told
from acceptance.deliveries.words import LIFETIMES
from appliance.errors import ApplianceError


def main() -> None:
    """Send, kill, count, and say what came of it."""
    parser = argparse.ArgumentParser(prog="deliveries", description=__doc__)
    parser.add_argument("--commands", type=int, default=620)
    parser.add_argument("--seconds", type=float, default=480.0, help="in which they are sent")
    parser.add_argument("--box-kills", type=int, default=4)
    parser.add_argument("--terminal-kills", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--folder", type=Path, help="keeps logs and databases there")
    asked = parser.parse_args()
    console = Console(stderr=asked.json, soft_wrap=True, highlight=False)
    plan = Plan(
        commands=asked.commands,
        seconds=asked.seconds,
        box_kills=asked.box_kills,
        seat_kills=asked.terminal_kills,
        seed=asked.seed,
    )
    try:
        with TemporaryDirectory(prefix="classbox-deliveries-") as made:
            folder = Path(made) if asked.folder is None else asked.folder
            folder.mkdir(parents=True, exist_ok=True)
            told = _run(folder, plan, console)
    except ApplianceError as error:
        console.print(f"[red]✗[/] {error}")
        sys.exit(error.exit_code)
    accounts = by_lifetime(told)
    problems = judge(accounts[0])
    if asked.json:
        sys.stdout.write(json.dumps(_plain(told, accounts, problems)) + "\n")
    else:
        _show(told, accounts, console)
    for problem in problems:
        console.print(f"[red]✗[/] {problem}")
    sys.exit(bool(problems))


def by_lifetime(told: Told) -> dict[int, Account]:
    """Count the commands of each lifetime in seconds; 0 stands for all."""
    return {
        lifetime_s: account(
            {
                identity: one
                for identity, one in told.sent.items()
                if lifetime_s in (0, one.lifetime_s)
            },
            told.shown,
            told.down,
        )
        for lifetime_s in (*LIFETIMES, 0)
    }


def judge(every: Account) -> list[str]:
    """Return what must not be, in words."""
    harm = {
        "lost": "never shown, with broker and box up",
        "twice": "applied twice",
        "late": "shown after their lifetime",
    }
    return [
        f"{count} commands {words}"
        for name, words in harm.items()
        if (count := getattr(every, name))
    ]


def _run(folder: Path, plan: Plan, console: Console) -> Told:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f} of {task.total:.0f}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        sending = bars.add_task("commands sent", total=plan.commands)
        ending = bars.add_task("whose end is known", total=plan.commands)

        def tell(sent: int, ended: int) -> None:
            bars.update(sending, completed=sent)
            bars.update(ending, completed=ended)

        return Room(folder, plan).deliver(tell)


def _plain(told: Told, accounts: dict[int, Account], problems: list[str]) -> dict[str, object]:
    return {
        "broker_kills": told.broker_kills,
        "box_kills": told.box_kills,
        "terminal_kills": told.seat_kills,
        "slowest_return_s": max(told.returns_s, default=0.0),
        "all": asdict(accounts[0]),
        "by_lifetime_s": {str(each): asdict(accounts[each]) for each in LIFETIMES},
        "problems": problems,
    }


def _show(told: Told, accounts: dict[int, Account], console: Console) -> None:
    table = Table("lifetime", *(name.partition("_")[0] for name in Account.__slots__))
    for lifetime_s, counted in accounts.items():
        *counts, slowest_s = asdict(counted).values()
        table.add_row(
            f"{lifetime_s} s" if lifetime_s else "all", *map(str, counts), f"{slowest_s:.1f} s"
        )
    console.print(table)
    console.print(
        f"broker killed {told.broker_kills} times, box {told.box_kills}, terminals "
        f"{told.seat_kills}; the box was back at most {max(told.returns_s, default=0.0):.1f} s "
        "after the broker"
    )


if __name__ == "__main__":
    main()
