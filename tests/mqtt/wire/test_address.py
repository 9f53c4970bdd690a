"""Credentials are checked before anything connects, and secrets stay in their files."""

import subprocess
from pathlib import Path

import pytest

from appliance.errors import ConfigError
from appliance.mqtt.wire.address import BrokerAddress
from tests.support.certificates import Authority


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A password file that only its owner can read."""
    path = tmp_path / "password"
    path.write_text("hunter2\r\nsecond line\n")
    path.chmod(0o600)
    return path


def test_the_first_line_is_the_password(secret: Path) -> None:
    """Whatever editor ended it."""
    address = BrokerAddress(host="broker", username="box-1", password_file=secret)

    assert address.problems() == []
    assert address.read_password() == "hunter2"


@pytest.mark.parametrize("mode", [0o604, 0o602, 0o666])
def test_a_password_for_everybody_is_refused(secret: Path, mode: int) -> None:
    """The message says what to do and does not say the password."""
    secret.chmod(mode)
    address = BrokerAddress(host="broker", username="box-1", password_file=secret)

    with pytest.raises(ConfigError, match=r"password_file: everybody can read .*chmod o-rwx") as at:
        address.read_password()
    assert "hunter2" not in str(at.value) + repr(address)


def test_the_service_group_may_read(secret: Path) -> None:
    """root:classbox 0640 is how a package installs it."""
    secret.chmod(0o640)

    assert BrokerAddress(host="b", username="u", password_file=secret).problems() == []


def test_all_problems_come_at_once(tmp_path: Path, secret: Path) -> None:
    """Each with its setting, the fact and the next step."""
    secret.chmod(0o644)
    address = BrokerAddress(
        host="broker", password_file=secret, ca_file=tmp_path / "none", cert_file=secret
    )

    assert address.problems() == [
        ("ca_file", f"there is no file {tmp_path / 'none'}", "put it there, or correct the path"),
        (
            "cert_file",
            f"{secret} holds no certificate",
            "name the file that holds the certificate as text (PEM)",
        ),
        (
            "password_file",
            f"everybody can read {secret} (mode 0644)",
            f"run: chmod o-rwx {secret}",
        ),
    ]


def test_a_damaged_certificate_is_a_problem(tmp_path: Path) -> None:
    """Found before the service starts, not at the first connection."""
    damaged = tmp_path / "ca.crt"
    damaged.write_text("-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n")

    (problem,) = BrokerAddress(host="broker", ca_file=damaged).problems()

    assert problem.setting == "ca_file"
    assert problem.problem.startswith(f"{damaged} is damaged")
    assert problem.next_step == "copy it there again"


def test_the_key_of_another_certificate_is_named(authority: Authority) -> None:
    """OpenSSL's own words would be KEY_VALUES_MISMATCH."""
    certificate, _ = authority.sign("box-1")
    _, other = authority.sign("box-2")

    (problem,) = BrokerAddress(
        host="broker", ca_file=authority.certificate, cert_file=certificate, key_file=other
    ).problems()

    assert problem.setting == "key_file"
    assert problem.problem == f"{other} is not the key of the certificate in {certificate}"


def test_a_key_with_a_passphrase_asks_nobody(authority: Authority, tmp_path: Path) -> None:
    """A service has no keyboard; the line says how to take the passphrase off."""
    certificate, key = authority.sign("box-1")
    locked = tmp_path / "locked.key"
    lock = f"openssl pkey -in {key} -aes256 -passout pass:x -out {locked}"
    subprocess.run(lock.split(), check=True, capture_output=True)
    locked.chmod(0o600)

    (problem,) = BrokerAddress(
        host="broker", ca_file=authority.certificate, cert_file=certificate, key_file=locked
    ).problems()

    assert problem.problem == f"{locked} is locked with a passphrase"
    assert "openssl pkey" in problem.next_step


def test_without_files_there_is_neither_password_nor_tls() -> None:
    """A broker on loopback needs nothing."""
    address = BrokerAddress(host="127.0.0.1")

    assert (address.problems(), address.read_password(), address.tls_context()) == ([], None, None)
