"""Credentials are checked before anything connects, and secrets stay in their files."""

from pathlib import Path

import pytest

from appliance.errors import ConfigError
from appliance.mqtt.wire.address import BrokerAddress


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


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    """One line each, in the words of the configuration."""
    missing = tmp_path / "missing"
    address = BrokerAddress(
        host="broker", password_file=missing, ca_file=None, cert_file=missing, key_file=None
    )

    problems = address.problems()

    assert [line.split(":")[0] for line in problems] == [
        "cert_file and key_file",
        "cert_file",
        "password_file",
        "cert_file",
        "password_file",
    ]
    assert f"cannot read {missing}: No such file or directory" in problems[-1]


def test_a_file_that_is_no_certificate_is_a_problem(secret: Path) -> None:
    """Found before the service starts, not at the first connection."""
    (problem,) = BrokerAddress(host="broker", ca_file=secret).problems()

    assert problem.startswith("ca_file, cert_file or key_file:")


def test_without_files_there_is_neither_password_nor_tls() -> None:
    """A broker on loopback needs nothing."""
    address = BrokerAddress(host="127.0.0.1")

    assert (address.problems(), address.read_password(), address.tls_context()) == ([], None, None)
