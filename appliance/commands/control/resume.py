"""``classbox resume``: end a pause."""

import typer

from appliance.commands.control.pause import SeatOption
from appliance.commands.options import ConfigOption, known_seat
from appliance.commands.records.beside import storage_beside
from appliance.domain.seats import SeatKey
from appliance.errors import ServiceAwayError, StorageError
from appliance.host.doorbell import ask
from appliance.settings.layout import box_identity
from appliance.settings.load import DEFAULT_CONFIG, load_settings
from appliance.settings.tree import Settings
from appliance.storage.pause import PauseFile


def command(config: ConfigOption = DEFAULT_CONFIG, *, seat: SeatOption = None) -> None:
    """End a pause; what else keeps the cameras closed, keeps them closed."""
    settings = load_settings(config)
    key = None if seat is None else known_seat(settings, seat, config)
    try:
        answer = next(
            ask(settings.box.state_dir, identity=box_identity(settings), ask="resume", seat=key)
        )
    except ServiceAwayError as away:
        _resume_stopped(settings, away, key)
        what = "its cameras open" if key is None else f"seat {key} is looked at"
        typer.echo(f"resumed: the service does not run; {what} with the next start")
        return
    still, paused = answer["still"], ", ".join(answer["paused"])
    typer.echo(f"resumed, but the cameras stay closed: {still}" if still else "resumed")
    if paused:
        typer.echo(f"seats that stay paused: {paused}; sudo classbox resume --seat SEAT")


def _resume_stopped(settings: Settings, away: ServiceAwayError, seat: SeatKey | None) -> None:
    """Take away what a pause has left for the next start.

    Raises:
        StorageError: It could not be put on record or taken away: still paused.
    """
    try:
        with storage_beside(settings) as storage:
            storage.audit.record("control_resume", actor="operator", seat=seat)
        PauseFile(settings.box.state_dir, seat=seat).remove()
    except StorageError as error:
        msg = f"not resumed: {error}; {away}"
        raise StorageError(msg) from error
