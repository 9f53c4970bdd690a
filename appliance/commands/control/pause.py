"""``classbox pause``: close the cameras, or look at one seat no more, until somebody resumes."""

import time
from typing import Annotated

import typer

from appliance.commands.options import ConfigOption, known_seat
from appliance.commands.records.beside import storage_beside
from appliance.domain.seats import SeatKey
from appliance.errors import ServiceAwayError, StorageError
from appliance.host.doorbell import ask
from appliance.settings.layout import box_identity
from appliance.settings.load import DEFAULT_CONFIG, load_settings
from appliance.settings.tree import Settings
from appliance.storage.folder import prepare_folder
from appliance.storage.pause import OPERATOR, PauseFile, PauseNote

END = "until: sudo classbox resume"

SeatOption = Annotated[str | None, typer.Option("--seat", help="One seat alone.")]
"""Of ``pause`` and ``resume``."""


def command(
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    why: Annotated[
        str, typer.Option(help="Shown with the status to everybody who may read it; no names.")
    ] = "",
    seat: SeatOption = None,
) -> None:
    """Close the cameras until somebody resumes them; a restart changes nothing about it."""
    settings = load_settings(config)
    key = None if seat is None else known_seat(settings, seat, config)
    end = END if key is None else f"{END} --seat {key}"
    try:
        answer = next(
            ask(
                settings.box.state_dir,
                identity=box_identity(settings),
                ask="pause",
                why=why,
                seat=key,
            )
        )
    except ServiceAwayError as away:
        lacking = _pause_stopped(settings, why, away, key)
        what = "its cameras stay closed" if key is None else f"seat {key} will not be looked at"
        typer.echo(f"paused: the service does not run; {what}, {end}")
    else:
        lacking = answer["lacking"]
        what = "the cameras are closed" if key is None else f"seat {key} is not looked at"
        typer.echo(f"paused: {what}, {end}")
    if lacking:
        typer.echo(lacking, err=True)


def _pause_stopped(
    settings: Settings, why: str, away: ServiceAwayError, seat: SeatKey | None
) -> str:
    """Leave the pause for the next start; return what could not be kept.

    Raises:
        StorageError: There will be no pause.
    """
    note = PauseNote.take(actor=OPERATOR, why=why, since_s=time.time())
    file = PauseFile(settings.box.state_dir, seat=seat)
    try:
        prepare_folder(settings.box.state_dir)
        file.write(note.after(file.read()))
    except StorageError as error:
        msg = f"not paused: {error}; {away}"
        raise StorageError(msg) from error
    try:
        with storage_beside(settings) as storage:
            storage.audit.record("control_pause", actor=note.actor, seat=seat, detail=note.why)
    except StorageError as error:
        return f"not on record: {error}"
    return ""
