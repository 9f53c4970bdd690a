"""A school's own authority: requests go out, certificates come in."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from appliance.commands.pki.authority import list_lifetime
from appliance.commands.pki.certificate import (
    build_request,
    foreign_problems,
    key_pem,
    new_key,
    pem,
    read_certificates,
    read_key,
)
from appliance.commands.pki.pairs import until
from appliance.commands.pki.register import Entry, Holder
from appliance.commands.pki.room import RoomPki
from appliance.commands.placing.layout import PKI
from appliance.commands.placing.machine import SECRET_MODE, Machine, NewFile
from appliance.errors import ConfigError

REQUESTS = PKI / "requests"


def make_request(machine: Machine, pki: RoomPki, holder: Holder) -> Path:
    """Make a key and a request for it, unless one waits for its answer.

    Returns:
        The file to have signed.
    """
    file = REQUESTS / f"{holder.name}.csr"
    if pki.register.requests.get(holder.name) == holder and machine.read(file) is not None:
        return file
    key = new_key()
    request = pem(build_request(holder.subject, key))
    machine.write(
        _key_file(holder.name),
        NewFile(content=key_pem(key), mode=SECRET_MODE),
        folder_mode=0o700,
    )
    machine.write(file, NewFile(content=request))
    pki.register.requests[holder.name] = holder
    pki.write_register()
    return file


def take_in(
    machine: Machine,
    pki: RoomPki,
    name: str,
    *,
    certificate: bytes,
    chain: bytes,
    now: datetime,
    passphrase: str | None = None,
) -> Entry:
    """Check what the school's authority signed, and put it in place with its key.

    Args:
        machine: Where.
        pki: Notes it.
        name: Whose request was signed.
        certificate: PEM; what stands behind the first one counts as chain.
        chain: PEM, to the root that signed itself.
        now: To compare lifetimes with.
        passphrase: Of the PKCS#12 file; None makes one up.

    Raises:
        ConfigError: There was no such request, or the certificate does not do; one line each.
    """
    holder = pki.register.requests.get(name)
    content = machine.read(_key_file(name))
    if holder is None or content is None:
        waiting = ", ".join(sorted(pki.register.requests)) or "none"
        msg = f"{name!r} waits for no certificate; requests: {waiting}; "
        msg += f"make one: sudo classbox pki request {name}"
        raise ConfigError(msg)
    found = read_certificates(certificate, origin="certificate")
    others = [*found[1:], *read_certificates(chain, origin="--chain")]
    key = read_key(content, origin=str(_key_file(name)))
    problems = foreign_problems(found[0], subject=holder.subject, key=key, chain=others, now=now)
    if problems or not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ConfigError("\n".join(f"{name}: {problem}" for problem in problems))
    days = (found[0].not_valid_after_utc - found[0].not_valid_before_utc).days
    entry = pki.record(holder, found[0], days=days, foreign=True)
    between = [one for one in _unique(others) if one.subject != one.issuer]
    pki.pairs.write(
        entry,
        chain=[found[0], *between],
        key=key,
        authority=b"".join(pem(one) for one in _unique(others)),
        passphrase=passphrase,
    )
    del pki.register.requests[name]
    pki.write_register()
    machine.path(_key_file(name)).unlink()
    machine.path(REQUESTS / f"{name}.csr").unlink(missing_ok=True)
    return entry


def take_revocations(pki: RoomPki, content: bytes, *, now: datetime) -> datetime:
    """Put the school's list of revoked certificates where the broker reads it.

    Returns:
        Until when it holds.

    Raises:
        ConfigError: It is none, or is outdated and would lock everybody out.
    """
    _, ends = list_lifetime(content)
    if ends <= now:
        msg = f"the list ended on {until(ends)}: with it the broker would refuse everybody"
        raise ConfigError(msg)
    pki.place_revocations(content)
    return ends


def _key_file(name: str) -> Path:
    return REQUESTS / f"{name}.key"


def _unique(certificates: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    return list(dict.fromkeys(certificates))
