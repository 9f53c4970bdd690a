"""What a broker's refusal means, and what to do about it."""

import ssl
from pathlib import Path

import pytest

from appliance.mqtt.wire.address import BrokerAddress
from appliance.mqtt.wire.refusal import cannot_reach, refused_by_code

ANYBODY = BrokerAddress(host="broker")
BY_PASSWORD = BrokerAddress(host="broker", username="box-1", password_file=Path("/etc/password"))
BY_CERTIFICATE = BrokerAddress(
    host="broker",
    ca_file=Path("/etc/ca.crt"),
    cert_file=Path("/etc/box.crt"),
    key_file=Path("/etc/box.key"),
)


@pytest.mark.parametrize(
    ("address", "code", "problem", "next_step"),
    [
        pytest.param(
            BY_PASSWORD,
            0x86,
            "Word for user 'box-1' with the password in /etc/password",
            "put the password there that the broker has for this user",
            id="password",
        ),
        pytest.param(
            BY_CERTIFICATE,
            0x87,
            "Word for the name in /etc/box.crt",
            "issue the certificate for a name that the broker knows",
            id="certificate",
        ),
        pytest.param(
            ANYBODY,
            0x87,
            "Word for a client that does not say who it is",
            "set mqtt.username and mqtt.password_file, or mqtt.cert_file",
            id="nobody",
        ),
        pytest.param(
            ANYBODY,
            0x8E,
            "another client has come with our identity",
            "end the other",
            id="taken-over",
        ),
        pytest.param(ANYBODY, 0x85, "Word", "allow this client id", id="client-id"),
        pytest.param(ANYBODY, 0x8A, "Word", "take the ban off", id="banned"),
        pytest.param(ANYBODY, 0x97, "Word", "look into the broker's log", id="quota"),
    ],
)
def test_a_refusal_says_whom_and_what_to_do(
    address: BrokerAddress, code: int, problem: str, next_step: str
) -> None:
    """The broker's word stays in the sentence, for a search."""
    error = refused_by_code(address, code, "Word")

    assert error.problem.startswith("the broker at broker:1883 refused the connection: Word")
    assert problem in error.problem
    assert error.next_step.startswith(next_step)
    assert error.exit_code == 69


@pytest.mark.parametrize(
    ("alert", "says"),
    [
        ("SSLV3_ALERT_CERTIFICATE_REVOKED", "our certificate was revoked"),
        ("TLSV1_ALERT_UNKNOWN_CA", "does not know who signed our certificate"),
    ],
)
def test_a_certificate_that_no_longer_counts_is_made_anew_on_the_box(alert: str, says: str) -> None:
    """By name, and then it has to be carried here again."""
    error = ssl.SSLError(1, alert)
    error.reason = alert

    told = cannot_reach(BY_CERTIFICATE, error)

    assert says in told.problem
    assert told.next_step.startswith("on the box: sudo classbox pki issue box --kind ")
    assert told.next_step.endswith("then sudo classbox setup; carry the folder again")
