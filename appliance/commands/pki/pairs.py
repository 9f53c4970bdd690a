"""Certificate and key on the disk: each kind has a place, and both change in one rename."""

import secrets
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates

from appliance.commands.pki.certificate import WITH_FOLDER, Kind, key_pem, pem, read_certificates
from appliance.commands.pki.register import Holder
from appliance.commands.placing.layout import (
    BOX_GROUP,
    BOXES,
    BROKER_DIR,
    BROKER_GROUP,
    CREDENTIALS,
    PEOPLE,
    SCREENS_DIR,
    SCREENS_GROUP,
    SENSORS,
    TERMINALS,
)
from appliance.commands.placing.machine import SECRET_MODE, Machine, NewFile

_NOTE = ".p12.passphrase"
"""What stands behind the name of a file that says the passphrase of another."""

_SCREENS_SERVER = SCREENS_DIR / "server"
_GROUPS = {
    str(CREDENTIALS): BOX_GROUP,
    str(BROKER_DIR): BROKER_GROUP,
    str(_SCREENS_SERVER): SCREENS_GROUP,
}
"""A service that is not root reads these; everything else is root's alone."""


def usual_folder(kind: Kind, name: str) -> Path:
    """Return where a pair goes when nobody said so."""
    if kind is Kind.BROKER:
        return BROKER_DIR
    if kind is Kind.SCREENS:
        return _SCREENS_SERVER
    places = {
        Kind.BOX: BOXES,
        Kind.TERMINAL: TERMINALS,
        Kind.PERSON: PEOPLE,
        Kind.SENSOR: SENSORS,
    }
    return places[kind] / name


def stem(holder: Holder) -> str:
    """Return the name of the files: a machine has one of each service, whatever their ids."""
    return holder.name if holder.kind in WITH_FOLDER else holder.kind.value


class Pairs:
    """The certificates and keys of a machine."""

    def __init__(self, machine: Machine) -> None:
        """Take the machine."""
        self._machine = machine

    def write(
        self,
        holder: Holder,
        *,
        chain: list[x509.Certificate],
        key: ec.EllipticCurvePrivateKey,
        authority: bytes,
        passphrase: str | None = None,
    ) -> None:
        """Put a pair in place, with the authority's certificate, and PKCS#12 for terminals.

        Args:
            holder: Whose.
            chain: The certificate and who signed it, without the root.
            key: Of the first certificate.
            authority: What its holder shall trust, PEM.
            passphrase: Of the PKCS#12 file; None makes one up and writes it beside it.

        Raises:
            ConfigError: It cannot be written.
        """
        group = _GROUPS.get(holder.folder, "root")
        secret = SECRET_MODE if group == "root" else 0o640
        files = {
            "ca.crt": NewFile(content=authority),
            f"{stem(holder)}.crt": NewFile(content=b"".join(pem(one) for one in chain)),
            f"{stem(holder)}.key": NewFile(content=key_pem(key), mode=secret),
        }
        if holder.kind in (Kind.TERMINAL, Kind.PERSON):
            files |= _windows_files(holder.name, chain, key, passphrase)
        # A passphrase that was made up before belongs to a file that is no more.
        self._machine.write_together(
            Path(holder.folder),
            files,
            group=group,
            mode=0o700 if group == "root" else 0o750,
            gone=f"{holder.name}{_NOTE}",
        )

    def standing(self, holder: Holder) -> x509.Certificate | None:
        """Return the certificate that lies in the holder's folder; None when there is none."""
        file = Path(holder.folder) / f"{stem(holder)}.crt"
        content = self._machine.read(file)
        return None if content is None else read_certificates(content, origin=str(file))[0]

    def write_revocations(self, folder: Path, content: bytes) -> None:
        """Put the list of revoked certificates where the broker reads it."""
        group = _GROUPS.get(str(folder), "root")
        self._machine.write(folder / "crl.pem", NewFile(content=content), group=group)


def _windows_files(
    name: str,
    chain: list[x509.Certificate],
    key: ec.EllipticCurvePrivateKey,
    passphrase: str | None,
) -> dict[str, NewFile]:
    word = secrets.token_urlsafe(18) if passphrase is None else passphrase
    packed = serialize_key_and_certificates(
        name.encode(), key, chain[0], chain[1:], BestAvailableEncryption(word.encode())
    )
    files = {f"{name}.p12": NewFile(content=packed, mode=SECRET_MODE)}
    if passphrase is None:
        files[f"{name}{_NOTE}"] = NewFile(content=f"{word}\n".encode(), mode=SECRET_MODE)
    return files


def until(moment: datetime) -> str:
    """Return a day as people read it."""
    return f"{moment:%Y-%m-%d}"
