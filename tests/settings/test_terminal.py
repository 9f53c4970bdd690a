"""A terminal's own configuration: one file, its own identity, and nothing of the box's."""

from pathlib import Path

import pytest

from appliance.errors import ConfigError
from appliance.settings.load import load_terminal
from appliance.settings.terminal import terminal_state
from tests.support.certificates import Authority
from tests.support.configuration_workshop import SECRET, Workshop

TERMINAL = """
schema = 1
[terminal]
site = "school"
room = "lab"
id = "pc-01"
"""


def write_terminal(folder: Path, broker: str) -> Path:
    """Write a terminal's configuration with the keys of its broker."""
    file = folder / "terminal.toml"
    file.write_text(f"{TERMINAL}[mqtt]\n{broker}\n", encoding="utf-8")
    return file


def problems_of(file: Path) -> list[str]:
    """Return the lines of the problems."""
    with pytest.raises(ConfigError) as caught:
        load_terminal(file)
    assert caught.value.exit_code == 78
    head, *lines = str(caught.value).splitlines()
    assert head == f"{file}: {len(lines)} problem(s)"
    return [line.strip() for line in lines]


def test_the_folder_can_be_carried_anywhere(tmp_path: Path, authority: Authority) -> None:
    """Files are found from the file that names them, wherever the command is called."""
    (tmp_path / "ca.crt").write_bytes(authority.certificate.read_bytes())

    settings = load_terminal(write_terminal(tmp_path, 'host = "broker"\nca_file = "ca.crt"'))

    assert settings.terminal.id == "pc-01"
    assert settings.mqtt.ca_file == tmp_path / "ca.crt"


def test_notepad_may_have_written_it(tmp_path: Path) -> None:
    """Windows puts a mark first, which no TOML reader knows."""
    file = tmp_path / "terminal.toml"
    file.write_bytes(b"\xef\xbb\xbf" + TERMINAL.replace("\n", "\r\n").encode())

    assert load_terminal(file).terminal.room == "lab"


def test_the_configuration_of_a_box_is_refused(tmp_path: Path, authority: Authority) -> None:
    """It would throw the box off the broker; nothing else is said of a file that is not meant."""
    config = Workshop(tmp_path, authority).write()

    (line,) = problems_of(config)

    assert line.startswith(f"{config}: box, cameras, policy: this is the configuration of a box")
    assert "copy the folder there that 'classbox setup' made for this terminal" in line


def test_a_terminal_does_not_come_under_the_name_of_the_box(tmp_path: Path) -> None:
    """The broker takes the user name for the client."""
    secret = tmp_path / "password"
    secret.write_text(SECRET)
    secret.chmod(0o600)

    (line,) = problems_of(
        write_terminal(tmp_path, 'username = "box-1"\npassword_file = "password"')
    )

    assert "mqtt.username: names 'box-1', and this terminal is 'pc-01'" in line
    assert SECRET not in line


def test_a_terminal_does_not_show_the_certificate_of_the_box(
    tmp_path: Path, authority: Authority
) -> None:
    """Where the broker goes by certificates, its common name is the client; the own one is fine."""

    def with_certificate_of(name: str) -> Path:
        certificate, key = authority.sign(name)
        return write_terminal(
            tmp_path,
            f'ca_file = "{authority.certificate}"\ncert_file = "{certificate}"\nkey_file = "{key}"',
        )

    (line,) = problems_of(with_certificate_of("box-1"))

    assert "mqtt.cert_file: names 'box-1', and this terminal is 'pc-01'" in line
    assert "use this terminal's own certificate" in line
    assert load_terminal(with_certificate_of("pc-01")).mqtt.cert_file is not None


def test_a_file_that_is_not_there_is_said_with_where_it_comes_from(tmp_path: Path) -> None:
    """Who has never heard of it learns who makes it."""
    (line,) = problems_of(tmp_path / "terminal.toml")

    assert "there is no such file; copy the folder there that 'classbox setup' made" in line


def test_all_problems_of_a_terminal_come_in_one_round(tmp_path: Path) -> None:
    """Fields, unknown keys, files and the text itself."""
    file = write_terminal(
        tmp_path, f'port = "{SECRET}"\nca_file = "none.crt"\npasword_file = "x"\nhost = \n'
    )
    file.write_text(file.read_text().replace('id = "pc-01"', ""))

    lines = problems_of(file)

    for part in (
        "line 11, column 8: Invalid value; correct the TOML there",
        "mqtt.pasword_file: no such setting; did you mean password_file?",
        "terminal.id: is missing; add it under [terminal]: only a-z",
        "mqtt.port: expected a whole number",
        f"mqtt.ca_file: there is no file {tmp_path / 'none.crt'}; put it there",
    ):
        assert sum(part in line for line in lines) == 1, (part, lines)
    assert len(lines) == 5
    assert SECRET not in "".join(lines)


@pytest.mark.parametrize("named", ["", "relative"])
def test_a_terminal_keeps_its_state_where_the_desktop_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    """As the XDG specification has it: a relative path is none."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", named)
    assert terminal_state("pc-01") == tmp_path / ".local/state/classbox/pc-01"

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "own"))
    assert terminal_state("pc-01") == tmp_path / "own/classbox/pc-01"
