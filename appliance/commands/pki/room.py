"""Who is who in the room: issues, renews and takes back, and keeps files and register together."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from cryptography import x509

from appliance.commands.pki.authority import DAYS, Authority, list_lifetime
from appliance.commands.pki.certificate import WITH_FOLDER, Kind, new_key, renewal_due
from appliance.commands.pki.pairs import Pairs, until, usual_folder
from appliance.commands.pki.register import Entry, Holder, Register, State
from appliance.commands.placing.layout import PKI
from appliance.commands.placing.machine import SECRET_MODE, Machine, NewFile
from appliance.errors import ConfigError

AUTHORITY_CERTIFICATE = PKI / "ca.crt"
AUTHORITY_KEY = PKI / "ca.key"
REVOCATIONS = PKI / "crl.pem"
REGISTER = PKI / "register.json"


class RoomPki:
    """The room's authority on the machine that keeps it."""

    def __init__(self, machine: Machine, *, now: Callable[[], datetime]) -> None:
        """Read the register.

        Raises:
            ConfigError: It is damaged.
        """
        self._machine = machine
        self._now = now
        self.pairs = Pairs(machine)
        """Certificates and keys where they are used."""
        self.register = Register.read(machine.read(REGISTER))
        """What there is."""

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Keep other processes out while something changes, and read what they left."""
        with self._machine.alone(PKI):
            self.register = Register.read(self._machine.read(REGISTER))
            yield

    @property
    def own(self) -> bool:
        """True when this machine keeps an authority of the room's own."""
        return self._machine.read(AUTHORITY_KEY) is not None

    def authority(self) -> Authority:
        """Return the room's authority.

        Raises:
            ConfigError: There is none.
        """
        certificate = self._machine.read(AUTHORITY_CERTIFICATE)
        key = self._machine.read(AUTHORITY_KEY)
        if certificate is None or key is None:
            msg = f"{PKI} holds no authority; run sudo classbox setup, or "
            msg += "sudo classbox pki request NAME where the school has one of its own"
            raise ConfigError(msg)
        return Authority.read(certificate, key)

    def init(self, name: str) -> Authority:
        """Make the room's authority.

        Raises:
            ConfigError: There is one: a new one would lock everybody out.
        """
        if self._machine.read(AUTHORITY_KEY) or self._machine.read(AUTHORITY_CERTIFICATE):
            msg = f"{PKI} holds an authority already, which everybody in the room trusts; "
            msg += f"to begin anew move the folder away: mv {PKI} {PKI}.old"
            raise ConfigError(msg)
        authority = Authority.create(name, now=self._now())
        certificate, key = authority.files()
        self._secret(AUTHORITY_KEY, key)
        self._machine.write(AUTHORITY_CERTIFICATE, NewFile(content=certificate))
        self.write_revocations()
        return authority

    def issue(self, holder: Holder, *, days: int = DAYS, passphrase: str | None = None) -> Entry:
        """Make a key and a certificate and put them in place.

        Raises:
            ConfigError: The name has one, or there is no authority.
        """
        self.require_free(holder)
        return self.sign(holder, days=days, passphrase=passphrase)

    def require_free(self, holder: Holder) -> None:
        """Make sure that a name belongs to nobody yet.

        Raises:
            ConfigError: It has a certificate.
        """
        entry = self.register.current(holder.name)
        if entry is not None:
            msg = f"{holder.name} has a certificate already ({entry.kind}, valid until "
            msg += f"{until(entry.ends)}); to replace it run: "
            msg += f"sudo classbox pki renew {holder.name} --force"
            raise ConfigError(msg)

    def require(self, name: str) -> Entry:
        """Return the certificate of a name.

        Raises:
            ConfigError: It has none.
        """
        entry = self.register.current(name)
        if entry is None and self.register.known(name):
            raise ConfigError(self.how_to_issue_again(name))
        if entry is None:
            known = sorted({one.name for one in self.register.entries if one.revoked is None})
            msg = f"{name!r} has no certificate; there are {', '.join(known) or 'none'}"
            raise ConfigError(msg)
        return entry

    def how_to_issue_again(self, name: str) -> str:
        """Return how a name that was revoked gets a certificate again."""
        last = next(one for one in reversed(self.register.entries) if one.name == name)
        words = ["sudo classbox pki issue", name, "--kind", last.kind.value]
        words += ["--role", last.role.value] if last.role else []
        words += [f"--host {host}" for host in last.hosts]
        words += [] if Path(last.folder) == usual_folder(last.kind, name) else ["--to", last.folder]
        carried = last.kind in WITH_FOLDER
        end = f", and carry {last.folder} to it" if carried else ""
        command = " ".join(words)
        return f"{name} was revoked; to let it in again: {command}, then: sudo classbox setup{end}"

    def due(self) -> list[Entry]:
        """Return the certificates that have to be made anew: two thirds of their time are over."""
        now = self._now()
        return [
            one
            for one in self.register.entries
            if self.register.current(one.name) is one
            and (
                self.register.state(one, now=now) in (State.DUE, State.EXPIRED)
                or self._cut_off(one)
            )
        ]

    def renew(self, entry: Entry) -> Entry:
        """Make a new key and a new certificate for one that the room's own authority signed."""
        return self.sign(entry.holder(), days=entry.days)

    def revoke(self, name: str) -> int:
        """Take back every certificate of a name, and write the list that says so.

        Raises:
            ConfigError: It has none, or the school's authority signed it.
        """
        entry = self.require(name)
        if entry.foreign:
            msg = f"{name}: signed by the school's authority; have it revoked there, then run "
            msg += "sudo classbox pki revocations FILE with its new list"
            raise ConfigError(msg)
        count = self.register.revoke(name, now=self._now())
        self.write_register()
        self.write_revocations()
        return count

    def write_revocations(self) -> None:
        """Write the list of revoked certificates anew, for the authority and for the broker."""
        now = self._now()
        content = self.authority().revocation_list(self.register.revoked(now=now), now=now)
        self.place_revocations(content)

    def place_revocations(self, content: bytes) -> None:
        """Put a list of revoked certificates where the broker reads it."""
        self._machine.write(REVOCATIONS, NewFile(content=content))
        for name in self.register.names(Kind.BROKER):
            self.pairs.write_revocations(Path(self.require(name).folder), content)

    def revocations_lifetime(self) -> tuple[datetime, datetime] | None:
        """Return from when to when the list of revoked certificates holds; None without one."""
        content = self._machine.read(REVOCATIONS)
        return None if content is None else list_lifetime(content)

    def revocations_due(self) -> bool:
        """Tell whether that list has to be made anew."""
        lifetime = self.revocations_lifetime()
        if lifetime is None:
            return True
        return renewal_due(begins=lifetime[0], ends=lifetime[1], now=self._now())

    def write_register(self) -> None:
        """Keep what there is."""
        self._secret(REGISTER, self.register.content())

    def record(
        self, holder: Holder, certificate: x509.Certificate, *, days: int, foreign: bool
    ) -> Entry:
        """Note a certificate, before it is put in place: what is unknown cannot be revoked."""
        entry = Entry(
            name=holder.name,
            kind=holder.kind,
            role=holder.role,
            hosts=holder.hosts,
            folder=holder.folder,
            days=days,
            serial=certificate.serial_number,
            begins=certificate.not_valid_before_utc,
            ends=certificate.not_valid_after_utc,
            foreign=foreign,
        )
        self.register.entries.append(entry)
        self.write_register()
        return entry

    def sign(self, holder: Holder, *, days: int, passphrase: str | None = None) -> Entry:
        """Make a new key and a new certificate, whatever the name has, and put them in place.

        Raises:
            ConfigError: There is no authority.
        """
        authority = self.authority()
        key = new_key()
        certificate = authority.sign(holder.subject, key.public_key(), now=self._now(), days=days)
        entry = self.record(holder, certificate, days=days, foreign=False)
        self.pairs.write(
            entry,
            chain=[certificate],
            key=key,
            authority=authority.files()[0],
            passphrase=passphrase,
        )
        if holder.kind is Kind.BROKER and (content := self._machine.read(REVOCATIONS)):
            self.pairs.write_revocations(Path(holder.folder), content)
        return entry

    def _cut_off(self, entry: Entry) -> bool:
        """Tell whether a run ended after the register was written and before the pair was."""
        if entry.foreign:
            return False
        standing = self.pairs.standing(entry)
        return standing is not None and standing.serial_number != entry.serial

    def _secret(self, path: Path, content: bytes) -> None:
        self._machine.write(path, NewFile(content=content, mode=SECRET_MODE), folder_mode=0o700)
