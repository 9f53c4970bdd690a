"""``classbox report``: whether what the box does helps."""

import json
from pathlib import Path
from typing import Annotated

import typer

from appliance.commands.drawing.sheet import check_target
from appliance.commands.options import ConfigOption, JsonOption
from appliance.commands.report.findings import find
from appliance.commands.report.numbers import to_json
from appliance.commands.report.picture import OPTION, write_picture
from appliance.commands.report.table import show
from appliance.commands.wrapping import word_console
from appliance.intervention.policy.gate import DELTA
from appliance.settings.load import DEFAULT_CONFIG, load_settings
from appliance.storage.tables.trial_archive import read_trials


def command(
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    picture: Annotated[
        Path | None, typer.Option(metavar="FILE.png", help="Draw it as well.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say what each action does, how sure that is, and how much longer it would take to tell.

    Effects are told against decisions in which nothing was done by lot, and never otherwise.
    """
    if picture is not None:
        check_target(picture, option=OPTION)
    settings = load_settings(config)
    record = read_trials(settings.box.state_dir, delta=DELTA)
    findings = find(record, theta=settings.warning.theta, settings=settings.policy)
    if picture is not None:
        write_picture(findings, picture)
    if as_json:
        drawn = None if picture is None else str(picture)
        typer.echo(json.dumps({**to_json(findings), "picture": drawn}))
        return
    show(findings, word_console())
    if picture is not None:
        typer.echo(f"\n{picture} is drawn.")
