"""The figures for people at a terminal."""

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from appliance.commands.policy.words import OFFERS, SHOWN
from appliance.commands.report import tell
from appliance.commands.report.findings import Findings


def show(findings: Findings, console: Console) -> None:
    """Print them."""
    console.print(escape(tell.head(findings)))
    _show_effects(findings, console)
    _show_halved(findings, console)
    if not findings.fatigue_only:
        console.print(
            "\n[bold]Learned policy against the rules[/] (gain per decision, doubly robust)"
        )
        console.print(f"  {escape(tell.policy(findings))}")
    _show_uses(findings, console)
    if findings.explored:
        console.print("\n[bold]Is the record still what it was?[/] (last week against before)")
        for line in tell.fidelity(findings):
            console.print(f"  {escape(line)}", style="red" if line.startswith("ALARM") else None)


def _show_effects(findings: Findings, console: Console) -> None:
    console.print("\n[bold]Effect of an action after two minutes[/]")
    if not findings.explored:
        console.print(f"  {escape(tell.NO_LOT)}")
        return
    console.print(f"  {tell.AGAINST_LOT}; points of 100 with the 95 % interval")
    table = Table(box=SIMPLE_HEAD)
    for name in ("action", "drawn", "fatigue", "boredom"):
        table.add_column(name)
    for one in findings.effects:
        row = [
            escape(tell.points(figure, up="less", down="more"))
            for figure in (one.fatigue, one.boredom)
        ]
        table.add_row(OFFERS[one.action], f"{one.drawn:,}" if one.drawn else "-", *row)
    console.print(table)
    console.print(f"  {tell.BY_CHANCE}")


def _show_halved(findings: Findings, console: Console) -> None:
    console.print("\n[bold]The score fell by more than half within two minutes[/]")
    halved = findings.halved
    if halved is not None:
        console.print(f"  {escape(tell.halved_what(findings))}")
        console.print(f"  with an intervention {escape(tell.of_100(halved.with_action.estimate))}")
        console.print(f"  with nothing         {escape(tell.of_100(halved.without.estimate))}")
        console.print(f"  effect               {escape(tell.points(halved.difference))}")
        return
    for words, share in (
        ("after alerts with an intervention", findings.alerts_acted),
        ("after alerts without           ", findings.alerts_left),
    ):
        console.print(f"  {words}  {tell.alerts(share)}")
    console.print(f"  {tell.NO_EFFECT}", style="bold")


def _show_uses(findings: Findings, console: Console) -> None:
    console.print("\n[bold]What was shown, and what students did with it[/]")
    if not findings.uses:
        console.print("  nothing was shown")
        return
    table = Table(box=SIMPLE_HEAD)
    for name in ("action", "shown", "per hour", "accepted", "closed"):
        table.add_column(name)
    for one in findings.uses:
        if one.accepted is None:
            table.add_row(SHOWN[one.action], "-", "-", tell.TOO_FEW, "-")
            continue
        table.add_row(
            SHOWN[one.action],
            f"{one.shown:,}",
            f"{one.per_hour:.2f}",
            escape(tell.of_100(one.accepted)),
            f"{100 * one.dismissed:.0f} of 100",
        )
    console.print(table)
