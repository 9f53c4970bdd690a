"""``classbox export``: what is stored."""

import sys
from itertools import chain
from typing import Annotated

import typer

from appliance.commands.options import ConfigOption, known_seat
from appliance.errors import ConfigError
from appliance.settings.load import DEFAULT_CONFIG, load_settings
from appliance.storage.export import ExportKind, export_rows, write_csv, write_json_lines


def command(
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    kind: Annotated[
        list[ExportKind] | None, typer.Option(help="Only this kind; may be repeated.")
    ] = None,
    seat: Annotated[str | None, typer.Option(help="Only this seat.")] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="One table; needs one --kind.")] = False,
) -> None:
    """Print what is stored, as JSON lines or CSV.

    Decisions are interventions, what was done by a choice or by Table 1 alone; choices are where a
    learner or a lot had a say, and most choose nothing; alerts, feedback, readings.
    """
    settings = load_settings(config)
    if as_csv and (kind is None or len(kind) != 1):
        msg = "--csv: a table has one kind of rows; add --kind with one of " + ", ".join(ExportKind)
        raise ConfigError(msg)
    rows = export_rows(
        settings.box.state_dir,
        kinds=tuple(kind or ExportKind),
        seat=None if seat is None else known_seat(settings, seat, config),
    )
    first = next(rows, None)
    if first is None:
        where = "" if seat is None else f" of seat {seat}"
        typer.echo(f"nothing is on record{where}: no {', no '.join(kind or ExportKind)}", err=True)
        return
    (write_csv if as_csv else write_json_lines)(chain([first], rows), sys.stdout)
