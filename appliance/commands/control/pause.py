"""``classbox pause``: close the cameras until somebody resumes them."""

import time
from typing import Annotated

import typer

from appliance.commands.options import ConfigOption
from appliance.commands.records.beside import storage_beside
from appliance.errors import ServiceAwayError, StorageError
from appliance.host.doorbell import ask
from appliance.settings.layout import box_identity
from appliance.settings.load import DEFAULT_CONFIG, load_settings
from appliance.settings.tree import Settings
from appliance.storage.folder import prepare_folder
from appliance.storage.pause import OPERATOR, PauseFile, PauseNote

END = "until: sudo classbox resume"


def command(
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    why: Annotated[
        str, typer.Option(help="Shown with the status to everybody who may read it; no names.")
    ] = "",
) -> None:
    """Close the cameras until somebody resumes them; a restart changes nothing about it."""
    settings = load_settings(config)
    try:
        answer = next(
            ask(settings.box.state_dir, identity=box_identity(settings), ask="pause", why=why)
        )
    except ServiceAwayError as away:
        lacking = _pause_stopped(settings, why, away)
        typer.echo(f"paused: the service does not run; its cameras stay closed, {END}")
    else:
        lacking = answer["lacking"]
        typer.echo(f"paused: the cameras are closed, {END}")
    if lacking:
        typer.echo(lacking, err=True)


def _pause_stopped(settings: Settings, why: str, away: ServiceAwayError) -> str:
    """Leave the pause for the next start; return what could not be kept.

    Raises:
        StorageError: There will be no pause.
    """
    note = PauseNote.take(actor=OPERATOR, why=why, since_s=time.time())
    file = PauseFile(settings.box.state_dir)
    try:
        prepare_folder(settings.box.state_dir)
        file.write(note.after(file.read()))
    except StorageError as error:
        msg = f"not paused: {error}; {away}"
        raise StorageError(msg) from error
    try:
        with storage_beside(settings) as storage:
            storage.audit.record("control_pause", actor=note.actor, detail=note.why)
    except StorageError as error:
        return f"not on record: {error}"
    return ""
