"""A school's own authority: what goes out, what may come in."""

import stat
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.support.set_up_rooms import SetUpRoom

NOW = datetime.now(UTC)


@dataclass(frozen=True)
class Wish:
    """What the school signs; a test moves one thing."""

    name: str = "pc-01"
    usage: x509.ObjectIdentifier = ExtendedKeyUsageOID.CLIENT_AUTH
    begins: datetime = NOW - timedelta(days=1)
    ends: datetime = NOW + timedelta(days=30)
    own_key: bool = False


@dataclass(frozen=True)
class School:
    """A root and an authority below it."""

    root: x509.Certificate
    below: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def sign(self, request: bytes, wish: Wish) -> bytes:
        """Sign a request, more or less."""
        key = x509.load_pem_x509_csr(request).public_key()
        if wish.own_key:
            key = ec.generate_private_key(ec.SECP256R1()).public_key()
        usage = x509.ExtendedKeyUsage([wish.usage])
        return pem(
            builder(wish.name, self.below.subject, wish.begins, wish.ends)
            .public_key(key)
            .add_extension(usage, critical=False)
            .sign(self.key, hashes.SHA256())
        )

    @property
    def chain(self) -> bytes:
        """Both authorities."""
        return pem(self.below) + pem(self.root)


def pem(certificate: x509.Certificate) -> bytes:
    """As text."""
    return certificate.public_bytes(serialization.Encoding.PEM)


def builder(
    name: str, issuer: x509.Name, begins: datetime, ends: datetime
) -> x509.CertificateBuilder:
    """What every certificate has."""
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
    )


@pytest.fixture(scope="module")
def school() -> School:
    """A school with two levels."""
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "root")])
    certificates: list[x509.Certificate] = []
    for place, (title, key) in enumerate(zip(("root", "below"), keys, strict=True)):
        certificates.append(
            builder(title, name, NOW - timedelta(days=9), NOW + timedelta(days=900))
            .public_key(key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=1 - place), critical=True)
            .sign(keys[0], hashes.SHA256())
        )
    return School(certificates[0], certificates[1], keys[1])


@pytest.fixture
def room(tmp_path: Path) -> SetUpRoom:
    """A machine on which a terminal's request waits."""
    room = SetUpRoom(tmp_path)
    room.ok("pki", "request", "pc-01", "--kind", "terminal")
    return room


def bring_in(
    room: SetUpRoom, school: School, wish: Wish, *, chain: bytes | None = None
) -> tuple[int, str]:
    """Have the request signed and import it; return exit code and everything that was said."""
    request = room.path("classbox/pki/requests/pc-01.csr").read_bytes()
    certificate, chain_file = room.root / "signed.pem", room.root / "chain.pem"
    certificate.write_bytes(school.sign(request, wish))
    chain_file.write_bytes(school.chain if chain is None else chain)
    result = room.run("pki", "import", "pc-01", str(certificate), "--chain", str(chain_file))
    return result.exit_code, f"{result.output}{result.exception}"


def test_what_the_school_signed_is_put_in_place(room: SetUpRoom, school: School) -> None:
    """With its key, its chain, and a file for Windows; the request is gone."""
    code, said = bring_in(room, school, Wish())

    assert code == 0, said
    home = room.path("classbox/terminals/pc-01")
    chain = x509.load_pem_x509_certificates((home / "pc-01.crt").read_bytes())
    assert [one.subject.rfc4514_string() for one in chain] == ["CN=pc-01", "CN=below"]
    assert (home / "ca.crt").read_bytes() == school.chain
    assert (home / "pc-01.p12").exists()
    assert stat.S_IMODE((home / "pc-01.key").stat().st_mode) == 0o600
    assert list(room.path("classbox/pki/requests").iterdir()) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": "pc-02"}, "its common name is 'pc-02'"),
        ({"own_key": True}, "does not belong to the key"),
        ({"usage": ExtendedKeyUsageOID.SERVER_AUTH}, "clientAuth is missing"),
        ({"ends": NOW - timedelta(hours=1)}, "it expired on"),
        ({"begins": NOW + timedelta(days=2)}, "it is valid from"),
    ],
    ids=["name", "key", "use", "expired", "not-yet"],
)
def test_a_certificate_that_would_not_do_is_refused(
    room: SetUpRoom, school: School, change: dict[str, object], says: str
) -> None:
    """By what is wrong with it, and the request waits on."""
    code, said = bring_in(room, school, replace(Wish(), **change))  # type: ignore[arg-type] # a test names the field it moves

    assert (code, says in said) == (1, True), said
    assert not room.path("classbox/terminals/pc-01").exists()
    assert room.path("classbox/pki/requests/pc-01.csr").exists()


def test_all_that_is_wrong_is_said_at_once(room: SetUpRoom, school: School) -> None:
    """One line each."""
    wish = Wish(name="pc-02", own_key=True, ends=NOW - timedelta(hours=1))

    _, said = bring_in(room, school, wish)

    assert said.count("pc-01: it") == 3


@pytest.mark.parametrize(
    ("cut", "says"),
    [
        (lambda school: pem(school.root), "nobody who signed CN=pc-01"),
        (lambda school: pem(school.below), "add the root to it"),
    ],
    ids=["without-the-signer", "without-the-root"],
)
def test_a_chain_with_a_gap_is_refused(
    room: SetUpRoom, school: School, cut: Callable[[School], bytes], says: str
) -> None:
    """A client could not follow it either."""
    code, said = bring_in(room, school, Wish(), chain=cut(school))

    assert code != 0
    assert says in said


def test_an_own_authority_is_not_needed_and_not_made(room: SetUpRoom, school: School) -> None:
    """Renewing makes a new request, and revoking is the school's business."""
    bring_in(room, school, Wish())

    assert "have /etc/classbox/pki/requests/pc-01.csr signed" in (
        room.ok("pki", "renew", "--force").output
    )
    assert "have it revoked there" in str(room.run("pki", "revoke", "pc-01").exception)
    assert not room.path("classbox/pki/ca.key").exists()


def test_a_second_request_keeps_the_first_key(room: SetUpRoom) -> None:
    """The school may be signing it just now."""
    request = room.path("classbox/pki/requests/pc-01.csr")
    first = request.read_bytes()

    room.ok("pki", "request", "pc-01", "--kind", "terminal")

    assert request.read_bytes() == first


def test_the_schools_list_of_revoked_ones_comes_in_while_it_holds(
    room: SetUpRoom, school: School
) -> None:
    """An outdated one would lock everybody out."""
    file = room.root / "list.pem"
    for ends, fits in ((NOW - timedelta(hours=1), False), (NOW + timedelta(days=9), True)):
        file.write_bytes(
            x509.CertificateRevocationListBuilder()
            .issuer_name(school.below.subject)
            .last_update(NOW - timedelta(days=2))
            .next_update(ends)
            .sign(school.key, hashes.SHA256())
            .public_bytes(serialization.Encoding.PEM)
        )
        result = room.run("pki", "revocations", str(file))
        assert (result.exit_code == 0) is fits, result.output
        assert room.path("classbox/pki/crl.pem").exists() is fits
