"""The room's own authority: signs certificates and the list of those it took back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from appliance.commands.pki.certificate import (
    CertificateSubject,
    alternative_names,
    common_name,
    key_pem,
    new_key,
    pem,
    read_certificates,
    read_key,
    usages,
)
from appliance.errors import ConfigError

AUTHORITY_DAYS = 3650
DAYS = 90
"""Of a certificate, and of the list of revoked ones: both are made anew at two thirds."""

BACKDATED = timedelta(hours=1)
"""A board without a battery may believe it is a little earlier than it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoked:
    """A certificate that is valid no more."""

    serial: int
    """As it stands in the certificate."""

    at: datetime
    """When it was taken back."""


@dataclass(frozen=True, slots=True)
class Authority:
    """A key and the certificate that everybody in the room trusts."""

    certificate: x509.Certificate
    """Signed by itself."""

    key: ec.EllipticCurvePrivateKey = field(repr=False)
    """Never leaves this machine."""

    @classmethod
    def create(cls, name: str, *, now: datetime) -> "Authority":
        """Make a new one, for ten years, which may sign no further authorities."""
        key = new_key()
        identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        certificate = (
            x509.CertificateBuilder()
            .subject_name(common_name(name))
            .issuer_name(common_name(name))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - BACKDATED)
            .not_valid_after(now + timedelta(days=AUTHORITY_DAYS))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_key_usage(authority=True), critical=True)
            .add_extension(identifier, critical=False)
            .sign(key, hashes.SHA256())
        )
        return cls(certificate, key)

    @classmethod
    def read(cls, certificate: bytes, key: bytes) -> "Authority":
        """Return the one that was made before.

        Raises:
            ConfigError: A file is damaged.
        """
        found = read_key(key, origin="ca.key")
        if not isinstance(found, ec.EllipticCurvePrivateKey):
            msg = "ca.key: not the key that classbox pki init made"
            raise ConfigError(msg)
        return cls(read_certificates(certificate, origin="ca.crt")[0], found)

    def files(self) -> tuple[bytes, bytes]:
        """Return certificate and key as text."""
        return pem(self.certificate), key_pem(self.key)

    def sign(
        self,
        subject: CertificateSubject,
        key: ec.EllipticCurvePublicKey,
        *,
        now: datetime,
        days: int = DAYS,
    ) -> x509.Certificate:
        """Return a certificate that ends after ``days``, or with the authority's own.

        Raises:
            ConfigError: The authority itself has expired.
        """
        ends = self.certificate.not_valid_after_utc
        if ends <= now:
            msg = f"the room's authority expired on {ends:%Y-%m-%d}; move its folder away and run "
            msg += "sudo classbox setup to make everybody new credentials"
            raise ConfigError(msg)
        own = self.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        builder = (
            x509.CertificateBuilder()
            .subject_name(common_name(subject.name))
            .issuer_name(self.certificate.subject)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - BACKDATED)
            .not_valid_after(min(now + timedelta(days=days), ends))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(authority=False), critical=True)
            .add_extension(usages(subject.kind), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own),
                critical=False,
            )
        )
        if subject.hosts:
            builder = builder.add_extension(alternative_names(subject.hosts), critical=False)
        return builder.sign(self.key, hashes.SHA256())

    def revocation_list(
        self, revoked: Sequence[Revoked], *, now: datetime, days: int = DAYS
    ) -> bytes:
        """Return the list of revoked certificates as text, valid for ``days`` at most."""
        until = min(now + timedelta(days=days), self.certificate.not_valid_after_utc)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(now - BACKDATED)
            .next_update(until)
            .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
        )
        for one in revoked:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(one.serial)
                .revocation_date(one.at)
                .build()
            )
        return builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _key_usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def list_lifetime(content: bytes) -> tuple[datetime, datetime]:
    """Return from when to when a list of revoked certificates is valid.

    Raises:
        ConfigError: It is none, or has no end.
    """
    try:
        found = x509.load_pem_x509_crl(content)
    except ValueError as error:
        msg = "crl.pem: no list of revoked certificates in PEM form (-----BEGIN X509 CRL-----)"
        raise ConfigError(msg) from error
    if found.next_update_utc is None:
        msg = "crl.pem: a list without an end (nextUpdate)"
        raise ConfigError(msg)
    return found.last_update_utc, found.next_update_utc
