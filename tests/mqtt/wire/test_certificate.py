"""Until when a certificate is valid, by the standard library alone."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from appliance.errors import ConfigError
from appliance.mqtt.private_broker import LOOPBACK
from appliance.mqtt.wire.address import BrokerAddress
from appliance.mqtt.wire.certificate import own_certificate_ends_s
from tests.support.set_up_rooms import foreign_pair


def test_the_end_of_an_own_certificate_is_known(tmp_path: Path) -> None:
    """To the second."""
    before = datetime.now(UTC)
    certificate, key = foreign_pair(tmp_path, "box-1", days=3)

    ends_s = own_certificate_ends_s(certificate, key)

    assert ends_s is not None
    left_s = ends_s - before.timestamp()
    assert -1 <= left_s - timedelta(days=3).total_seconds() <= 5


@pytest.mark.parametrize(
    ("age_days", "says"),
    [
        pytest.param(9, "certificate has expired; .*classbox pki renew", id="expired"),
        pytest.param(-2, "not yet valid; set the clock of this machine", id="not-yet"),
    ],
)
def test_what_is_not_valid_now_is_a_problem_with_a_next_step(
    tmp_path: Path, age_days: int, says: str
) -> None:
    """And no reason to stay down: somebody renews it, and a box that tries again takes it."""
    certificate, key = foreign_pair(tmp_path, "box-1", age_days=age_days)
    address = BrokerAddress(host=LOOPBACK, ca_file=certificate, cert_file=certificate, key_file=key)

    with pytest.raises(ConfigError, match=says):
        address.certificate_ends_s()
    assert address.problems() == []


def test_a_pair_that_does_not_match_has_no_end(tmp_path: Path) -> None:
    """It could not be used either."""
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    certificate, _ = foreign_pair(tmp_path / "one", "box-1")
    _, key = foreign_pair(tmp_path / "other", "box-1")

    with pytest.raises(ssl.SSLError, match="mismatch"):
        own_certificate_ends_s(certificate, key)


def test_without_a_certificate_there_is_no_end() -> None:
    """A box with a password has none."""
    assert BrokerAddress(host=LOOPBACK).certificate_ends_s() is None
