"""``classbox screens``: accounts, codes, sessions and a look at all that could be wrong."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from appliance.commands.screens.command import command
from appliance.screens.people.audit import AuditLog
from tests.support.certificates import Authority

PASSWORD = "four words for tests"


def write_room(folder: Path, authority: Authority, *, more: str = "") -> Path:
    """Write configuration, one terminal and a teacher."""
    for place, name in (("terminals/pc-01", "pc-01"), ("people/teacher-1", "teacher-1")):
        home = folder / place
        home.mkdir(parents=True)
        certificate, key = authority.sign(name, file=f"{name}-of-commands")
        (home / "terminal.toml").write_text(
            f'schema = 1\n[terminal]\nsite = "s"\nroom = "r"\nid = "{name}"\n[mqtt]\n'
            f'ca_file = "{authority.certificate}"\ncert_file = "{certificate}"\n'
            f'key_file = "{key}"\n'
        )
    config = folder / "screens.toml"
    config.write_text(
        'schema = 1\n[screens]\nsite = "s"\nroom = "r"\nstate_dir = "state"\n'
        f'terminals = "terminals"\nteacher = "people/teacher-1"\n{more}'
    )
    return config


@pytest.fixture
def config(tmp_path: Path, authority: Authority) -> Path:
    """A room that is right."""
    return write_room(tmp_path, authority)


def run(config: Path, *words: str, typed: str = "") -> Result:
    """Run a command."""
    return CliRunner().invoke(command, [*words, "--config", str(config)], input=typed)


def test_a_password_is_asked_for_twice(config: Path) -> None:
    """What was typed is not shown; two that differ are no password."""
    differ = run(config, "account", "add", "Anna", "--role", "teacher", typed="one\ntwo\n")
    same = run(
        config, "account", "add", "Anna", "--role", "teacher", typed=f"{PASSWORD}\n{PASSWORD}\n"
    )

    assert differ.exit_code != 0
    assert same.exit_code == 0
    assert PASSWORD not in same.output
    assert json.loads(run(config, "account", "list", "--json").output) == [
        {"name": "anna", "role": "teacher"}
    ]


@pytest.mark.parametrize(
    ("role", "password", "why"),
    [("teacher", "short", "10"), ("seat", PASSWORD, "expected teacher or it"), ("it", "", "10")],
)
def test_a_wrong_account_is_said(
    config: Path, tmp_path: Path, role: str, password: str, why: str
) -> None:
    """And none is made."""
    file = tmp_path / "password"
    file.write_text(password)

    result = run(config, "account", "add", "a", "--role", role, "--password-file", str(file))

    assert why in str(result.exception)
    assert "none; make one" in run(config, "account", "list").output


def test_an_account_that_was_there_is_said_to_have_changed(config: Path, tmp_path: Path) -> None:
    """Whoever takes a name that is taken, or mistypes a role, sees it at once."""
    file = tmp_path / "password"
    file.write_text(PASSWORD)
    words = ("account", "add", "Anna", "--password-file", str(file), "--role")

    outputs = [run(config, *words, role).output.strip() for role in ("teacher", "teacher", "it")]

    assert outputs == [
        "anna: may sign in as teacher",
        "anna: was there; has this password now and signs in as teacher",
        "anna: was there; has this password now and signs in as it, no longer as teacher",
    ]


def test_an_account_that_is_not_there_cannot_be_removed(config: Path) -> None:
    """The message lists those that are."""
    assert "there is no account 'otto'" in str(run(config, "account", "remove", "otto").exception)


def test_a_code_is_shown_and_everything_is_noted(config: Path, tmp_path: Path) -> None:
    """As a QR code for the camera of a tablet, and to type; under the name of who ran it."""
    result = run(config, "code", "pc-01")
    strange = run(config, "code", "pc-99")
    revoked = run(config, "revoke", "pc-01")

    assert "http://127.0.0.1:8443/enrol#" in result.output
    assert "█" in result.output
    assert "there is no terminal 'pc-99'; there are: pc-01" in str(strange.exception)
    assert "0 browser(s) signed out; a code that was open is good no more" in revoked.output
    assert "nobody" in run(config, "sessions").output
    mistyped = run(config, "revoke", "pc-1")
    assert "there is no terminal 'pc-1'; there are: pc-01" in str(mistyped.exception)
    noted = AuditLog(tmp_path / "state").newest()
    assert [(one.what, one.about) for one in noted] == [("revoke", "pc-01"), ("code", "pc-01")]
    assert all(one.who for one in noted)


def test_check_says_that_all_is_well_and_what_is_missing(config: Path) -> None:
    """Without making anything: a folder that sudo made would not be the service's."""
    result = run(config, "check")

    assert result.exit_code == 0
    assert "✓ configuration" in result.output
    assert "pc-01" in result.output
    assert "account add NAME --role teacher" in result.output
    assert not (config.parent / "state").exists()


def test_check_finds_everything_at_once(tmp_path: Path, authority: Authority) -> None:
    """A language that is not there, a folder without file, no certificate to serve with."""
    config = write_room(tmp_path, authority, more='language = "xx"\nit = "people/it-1"\n')
    (tmp_path / "terminals" / "pc-02").mkdir()
    (tmp_path / "people" / "it-1").mkdir()

    result = run(config, "check", "--json")

    report = json.loads(result.output)
    assert (result.exit_code, report["ok"]) == (78, False)
    wrong = [row["problem"] for row in report["checks"] if row["problem"]]
    assert len(wrong) == 3
    assert "pc-02" in wrong[0]
    assert "it-1" in wrong[1]
    assert "no texts for 'xx'" in wrong[2]


def test_check_finds_who_is_named_twice_and_who_is_nobody(
    tmp_path: Path, authority: Authority
) -> None:
    """The same folder as teacher and IT, and a terminal of Veyon's that was mistyped."""
    more = 'it = "people/teacher-1"\n[lock.veyon]\nagents = ["pc-01", "pc-1"]\n'

    result = run(write_room(tmp_path, authority, more=more), "check")

    assert result.exit_code == 78
    assert "✗ teacher-1: has two folders" in result.output
    assert "! lock.veyon.agents: no terminal is called pc-1\n" in result.output


def test_check_of_a_file_that_is_not_there(tmp_path: Path) -> None:
    """One line, and the exit code of a wrong configuration."""
    result = run(tmp_path / "screens.toml", "check")

    assert result.exit_code == 78
    assert "sudo classbox setup" in result.output


def test_run_refuses_what_is_wrong(tmp_path: Path, authority: Authority) -> None:
    """Before it listens."""
    config = write_room(tmp_path, authority, more='host = "0.0.0.0"\n')

    ended = subprocess.run(  # apart: it takes over the log and the memory of its process
        [sys.executable, "-m", "appliance", "screens", "run", "--config", config],
        capture_output=True,
        check=False,
    )

    assert ended.returncode == 78
