"""What ``classbox pki`` makes, lists and refuses."""

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.hazmat.primitives.serialization.pkcs12 import load_key_and_certificates
from cryptography.x509.oid import ExtendedKeyUsageOID

from appliance.settings.load import load_settings
from tests.support.set_up_rooms import ANSWERS, SetUpRoom

ISSUE_BROKER = (
    "pki",
    "issue",
    "broker",
    "--kind",
    "broker",
    "--host",
    "box.local",
    "--host",
    "::1",
)


@pytest.fixture
def room(tmp_path: Path) -> SetUpRoom:
    """A machine with an authority and nothing else."""
    room = SetUpRoom(tmp_path)
    room.ok("pki", "init")
    return room


def certificate_of(file: Path) -> x509.Certificate:
    """Read a certificate."""
    return x509.load_pem_x509_certificate(file.read_bytes())


def test_the_authority_is_made_once(room: SetUpRoom) -> None:
    """A second one would lock everybody out: exit 78, and the first one stays."""
    key = room.path("classbox/pki/ca.key").read_bytes()

    again = room.run("pki", "init")

    assert again.exit_code != 0
    assert "holds an authority already" in str(again.exception)
    assert room.path("classbox/pki/ca.key").read_bytes() == key


@pytest.mark.parametrize(
    ("words", "folder", "usage"),
    [
        pytest.param(("pc-01", "--kind", "terminal"), "classbox/terminals/pc-01/pc-01", "client"),
        pytest.param(("box-2", "--kind", "box"), "classbox/boxes/box-2/box", "client"),
        pytest.param(
            ("t-1", "--kind", "person", "--role", "teacher"), "classbox/people/t-1/t-1", "client"
        ),
        pytest.param(ISSUE_BROKER[2:], "mosquitto/classbox/broker", "server"),
        pytest.param(
            ("screens", "--kind", "screens", "--host", "box.local"),
            "classbox-screens/server/screens",
            "server",
        ),
    ],
    ids=["terminal", "box", "person", "broker", "screens"],
)
def test_a_certificate_says_who_and_for_what(
    room: SetUpRoom, words: tuple[str, ...], folder: str, usage: str
) -> None:
    """Common name is the id, one use, 90 days, and no key that others can read."""
    room.ok("pki", "issue", *words)

    certificate = certificate_of(room.path(f"{folder}.crt"))
    key_file = room.path(f"{folder}.key")
    key = load_pem_private_key(key_file.read_bytes(), password=None)
    uses = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value

    assert certificate.subject.rfc4514_string() == f"CN={words[0]}"
    assert certificate.public_key() == key.public_key()
    assert list(uses) == [
        ExtendedKeyUsageOID.SERVER_AUTH if usage == "server" else ExtendedKeyUsageOID.CLIENT_AUTH
    ]
    left = certificate.not_valid_after_utc - datetime.now(UTC)
    assert timedelta(days=89) < left <= timedelta(days=90)
    assert not stat.S_IMODE(key_file.stat().st_mode) & 0o037


def test_a_broker_is_known_by_each_of_its_names(room: SetUpRoom) -> None:
    """Host names and addresses, each in the form in which a client compares it."""
    room.ok(*ISSUE_BROKER)

    certificate = certificate_of(room.path("mosquitto/classbox/broker.crt"))
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value

    assert names.get_values_for_type(x509.DNSName) == ["box.local"]
    assert [str(one) for one in names.get_values_for_type(x509.IPAddress)] == ["::1"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param(("PC 1", "--kind", "terminal"), "a-z, 0-9 and - only", id="id"),
        pytest.param(("t", "--kind", "person"), "--role", id="person-without-role"),
        pytest.param(("t", "--kind", "box", "--role", "it"), "--role", id="box-with-role"),
        pytest.param(("b", "--kind", "broker"), "--host", id="broker-without-name"),
        pytest.param(("b", "--kind", "box", "--to", "x"), "--to", id="relative-folder"),
        pytest.param(("pc-01", "--kind", "terminal"), "has a certificate already", id="twice"),
    ],
)
def test_what_does_not_fit_is_refused(room: SetUpRoom, words: tuple[str, ...], says: str) -> None:
    """With the option that is wrong, and nothing is written."""
    room.ok("pki", "issue", "pc-01", "--kind", "terminal")
    before = room.path("classbox/pki/register.json").read_bytes()

    result = room.run("pki", "issue", *words)

    assert says in str(result.exception)
    assert room.path("classbox/pki/register.json").read_bytes() == before


def test_windows_gets_one_file_and_a_passphrase(room: SetUpRoom) -> None:
    """Made up and readable by root alone, or asked for and then written nowhere."""
    room.ok("pki", "issue", "pc-01", "--kind", "terminal")
    room.ok(
        "pki", "issue", "pc-02", "--kind", "terminal", "--ask-passphrase", typed="secret\nsecret\n"
    )
    one, other = (room.path(f"classbox/terminals/{name}/{name}.p12") for name in ("pc-01", "pc-02"))
    beside = one.with_name("pc-01.p12.passphrase")

    for file, word in ((one, beside.read_text().strip()), (other, "secret")):
        key, certificate, _ = load_key_and_certificates(file.read_bytes(), word.encode())
        assert key is not None
        assert certificate == certificate_of(file.with_suffix(".crt"))
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(beside.stat().st_mode) == 0o600
    assert len(beside.read_text().strip()) >= 20
    assert not other.with_name("pc-02.p12.passphrase").exists()


def test_a_made_up_passphrase_goes_with_its_file(room: SetUpRoom) -> None:
    """One that is typed is written nowhere, and the old one would mislead."""
    room.ok("pki", "issue", "pc-01", "--kind", "terminal")
    room.ok("pki", "revoke", "pc-01")

    room.ok(
        "pki", "issue", "pc-01", "--kind", "terminal", "--ask-passphrase", typed="secret\nsecret\n"
    )

    assert not room.path("classbox/terminals/pc-01/pc-01.p12.passphrase").exists()


def test_a_broker_elsewhere_has_to_be_told_by_hand(tmp_path: Path) -> None:
    """What changed is said with the folder to carry; no unit of this machine is meant."""
    room = SetUpRoom.below(
        tmp_path / "machine", ANSWERS.replace("[broker]", '[broker]\nhost = "b"')
    )

    for words in (("renew", "--force"), ("revoke", "teacher-1")):
        said = room.ok("pki", *words).output
        assert said.count("carry /etc/classbox/broker to the broker's machine") == 1
        assert "mosquitto.service" not in said


def test_the_list_tells_what_became_of_each(room: SetUpRoom) -> None:
    """As a table and as JSON: valid, replaced by a newer one, revoked; and when the lists end."""
    for name in ("pc-01", "pc-02"):
        room.ok("pki", "issue", name, "--kind", "terminal")
    room.ok("pki", "renew", "pc-01", "--force")
    room.ok("pki", "revoke", "pc-02")

    document = json.loads(room.ok("pki", "list", "--json").output)
    table = room.ok("pki", "list").output

    rows = [(one["name"], one["kind"], one["state"]) for one in document["certificates"]]
    assert rows == [
        ("pc-01", "terminal", "replaced"),
        ("pc-02", "terminal", "revoked"),
        ("pc-01", "terminal", "valid"),
    ]
    serial = certificate_of(room.path("classbox/terminals/pc-01/pc-01.crt")).serial_number
    assert int(document["certificates"][2]["serial"], 16) == serial
    assert document["revocations"] < document["authority"]
    assert all(word in table for word in ("replaced", "revoked", "refuses everybody"))


def test_who_is_revoked_stands_on_the_list_with_every_certificate(room: SetUpRoom) -> None:
    """Also with one that was replaced and has not ended; afterwards the name is free again."""
    room.ok(*ISSUE_BROKER)
    room.ok("pki", "issue", "pc-01", "--kind", "terminal")
    file = room.path("classbox/terminals/pc-01/pc-01.crt")
    first = certificate_of(file)
    room.ok("pki", "renew", "pc-01", "--force")
    second = certificate_of(file)

    room.ok("pki", "revoke", "pc-01")

    revoked = x509.load_pem_x509_crl(room.path("mosquitto/classbox/crl.pem").read_bytes())
    assert {one.serial_number for one in revoked} == {first.serial_number, second.serial_number}
    room.ok("pki", "issue", "pc-01", "--kind", "terminal")
    assert certificate_of(file).serial_number not in {one.serial_number for one in revoked}


def test_a_person_gets_permissions_and_loses_them(tmp_path: Path) -> None:
    """The broker's ACL and the box, which starts anew, follow who has a certificate."""
    room = SetUpRoom.below(tmp_path / "machine")
    acl = room.path("mosquitto/classbox/acl")

    def obeyed() -> tuple[tuple[str, ...], tuple[str, ...]]:
        mqtt = load_settings(room.path("classbox/config.toml")).mqtt
        return mqtt.teachers, mqtt.it

    issued = room.ok("pki", "issue", "teacher-9", "--kind", "person", "--role", "teacher")
    assert "systemctl try-restart classbox.service" in issued.output
    assert "\nuser teacher-9\n" in acl.read_text()
    assert obeyed() == (("teacher-1", "teacher-9"), ("it-1",))
    room.ok("pki", "revoke", "teacher-9")
    assert obeyed() == (("teacher-1",), ("it-1",))
    assert "teacher-9" not in acl.read_text()
    assert "\nuser teacher-1\n" in acl.read_text()


def test_nobody_is_renewed_who_is_not_due(room: SetUpRoom) -> None:
    """A timer runs it every day."""
    room.ok("pki", "issue", "pc-01", "--kind", "terminal")

    assert room.ok("pki", "renew").output == "nothing is due\n"


def test_who_was_revoked_is_told_how_to_come_back(room: SetUpRoom) -> None:
    """Everything that the new certificate needs, as one command."""
    room.ok(*ISSUE_BROKER)
    room.ok("pki", "issue", "pc-01", "--kind", "terminal")
    room.ok("pki", "revoke", "pc-01")
    room.ok("pki", "revoke", "broker")

    said = str(room.run("pki", "renew", "pc-01").exception)
    of_broker = str(room.run("pki", "revoke", "broker").exception)

    assert said == (
        "pc-01 was revoked; to let it in again: sudo classbox pki issue pc-01 --kind terminal, "
        "then: sudo classbox setup, and carry /etc/classbox/terminals/pc-01 to it"
    )
    assert "issue broker --kind broker --host box.local --host ::1, then" in of_broker


def test_the_list_before_anything_was_made_says_how_to_begin(tmp_path: Path) -> None:
    """Instead of an empty table."""
    said = SetUpRoom(tmp_path).ok("pki", "list").output

    assert said == "no authority and no certificate yet; run: sudo classbox setup\n"
