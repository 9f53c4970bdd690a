"""End dates of certificates, of clients and servers, valid or ended."""

import ssl
from pathlib import Path

import pytest

from appliance.mqtt.wire.certificate import own_certificate_ends_s
from appliance.screens.box.certificates import CertificateFiles, certificate_ends_s
from tests.support.certificates import Authority


def test_it_is_what_openssl_says(authority: Authority) -> None:
    """To the second; of a chain the first certificate counts."""
    certificate, key = authority.sign("screens-client")
    assert certificate_ends_s(certificate) == own_certificate_ends_s(certificate, key)
    chain = certificate.with_name("chain.crt")
    chain.write_bytes(certificate.read_bytes() + authority.certificate.read_bytes())
    assert certificate_ends_s(chain) == own_certificate_ends_s(certificate, key)


def test_one_that_has_ended_and_one_of_long_ago_or_hence_are_told(authority: Authority) -> None:
    """Years from 2050 are written with four digits (RFC 5280, 4.1.2.5)."""
    ended, _ = authority.sign("ended", days=0)
    late, _ = authority.sign("late", days=36500)
    day_s = 86400.0
    assert certificate_ends_s(late) - certificate_ends_s(ended) == pytest.approx(
        36500 * day_s, abs=600
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda _: b"",
        lambda pem: pem[:200],
        lambda pem: pem.replace(b"CERTIFICATE", b"PRIVATE KEY"),
        lambda _: ssl.DER_cert_to_PEM_cert(b"\x30\x03\x02\x01").encode(),
        lambda _: ssl.DER_cert_to_PEM_cert(b"\x30\x80").encode(),
        lambda _: ssl.DER_cert_to_PEM_cert(b"\x30\x02\x30\x00").encode(),
        lambda _: b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ],
)
def test_what_is_no_certificate_is_left_out(
    authority: Authority, tmp_path: Path, change: object
) -> None:
    """A broken file takes nobody else's date away."""
    certificate, _ = authority.sign("screens-client")
    broken = tmp_path / "broken.crt"
    assert callable(change)
    broken.write_bytes(change(certificate.read_bytes()))
    files = CertificateFiles({"a": certificate, "b": broken, "c": tmp_path / "none.crt"})
    assert list(files.ends_s()) == ["a"]


def test_a_file_that_was_replaced_is_read_again(authority: Authority, tmp_path: Path) -> None:
    """As a renewal does it."""
    first, _ = authority.sign("screens-client", days=2)
    second, _ = authority.sign("screens-client", days=9, file="second")
    used = tmp_path / "used.crt"
    used.write_bytes(first.read_bytes())
    files = CertificateFiles({"a": used})
    assert files.ends_s() == {"a": certificate_ends_s(first)}
    (tmp_path / "new").write_bytes(second.read_bytes())
    (tmp_path / "new").replace(used)
    assert files.ends_s() == {"a": certificate_ends_s(second)}
