"""``classbox resume``: end a pause."""

import typer

from appliance.commands.options import ConfigOption
from appliance.commands.records.beside import storage_beside
from appliance.errors import ServiceAwayError, StorageError
from appliance.host.doorbell import ask
from appliance.settings.layout import box_identity
from appliance.settings.load import DEFAULT_CONFIG, load_settings
from appliance.settings.tree import Settings
from appliance.storage.pause import PauseFile


def command(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """End a pause; what else keeps the cameras closed, keeps them closed."""
    settings = load_settings(config)
    try:
        answer = next(ask(settings.box.state_dir, identity=box_identity(settings), ask="resume"))
    except ServiceAwayError as away:
        _resume_stopped(settings, away)
        typer.echo("resumed: the service does not run; its cameras open with the next start")
        return
    still = answer["still"]
    typer.echo(f"resumed, but the cameras stay closed: {still}" if still else "resumed")


def _resume_stopped(settings: Settings, away: ServiceAwayError) -> None:
    """Take away what a pause has left for the next start.

    Raises:
        StorageError: It could not be put on record or taken away: still paused.
    """
    try:
        with storage_beside(settings) as storage:
            storage.audit.record("control_resume", actor="operator")
        PauseFile(settings.box.state_dir).remove()
    except StorageError as error:
        msg = f"not resumed: {error}; {away}"
        raise StorageError(msg) from error
