"""Lists certificates, for people and for machines."""

import json
from datetime import datetime

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from appliance.commands.pki.pairs import until
from appliance.commands.pki.register import State
from appliance.commands.pki.room import RoomPki

_COLOURS = {State.VALID: "green", State.DUE: "yellow", State.EXPIRED: "red", State.REVOKED: "red"}


def listing_json(pki: RoomPki, *, now: datetime) -> str:
    """Return everything as one JSON document."""
    lifetime = pki.revocations_lifetime()
    document = {
        "authority": pki.authority().certificate.not_valid_after_utc.isoformat()
        if pki.own
        else None,
        "revocations": None if lifetime is None else lifetime[1].isoformat(),
        "certificates": [
            {
                "name": one.name,
                "kind": one.kind.value,
                "serial": f"{one.serial:x}",
                "valid_until": one.ends.isoformat(),
                "state": pki.register.state(one, now=now).value,
                "folder": one.folder,
            }
            for one in pki.register.entries
        ],
        "requests": sorted(pki.register.requests),
    }
    return json.dumps(document)


def show_listing(pki: RoomPki, console: Console, *, now: datetime) -> None:
    """Print a table, and what ends when for everybody."""
    if not (pki.own or pki.register.entries or pki.register.requests):
        console.print("no authority and no certificate yet; run: sudo classbox setup")
        return
    table = Table(box=None, pad_edge=False)
    for column in ("name", "kind", "serial", "valid until", "state"):
        table.add_column(column, no_wrap=True)
    for one in pki.register.entries:
        state = pki.register.state(one, now=now)
        colour = _COLOURS.get(state, "dim")
        table.add_row(
            escape(one.name),
            one.kind,
            f"{one.serial:x}"[:12],
            until(one.ends),
            f"[{colour}]{state}[/]",
        )
    console.print(table)
    if pki.own:
        ends = pki.authority().certificate.not_valid_after_utc
        console.print(f"The room's authority ends on {until(ends)}.")
    for name in sorted(pki.register.requests):
        console.print(f"{name} waits for a certificate of the school's authority.")
    if lifetime := pki.revocations_lifetime():
        gone = lifetime[1] <= now
        console.print(
            f"The list of revoked certificates {'ENDED' if gone else 'ends'} on "
            f"{until(lifetime[1])}; from then on the broker refuses everybody, so keep "
            "classbox-renew.timer running"
            + (" and run: sudo classbox pki renew" if gone else "")
            + "."
        )
