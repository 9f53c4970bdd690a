"""``classbox consent``: who may be looked at."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from appliance.commands.options import ConfigOption, JsonOption, SeatArgument, known_seat
from appliance.commands.records.beside import storage_beside
from appliance.domain.seats import SeatKey
from appliance.errors import NoServiceError
from appliance.host.doorbell import ask
from appliance.settings.layout import box_identity, seat_cameras, seats_with_consent
from appliance.settings.load import DEFAULT_CONFIG, load_settings
from appliance.settings.tree import Settings
from appliance.storage.consents import SeatConsent, list_consents

command = typer.Typer(help="Say who may be looked at.", no_args_is_help=True)


@command.command()
def grant(seat: SeatArgument, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Allow the box to look at whoever sits on a seat now."""
    _set_consent(seat, config, granted=True)


@command.command()
def revoke(seat: SeatArgument, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Take consent back; the box stops looking with the next frame."""
    _set_consent(seat, config, granted=False)


@command.command(name="list")
def list_seats(config: ConfigOption = DEFAULT_CONFIG, *, as_json: JsonOption = False) -> None:
    """Show for each seat whether it may be looked at, since when, by whom and why."""
    settings = load_settings(config)
    consents = list_consents(
        settings.box.state_dir,
        seats=seat_cameras(settings),
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


def _set_consent(seat: str, config: Path, *, granted: bool) -> None:
    settings = load_settings(config)
    key = known_seat(settings, seat, config)
    with storage_beside(settings) as storage:
        change = storage.consent.grant if granted else storage.consent.revoke
        change(key, actor="operator")
    typer.echo(f"{seat}: consent {'granted' if granted else 'revoked'}")
