"""Signing in and out, enrolling: by whoever may, and not by trying."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.screens.http.visitors import Role, hash_of
from appliance.screens.people import doors
from appliance.screens.people.enrolment import ALPHABET, LENGTH
from appliance.screens.people.sessions import LASTS_S
from tests.support.pages import PASSWORD, Answered, OwnPages, own_pages
from tests.support.waiting import wait_until


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[OwnPages]:
    """A server with a teacher and an IT person."""
    with own_pages(tmp_path) as served:
        served.accounts.add("anna", Role.TEACHER, PASSWORD)
        served.accounts.add("ida", Role.IT, PASSWORD)
        yield served


def sign_in(pages: OwnPages, name: str = "anna", password: str = PASSWORD) -> Answered:
    """Try once, from a new browser."""
    return pages.caller().post("/sign-in", {"name": name, "password": password})


@pytest.mark.parametrize(
    ("name", "go"), [("anna", "/teacher"), ("ida", "/box"), (" Anna ", "/teacher")]
)
def test_people_sign_in_and_are_where_they_belong(pages: OwnPages, name: str, go: str) -> None:
    """The cookie is for the server alone, and ends with the browser."""
    caller = pages.caller()

    answer = caller.post("/sign-in", {"name": name, "password": PASSWORD})

    assert (answer.status, answer.json) == (200, {"go": go})
    (cookie,) = answer.cookies
    assert {part.strip().lower() for part in cookie.split(";")[1:]} == {
        "httponly",
        "path=/",
        "samesite=strict",
    }
    assert caller.get(go).status == 200


def test_each_sign_in_has_a_new_session_and_the_old_one_ends(pages: OwnPages) -> None:
    """So that a cookie that somebody has put there is good for nothing."""
    caller = pages.caller()
    caller.post("/sign-in", {"name": "anna", "password": PASSWORD})
    (old,) = caller.cookies.values()
    caller.post("/sign-in", {"name": "ida", "password": PASSWORD})
    (new,) = caller.cookies.values()

    assert new != old
    assert pages.sessions.find(old) is None
    assert len(new) >= 43  # 256 bits


def test_signing_out_ends_the_session_for_whoever_has_its_cookie(pages: OwnPages) -> None:
    """Not only in the browser that signs out."""
    teacher = pages.person()
    thief = pages.caller()
    thief.cookies = dict(teacher.cookies)

    assert teacher.post("/sign-out").json == {"go": "/sign-in"}

    assert thief.get("/teacher").status == 401
    assert teacher.cookies["classbox-person"] == ""


@pytest.mark.parametrize(
    ("role", "kind"), [(Role.SEAT, "seat"), (Role.TEACHER, "person")], ids=["seat", "teacher"]
)
def test_a_session_ends_by_its_time(pages: OwnPages, role: Role, kind: str) -> None:
    """On the second; using it does not prolong it."""
    caller = pages.seat() if role is Role.SEAT else pages.person()
    path = "/seat" if role is Role.SEAT else "/teacher"
    pages.clock.advance(LASTS_S[role] - 1)
    assert caller.get(path).status == 200
    assert kind in next(iter(caller.cookies))

    pages.clock.advance(1)

    assert caller.get(path).status == 401


@pytest.mark.parametrize("act", ["password", "role", "removal"])
def test_another_password_role_or_no_account_ends_sessions(pages: OwnPages, act: str) -> None:
    """Also those that were forgotten on a tablet."""
    teacher = pages.person()
    if act == "removal":
        pages.accounts.remove("anna")
    elif act == "role":
        pages.accounts.add("anna", Role.IT, PASSWORD)
    else:
        pages.accounts.add("anna", Role.TEACHER, "four other words here")

    assert teacher.get("/teacher").status == 401


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"name": "anna"},
        {"name": "anna", "password": 1},
        {"name": ["anna"], "password": PASSWORD},
        {"name": "anna", "password": "x" * 257},
    ],
    ids=["nothing", "half", "number", "list", "long"],
)
def test_what_is_no_name_and_password_is_refused(pages: OwnPages, fields: object) -> None:
    """Before anything is hashed."""
    assert pages.caller().post("/sign-in", fields).json == {"error": "fields"}


def test_a_wrong_name_and_a_wrong_password_are_the_same(pages: OwnPages) -> None:
    """Nobody learns who has an account."""
    wrong_password, wrong_name = sign_in(pages, password="wrong"), sign_in(pages, name="nobody")

    assert wrong_password.status == wrong_name.status == 401
    assert wrong_password.body == wrong_name.body
    assert not wrong_password.cookies
    # What is no account may be a password in the wrong field.
    assert [one.who for one in pages.audit.newest()] == ["?", "anna"]


def test_trying_passwords_takes_longer_and_longer(pages: OwnPages) -> None:
    """Three are free, then each wait is twice the last; the right one begins anew."""
    statuses = [sign_in(pages, password="wrong").status for _ in range(4)]
    refused = sign_in(pages)

    assert statuses == [401, 401, 401, 429]
    assert refused.status == 429
    assert refused.headers["retry-after"] == "2"
    pages.clock.advance(1)
    assert sign_in(pages, password="wrong").status == 401
    pages.clock.advance(1)
    assert sign_in(pages).status == 429
    pages.clock.advance(1)
    assert sign_in(pages).status == 200
    pages.clock.advance(60)  # the limit of the address
    assert [sign_in(pages, password="wrong").status for _ in range(3)] == [401] * 3


def test_an_address_fails_five_times_a_minute(pages: OwnPages) -> None:
    """Whatever names it tries; whoever signs in right is not counted."""
    assert [sign_in(pages).status for _ in range(6)] == [200] * 6
    statuses = [sign_in(pages, name=f"name{one}").status for one in range(6)]

    assert statuses == [401] * 5 + [429]
    pages.clock.advance(60)
    assert sign_in(pages).status == 200


def test_a_code_makes_a_browser_a_terminal_once(pages: OwnPages) -> None:
    """However it is typed; the cookie stays when the browser is closed."""
    (issued,) = pages.codes.issue(["pc-02"])
    caller = pages.caller()
    typed = f" {issued.code[:5].lower()}-{issued.code[5:]} "

    answer = caller.post("/enrol", {"code": typed})

    assert answer.json == {"go": "/seat"}
    assert "max-age=1000" in answer.cookies[0].lower()
    assert caller.get("/seat").json == {"name": "pc-02"}
    assert pages.caller().post("/enrol", {"code": issued.code}).json == {"error": "code"}
    assert pages.sessions.enrolled("pc-02") == 1
    assert [(one.what, one.about, one.outcome) for one in pages.audit.newest()] == [
        ("enrol", "", "refused"),
        ("enrol", "pc-02", "done"),
    ]


def test_of_two_who_use_a_code_at_once_one_wins(pages: OwnPages) -> None:
    """Ten times."""
    for _ in range(10):
        (issued,) = pages.codes.issue(["pc-01"])
        start = threading.Barrier(2)
        statuses: list[int] = []

        def use(code: str, start: threading.Barrier, statuses: list[int]) -> None:
            start.wait()
            statuses.append(pages.caller().post("/enrol", {"code": code}).status)

        both = [threading.Thread(target=use, args=(issued.code, start, statuses)) for _ in range(2)]
        for one in both:
            one.start()
        for one in both:
            one.join()
        assert sorted(statuses) == [200, 403]
        pages.clock.advance(3600)  # the limit of guesses


def test_codes_cannot_be_guessed(pages: OwnPages) -> None:
    """Ten an hour and address; the right one comes too late then."""
    (issued,) = pages.codes.issue(["pc-01"])
    statuses = [pages.caller().post("/enrol", {"code": "2222222222"}).status for _ in range(11)]

    assert statuses == [403] * doors.CODES + [429]
    assert pages.caller().post("/enrol", {"code": issued.code}).status == 429


def test_whoever_has_a_code_gets_in_while_others_guess(pages: OwnPages) -> None:
    """Thirty addresses use up all they may; the record stays readable meanwhile."""
    (issued,) = pages.codes.issue(["pc-01"])
    for one in range(2, 32):
        guesser = pages.caller(f"127.0.0.{one}")
        statuses = [guesser.post("/enrol", {"code": "2" * 10}).status for _ in range(11)]
        assert statuses == [403] * doors.CODES + [429]
        pages.clock.monotonic += 2  # the limit of POSTs is another one

    assert pages.caller("127.0.0.99").post("/enrol", {"code": issued.code}).status == 200
    noted = [one for one in pages.audit.newest(1000) if one.outcome == "refused"]
    assert len(noted) == doors.CODES_NOTED


def test_so_many_guesses_find_nothing() -> None:
    """An hour of as many as are answered, with as many codes open as any school has."""
    every_code = len(ALPHABET) ** LENGTH

    assert 200 * doors.CODES_IN_ALL / every_code < 1e-8
    assert 24 * 365 * 200 * doors.CODES_IN_ALL / every_code < 1e-4


def test_signing_out_leaves_codes_alone(pages: OwnPages) -> None:
    """They belong to the room and not to the account that has made them."""
    ida = pages.person(Role.IT, name="ida")
    (issued,) = pages.codes.issue(["pc-01"])
    assert ida.post("/sign-out").status == 200

    assert pages.caller().post("/enrol", {"code": issued.code}).status == 200


def test_a_browser_that_was_signed_out_is_told_so(pages: OwnPages) -> None:
    """One that never was a terminal is not."""
    seat = pages.seat("pc-01")
    pages.sessions.end_terminal("pc-01")

    led = seat.get("/seat", accept="text/html")

    assert (led.status, led.headers["location"]) == (303, "/enrol?ended")
    assert seat.get(led.headers["location"]).status == 200
    assert pages.caller().get("/seat", accept="text/html").headers["location"] == "/enrol"


@pytest.mark.parametrize(("name", "path"), [("anna", "/box"), ("ida", "/teacher")])
def test_who_is_at_a_page_of_others_reads_whose_it_is(
    pages: OwnPages, name: str, path: str
) -> None:
    """A page that is asked for becomes a page; what a page asks for stays JSON."""
    person = pages.person(name=name)

    page = person.get(path, accept="text/html,*/*")
    asked = person.get(path, accept="*/*")

    assert page.status == asked.status == 403
    assert page.headers["content-type"].startswith("text/html")
    assert name in page.body.decode()
    assert person.token() in page.body.decode()  # so that it can sign out
    assert asked.json == {"error": "forbidden"}


def test_a_revoked_terminal_is_sent_away_with_its_streams(pages: OwnPages) -> None:
    """And with them alone."""
    seat, neighbour = pages.seat("pc-01"), pages.seat("pc-02")
    stream, other = seat.stream("/seat/stream"), neighbour.stream("/seat/stream")
    stream.readline()

    assert pages.sessions.end_terminal("pc-01") == 1
    pages.streams.end_others(pages.sessions.open())

    wait_until(lambda: pages.feed.followers == 1, timeout_s=5)
    assert seat.get("/seat").status == 401
    assert neighbour.get("/seat").status == 200
    stream.close()
    other.close()


def test_files_hold_no_secret(pages: OwnPages, tmp_path: Path) -> None:
    """Neither cookie, nor code, nor password; nobody else may read them."""
    (issued,) = pages.codes.issue(["pc-01"])
    caller = pages.caller()
    caller.post("/sign-in", {"name": "anna", "password": PASSWORD})
    (secret,) = caller.cookies.values()
    state = tmp_path / "state"

    kept = {path.name: path.read_text() for path in state.iterdir()}

    assert {"accounts.json", "sessions.json", "enrolments.json", "audit.jsonl"} <= kept.keys()
    for text in kept.values():
        assert not any(word in text for word in (issued.code, secret, PASSWORD))
    assert hash_of(secret) in kept["sessions.json"]
    assert state.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in state.iterdir()} == {0o600}
