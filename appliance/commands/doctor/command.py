"""``classbox doctor``: where the chain from camera to student breaks first, and what to do."""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from appliance.commands.doctor.bundle import write_bundle
from appliance.commands.doctor.links import ChainLink, Diagnosis, Hop, Standing
from appliance.commands.doctor.look import diagnose
from appliance.commands.options import ConfigOption, JsonOption
from appliance.host.core_dumps import forbid_core_dumps
from appliance.host.logs import configure_logs
from appliance.settings.load import DEFAULT_CONFIG, examine

LOOK_S = 5.0
MOST_COLUMNS = 4
"""Seats whose numbers fit beside each other on a terminal; with more there are marks alone."""

DASH = "\N{EN DASH}"
"""Mark of what cannot be known yet."""

_MARKS = {
    Standing.WORKS: "[green]✓[/]",
    Standing.BROKEN: "[red]✗[/]",
    Standing.OPEN: f"[yellow]{DASH}[/]",
}


def command(
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    seconds: Annotated[
        float, typer.Option(min=1, max=600, help="How long to watch a running box.")
    ] = LOOK_S,
    bundle: Annotated[
        Path | None,
        typer.Option(help="Also write a file for support; it holds nothing about a student."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Walk from each camera to each student; name the first broken link and the next step."""
    forbid_core_dumps()  # where no service runs, a picture of each camera is taken
    configure_logs(level="error")
    examined = examine(config)
    diagnosis = diagnose(examined, seconds=seconds)
    if bundle is not None:
        write_bundle(bundle, diagnosis, examined.settings)
    if as_json:
        typer.echo(json.dumps(plain(diagnosis), ensure_ascii=False))
    else:
        show(diagnosis, Console(highlight=False, soft_wrap=True))
    if bundle is not None:
        typer.echo(_bundle_line(bundle), err=as_json)
    if diagnosis.broken:
        raise typer.Exit(diagnosis.broken[0].exit_code)


def _bundle_line(bundle: Path) -> str:
    """Say that the file for support is written, and how to look into it."""
    sudo = "sudo " if os.geteuid() == 0 else ""
    return (
        f"For support: {bundle} is written; nobody else may read it. "
        f"To see what is in it: {sudo}tar -xzOf {bundle} | less"
    )


def plain(diagnosis: Diagnosis) -> dict[str, Any]:
    """Return what ``--json`` prints."""

    def row(link: ChainLink) -> dict[str, str]:
        return {
            "part": link.part.value,
            "seat": link.seat,
            "verdict": link.verdict.value,
            "fact": link.fact,
            "next": link.next_step,
        }

    return {
        "ok": not diagnosis.broken,
        "running": diagnosis.running,
        "first_broken": row(diagnosis.broken[0]) if diagnosis.broken else None,
        "links": [row(link) for link in diagnosis.links],
    }


def show(diagnosis: Diagnosis, console: Console) -> None:
    """Print the box's links, a table of the seats' chains, and what to do first."""
    for link in diagnosis.links:
        if not link.seat:
            console.print(f"{_MARKS[link.verdict]} {link.part}: {escape(link.fact)}")
    seats = list(dict.fromkeys(link.seat for link in diagnosis.links if link.seat))
    if seats:
        console.print(_table(diagnosis, seats))
    for lines in _by_fact(diagnosis.links, Standing.OPEN):
        if lines[0].next_step:
            console.print(f"{_line(lines)}; {escape(lines[0].next_step)}")
    if not diagnosis.broken:
        console.print(f"[green]Nothing is broken.[/] What shows {DASH} cannot be known yet.")
        return
    first = diagnosis.broken[0]
    for lines in _by_fact(diagnosis.broken, Standing.BROKEN):
        if first not in lines:
            console.print(_line(lines))
    console.print(f"\n[red]First broken link:[/] {_name(first)}: {escape(first.fact)}")
    console.print(f"[bold]Next:[/] {escape(first.next_step)}")


def _by_fact(links: Iterable[ChainLink], verdict: Standing) -> Iterable[list[ChainLink]]:
    """Return links of one verdict, those together that say the same of several seats."""
    groups: dict[tuple[Hop, str], list[ChainLink]] = {}
    for link in links:
        if link.verdict is verdict:
            groups.setdefault((link.part, link.fact), []).append(link)
    return groups.values()


def _line(links: list[ChainLink]) -> str:
    seats = ", ".join(link.seat for link in links if link.seat)
    link = links[0]
    return f"{_MARKS[link.verdict]} {f'{seats} {link.part}'.strip()}: {escape(link.fact)}"


def _name(link: ChainLink) -> str:
    return f"{link.seat} {link.part}".strip()


def _table(diagnosis: Diagnosis, seats: list[str]) -> Table:
    table = Table(box=SIMPLE_HEAD)
    table.add_column("link")
    for seat in seats:
        table.add_column(seat, overflow="fold")
    cells = {(link.part, link.seat): link for link in diagnosis.links}
    for part in Hop:
        if (part, seats[0]) not in cells:
            continue
        row = []
        for seat in seats:
            link = cells[part, seat]
            number = f" {escape(link.fact)}" if len(seats) <= MOST_COLUMNS else ""
            row.append(f"{_MARKS[link.verdict]}{number}")
        table.add_row(part, *row)
    return table
