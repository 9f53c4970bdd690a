"""What ``classbox setup`` and ``classbox pki`` leave for the screens, here and elsewhere."""

import stat
import tomllib
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from appliance.commands.placing.layout import SCREENS_PORT_FILE
from appliance.settings.load import identity_in, load_screens, load_terminal, terminals_of
from appliance.settings.terminal import TerminalSettings
from tests.support.set_up_rooms import ANSWERS, SetUpRoom

HERE = f"{ANSWERS}[screens]\nhere = true\n"
ELSEWHERE = f'{ANSWERS}[screens]\nhost = "screens.school"\n'


@pytest.fixture
def room(tmp_path: Path) -> SetUpRoom:
    """A room with screens on the box."""
    return SetUpRoom.below(tmp_path / "machine", HERE)


def files(folder: Path) -> dict[str, bytes]:
    """Everything below a folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def mode(path: Path) -> int:
    """Who may do what."""
    return stat.S_IMODE(path.stat().st_mode)


def certificate(path: Path) -> x509.Certificate:
    """Read a certificate."""
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_without_a_wish_there_are_none(tmp_path: Path) -> None:
    """Neither a folder nor a certificate, and nothing is started."""
    room = SetUpRoom(tmp_path)

    said = room.set_up(ANSWERS).output

    assert not room.path("classbox-screens").exists()
    assert "classbox-screens" not in said


def test_the_screens_get_every_key_they_speak_with(room: SetUpRoom) -> None:
    """Each seat's, one teacher's, one IT person's, and nothing that is for Windows or for root."""
    home = room.path("classbox-screens")

    assert set(files(home)) == {
        "screens.toml",
        *(f"server/{name}" for name in ("ca.crt", "screens.crt", "screens.key")),
        *(
            f"{place}/{name}/{file}"
            for place, name in (
                ("terminals", "pc-01"), ("terminals", "pc-02"),
                ("people", "teacher-1"), ("people", "it-1"),
            )
            for file in ("ca.crt", f"{name}.crt", f"{name}.key", "terminal.toml")
        ),
    }  # fmt: skip
    for name, content in files(home).items():
        if name.startswith(("terminals/", "people/")) and not name.endswith("people.toml"):
            source = room.path(f"classbox/{name}")
            assert not source.exists() or source.read_bytes() == content, name
    for place, who in (("terminals", "pc-02"), ("people", "it-1")):
        told = load_terminal(home / place / who / "terminal.toml")
        assert (told.terminal.id, told.mqtt.host, told.mqtt.port) == (who, "127.0.0.1", 8883)


def test_only_root_writes_and_only_the_service_reads(room: SetUpRoom) -> None:
    """Keys are the group's, not everybody's."""
    home = room.path("classbox-screens")

    assert mode(home) == 0o750
    assert mode(home / "screens.toml") == 0o640
    for key in home.rglob("*.key"):
        assert mode(key) == 0o640, key
        assert mode(key.parent) == 0o750, key


def test_browsers_find_the_servers_names_in_its_certificate(room: SetUpRoom) -> None:
    """Addresses as addresses, for servers only, and the settings lead to it."""
    shown = certificate(room.path("classbox-screens/server/screens.crt"))
    names = shown.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    uses = shown.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    told = tomllib.loads(room.path("classbox-screens/screens.toml").read_text())["screens"]

    assert list(uses) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert {str(one) for one in names.get_values_for_type(x509.IPAddress)} == {"127.0.0.1", "::1"}
    assert told["origin"] == "https://127.0.0.1:8443"
    assert told["cert_file"] == "/etc/classbox-screens/server/screens.crt"
    assert told["teacher"] == "/etc/classbox-screens/people/teacher-1"


def test_a_second_run_changes_nothing_and_asks_for_no_table(room: SetUpRoom) -> None:
    """Who has screens keeps them, also with answers that do not speak of them."""
    before = files(room.path("classbox-screens"))

    again = [room.set_up(answers).output for answers in (HERE, ANSWERS)]

    assert files(room.path("classbox-screens")) == before
    assert all("systemctl start classbox-screens.service" in said for said in again)


def test_what_people_changed_stays_and_is_followed(room: SetUpRoom) -> None:
    """Another teacher in ``screens.toml`` brings her keys; a low port brings the right to it."""
    room.ok("pki", "issue", "teacher-2", "--kind", "person", "--role", "teacher")
    settings = room.path("classbox-screens/screens.toml")
    text = settings.read_text().replace("teacher-1", "teacher-2").replace("8443", "443")
    settings.write_text(text)

    said = room.set_up(HERE).output

    right = room.root / SCREENS_PORT_FILE.relative_to("/")
    assert settings.read_text() == text
    assert room.path("classbox-screens/people/teacher-2/teacher-2.key").exists()
    assert "CAP_NET_BIND_SERVICE" in right.read_text()
    assert "systemctl daemon-reload" in said
    settings.write_text(text.replace("443", "8443"))
    room.set_up(HERE)
    assert not right.exists()


def test_a_new_seat_reaches_the_screens(room: SetUpRoom) -> None:
    """And they are started anew for it."""
    said = room.set_up(HERE.replace("seats = 2", "seats = 3"), "--force").output

    assert room.path("classbox-screens/terminals/pc-03/pc-03.key").exists()
    assert "systemctl restart classbox-screens.service" in said


def test_renewals_reach_the_copies(room: SetUpRoom) -> None:
    """The same certificate in both places, and a server that takes it."""
    home = room.path("classbox-screens")
    before = files(home)

    said = room.ok("pki", "renew", "--force").output

    changed = {name for name, content in files(home).items() if before[name] != content}
    assert changed == {name for name in before if name.endswith((".crt", ".key"))} - {
        name for name in before if name.endswith("ca.crt")
    }
    for place in ("terminals/pc-01/pc-01", "people/teacher-1/teacher-1"):
        for end in ("crt", "key"):
            copy = home / f"{place}.{end}"
            assert copy.read_bytes() == room.path(f"classbox/{place}.{end}").read_bytes()
    assert "try-restart classbox-screens.service" in said
    assert "unless it has only the pages" in said.replace("\n", " ")


def test_a_renewal_that_was_cut_off_is_made_up_for(room: SetUpRoom) -> None:
    """The next look finds a copy that is not what it should be."""
    key = room.path("classbox-screens/terminals/pc-01/pc-01.key")
    key.write_bytes(b"old")

    said = room.ok("pki", "renew").output

    assert key.read_bytes() == room.path("classbox/terminals/pc-01/pc-01.key").read_bytes()
    assert "try-restart classbox-screens.service" in said


def test_who_is_revoked_is_taken_from_the_screens(room: SetUpRoom) -> None:
    """At once, and no run of setup brings the key back."""
    said = room.ok("pki", "revoke", "pc-02").output
    room.set_up(HERE)

    assert not room.path("classbox-screens/terminals/pc-02").exists()
    assert room.path("classbox-screens/terminals/pc-01/pc-01.key").exists()
    assert "try-restart classbox-screens.service" in said


def test_a_teacher_who_is_revoked_does_not_take_the_pages_down(room: SetUpRoom) -> None:
    """The folder that ``screens.toml`` names stays, with a key that the broker refuses."""
    said = room.ok("pki", "revoke", "teacher-1").output.replace("\n", " ")

    assert room.path("classbox-screens/people/teacher-1/terminal.toml").exists()
    assert "the screens speak as teacher-1, whom the broker refuses now" in said
    assert "speak as" not in room.ok("pki", "revoke", "pc-01").output.replace("\n", " ")


def test_what_setup_writes_is_what_the_screens_read(room: SetUpRoom) -> None:
    """Below the folder of a machine that is prepared: every file is found and fits."""
    home = room.path("classbox-screens")
    text = (home / "screens.toml").read_text().replace("/etc/classbox-screens", str(home))
    file = room.root / "screens.toml"
    file.write_text(text.replace("[screens]", f'[screens]\nstate_dir = "{room.root}/state"'))

    settings = load_screens(file)

    terminals = [one for one in terminals_of(settings) if isinstance(one, TerminalSettings)]
    assert [one.terminal.id for one in terminals] == ["pc-01", "pc-02"]
    assert settings.screens.teacher is not None
    assert identity_in(settings.screens.teacher, settings).terminal.id == "teacher-1"


def test_screens_elsewhere_get_a_folder_and_the_commands(tmp_path: Path) -> None:
    """Root's alone until it is carried, and listed again after a renewal."""
    room = SetUpRoom(tmp_path)

    said = room.set_up(ELSEWHERE).output

    bundle = room.path("classbox/screens")
    assert {each.name for each in bundle.iterdir()} == {
        "screens.toml", "server", "terminals", "people",
    }  # fmt: skip
    assert not room.path("classbox-screens").exists()
    assert mode(bundle / "terminals/pc-01/pc-01.key") == 0o600
    told = tomllib.loads((bundle / "screens.toml").read_text())["screens"]
    assert told["origin"] == "https://screens.school:8443"
    assert told["terminals"] == "/etc/classbox-screens/terminals"
    assert "  sudo cp -rT screens /etc/classbox-screens\n" in said
    assert "  sudo systemctl enable classbox-screens.service\n" in said
    before = files(bundle)
    assert "carry /etc/classbox/screens" in room.ok("pki", "renew", "pc-01", "--force").output
    assert files(bundle)["terminals/pc-01/pc-01.key"] != before["terminals/pc-01/pc-01.key"]


def test_a_schools_authority_signs_for_the_screens_too(tmp_path: Path) -> None:
    """Nothing is copied before it has answered."""
    room = SetUpRoom(tmp_path)

    room.set_up(f'{HERE}[certificates]\nauthority = "school"\n')

    assert room.path("classbox/pki/requests/screens.csr").exists()
    assert set(files(room.path("classbox-screens"))) == {"screens.toml"}


def test_a_folder_that_was_carried_away_is_made_anew_on_request(tmp_path: Path) -> None:
    """The screens need a key of their own copy; the message says how."""
    room = SetUpRoom.below(tmp_path / "machine")
    room.path("classbox/terminals/pc-01/pc-01.key").unlink()
    (room.root / "answers.toml").write_text(HERE)

    result = room.run("setup", "--answers", str(room.root / "answers.toml"))

    assert "sudo classbox pki renew pc-01 --force" in str(result.exception)
    room.ok("pki", "renew", "pc-01", "--force")
    room.set_up(HERE)
    assert room.path("classbox-screens/terminals/pc-01/pc-01.key").exists()


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("here = 1", "screens.here: true or false"),
        ('here = true\nhost = "x"', "screens: here and host exclude each other"),
        ("host = 7", "screens.host: the name of the machine"),
        ("here = true\nnames = []", "screens.names: names and addresses"),
        ("here = true\nport = 0", "screens.port: a whole number"),
        ("her = true", "screens.her: no such key"),
    ],
)
def test_answers_about_the_screens_that_do_not_do(tmp_path: Path, table: str, says: str) -> None:
    """Named by their key, and nothing is written."""
    file = tmp_path / "answers.toml"
    file.write_text(f"{ANSWERS}[screens]\n{table}\n")

    result = SetUpRoom(tmp_path).run("setup", "--answers", str(file))

    assert says in str(result.exception)
    assert not (tmp_path / "etc").exists()
