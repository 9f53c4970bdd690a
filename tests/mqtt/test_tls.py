"""Certificates and passwords: who gets in, who does not, and that no secret gets out."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.errors import BrokerError
from appliance.mqtt.private_broker import LOOPBACK, PrivateBroker
from appliance.mqtt.wire.address import BrokerAddress
from appliance.mqtt.wire.messages import Publication
from appliance.mqtt.wire.probe import probe_broker
from tests.support.certificates import Authority
from tests.support.links import make_link
from tests.support.shipped_broker import password_of, shipped_broker
from tests.support.waiting import wait_until

pytestmark = pytest.mark.broker


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the brokers write."""
    return tmp_path_factory.mktemp("school")


@pytest.fixture(scope="module")
def school(folder: Path, authority: Authority) -> Iterator[PrivateBroker]:
    """The shipped certificate configuration, running."""
    with shipped_broker(folder / "certificates", authority, name="mosquitto.conf") as broker:
        yield broker


@pytest.fixture(scope="module")
def password_school(folder: Path, authority: Authority) -> Iterator[PrivateBroker]:
    """The shipped password configuration, running."""
    with shipped_broker(folder / "passwords", authority, name="mosquitto-password.conf") as broker:
        yield broker


@pytest.fixture
def password_address(
    password_school: PrivateBroker, authority: Authority, tmp_path: Path
) -> BrokerAddress:
    """A box with a password file, in which a wrong one stands."""
    secret = tmp_path / "password"
    secret.write_text("hunter2\n")
    secret.chmod(0o600)
    return BrokerAddress(
        host=LOOPBACK,
        port=password_school.port,
        username="box-1",
        password_file=secret,
        ca_file=authority.certificate,
    )


@pytest.fixture(scope="module")
def address(school: PrivateBroker, authority: Authority) -> BrokerAddress:
    """A box with its certificate."""
    certificate, key = authority.sign("box-1")
    return BrokerAddress(
        host=LOOPBACK,
        port=school.port,
        ca_file=authority.certificate,
        cert_file=certificate,
        key_file=key,
    )


def test_a_certificate_of_the_school_is_welcome_and_is_the_identity(
    address: BrokerAddress,
) -> None:
    """The common name decides what may be written; the client id that was sent does not."""
    heard: list[str] = []
    topic = "cb/v1/north-school/lab-2/box/box-1/status"
    link = make_link(
        address,
        client_id="teacher-1",
        subscriptions={topic: 1},
        on_delivery=lambda delivery: heard.append(delivery.topic),
    )
    link.start()
    try:
        link.post(Publication(topic=topic, payload=b"{}"))
        wait_until(lambda: heard)
    finally:
        link.stop()


def test_a_forged_client_id_takes_nobodys_session(
    address: BrokerAddress, authority: Authority
) -> None:
    """A terminal that claims to be the box gets its own name, and the box stays connected."""
    certificate, key = authority.sign("pc-01")
    box = make_link(address, client_id="box-1")
    box.start()
    try:
        wait_until(lambda: box.connected)
        probe_broker(replace(address, cert_file=certificate, key_file=key), client_id="box-1")
        time.sleep(0.3)
        assert (box.connected, box.connections) == (True, 1)
    finally:
        box.stop()


Identities = tuple[BrokerAddress, Authority, Authority]
Change = Callable[[BrokerAddress, Authority, Authority], BrokerAddress]


@pytest.fixture
def identities(address: BrokerAddress, authority: Authority, tmp_path: Path) -> Identities:
    """A box with its certificate, the school's authority, and another one."""
    return address, authority, Authority.create(tmp_path / "stranger", name="another-ca")


def with_certificate(address: BrokerAddress, identity: tuple[Path, Path]) -> BrokerAddress:
    """Return a box that shows another certificate."""
    return replace(address, cert_file=identity[0], key_file=identity[1])


@pytest.mark.parametrize(
    ("change", "problem", "next_step"),
    [
        pytest.param(
            lambda address, _, __: replace(address, cert_file=None, key_file=None),
            "wants a certificate",
            "set mqtt.cert_file and mqtt.key_file",
            id="no-certificate",
        ),
        pytest.param(
            lambda address, _, stranger: with_certificate(address, stranger.sign("box-1")),
            "does not know who signed our certificate",
            "on the box: sudo classbox pki issue box-1 --kind",
            id="another-authority",
        ),
        pytest.param(
            lambda address, _, stranger: replace(address, ca_file=stranger.certificate),
            "was not signed by",
            "copy the certificate of the authority that signed it there",
            id="untrusted-broker",
        ),
        pytest.param(
            lambda address, _, __: replace(address, host="localhost"),
            "is for another name than 'localhost'",
            "set mqtt.host to the name in it",
            id="wrong-host-name",
        ),
        pytest.param(
            lambda address, _, __: replace(address, ca_file=None, cert_file=None, key_file=None),
            "ended the connection without a word",
            "set mqtt.ca_file if this is its TLS port",
            id="no-tls",
        ),
    ],
)
def test_wrong_certificates_do_not_connect(
    identities: Identities, change: Change, problem: str, next_step: str
) -> None:
    """Neither side talks to a stranger, and each kind is said as such, with what to do."""
    address, authority, stranger = identities

    with pytest.raises(BrokerError, match=str(address.port)) as caught:
        probe_broker(change(address, authority, stranger), client_id="box-1-check")

    assert problem in caught.value.problem
    assert next_step in caught.value.next_step
    assert "_ssl.c" not in str(caught.value)


def test_an_own_certificate_that_expired_is_not_even_shown(identities: Identities) -> None:
    """The box knows before the broker does, and where a new one comes from."""
    address, authority, _ = identities
    old = with_certificate(address, authority.sign("box-1", days=0, file="expired"))

    with pytest.raises(BrokerError, match="certificate has expired") as caught:
        probe_broker(old, client_id="box-1-check")

    assert "classbox pki renew" in caught.value.next_step


def test_an_expired_broker_is_said_to_have_expired(
    address: BrokerAddress, authority: Authority, tmp_path: Path
) -> None:
    """It may also be the clock of this machine."""
    identity = authority.sign("broker", host=LOOPBACK, days=0, file="old-broker")
    old = shipped_broker(tmp_path / "old", authority, name="mosquitto.conf", identity=identity)
    with old, pytest.raises(BrokerError, match="has expired, or this machine's clock") as caught:
        probe_broker(replace(address, port=old.port), client_id="box-1-check")

    assert caught.value.next_step == "renew it on the broker; compare: timedatectl"


def test_tls_on_a_plain_port_is_said(address: BrokerAddress, broker: PrivateBroker) -> None:
    """The usual mistake: the certificate is set up, and the port is still 1883."""
    with pytest.raises(BrokerError, match="does not speak TLS") as caught:
        probe_broker(replace(address, port=broker.port), client_id="box-1-check")

    assert "its TLS port, usually 8883" in caught.value.next_step


@pytest.mark.parametrize(
    ("host", "port", "problem"),
    [
        pytest.param(LOOPBACK, 1, "nothing listens there", id="nobody"),
        pytest.param("no-such-broker.invalid", 1883, "nobody knows this name", id="no-name"),
    ],
)
def test_a_broker_that_is_not_there_is_said_with_what_to_check(
    host: str, port: int, problem: str
) -> None:
    """Not with an errno."""
    with pytest.raises(BrokerError, match=problem) as caught:
        probe_broker(BrokerAddress(host=host, port=port), client_id="box-1-check")

    assert "check mqtt.host" in caught.value.next_step
    assert "Errno" not in str(caught.value)


def test_the_password_file_lets_the_box_in(password_address: BrokerAddress, tmp_path: Path) -> None:
    """The first line counts; a wrong one is refused with the broker's reason, not the password."""
    with pytest.raises(
        BrokerError, match="refused the connection: Not authorized for user"
    ) as caught:
        probe_broker(password_address, client_id="box-1")
    assert "hunter2" not in str(caught.value) + repr(password_address)

    (tmp_path / "password").write_text(password_of("box-1") + "\nnot this line\n")
    probe_broker(password_address, client_id="box-1")


def test_a_corrected_password_file_is_read_without_a_restart(
    password_address: BrokerAddress, tmp_path: Path
) -> None:
    """Every attempt reads the files anew: certificates and passwords are rotated in place."""
    link = make_link(password_address, client_id="box-1")
    link.start()
    try:
        wait_until(lambda: "Not authorized" in link.last_error)
        (tmp_path / "password").write_text(password_of("box-1"))
        wait_until(lambda: link.connected)
        assert link.last_error == ""
    finally:
        link.stop()
