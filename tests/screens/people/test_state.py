"""What is kept of people: whole after a crash, shared with commands, bounded."""

import multiprocessing
from pathlib import Path

import pytest

from appliance.errors import ConfigError, StorageError
from appliance.screens.http.visitors import Role
from appliance.screens.people.accounts import Accounts
from appliance.screens.people.audit import AuditLog
from appliance.screens.people.enrolment import (
    ALPHABET,
    LASTS_S,
    LENGTH,
    EnrolmentCodes,
    qr_lines,
    qr_svg,
)
from appliance.screens.people.kept import KeptRows
from appliance.screens.people.sessions import MOST, Sessions
from tests.support.clocks import ManualClock

GOOD = "four words for tests"
TERMINALS = frozenset({"pc-01", "pc-02"})


def codes_in(folder: Path, clock: ManualClock) -> EnrolmentCodes:
    """Codes as a server or a command has them."""
    return EnrolmentCodes(
        folder,
        is_terminal=TERMINALS.__contains__,
        origin="https://box:8443",
        wall_s=clock.wall_s,
    )


def sessions_in(folder: Path) -> Sessions:
    """Sessions of a room with two terminals."""
    return Sessions(folder, accounts=Accounts(folder), is_terminal=TERMINALS.__contains__)


@pytest.mark.parametrize(
    "password",
    ["", "brief", "aaaaaaaaaaaa", "annaannaanna", "classbox 2026", "x" * 257],
    ids=["none", "short", "one-letter", "own-name", "product", "long"],
)
def test_what_is_guessed_first_is_no_password(tmp_path: Path, password: str) -> None:
    """The message says what to take instead, and does not say what was typed."""
    with pytest.raises(ConfigError) as caught:
        Accounts(tmp_path).add("anna", Role.TEACHER, password)

    assert not password or password not in str(caught.value)


@pytest.mark.parametrize(("password", "how"), [("few", "short"), ("x" * 257, "long")])
def test_the_limits_of_a_password_are_said_in_words(
    tmp_path: Path, password: str, how: str
) -> None:
    """Which of the two it breaks, and both of them."""
    with pytest.raises(ConfigError) as caught:
        Accounts(tmp_path).add("anna", Role.TEACHER, password)

    assert f"too {how}: it has {len(password)} characters" in str(caught.value)
    assert "at least 10 characters and at most 256" in caught.value.next_step


@pytest.mark.parametrize("name", ["", " ", "a" * 65, "<b>", "a\nb", "a/b", "a\u202eb"])
def test_a_name_is_letters_and_digits(tmp_path: Path, name: str) -> None:
    """It stands on pages and in the record."""
    with pytest.raises(ConfigError):
        Accounts(tmp_path).add(name, Role.TEACHER, GOOD)


def test_a_command_beside_the_server_is_seen_by_it(tmp_path: Path) -> None:
    """An account, a revocation: each process reads what the other has written."""
    server, command = sessions_in(tmp_path), sessions_in(tmp_path)
    secret = server.begin_seat("pc-01")
    account = Accounts(tmp_path).add("ida", Role.IT, GOOD)
    person = command.begin_person(account)

    assert command.end_terminal("pc-01") == 1

    assert server.find(secret) is None
    found = server.find(person)
    assert found is not None
    assert (found.role, found.name) == (Role.IT, "ida")


def test_two_processes_lose_nothing_of_each_other(tmp_path: Path) -> None:
    """Each change is made of what the other has left."""
    rows = KeptRows(tmp_path, "rows.json")

    def count(key: str) -> None:
        own = KeptRows(tmp_path, "rows.json")
        for number in range(50):
            with own.change() as changed:
                changed[f"{key}-{number}"] = {}

    processes = [
        multiprocessing.get_context("fork").Process(target=count, args=(key,)) for key in "ab"
    ]
    for one in processes:
        one.start()
    for one in processes:
        one.join()

    assert len(rows.rows()) == 100


def test_a_change_that_fails_changes_nothing(tmp_path: Path) -> None:
    """Neither in memory nor on disk."""
    rows = KeptRows(tmp_path, "rows.json")
    with rows.change() as changed:
        changed["a"] = {"one": 1}

    def fail() -> None:
        with rows.change() as changed:
            changed["a"]["one"] = 2
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert rows.rows() == KeptRows(tmp_path, "rows.json").rows() == {"a": {"one": 1}}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"a": 1}', "[" * 5000])
def test_a_damaged_file_is_said(tmp_path: Path, text: str) -> None:
    """Nobody is let in by half a file, and nobody is told that there are no accounts."""
    (tmp_path / "rows.json").write_text(text)

    with pytest.raises(StorageError, match=r"rows\.json is damaged"):
        KeptRows(tmp_path, "rows.json")


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    """Root runs the commands, and a link could lead anywhere."""
    (tmp_path / "elsewhere").write_text("{}")
    (tmp_path / "rows.json").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(StorageError):
        KeptRows(tmp_path, "rows.json")


def test_sessions_of_a_name_are_bounded(tmp_path: Path) -> None:
    """The oldest goes."""
    sessions = sessions_in(tmp_path)
    secrets = [sessions.begin_seat("pc-01") for _ in range(MOST[Role.SEAT] + 1)]
    other = sessions.begin_seat("pc-02")

    assert sessions.find(secrets[0]) is None
    assert all(sessions.find(one) for one in (*secrets[1:], other))
    assert sessions.enrolled("pc-01") == MOST[Role.SEAT]


def test_a_terminal_that_was_taken_away_has_no_session(tmp_path: Path) -> None:
    """Its key is gone, so its page could do nothing."""
    secret = sessions_in(tmp_path).begin_seat("pc-01")
    without = Sessions(tmp_path, accounts=Accounts(tmp_path), is_terminal={"pc-02"}.__contains__)

    assert without.find(secret) is None
    assert without.open_sessions() == []


def test_a_code_is_good_for_an_hour(tmp_path: Path) -> None:
    """To the second, and for one browser."""
    clock = ManualClock()
    codes = codes_in(tmp_path, clock)
    (first,) = codes.issue(["pc-01"])
    clock.advance(LASTS_S - 1)
    (second,) = codes.issue(["pc-02"])
    clock.advance(1)

    assert [one.terminal for one in codes.issued()] == ["pc-02"]
    assert codes.redeem(first.code) is None
    assert codes.redeem(second.code) == "pc-02"
    assert codes.redeem(second.code) is None
    assert codes.issued() == []


def test_a_new_code_makes_the_old_one_good_for_nothing(tmp_path: Path) -> None:
    """A sheet that was printed again; also one that a command beside the server has made."""
    clock = ManualClock()
    server, command = codes_in(tmp_path, clock), codes_in(tmp_path, clock)
    (old,) = server.issue(["pc-01"])
    clock.advance(1)
    (new,) = command.issue(["pc-01"])

    assert server.issued() == []
    assert server.redeem(old.code) is None
    assert server.redeem(new.code) == "pc-01"


def test_a_withdrawn_code_is_no_code(tmp_path: Path) -> None:
    """Its terminal was revoked."""
    codes = codes_in(tmp_path, ManualClock())
    (issued,) = codes.issue(["pc-01"])
    codes.withdraw("pc-01")

    assert codes.redeem(issued.code) is None


def test_codes_are_for_own_terminals(tmp_path: Path) -> None:
    """All or none are made."""
    codes = codes_in(tmp_path, ManualClock())

    with pytest.raises(ConfigError, match="pc-99"):
        codes.issue(["pc-01", "pc-99"])
    assert codes.issued() == []


def test_a_code_is_read_from_paper(tmp_path: Path) -> None:
    """49 bits, no character that looks like another, and a QR code of the page's address."""
    issued = codes_in(tmp_path, ManualClock()).issue(["pc-01", "pc-02", "pc-01"])

    assert [one.terminal for one in issued] == ["pc-01", "pc-02"]
    assert all(set(one.code) <= set(ALPHABET) and len(one.code) == LENGTH for one in issued)
    assert not set("01OILU") & set(ALPHABET)
    assert len(ALPHABET) ** LENGTH >= 2**48
    assert issued[0].url == f"https://box:8443/enrol#{issued[0].code}"
    assert qr_svg(issued[0].url).startswith(b"<svg xmlns=")
    assert len(set(map(len, qr_lines(issued[0].url).splitlines()))) == 1
    assert issued[0].code not in repr(issued)


def test_the_record_is_bounded_and_newest_first(tmp_path: Path) -> None:
    """One older file is kept; a damaged line is left out."""
    heard: list[int] = []
    audit = AuditLog(tmp_path, largest=4000, on_note=lambda: heard.append(1))
    for number in range(200):
        audit.note(who="ida", what="pause", about=f"seat-{number}")
    with (tmp_path / "audit.jsonl").open("a") as file:
        file.write("half a li\n")

    newest = audit.newest(30)

    assert [one.about for one in newest] == [f"seat-{number}" for number in range(199, 169, -1)]
    assert {path.name for path in tmp_path.iterdir()} == {"audit.jsonl", "audit.1.jsonl"}
    assert all(path.stat().st_size < 4200 for path in tmp_path.iterdir())
    assert len(heard) == 200


def test_a_record_is_one_line_whatever_somebody_types(tmp_path: Path) -> None:
    """And no longer than a word has to be."""
    audit = AuditLog(tmp_path)
    audit.note(who='a"\n{"who":"x"}', what="w" * 1000)

    (entry,) = audit.newest()

    assert entry.who == 'a"\n{"who":"x"}'
    assert len(entry.what) == 200
    assert audit.rows()[0]["outcome"] == "done"
