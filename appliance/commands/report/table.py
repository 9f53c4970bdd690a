"""The figures for people at a terminal."""

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from appliance.commands.policy.words import OFFERS, SHOWN
from appliance.commands.report import tell
from appliance.commands.report.findings import Findings


def show(findings: Findings, console: Console) -> None:
    """Print them; of an empty record one line."""
    console.print(escape(tell.head(findings)))
    if findings.empty:
        return
    _show_effects(findings, console)
    _show_halved(findings, console)
    if not findings.fatigue_only:
        _heading(tell.POLICY, "" if findings.policy is None else tell.POLICY_WHAT, console)
        console.print(f"  {escape(tell.policy(findings))}")
    _show_uses(findings, console)
    if findings.explored:
        _heading(tell.STILL, "", console)
        for line in tell.fidelity(findings):
            console.print(f"  {escape(line)}", style="red" if line.startswith("ALARM") else None)
    console.print()
    for line in tell.explained(findings):
        console.print(escape(line))


def _heading(heading: str, what: str, console: Console) -> None:
    console.print(f"\n[bold]{escape(heading)}[/]")
    if what:
        console.print(f"  {escape(what)}")


def _show_effects(findings: Findings, console: Console) -> None:
    _heading(tell.EFFECTS, tell.EFFECTS_WHAT if findings.explored else "", console)
    if not findings.explored:
        console.print(f"  {escape(tell.why_no_effect(findings))}")
        return
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
    if any(not one.drawn for one in findings.effects):
        console.print(f"  {escape(tell.NOT_TOLD)}")
    console.print(f"  {tell.BY_CHANCE}")


def _show_halved(findings: Findings, console: Console) -> None:
    _heading(tell.halved_heading(findings), tell.halved_what(findings), console)
    *told, last = tell.shares(findings)
    for name, words in zip(tell.ARMS, told, strict=True):
        console.print(f"  {name:<20}  {escape(words)}")
    console.print(f"  {escape(last)}", style="bold")


def _show_uses(findings: Findings, console: Console) -> None:
    _heading(tell.USES, tell.USES_WHAT if findings.uses else "", console)
    if not findings.uses:
        console.print(f"  {tell.NOTHING_SHOWN}")
        return
    table = Table(box=SIMPLE_HEAD)
    for name in ("action", "shown", "per hour", tell.ACCEPTED, tell.CLOSED, tell.UNANSWERED):
        table.add_column(name)
    for one in findings.uses:
        if one.accepted is None:
            table.add_row(SHOWN[one.action], "-", "-", tell.TOO_FEW, "-", "-")
            continue
        table.add_row(
            SHOWN[one.action],
            f"{one.shown:,}",
            f"{one.per_hour:.2f}",
            escape(tell.of_100(one.accepted)),
            f"{100 * one.dismissed:.0f} of 100",
            f"{100 * one.unanswered:.0f} of 100",
        )
    console.print(table)
    if any(one.accepted is None for one in findings.uses):
        console.print(f"  {escape(tell.NOT_TOLD)}")
