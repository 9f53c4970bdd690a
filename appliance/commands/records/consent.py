"""``classbox consent``: who may be looked at."""

import json
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from appliance.commands.options import ConfigOption, JsonOption, SeatArgument, known_seat
from appliance.commands.records.beside import storage_beside
from appliance.domain.seats import SeatKey
from appliance.errors import NobodyKnownError, NoServiceError, StorageError
from appliance.host.clock import SystemClock
from appliance.host.doorbell import ask
from appliance.settings.layout import all_seats, box_identity, seats_with_consent
from appliance.settings.load import DEFAULT_CONFIG, load_settings
from appliance.settings.tree import Settings
from appliance.storage.consents import SeatConsent, list_consents
from appliance.storage.keeping.beginning import note_refusal
from appliance.storage.keeping.refusals import REFUSALS_FILE
from appliance.storage.pause import OPERATOR

command = typer.Typer(help="Say who may be looked at.", no_args_is_help=True)


@command.command()
def grant(seat: SeatArgument, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Allow the box to look at whoever sits on a seat now, until they leave.

    Where the school holds the consent on file it takes back a revocation, for everybody.
    """
    settings = load_settings(config)
    key = known_seat(settings, seat, config)
    if key in seats_with_consent(settings):
        with storage_beside(settings) as storage:
            storage.consent.grant(key, actor=OPERATOR)
    else:
        _tell_the_service(settings, key)
    typer.echo(f"{seat}: consent granted")


def _tell_the_service(settings: Settings, seat: SeatKey) -> None:
    """Let the running box record a consent: only it knows who sits there.

    Raises:
        NobodyKnownError: None runs.
    """
    try:
        deque(
            ask(settings.box.state_dir, identity=box_identity(settings), ask="consent", seat=seat),
            0,
        )
    except NoServiceError as error:
        msg = f"nobody is known to sit on {seat} while the service does not run"
        raise NobodyKnownError(
            msg,
            next_step="sudo systemctl start classbox, and ask again when they have logged in",
        ) from error


@command.command()
def revoke(seat: SeatArgument, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Take consent back; the box stops looking with the next frame."""
    settings = load_settings(config)
    key = known_seat(settings, seat, config)
    try:
        with storage_beside(settings) as storage:
            storage.consent.revoke(key, actor=OPERATOR)
    except StorageError as error:
        if note_refusal(settings.box.state_dir, key, clock=SystemClock()):
            msg = f"{seat}: noted in {REFUSALS_FILE}, so nobody is looked at there; but {error}"
            raise StorageError(msg) from error
        raise
    typer.echo(f"{seat}: consent revoked")


@command.command(name="list")
def list_seats(config: ConfigOption = DEFAULT_CONFIG, *, as_json: JsonOption = False) -> None:
    """Show for each seat whether it may be looked at, since when, by whom and why."""
    settings = load_settings(config)
    consents = list_consents(
        settings.box.state_dir,
        seats=all_seats(settings),
        on_file=seats_with_consent(settings),
        allowed=_allowed_now(settings),
    )
    if as_json:
        typer.echo(json.dumps([_to_json(one) for one in consents]))
    else:
        _show(consents, Console())


def _allowed_now(settings: Settings) -> dict[SeatKey, bool] | None:
    """Return what the running service says of each seat; None where none runs."""
    try:
        (said,) = ask(settings.box.state_dir, identity=box_identity(settings), ask="funnel")
    except NoServiceError:
        return None
    # Read as it comes: the funnel's types need OpenCV, and this command answers at once.
    return {seat: its["consent"] for seat, its in said["seats"].items()}


def _to_json(one: SeatConsent) -> dict[str, object]:
    since = None if one.since_s is None else datetime.fromtimestamp(one.since_s, UTC)
    return {
        "seat": one.seat,
        "granted": one.granted,
        "since": None if since is None else since.isoformat(timespec="seconds"),
        "by": one.actor,
        "why": one.ground.value,
    }


def _show(consents: Sequence[SeatConsent], console: Console) -> None:
    table = Table(box=SIMPLE_HEAD)
    for name in ("seat", "consent", "since", "by", "why"):
        table.add_column(name)
    for one in consents:
        table.add_row(
            one.seat,
            "granted" if one.granted else "denied",
            "-" if one.since_s is None else f"{_local(one.since_s):%Y-%m-%d %H:%M:%S}",
            one.actor or "-",
            one.ground.value,
            style="green" if one.granted else None,
        )
    console.print(table)


def _local(wall_s: float) -> datetime:
    return datetime.fromtimestamp(wall_s, UTC).astimezone()
