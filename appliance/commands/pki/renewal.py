"""Makes anew what is due, and says who has to be told."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from appliance.commands.pki.certificate import Kind
from appliance.commands.pki.copies import has_copy
from appliance.commands.pki.pairs import until, usual_folder
from appliance.commands.pki.register import Entry
from appliance.commands.pki.room import RoomPki
from appliance.commands.pki.school import make_request
from appliance.commands.placing.layout import BROKER_DIR, CREDENTIALS
from appliance.commands.placing.machine import Machine

_HERE = {str(CREDENTIALS), str(BROKER_DIR), str(usual_folder(Kind.SCREENS, ""))}
"""Read from where they lie; everything else has to be carried to its owner."""


@dataclass(slots=True)
class Renewed:
    """What a renewal did."""

    renewed: list[Entry] = field(default_factory=list)
    """New certificates."""

    notes: list[str] = field(default_factory=list)
    """What somebody has to do, one line each."""

    broker_reads: bool = False
    """True when the broker has to read its files again."""


def renew_room(machine: Machine, pki: RoomPki, *, names: Sequence[str], force: bool) -> Renewed:
    """Renew certificates and the list of revoked ones, where two thirds of their time are over.

    Args:
        machine: Where.
        pki: Whose.
        names: Ids; everybody without.
        force: Also what is not due.

    Raises:
        ConfigError: A name has no certificate, or a file cannot be written.
    """
    done = Renewed()
    chosen = [pki.require(name) for name in names] if names else _all(pki)
    due = pki.due()
    for old in chosen:
        if not (force or old in due):
            continue
        if old.foreign:
            file = make_request(machine, pki, old.holder())
            done.notes.append(
                f"{old.name}: valid until {until(old.ends)}; have {file} signed, then run: "
                f"sudo classbox pki import {old.name} CERT --chain CHAIN"
            )
            continue
        entry = pki.renew(old)
        done.renewed.append(entry)
        if entry.folder not in _HERE and entry.kind is not Kind.BROKER:
            whom = "it"
            if has_copy(machine, pki.register, entry):
                whom = "it, unless it has only the pages of this machine's screens,"
            done.notes.append(
                f"{entry.name}: carry {entry.folder} to {whom} before {until(old.ends)}, when the "
                "old certificate ends"
            )
        done.broker_reads |= entry.kind is Kind.BROKER
    if pki.own and (force or pki.revocations_due()):
        pki.write_revocations()
        done.broker_reads = True
    done.notes += _foreign_list(pki)
    return done


def _all(pki: RoomPki) -> list[Entry]:
    names = dict.fromkeys(one.name for one in pki.register.entries)
    return [entry for name in names if (entry := pki.register.current(name))]


def _foreign_list(pki: RoomPki) -> list[str]:
    lifetime = None if pki.own else pki.revocations_lifetime()
    if lifetime is None or not pki.revocations_due():
        return []
    line = (
        f"the school's list of revoked certificates holds until {until(lifetime[1])}; bring a new "
        "one with sudo classbox pki revocations FILE, else the broker refuses everybody"
    )
    return [line]
