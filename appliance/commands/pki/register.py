"""Which certificates there are: a file of the authority's folder."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from appliance.commands.pki.authority import Revoked
from appliance.commands.pki.certificate import CertificateSubject, Kind, renewal_due
from appliance.errors import ConfigError

SCHEMA = 1


class ClientRole(StrEnum):
    """What a person may see at the broker."""

    TEACHER = "teacher"
    IT = "it"


class State(StrEnum):
    """How a certificate is."""

    VALID = "valid"
    DUE = "due"
    """Valid, and two thirds of its lifetime are over."""

    EXPIRED = "expired"
    REVOKED = "revoked"
    REPLACED = "replaced"
    """Valid still, but its name has a newer one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who has a certificate, or will have one, and where it lies."""

    name: str
    """Common name: user name and client id at the broker."""

    kind: Kind
    """What it may be used for."""

    role: ClientRole | None = None
    """Of a person."""

    hosts: tuple[str, ...] = ()
    """Names and addresses under which a server is reached."""

    folder: str
    """Where certificate and key lie."""

    @property
    def subject(self) -> CertificateSubject:
        """What stands in the certificate."""
        return CertificateSubject(name=self.name, kind=self.kind, hosts=self.hosts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Holder):
    """One certificate."""

    days: int
    """Lifetime that was asked for."""

    serial: int
    """Of the certificate."""

    begins: datetime
    """Valid from."""

    ends: datetime
    """Valid until."""

    revoked: datetime | None = None
    """When it was taken back."""

    foreign: bool = False
    """Signed by a school's own authority."""

    def holder(self) -> Holder:
        """Return whose it is."""
        return Holder(
            name=self.name,
            kind=self.kind,
            role=self.role,
            hosts=self.hosts,
            folder=self.folder,
        )


class Register:
    """All certificates that were made or taken in, oldest first."""

    def __init__(self, entries: list[Entry], requests: dict[str, Holder]) -> None:
        """Take them."""
        self.entries = entries
        """Oldest first."""
        self.requests = requests
        """Names for which a school's own authority was asked and has not answered."""

    @classmethod
    def read(cls, content: bytes | None) -> "Register":
        """Return what the file holds; nothing without one.

        Raises:
            ConfigError: It is damaged.
        """
        if content is None:
            return cls([], {})
        try:
            document = json.loads(content)
            return cls(
                [_entry(row) for row in document["certificates"]],
                {row["name"]: Holder(**_words(row)) for row in document["requests"]},
            )
        except (ValueError, KeyError, TypeError) as error:
            msg = "register.json: damaged, or of another version; restore it from a backup"
            raise ConfigError(msg) from error

    def content(self) -> bytes:
        """Return what the file has to hold."""
        rows = [{**asdict(one), "serial": f"{one.serial:x}"} for one in self.entries]
        document = {
            "schema": SCHEMA,
            "certificates": rows,
            "requests": [asdict(one) for one in self.requests.values()],
        }
        return json.dumps(document, default=_plain, indent=1).encode() + b"\n"

    def current(self, name: str) -> Entry | None:
        """Return the newest certificate of a name that was not revoked."""
        mine = [one for one in self.entries if one.name == name and one.revoked is None]
        return mine[-1] if mine else None

    def known(self, name: str) -> bool:
        """Tell whether a name ever had a certificate."""
        return any(one.name == name for one in self.entries)

    def names(self, kind: Kind, role: ClientRole | None = None) -> list[str]:
        """Return who of a kind has a certificate that was not revoked, in the order they came.

        Args:
            kind: Of whom.
            role: Of people; None means all of the kind.
        """
        found = [one for one in self.entries if one.kind is kind and role in (None, one.role)]
        return list(dict.fromkeys(one.name for one in found if self.current(one.name)))

    def state(self, entry: Entry, *, now: datetime) -> State:
        """Say how a certificate is."""
        if entry.revoked is not None:
            return State.REVOKED
        if entry.ends <= now:
            return State.EXPIRED
        if self.current(entry.name) is not entry:
            return State.REPLACED
        due = renewal_due(begins=entry.begins, ends=entry.ends, now=now)
        return State.DUE if due else State.VALID

    def revoke(self, name: str, *, now: datetime) -> int:
        """Take back every certificate of a name, also replaced ones; return how many."""
        mine = [
            place
            for place, one in enumerate(self.entries)
            if one.name == name and one.revoked is None
        ]
        for place in mine:
            self.entries[place] = replace(self.entries[place], revoked=now)
        return len(mine)

    def revoked(self, *, now: datetime) -> list[Revoked]:
        """Return what a list of revoked certificates must hold; expired ones are refused anyway."""
        return [
            Revoked(serial=one.serial, at=one.revoked)
            for one in self.entries
            if one.revoked is not None and one.ends > now
        ]


def _entry(row: dict[str, Any]) -> Entry:
    moments = {
        key: datetime.fromisoformat(row[key]) if row[key] else None
        for key in ("begins", "ends", "revoked")
    }
    return Entry(**{**_words(row), **moments, "serial": int(row["serial"], 16)})


def _words(row: dict[str, Any]) -> dict[str, Any]:
    role = ClientRole(row["role"]) if row["role"] else None
    return {**row, "kind": Kind(row["kind"]), "role": role, "hosts": tuple(row["hosts"])}


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    raise TypeError
