"""Every answer has its headers, and nothing is told that nobody asked for."""

import socket
from collections.abc import Iterator

import pytest

from appliance.screens.http.guard import HEADERS, POLICY
from tests.support.pages import OwnPages, own_pages


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnPages]:
    """One server for all tests here: none changes it."""
    with own_pages(tmp_path_factory.mktemp("pages")) as served:
        yield served


ANSWERS = ("/", "/sign-in", "/seat", "/texts", "/static/people/people.js", "/nothing", "/broken")


@pytest.mark.parametrize("path", ANSWERS)
def test_every_answer_carries_the_headers(pages: OwnPages, path: str) -> None:
    """Pages, files, refusals and mishaps alike."""
    answer = pages.caller().get(path)

    for name, value in HEADERS.items():
        assert answer.headers[name.lower()] == value
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert "server" not in answer.headers
    assert "strict-transport-security" not in answer.headers  # plain HTTP


def test_the_policy_lets_nothing_in_from_elsewhere() -> None:
    """Nothing but own files, no frame, no base, no text that becomes script."""
    directives = dict(part.strip().partition(" ")[::2] for part in POLICY.split(";"))

    assert directives.pop("require-trusted-types-for") == "'script'"
    assert directives.pop("default-src") == "'none'"
    assert directives.pop("base-uri") == directives.pop("frame-ancestors") == "'none'"
    assert set(directives.values()) == {"'self'"}


def test_pages_and_answers_are_not_kept_by_browsers(pages: OwnPages) -> None:
    """Files are asked for again each time."""
    assert pages.caller().get("/sign-in").headers["cache-control"] == "no-store"
    assert pages.caller().get("/seat").headers["cache-control"] == "no-store"
    assert pages.caller().get("/static/people/people.js").headers["cache-control"] == "no-cache"


def test_a_mishap_tells_nothing(pages: OwnPages, capfd: pytest.CaptureFixture[str]) -> None:
    """Neither to the browser nor, in its own words, to the log."""
    answer = pages.caller().get("/broken")

    assert (answer.status, answer.json) == (500, {"error": "internal"})
    told = capfd.readouterr()
    assert "request_failed" in told.out + told.err
    assert "what somebody has typed" not in told.out + told.err


def test_the_log_has_no_code_and_no_query(
    pages: OwnPages, capfd: pytest.CaptureFixture[str]
) -> None:
    """Of a path the pattern of its route alone."""
    pages.caller().get("/static/SECRET-1?token=SECRET-2")
    pages.caller().get("/SECRET-3")

    told = "".join(capfd.readouterr())
    assert "request" in told
    assert "SECRET" not in told


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "", "127.0.0.1:1"])
def test_another_name_is_not_ours(pages: OwnPages, host: str) -> None:
    """Whoever points a name of theirs here (DNS rebinding) reads nothing."""
    assert pages.caller().get("/sign-in", host=host).status == 421


@pytest.mark.parametrize(
    "path",
    [
        "/static/%2e%2e/people/door.html",
        "/static/%2e%2e/%2e%2e/serve.py",
        "/static/..%2f..%2fserve.py",
        "/static//etc/passwd",
        "/static/people/door.html",
        "/static/texts/states.en.ftl",
        "/static/house/README.md",
        "/static/people/people.js%00.css",
        "/static/",
        "/texts/..%2fstates.en.ftl",
        "/texts/states.en.ftl",
        "/texts/en.room.ftl",
    ],
)
def test_nothing_but_the_listed_files_can_be_reached(pages: OwnPages, path: str) -> None:
    """Neither shells with their marks, nor texts that somebody may not see, nor what lies above."""
    assert pages.caller().get(path).status == 404


def test_what_is_no_http_is_refused(pages: OwnPages) -> None:
    """In a word, and the connection ends."""
    with socket.create_connection(("127.0.0.1", pages.port), timeout=10) as connection:
        connection.sendall(b"\x16\x03\x01 hello\r\n\r\n")
        found = b""
        while piece := connection.recv(1000):
            found += piece
    assert found.startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize(
    ("version", "framing"),
    [
        ("1.1", "Content-Length: 4\r\nTransfer-Encoding: chunked"),
        ("1.0", "Transfer-Encoding: chunked"),
    ],
    ids=["two-lengths", "old-version"],
)
def test_a_request_with_two_ends_hides_no_other(
    pages: OwnPages, version: str, framing: str
) -> None:
    """A proxy before us could take what follows for somebody else's (request smuggling)."""
    host = f"Host: 127.0.0.1:{pages.port}\r\n"
    with socket.create_connection(("127.0.0.1", pages.port), timeout=10) as connection:
        connection.sendall(
            f"POST /sign-in HTTP/{version}\r\n{host}Origin: http://127.0.0.1:{pages.port}\r\n"
            f"Content-Type: application/json\r\n{framing}\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n"
            f"GET /sign-in HTTP/1.1\r\n{host}\r\n".encode()
        )
        found = b""
        while piece := connection.recv(4096):
            found += piece
    assert found.count(b"HTTP/1.1 ") == 1
    assert b'{"error":"bad-request"}' in found
