"""``classbox pki``: the room's authority, certificates, renewal, revocation."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from appliance.commands.options import JsonOption
from appliance.commands.pki.authority import DAYS
from appliance.commands.pki.certificate import Kind
from appliance.commands.pki.copies import has_copy
from appliance.commands.pki.options import (
    DEFAULT_ROOT,
    AskOption,
    HostOption,
    KindOption,
    NameArgument,
    RoleOption,
    RootOption,
    ToOption,
    ask_passphrase,
    holder_of,
    open_room,
    tell_brokers,
    tell_left,
    tell_screens,
    utc_now,
)
from appliance.commands.pki.pairs import until
from appliance.commands.pki.permissions import refresh_people
from appliance.commands.pki.register import Entry
from appliance.commands.pki.renewal import renew_room
from appliance.commands.pki.school import make_request, take_in, take_revocations
from appliance.commands.pki.table import listing_json, show_listing
from appliance.commands.placing.layout import PKI, SCREENS_DIR
from appliance.commands.wrapping import fitted, word_console

command = typer.Typer(
    help="Make, renew, take back and list the certificates of the room.", no_args_is_help=True
)

DaysOption = Annotated[int, typer.Option(min=1, max=825, help="Lifetime in days.")]


@command.command()
def init(
    name: Annotated[str, typer.Option(help="Common name of the authority.")] = "classroom-ca",
    root: RootOption = DEFAULT_ROOT,
) -> None:
    """Make the room's own authority, which signs for ten years; never a second one."""
    _, pki, _ = open_room(root)
    with pki.changing():
        authority = pki.init(name)
    typer.echo(
        f"authority {name} in {PKI}, valid until {until(authority.certificate.not_valid_after_utc)}"
    )


@command.command()
def issue(
    name: NameArgument,
    *,
    kind: KindOption,
    role: RoleOption = None,
    host: HostOption = None,
    days: DaysOption = DAYS,
    to: ToOption = None,
    asking: AskOption = False,
    root: RootOption = DEFAULT_ROOT,
) -> None:
    """Make a key and a certificate; for terminals and people also a PKCS#12 file."""
    holder = holder_of(name, kind=kind, role=role, hosts=host or [], folder=to)
    machine, pki, services = open_room(root)
    with pki.changing():
        pki.require_free(holder)
        entry = pki.issue(holder, days=days, passphrase=ask_passphrase(ask=asking))
        if kind is Kind.PERSON:
            if refresh_people(machine, pki):
                services.restart_box()
            tell_brokers(pki, services)
        tell_screens(machine, pki, services, changed=kind is Kind.SCREENS)
    _say_made(entry)
    tell_left(services)


@command.command()
def renew(
    names: Annotated[list[str] | None, typer.Argument(help="Ids; everybody without.")] = None,
    *,
    force: Annotated[bool, typer.Option(help="Also what is not due yet.")] = False,
    root: RootOption = DEFAULT_ROOT,
) -> None:
    """Make anew what is due: certificates and the list of revoked ones, at two thirds."""
    machine, pki, services = open_room(root)
    with pki.changing():
        done = renew_room(machine, pki, names=names or [], force=force)
        new = any(entry.kind is Kind.SCREENS for entry in done.renewed)
        tell_screens(machine, pki, services, changed=new)
    for entry in done.renewed:
        _say_made(entry)
    for line in done.notes:
        typer.echo(fitted(line))
    if done.broker_reads:
        tell_brokers(pki, services)
    if not (done.renewed or done.notes or done.broker_reads):
        typer.echo("nothing is due")
    tell_left(services)


@command.command()
def revoke(name: NameArgument, root: RootOption = DEFAULT_ROOT) -> None:
    """Take a name's certificates back, and cut every client off so that none stays by luck."""
    machine, pki, services = open_room(root)
    with pki.changing():
        entry = pki.require(name)
        count = pki.revoke(name)
        if entry.kind is Kind.PERSON and refresh_people(machine, pki):
            services.restart_box()
        tell_screens(machine, pki, services)
        spoken_for = has_copy(machine, pki.register, entry) and entry.kind is Kind.PERSON
    tell_brokers(pki, services, restart=True)
    typer.echo(f"{name}: {count} certificate(s) revoked")
    if spoken_for:
        typer.echo(
            fitted(
                f"the screens speak as {name}, whom the broker refuses now; let them speak as "
                f"another person in {SCREENS_DIR}/screens.toml, then run: sudo classbox setup"
            )
        )
    tell_left(services)


@command.command(name="list")
def list_certificates(*, as_json: JsonOption = False, root: RootOption = DEFAULT_ROOT) -> None:
    """List who has which certificate, until when, and when the list of revoked ones ends."""
    _, pki, _ = open_room(root)
    if as_json:
        typer.echo(listing_json(pki, now=utc_now()))
    else:
        show_listing(pki, word_console(), now=utc_now())


@command.command()
def request(
    name: NameArgument,
    *,
    kind: KindOption,
    role: RoleOption = None,
    host: HostOption = None,
    to: ToOption = None,
    root: RootOption = DEFAULT_ROOT,
) -> None:
    """Make a key and a request for a school's own authority to sign."""
    holder = holder_of(name, kind=kind, role=role, hosts=host or [], folder=to)
    machine, pki, _ = open_room(root)
    with pki.changing():
        file = make_request(machine, pki, holder)
    typer.echo(f"have {file} signed, then run: sudo classbox pki import {name} CERT --chain CHAIN")


@command.command(name="import")
def import_certificate(
    name: NameArgument,
    certificate: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="PEM.")],
    chain: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, help="Who signed it, to the root, PEM.")
    ],
    *,
    asking: AskOption = False,
    root: RootOption = DEFAULT_ROOT,
) -> None:
    """Take in what a school's own authority signed, after a look at key, name, use and time."""
    machine, pki, services = open_room(root)
    with pki.changing():
        entry = take_in(
            machine,
            pki,
            name,
            certificate=certificate.read_bytes(),
            chain=chain.read_bytes(),
            now=utc_now(),
            passphrase=ask_passphrase(ask=asking),
        )
        if refresh_people(machine, pki):
            services.restart_box()
        tell_screens(machine, pki, services, changed=entry.kind is Kind.SCREENS)
    _say_made(entry)
    tell_brokers(pki, services)
    tell_left(services)


@command.command()
def revocations(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="PEM.")],
    root: RootOption = DEFAULT_ROOT,
) -> None:
    """Give the broker the list of revoked certificates of a school's own authority."""
    _, pki, services = open_room(root)
    with pki.changing():
        ends = take_revocations(pki, file.read_bytes(), now=utc_now())
    tell_brokers(pki, services, restart=True)
    typer.echo(
        fitted(f"from {until(ends)} on the broker refuses everybody; bring a new list before")
    )
    tell_left(services)


def _say_made(entry: Entry) -> None:
    renewal = entry.begins + (entry.ends - entry.begins) * 2 / 3
    text = f"{entry.name}: {entry.kind} certificate in {entry.folder}, valid until "
    text += f"{until(entry.ends)}, to be renewed from {until(renewal + timedelta(days=1))} on"
    typer.echo(fitted(text))
