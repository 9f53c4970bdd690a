"""What several ``classbox pki`` commands ask for, and what they begin and end with."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from appliance.commands.broker.tell import Services
from appliance.commands.pki.certificate import SERVERS, Kind
from appliance.commands.pki.copies import refresh_copies, screens_home
from appliance.commands.pki.pairs import usual_folder
from appliance.commands.pki.register import ClientRole, Holder
from appliance.commands.pki.room import RoomPki
from appliance.commands.placing.layout import BROKER_DIR
from appliance.commands.placing.machine import Machine
from appliance.errors import ConfigError
from appliance.mqtt.contract.topics import ID_PATTERN

LONGEST_ID = 32

NameArgument = Annotated[str, typer.Argument(help="Id: common name, user name and client id.")]
KindOption = Annotated[Kind, typer.Option(help="Whom it is for.")]
RoleOption = Annotated[ClientRole | None, typer.Option(help="What a person may see.")]
HostOption = Annotated[
    list[str] | None,
    typer.Option("--host", help="Name or address at which a server is reached; repeatable."),
]
ToOption = Annotated[
    Path | None, typer.Option("--to", help="Folder for certificate and key.", show_default=False)
]
RootOption = Annotated[
    Path, typer.Option(help="Write below this folder, for a machine that is being prepared.")
]
AskOption = Annotated[
    bool,
    typer.Option("--ask-passphrase", help="Ask for the passphrase of the PKCS#12 file."),
]
DEFAULT_ROOT = Path("/")


def utc_now() -> datetime:
    """Return the time by which certificates are judged."""
    return datetime.now(UTC)


def open_room(root: Path) -> tuple[Machine, RoomPki, Services]:
    """Return the machine, its register, and who can be told of changes."""
    machine = Machine(root)
    return machine, RoomPki(machine, now=utc_now), Services(machine)


def ask_passphrase(*, ask: bool) -> str | None:
    """Ask twice, without an echo; None when one is to be made up."""
    if not ask:
        return None
    word: str = typer.prompt(
        "Passphrase of the PKCS#12 file", hide_input=True, confirmation_prompt=True
    )
    return word


def holder_of(
    name: str, *, kind: Kind, role: ClientRole | None, hosts: Sequence[str], folder: Path | None
) -> Holder:
    """Check who is to get a certificate.

    Raises:
        ConfigError: The words do not fit together; one line each.
    """
    problems = []
    if not (ID_PATTERN.fullmatch(name) and len(name) <= LONGEST_ID):
        problems.append(f"{name!r}: an id has a-z, 0-9 and - only, at most {LONGEST_ID} characters")
    if (kind is Kind.PERSON) != (role is not None):
        problems.append("--role: a person is a teacher or it; nobody else has a role")
    if (kind in SERVERS) != bool(hosts):
        problems.append("--host: broker and screens need each name and address to reach them by")
    if folder is not None and not folder.is_absolute():
        problems.append(f"--to: {folder} has to begin with /")
    if problems:
        raise ConfigError("\n".join(problems))
    return Holder(
        name=name,
        kind=kind,
        role=role,
        hosts=tuple(hosts),
        folder=str(folder or usual_folder(kind, name)),
    )


def tell_brokers(pki: RoomPki, services: Services, *, restart: bool = False) -> None:
    """Let the room's broker read its files again, or say that somebody has to carry them there.

    Args:
        pki: Knows where the broker's files lie.
        services: Of this machine.
        restart: Also cut off who is connected.
    """
    for name in pki.register.names(Kind.BROKER):
        folder = pki.require(name).folder
        if folder != str(BROKER_DIR):
            typer.echo(f"carry {folder} to the broker's machine, and restart Mosquitto there")
        elif restart:
            services.restart_broker()
        else:
            services.reload_broker()


def tell_screens(
    machine: Machine, pki: RoomPki, services: Services, *, changed: bool = False
) -> None:
    """Give the screens the keys that changed, and let them take them.

    Args:
        machine: Where.
        pki: Whose keys.
        services: Of this machine.
        changed: Their own certificate is another one.
    """
    home = screens_home(pki.register)
    if not (refresh_copies(machine, pki) or changed) or home is None:
        return
    if home.here:
        services.restart_screens()
    else:
        typer.echo(f"carry {home.folder} to the screens' machine: sudo classbox setup says how")


def tell_left(services: Services) -> None:
    """Say which commands are left, where no systemd could be told."""
    for line in services.left:
        typer.echo(f"left to do: sudo {line}")
