"""Who is let in where, and what a POST has to bring."""

import itertools
import socket
import time
from collections.abc import Iterator

import pytest

from appliance.screens.http import visitors
from appliance.screens.http.visitors import LONGEST_BODY, Role
from tests.support.pages import OwnPages, own_pages


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnPages]:
    """One server for all tests here."""
    with own_pages(tmp_path_factory.mktemp("pages")) as pages:
        yield pages


@pytest.fixture
def pages(served: OwnPages) -> OwnPages:
    """The same, with all that was counted long ago."""
    served.clock.monotonic += 10_000
    return served


PAGES = {Role.SEAT: "/seat", Role.TEACHER: "/teacher", Role.IT: "/box"}


@pytest.mark.parametrize(("role", "page"), [*itertools.product(PAGES, PAGES)])
def test_each_sees_their_own_page_only(pages: OwnPages, role: Role, page: Role) -> None:
    """A seat has another cookie than people, so it is nobody there."""
    caller = pages.seat() if role is Role.SEAT else pages.person(role, name=f"one-{role}")

    status = caller.get(PAGES[page]).status

    if role is page:
        assert status == 200
    else:
        assert status == (401 if Role.SEAT in (role, page) else 403)


@pytest.mark.parametrize(("path", "door"), [("/seat", "/enrol"), ("/teacher", "/sign-in")])
def test_a_stranger_is_led_to_the_door(pages: OwnPages, path: str, door: str) -> None:
    """A page leads there; what a page asks for says what is wrong."""
    page = pages.caller().get(path, accept="text/html,*/*")
    asked = pages.caller().get(path, accept="*/*")

    assert (page.status, page.headers["location"]) == (303, door)
    assert (asked.status, asked.json) == (401, {"error": "signed-out"})


@pytest.mark.parametrize("path", ["/setat", "/seat/x", "/static/x.js", "/texts/xx.ftl"])
def test_who_reads_gets_a_page_where_there_is_none(pages: OwnPages, path: str) -> None:
    """With who they are, for the way on; a page of ours that asks gets a word."""
    person = pages.person(Role.IT, name="ivo")
    page = person.get(path, accept="text/html,*/*")

    assert (page.status, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert b'content="ivo it"' in page.body
    assert b'content=" "' in pages.caller().get(path, accept="text/html").body
    for asked in (person.get(path, accept="application/json"), person.get(path)):
        assert (asked.status, asked.json) == (404, {"error": "not-found"})
    assert set(person.post(path, {}, accept="text/html").json) == {"error"}


def test_a_post_of_an_own_page_is_heard(pages: OwnPages) -> None:
    """With who it is from."""
    answer = pages.seat("pc-02").post("/seat/echo", {"id": "x", "rating": 3, "list": ["a", None]})

    assert answer.status == 200
    assert answer.json == {
        "name": "pc-02",
        "fields": {"id": "x", "rating": 3, "list": ["a", None]},
    }


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"x_classbox_token": ""}, 403, "token"),
        ({"x_classbox_token": "0" * 64}, 403, "token"),
        ({"x_classbox_token": "ü"}, 403, "token"),
        ({"origin": ""}, 403, "origin"),
        ({"origin": "null"}, 403, "origin"),
        ({"origin": "https://evil.example"}, 403, "origin"),
        ({"origin": "https://127.0.0.1"}, 403, "origin"),
        ({"sec_fetch_site": "same-site"}, 403, "origin"),
        ({"sec_fetch_site": "cross-site"}, 403, "origin"),
        ({"content_type": ""}, 415, "not-json"),
        ({"content_type": "text/plain"}, 415, "not-json"),
        ({"content_type": "application/x-www-form-urlencoded"}, 415, "not-json"),
        ({"content_length": "99999999"}, 413, "too-large"),
    ],
)
def test_a_post_from_elsewhere_is_not(
    pages: OwnPages, headers: dict[str, str], status: int, code: str
) -> None:
    """Whatever another site can have a browser send lacks one of these."""
    answer = pages.seat().post("/seat/echo", {"a": 1}, **headers)

    assert (answer.status, answer.json) == (status, {"error": code})


def test_the_token_of_one_session_is_not_that_of_another(pages: OwnPages) -> None:
    """Neither a neighbour's nor a teacher's."""
    mine, neighbours = pages.seat("pc-01"), pages.seat("pc-02")

    answer = mine.post("/seat/echo", {}, x_classbox_token=neighbours.token())

    assert answer.json == {"error": "token"}


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "3",
        '{"a": {"b": 1}}',
        '{"a": [[1]]}',
        '{"a": NaN}',
        '{"a": "\\ud800"}',
        "[" * 9000,
        '{"a": ' + "9" * 5000 + "}",
    ],
    ids=[
        "none",
        "half",
        "list",
        "number",
        "nested",
        "nested-list",
        "nan",
        "half-a-pair",
        "deep",
        "long",
    ],
)
def test_anything_but_a_flat_object_is_refused(pages: OwnPages, body: str) -> None:
    """Before any handler sees it."""
    assert pages.seat().post("/seat/echo", body).status == 400


def test_a_body_has_an_end(pages: OwnPages) -> None:
    """16 KB go in; one more, also in chunks without a length, does not."""
    frame = len('{"a":""}')
    exact = '{"a":"' + "x" * (LONGEST_BODY - frame) + '"}'
    seat = pages.seat()

    assert seat.post("/seat/echo", exact).status == 200
    assert seat.post("/seat/echo", exact + " ").status == 413
    with socket.create_connection(("127.0.0.1", pages.port), timeout=10) as connection:
        head = (
            f"POST /seat/echo HTTP/1.1\r\nHost: 127.0.0.1:{pages.port}\r\n"
            f"Origin: {seat.origin}\r\nContent-Type: application/json\r\n"
            f"X-Classbox-Token: {seat.token()}\r\nCookie: {seat.cookie_header()['Cookie']}\r\n"
            "Transfer-Encoding: chunked\r\n\r\n"
        )
        chunk = b"1000\r\n" + b"x" * 0x1000 + b"\r\n"
        connection.sendall(head.encode() + chunk * 5)
        assert connection.recv(1000).startswith(b"HTTP/1.1 413")


def test_a_body_that_comes_letter_by_letter_is_not_waited_for(
    pages: OwnPages, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection is free again after seconds."""
    monkeypatch.setattr(visitors, "SLOWEST_BODY_S", 0.2)
    seat = pages.seat()
    with socket.create_connection(("127.0.0.1", pages.port), timeout=10) as connection:
        connection.sendall(
            f"POST /seat/echo HTTP/1.1\r\nHost: 127.0.0.1:{pages.port}\r\n"
            f"Origin: {seat.origin}\r\nContent-Type: application/json\r\nContent-Length: 9\r\n"
            f"X-Classbox-Token: {seat.token()}\r\nCookie: {seat.cookie_header()['Cookie']}\r\n"
            "\r\n{".encode()
        )
        assert connection.recv(1000).startswith(b"HTTP/1.1 408")


def test_a_session_posts_twenty_times_a_second(pages: OwnPages) -> None:
    """And its neighbour is not held up by that."""
    seat, neighbour = pages.seat("pc-01"), pages.seat("pc-02")

    statuses = [seat.post("/seat/echo").status for _ in range(21)]

    assert statuses == [200] * 20 + [429]
    assert neighbour.post("/seat/echo").status == 200
    pages.clock.advance(1.0)
    assert seat.post("/seat/echo").status == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_no_other_method_is_heard(pages: OwnPages, method: str) -> None:
    """So nothing answers a question of CORS, either."""
    answer = pages.seat().send(method, "/seat/echo", None, {})

    assert answer.status == 405
    assert not any(name.startswith("access-control") for name in answer.headers)


def test_forged_cookies_are_nobodys(pages: OwnPages) -> None:
    """Neither a guess, nor a hash from the state folder, nor somebody else's kind of cookie."""
    seat = pages.seat()
    (secret,) = seat.cookies.values()
    for forged in ("", "x", secret[:-1], secret + "a", visitors.hash_of(secret), secret.upper()):
        caller = pages.caller()
        caller.cookies["classbox-seat"] = forged
        assert caller.get("/seat").status == 401
    caller = pages.caller()
    caller.cookies["classbox-person"] = secret
    assert caller.get("/teacher").status == 401
    assert caller.get("/seat").status == 401


def test_a_slow_head_is_not_waited_for(pages: OwnPages, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slow loris: a request that never ends."""
    monkeypatch.setattr("appliance.screens.http.connections.HEADERS_S", 0.3)
    with socket.create_connection(("127.0.0.1", pages.port), timeout=10) as connection:
        began_s = time.monotonic()
        connection.sendall(b"GET / HTTP/1.1\r\n")
        for _ in range(100):
            try:
                connection.sendall(b"X-A: b\r\n")
                time.sleep(0.05)
            except OSError:
                break
        assert time.monotonic() - began_s < 4


def test_a_head_has_an_end(pages: OwnPages) -> None:
    """A cookie of 20 KB is no cookie of ours."""
    with socket.create_connection(("127.0.0.1", pages.port), timeout=10) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nCookie: " + b"x" * 40_000)
        assert connection.recv(1000).startswith(b"HTTP/1.1 400")
