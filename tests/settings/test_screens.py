"""``screens.toml``: closed, checked, and every problem said with what follows from it."""

from pathlib import Path

import pytest

from appliance.errors import ConfigError
from appliance.settings.load import load_screens, terminals_of
from appliance.settings.screens import ScreensSettings, ScreensTable, is_loopback
from appliance.settings.terminal import TerminalSettings
from tests.support.certificates import Authority

HEAD = 'schema = 1\n[screens]\nsite = "school"\nroom = "lab"\n'
EVERYWHERE = ".".join("0000")
FOLDERS = 'state_dir = "state"\nterminals = "terminals"\n'


def write(folder: Path, lines: str, *, head: str = HEAD + FOLDERS) -> Path:
    """Write the file, with a folder of terminals beside it."""
    (folder / "terminals").mkdir(exist_ok=True)
    file = folder / "screens.toml"
    file.write_text(f"{head}{lines}\n", encoding="utf-8")
    return file


def problems_of(file: Path) -> list[str]:
    """Return the lines of the problems."""
    with pytest.raises(ConfigError) as caught:
        load_screens(file)
    assert caught.value.exit_code == 78
    return [line.strip() for line in str(caught.value).splitlines()[1:]]


def table(**values: object) -> ScreensTable:
    """Return a valid table with some values."""
    return ScreensTable.model_validate({"site": "school", "room": "lab", **values})


def test_files_are_found_from_the_file_that_names_them(tmp_path: Path) -> None:
    """The folder can be carried; what is left out has its default."""
    (tmp_path / "own").mkdir()
    settings = load_screens(write(tmp_path, '[content]\nfolder = "own"'))

    assert settings.screens.terminals == tmp_path / "terminals"
    assert settings.screens.state_dir == tmp_path / "state"
    assert settings.content.folder == tmp_path / "own"
    assert settings.screens.public_origin == "http://127.0.0.1:8443"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('host = "0.0.0.0"', ("key_file: is missing", "reads passwords along")),
        ('host = "box.school"', ("key_file: is missing",)),
        ('cert_file = "a.crt"', ("belong together",)),
        ('origin = "https://box:8443"', ("origin: is no address of pages", "http://")),
        ('origin = "http://box:8443/pages"', ("origin: is no address",)),
        ('origin = "http://anna@box"', ("origin: is no address",)),
        ('language = "english!"', ("language", "a language tag")),
        ("port = 0", ("port",)),
        ("prot = 8443", ("prot", "port")),
        ('texts = "nowhere"', ("there is no folder",)),
        ('teacher = "people/teacher-1"', ("teacher: there is no folder",)),
        ('[content]\nlink = "javascript:alert(1)"', ("content.link: expected an https://",)),
        ('[content]\nlink = "https://lms/?q={thema}"', ("content.link", "{topic} alone")),
        ('[content]\nfolder = "nowhere"', ("content.folder: there is no folder",)),
        ('[lock.veyon]\nurl = "veyon:11080"', ("lock.veyon.url: expected http:// or",)),
        ('[lock]\nkind = "padlock"', ("lock.kind",)),
        ('[lock]\nkind = "veyon"', ("lock.veyon.key_file: is missing",)),
        ("[cameras.front]", ("cameras",)),
    ],
)
def test_a_problem_is_said_with_its_setting(
    tmp_path: Path, line: str, words: tuple[str, ...]
) -> None:
    """In one line each."""
    (problem,) = problems_of(write(tmp_path, line))

    assert all(word in problem for word in words), problem


def test_all_problems_come_in_one_round(tmp_path: Path) -> None:
    """Settings and files alike where the settings can be understood."""
    lines = 'texts = "nowhere"\nteacher = "no-one"\n[lock]\nkind = "veyon"'

    assert len(problems_of(write(tmp_path, lines))) == 3


def test_files_are_looked_at(tmp_path: Path, authority: Authority) -> None:
    """A key that everybody reads, a certificate that has ended, or of another key."""
    certificate, key = authority.sign("screens", host="127.0.0.1", file="screens-set")
    old, old_key = authority.sign("screens", host="127.0.0.1", days=0, file="screens-old")

    def lines(cert_file: Path, key_file: Path) -> str:
        return f'cert_file = "{cert_file}"\nkey_file = "{key_file}"'

    assert load_screens(write(tmp_path, lines(certificate, key))).screens.secure
    (mixed,) = problems_of(write(tmp_path, lines(certificate, old_key)))
    assert "no certificate and its key" in mixed
    (expired,) = problems_of(write(tmp_path, lines(old, old_key)))
    assert "no good for a server now" in expired
    key.chmod(0o644)
    (opened,) = problems_of(write(tmp_path, lines(certificate, key)))
    assert "everybody can read" in opened
    key.chmod(0o600)


@pytest.mark.parametrize(
    ("values", "hosts"),
    [
        ({}, {"127.0.0.1:8443", "localhost:8443", "[::1]:8443"}),
        ({"port": 80}, {"127.0.0.1", "localhost", "[::1]"}),
        (
            {"host": EVERYWHERE, "cert_file": "a", "key_file": "b", "origin": "https://Box:8443/"},
            {"box:8443", "127.0.0.1:8443", "localhost:8443", "[::1]:8443"},
        ),
        (
            {"host": "10.0.0.5", "port": 443, "cert_file": "a", "key_file": "b"},
            {"10.0.0.5"},
        ),
    ],
    ids=["loopback", "usual-port", "everywhere", "one-address"],
)
def test_a_browser_may_come_by_these_names(values: dict[str, object], hosts: set[str]) -> None:
    """As it writes them into Host."""
    assert table(**values).hosts == hosts


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("localhost", True),
        (EVERYWHERE, False),
        ("10.0.0.1", False),
        ("localhost.evil.example", False),
    ],
)
def test_loopback_is_nobody_else(host: str, *, here: bool) -> None:
    """Whatever a name looks like."""
    assert is_loopback(host) is here


def test_terminals_of_other_rooms_and_broken_folders_are_said(tmp_path: Path) -> None:
    """And those that are right are found all the same."""
    settings = load_screens(write(tmp_path, ""))
    for name, room in (("pc-01", "lab"), ("pc-02", "gym"), ("pc-03", None)):
        folder = settings.screens.terminals / name
        folder.mkdir()
        if room is not None:
            (folder / "terminal.toml").write_text(
                f'schema = 1\n[terminal]\nsite = "school"\nroom = "{room}"\nid = "{name}"\n'
            )

    found = list(terminals_of(settings))

    assert isinstance(settings, ScreensSettings)
    assert [one.terminal.id for one in found if isinstance(one, TerminalSettings)] == ["pc-01"]
    wrong = [str(one) for one in found if isinstance(one, ConfigError)]
    assert "is of another room than school/lab" in wrong[0]
    assert "there is no such file" in wrong[1]
