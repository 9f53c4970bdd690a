"""What ``classbox setup`` leaves on a machine, the first time and every other."""

import stat
from pathlib import Path

import pytest
from cryptography import x509

from appliance.commands.setup.answers import read_answers
from appliance.errors import ConfigError
from appliance.service.assembly import broker_address
from appliance.settings.load import load_settings, load_terminal
from tests.support.set_up_rooms import ANSWERS, SetUpRoom

MORE_SEATS = ANSWERS.replace("seats = 2", "seats = 3")
ELSEWHERE = ANSWERS.replace("[broker]", '[broker]\nhost = "broker.school"')
EXAMPLE = Path(__file__).parents[3] / "systemd" / "answers.example.toml"


@pytest.fixture
def room(tmp_path: Path) -> SetUpRoom:
    """A room that was just set up."""
    return SetUpRoom.below(tmp_path / "machine")


def files(room: SetUpRoom) -> dict[str, bytes]:
    """Everything below /etc."""
    etc = room.root / "etc"
    return {
        str(path.relative_to(etc)): path.read_bytes() for path in etc.rglob("*") if path.is_file()
    }


def test_it_ends_in_a_configuration_that_loads(room: SetUpRoom) -> None:
    """Seats split the picture from left to right, and nobody is looked at without consent."""
    settings = load_settings(room.path("classbox/config.toml"))

    seats = settings.cameras["front"].seats
    assert {key: seat.region for key, seat in seats.items()} == {
        "a01": (0.0, 0.0, 0.5, 1.0),
        "a02": (0.5, 0.0, 1.0, 1.0),
    }
    assert {seat.terminal for seat in seats.values()} == {"pc-01", "pc-02"}
    assert {seat.consent for seat in seats.values()} == {"ask"}
    assert (settings.mqtt.teachers, settings.mqtt.it) == (("teacher-1",), ("it-1",))
    assert (settings.mqtt.host, settings.mqtt.port) == ("127.0.0.1", 8883)


def test_keys_are_roots_and_the_configuration_is_the_services(room: SetUpRoom) -> None:
    """A camera's password may stand in it."""
    modes = {name: stat.S_IMODE((room.root / "etc" / name).stat().st_mode) for name in files(room)}

    assert modes["classbox/config.toml"] == modes["classbox/config.d/40-people.toml"] == 0o640
    shared = {"classbox/credentials/box.key", "mosquitto/classbox/broker.key"}
    for name, mode in modes.items():
        if name.endswith((".key", ".p12", ".passphrase", "register.json")):
            assert mode == (0o640 if name in shared else 0o600), name
    assert stat.S_IMODE(room.path("classbox/pki").stat().st_mode) == 0o700
    assert stat.S_IMODE(room.path("classbox/credentials").stat().st_mode) == 0o750


def test_a_machine_that_is_prepared_is_told_who_owns_what(tmp_path: Path) -> None:
    """In the order in which it works: owners first, then the units; the folder need not exist."""
    room = SetUpRoom(tmp_path / "not" / "yet")
    (tmp_path / "answers.toml").write_text(ANSWERS)

    result = room.run("setup", "--answers", str(tmp_path / "answers.toml"))

    assert result.exit_code == 0, result.exception
    said = [line.strip() for line in result.stdout.splitlines()]
    commands = [line for line in said if line.startswith("sudo ")]
    shared = "/etc/classbox/config.toml /etc/classbox/credentials /etc/classbox/config.d"
    assert commands[:4] == [
        "sudo chown -R root:root /etc/classbox",
        f"sudo chown -R root:classbox {shared}",
        "sudo chown -R root:mosquitto /etc/mosquitto/classbox",
        "sudo chown mosquitto /etc/mosquitto/classbox/acl",
    ]
    assert commands[4].startswith("sudo systemctl enable")


def test_a_root_that_is_a_file_is_one_line(tmp_path: Path) -> None:
    """No traceback, and the file stays what it is."""
    taken = tmp_path / "taken"
    taken.write_text("mine")
    (tmp_path / "answers.toml").write_text(ANSWERS)

    result = SetUpRoom(taken).run("setup", "--answers", str(tmp_path / "answers.toml"))

    assert isinstance(result.exception, ConfigError)
    assert "\n" not in str(result.exception)
    assert taken.read_text() == "mine"


def test_a_second_run_changes_nothing(room: SetUpRoom) -> None:
    """Not a byte, not a key."""
    before = files(room)

    again = room.set_up(ANSWERS)

    assert files(room) == before
    assert "make a key" not in again.output
    assert "systemctl restart" not in again.output


def test_an_edited_configuration_is_kept_and_followed(room: SetUpRoom) -> None:
    """The difference is shown; a seat that was added by hand gets its terminal's credentials."""
    config = room.path("classbox/config.toml")
    edited = config.read_text() + (
        '[cameras.front.seats.a03]\nregion = [0.0, 0.0, 1.0, 1.0]\nterminal = "pc-03"\n'
    )
    config.write_text(edited)
    before = files(room)

    said = room.set_up(ANSWERS).output

    assert config.read_text() == edited
    assert '-terminal = "pc-03"' in said
    assert "--force replaces it" in said
    new = set(files(room)) - set(before)
    assert {name.rsplit("/", 1)[0] for name in new} == {"classbox/terminals/pc-03"}
    assert all(
        files(room)[name] == content for name, content in before.items() if "pki" not in name
    )


def test_an_id_that_two_share_after_an_edit_is_refused(room: SetUpRoom) -> None:
    """To the broker a terminal named like the box would be the box."""
    config = room.path("classbox/config.toml")
    config.write_text(config.read_text().replace('"pc-02"', '"box-1"'))
    before = files(room)
    (room.root / "answers.toml").write_text(ANSWERS)

    result = room.run("setup", "--answers", str(room.root / "answers.toml"))

    assert "box-1: box, broker, terminals and people need an id each" in str(result.exception)
    assert files(room) == before


def test_seats_of_further_files_get_credentials_too(tmp_path: Path) -> None:
    """The configuration is what its folder says, also the first time."""
    room = SetUpRoom(tmp_path)
    more = room.path("classbox/config.d/more.toml")
    more.parent.mkdir(parents=True)
    more.write_text('[cameras.front.seats.z9]\nterminal = "pc-99"\n')

    room.set_up(ANSWERS)

    assert room.path("classbox/terminals/pc-99/pc-99.key").exists()


def test_force_replaces_it_and_new_seats_get_new_credentials_alone(room: SetUpRoom) -> None:
    """Everybody else keeps key and certificate."""
    before = files(room)

    room.set_up(MORE_SEATS, "--force")

    after = files(room)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {
        "classbox/config.toml",
        "classbox/pki/register.json",
        "classbox/pki/carried.json",
    }
    assert "classbox/terminals/pc-03/terminal.toml" in after


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    """And says what would be done, without a camera's password."""
    room = SetUpRoom(tmp_path)
    (tmp_path / "word").write_text("pass word\n")
    camera = f'source = "rtsp://camera/live"\nuser = "me"\npassword_file = "{tmp_path / "word"}"'

    said = room.set_up(ANSWERS.replace('source = "/dev/video0"', camera), "--dry-run").output

    assert not (tmp_path / "etc").exists()
    assert "would write /etc/classbox/config.toml" in said
    assert "would make a key and a certificate for terminal pc-02" in said
    assert 'source = "rtsp://***@camera/live"' in said
    assert "pass" not in said.replace("password", "")


def test_a_cameras_password_is_escaped_into_the_url(tmp_path: Path) -> None:
    """OpenCV takes it from there; the file is not for everybody."""
    room = SetUpRoom(tmp_path)
    (tmp_path / "word").write_text("p@ss/word:1\n")
    camera = (
        f'source = "rtsp://camera:554/live"\nuser = "me"\npassword_file = "{tmp_path / "word"}"'
    )

    room.set_up(ANSWERS.replace('source = "/dev/video0"', camera))

    settings = load_settings(room.path("classbox/config.toml"))
    assert settings.cameras["front"].source == "rtsp://me:p%40ss%2Fword%3A1@camera:554/live"


def test_a_password_that_changed_is_told_and_not_shown(tmp_path: Path) -> None:
    """Both lines of the difference would look alike."""
    room = SetUpRoom(tmp_path)
    word = tmp_path / "word"
    word.write_text("one-word\n")
    camera = f'source = "rtsp://camera/live"\nuser = "me"\npassword_file = "{word}"'
    answers = ANSWERS.replace('source = "/dev/video0"', camera)
    room.set_up(answers)
    word.write_text("other-word\n")

    said = room.set_up(answers, "--force").output

    assert "rtsp://***@camera/live: user, password or query changed" in said
    assert "-word" not in said


def test_a_terminal_gets_what_it_needs_in_one_folder(room: SetUpRoom) -> None:
    """Files lie beside the configuration that names them."""
    home = room.path("classbox/terminals/pc-01")

    settings = load_terminal(home / "terminal.toml")

    who = settings.terminal
    assert (who.site, who.room, who.id) == ("north-school", "lab-2", "pc-01")
    assert (settings.mqtt.host, settings.mqtt.port) == ("127.0.0.1", 8883)
    assert broker_address(settings.mqtt).problems() == []
    assert settings.mqtt.cert_file == home / "pc-01.crt"


def test_a_broker_that_moves_gets_a_certificate_for_its_new_name(room: SetUpRoom) -> None:
    """Terminals would refuse the old one; and they are told the new name."""
    room.set_up(ANSWERS.replace('"127.0.0.1"', '"box-1.local"'))

    file = room.path("mosquitto/classbox/broker.crt")
    certificate = x509.load_pem_x509_certificate(file.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["box-1.local", "localhost"]
    told = room.path("classbox/terminals/pc-01/terminal.toml").read_text()
    assert 'host = "box-1.local"' in told


def test_a_broker_elsewhere_gets_a_bundle(tmp_path: Path) -> None:
    """Nothing of Mosquitto's is written here."""
    room = SetUpRoom(tmp_path)

    said = room.set_up(ELSEWHERE.replace('names = ["127.0.0.1"]', "")).output

    bundle = room.path("classbox/broker")
    assert {each.name for each in bundle.iterdir()} == {
        "acl", "broker.crt", "broker.key", "ca.crt", "classbox.conf", "crl.pem",
    }  # fmt: skip
    assert not room.path("mosquitto").exists()
    assert "Carry /etc/classbox/broker to broker.school" in said
    assert "mosquitto.service" not in said
    assert 'host = "broker.school"' in room.path("classbox/config.toml").read_text()


def test_a_schools_authority_is_asked_for_everybody(tmp_path: Path) -> None:
    """No authority is made, and nothing is started before the answers are there."""
    room = SetUpRoom(tmp_path)
    answers = f'{ANSWERS}[certificates]\nauthority = "school"\n'

    said = room.set_up(answers).output

    requests = {each.stem for each in room.path("classbox/pki/requests").glob("*.csr")}
    assert requests == {"broker", "box-1", "pc-01", "pc-02", "teacher-1", "it-1"}
    assert not room.path("classbox/pki/ca.key").exists()
    assert "classbox pki import" in said
    assert "systemctl" not in said
    assert "crlfile" not in room.path("mosquitto/conf.d/classbox.conf").read_text()
    before = files(room)
    assert "make a key" not in room.set_up(answers).output
    assert files(room) == before


def test_who_was_revoked_is_not_let_in_again(room: SetUpRoom) -> None:
    """A run of setup is no pardon."""
    room.ok("pki", "revoke", "pc-02")
    room.ok("pki", "revoke", "teacher-1")

    said = room.set_up(ANSWERS).output

    assert "make a key" not in said
    assert "pc-02 was revoked; to let it in again: sudo classbox pki issue pc-02 --kind" in said
    assert "Nothing new to carry" in said
    assert "teacher-1" not in room.path("mosquitto/classbox/acl").read_text()


def test_only_new_and_changed_folders_are_to_be_carried(room: SetUpRoom) -> None:
    """Not those of ids without a seat; a renewed or reissued certificate counts as a change."""
    folders = "/etc/classbox/terminals/"
    assert folders not in room.set_up(ANSWERS).output
    room.ok("pki", "issue", "pc-77", "--kind", "terminal")
    assert folders not in room.set_up(ANSWERS).output
    room.ok("pki", "renew", "pc-01", "--force")

    said = room.set_up(MORE_SEATS, "--force").output

    listed = [line.strip() for line in said.splitlines() if line.startswith(f"  {folders}")]
    assert listed == [f"{folders}pc-01", f"{folders}pc-03"]


def test_every_next_step_can_be_typed_as_it_stands(tmp_path: Path) -> None:
    """What only root may do is printed with sudo."""
    room = SetUpRoom(tmp_path)

    said = room.set_up(ANSWERS).output

    assert "\n  sudo classbox aim  " in said
    assert "\n  sudo classbox test-alert a01  # " in said
    assert "  sudo systemctl enable classbox.service\n" in said


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (('profile = "fatigue-only"', ""), "policy.profile: choose fatigue-only or four-state"),
        (('profile = "fatigue-only"', 'profile = "demo"'), "policy.profile: choose"),
        (('site = "north-school"', 'site = "North School"'), "box.site: only a-z"),
        (("seats = 2", "seats = 0"), "cameras.front.seats: from 1 to 12"),
        (("seats = 2", 'seats = ["a01", "a01"]'), "seat 'a01' is given twice"),
        (("seats = 2", 'seats = 2\nterminals = ["pc-01"]'), "2 seats need as many terminals"),
        (("seats = 2", 'seats = 1\nterminals = ["box-1"]'), "'box-1' is the box and a terminal"),
        (("seats = 2", "seats = 2\nfsp = 3"), "cameras.front.fsp: no such key"),
        (('source = "/dev/video0"', ""), "cameras.front.source: a device or a URL"),
        (("seats = 2", 'seats = 2\nuser = "me"'), "user and password_file belong together"),
        (("[broker]", "[brokers]"), "brokers: no such key"),
        (
            ("[policy]", '[policy]\nlearner = "dqn"'),
            "policy.learner: not asked here; leave it out, and put it into /etc/classbox/config",
        ),
        (("[broker]", "[broker]\nport = 0"), "broker.port: a whole number from 1 to 65535"),
        (("[box]", '[people]\nteachers = "x"\n[box]'), "people.teachers: a list of ids"),
        (("[box]", "[certificates]\ndays = 9999\n[box]"), "certificates.days"),
        (("[box]", '[certificates]\nauthority = "x"\n[box]'), "one of own, school"),
    ],
)
def test_answers_that_do_not_do_are_named(
    tmp_path: Path, change: tuple[str, str], says: str
) -> None:
    """By their key, and nothing is written."""
    file = tmp_path / "answers.toml"
    file.write_text(ANSWERS.replace(*change))

    result = SetUpRoom(tmp_path).run("setup", "--answers", str(file))

    assert says in str(result.exception)
    assert not (tmp_path / "etc").exists()


def test_all_that_is_wrong_with_answers_is_said_at_once(tmp_path: Path) -> None:
    """One line each, and exit 78."""
    file = tmp_path / "answers.toml"
    file.write_text("foo = 1\n[box]\nsite = 7\n[cameras.front]\nseats = 99\n")

    result = SetUpRoom(tmp_path).run("setup", "--answers", str(file))

    lines = str(result.exception).splitlines()
    assert lines[0].endswith("7 problem(s)")
    keys = [line.strip().partition(":")[0] for line in lines[1:]]
    assert keys == [
        "foo", "box.site", "box.room", "box.id", "policy.profile",
        "cameras.front.seats", "cameras.front.source",
    ]  # fmt: skip
    assert getattr(result.exception, "exit_code", None) == 78


def test_the_example_can_be_read() -> None:
    """Also with every line that is commented out, but those that exclude another."""
    text = EXAMPLE.read_text(encoding="utf-8")
    assert read_answers(EXAMPLE, usual_hosts=("me",)).around.hosts == ("me",)

    lines = [line.removeprefix("# ") for line in text.splitlines() if line.startswith("# ")]
    given = {line.partition(" = ")[0] for line in lines if " = " in line}
    assert given == {
        "terminals", "user", "password_file", "names", "port", "host",
        "teachers", "it", "authority", "days", "here", "terminal", "id", "seat", "source", "seats",
    }  # fmt: skip
