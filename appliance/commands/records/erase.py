"""``classbox erase``: forget a seat."""

from typing import Annotated

import typer

from appliance.commands.options import ConfigOption, SeatArgument, known_seat
from appliance.commands.records.beside import storage_beside
from appliance.domain.seats import SeatKey
from appliance.errors import NoServiceError
from appliance.host.doorbell import ask
from appliance.settings.layout import box_identity
from appliance.settings.load import DEFAULT_CONFIG, load_settings
from appliance.settings.tree import Settings
from appliance.storage.erasure import ErasureReport
from appliance.storage.folder import FolderLock


def command(
    seat: SeatArgument,
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase everything about a seat: what is stored, and what a running box remembers of it."""
    settings = load_settings(config)
    key = known_seat(settings, seat, config)
    if not yes:
        typer.confirm(f"Erase everything stored about seat {seat}?", abort=True)
    try:
        (said,) = ask(
            settings.box.state_dir, identity=box_identity(settings), ask="erase", seat=key
        )
        features, records = said["features"], said["records"]
    except NoServiceError:
        erased = _erase_beside(settings, key)
        features, records = erased.features, erased.records
    typer.echo(f"{features} feature rows and {records} records erased")


def _erase_beside(settings: Settings, seat: SeatKey) -> ErasureReport:
    """Erase the rows of a box that does not run.

    Raises:
        StorageError: Something uses them that cannot be told, and would bring them back.
    """
    if settings.box.state_dir.exists():
        FolderLock.alone(settings.box.state_dir).release()
    with storage_beside(settings) as storage:
        return storage.erasure.erase(actor="operator", seat=seat)
