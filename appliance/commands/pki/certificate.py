"""Keys, certificates and requests: what each kind may be used for, and what is wrong with one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import ip_address

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from appliance.errors import ConfigError

type_error = (ValueError, TypeError, UnsupportedAlgorithm)


class Kind(StrEnum):
    """Whom a certificate is for."""

    BOX = "box"
    BROKER = "broker"
    TERMINAL = "terminal"
    PERSON = "person"
    SCREENS = "screens"
    SENSOR = "sensor"


_USAGES = {
    Kind.BOX: ExtendedKeyUsageOID.CLIENT_AUTH,
    Kind.BROKER: ExtendedKeyUsageOID.SERVER_AUTH,
    Kind.TERMINAL: ExtendedKeyUsageOID.CLIENT_AUTH,
    Kind.PERSON: ExtendedKeyUsageOID.CLIENT_AUTH,
    Kind.SCREENS: ExtendedKeyUsageOID.SERVER_AUTH,
    Kind.SENSOR: ExtendedKeyUsageOID.CLIENT_AUTH,
}

WITH_FOLDER = (Kind.TERMINAL, Kind.PERSON, Kind.SENSOR)
"""Whose folder goes to another machine."""

SERVERS = (Kind.BROKER, Kind.SCREENS)
"""Who is reached under host names and addresses."""

"""A terminal's certificate must not pass for the broker's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateSubject:
    """Who gets a certificate."""

    name: str
    """Common name: user name and client id at the broker, ``[a-z0-9-]``."""

    kind: Kind
    """What it may be used for."""

    hosts: Sequence[str] = ()
    """Host names and addresses under which a server is reached."""


def new_key() -> ec.EllipticCurvePrivateKey:
    """Return a new key on P-256."""
    return ec.generate_private_key(ec.SECP256R1())


def key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return a key as Mosquitto, OpenSSL and Python read it, without a passphrase."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def pem(thing: x509.Certificate | x509.CertificateSigningRequest) -> bytes:
    """Return a certificate or a request as text."""
    return thing.public_bytes(serialization.Encoding.PEM)


def common_name(name: str) -> x509.Name:
    """Return a subject of a common name alone."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def alternative_names(hosts: Sequence[str]) -> x509.SubjectAlternativeName:
    """Return host names and addresses in the form in which clients compare them."""
    names: list[x509.GeneralName] = []
    for host in hosts:
        try:
            names.append(x509.IPAddress(ip_address(host)))
        except ValueError:
            names.append(x509.DNSName(host))
    return x509.SubjectAlternativeName(names)


def usages(kind: Kind) -> x509.ExtendedKeyUsage:
    """Return what a kind's certificate may be used for."""
    return x509.ExtendedKeyUsage([_USAGES[kind]])


def build_request(
    subject: CertificateSubject, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateSigningRequest:
    """Return a request for a school's own authority."""
    builder = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(common_name(subject.name))
        .add_extension(usages(subject.kind), critical=False)
    )
    if subject.hosts:
        builder = builder.add_extension(alternative_names(subject.hosts), critical=False)
    return builder.sign(key, hashes.SHA256())


def read_certificates(content: bytes, *, origin: str) -> list[x509.Certificate]:
    """Return the certificates of a PEM file.

    Raises:
        ConfigError: There are none.
    """
    try:
        return x509.load_pem_x509_certificates(content)
    except type_error as error:
        msg = f"{origin}: no certificate in PEM form (-----BEGIN CERTIFICATE-----)"
        raise ConfigError(msg) from error


def read_key(content: bytes, *, origin: str) -> PrivateKeyTypes:
    """Return the key of a PEM file without a passphrase.

    Raises:
        ConfigError: There is none.
    """
    try:
        return serialization.load_pem_private_key(content, password=None)
    except type_error as error:
        msg = f"{origin}: no key in PEM form without a passphrase"
        raise ConfigError(msg) from error


def name_of(certificate: x509.Certificate) -> str:
    """Return the common name; empty without exactly one."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if len(names) == 1 else ""


def renewal_due(*, begins: datetime, ends: datetime, now: datetime) -> bool:
    """Tell whether two thirds of a lifetime are over."""
    return now >= begins + (ends - begins) * 2 / 3


def foreign_problems(
    certificate: x509.Certificate,
    *,
    subject: CertificateSubject,
    key: PrivateKeyTypes,
    chain: Sequence[x509.Certificate],
    now: datetime,
) -> list[str]:
    """Return everything that is wrong with a certificate that another authority has signed."""
    found: list[str] = []
    # Browsers look at host names alone, and authorities write one of them there.
    if subject.kind is not Kind.SCREENS and name_of(certificate) != subject.name:
        found.append(
            f"its common name is {name_of(certificate)!r}; the broker takes it for the client's "
            f"id, so it has to be {subject.name!r}"
        )
    if _public(certificate.public_key()) != _public(key.public_key()):
        found.append(
            f"it does not belong to the key of the last request for {subject.name}; "
            "have that request signed, or make a new one"
        )
    needed = _USAGES[subject.kind]
    try:
        allowed = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        allowed = None  # then it may be used for everything
    if allowed is not None and needed not in allowed:
        word = "server" if subject.kind in SERVERS else "client"
        found.append(f"it may not be used as a {word}'s (extended key usage {word}Auth is missing)")
    if missing := set(subject.hosts) - _hosts(certificate):
        found.append(
            f"clients reach the {subject.kind} as {', '.join(sorted(missing))}, not among its "
            "subject alternative names"
        )
    if certificate.not_valid_before_utc > now + timedelta(minutes=5):
        found.append(f"it is valid from {certificate.not_valid_before_utc:%Y-%m-%d} on only")
    if certificate.not_valid_after_utc <= now:
        found.append(f"it expired on {certificate.not_valid_after_utc:%Y-%m-%d}")
    return found + _chain_problems(certificate, chain, now=now)


def _chain_problems(
    certificate: x509.Certificate, chain: Sequence[x509.Certificate], *, now: datetime
) -> list[str]:
    for one in chain:
        if one.not_valid_after_utc <= now:
            return [f"{one.subject.rfc4514_string()} of its chain expired"]
    link = certificate
    for _ in chain:
        signer = next((one for one in chain if _signed(link, one)), None)
        if signer is None:
            return [f"the chain has nobody who signed {link.subject.rfc4514_string()}"]
        if signer.subject == signer.issuer:
            return []
        link = signer
    return ["the chain does not end in an authority that signed itself; add the root to it"]


def _signed(certificate: x509.Certificate, by: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(by)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _hosts(certificate: x509.Certificate) -> set[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    addresses = names.get_values_for_type(x509.IPAddress)
    return {*names.get_values_for_type(x509.DNSName), *(str(address) for address in addresses)}


def _public(key: object) -> bytes:
    return key.public_bytes(  # type: ignore[attr-defined,no-any-return] # any of the library's kinds
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
