"""Connections: encrypted with a certificate that can be renewed, and lost ones are noticed."""

import contextlib
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.errors import PagesError
from appliance.screens.http import connections
from appliance.screens.http.connections import LOST_S, ServedCertificate, listen
from tests.support.certificates import Authority
from tests.support.pages import OwnPages, own_pages


@pytest.fixture
def pair(tmp_path: Path, authority: Authority) -> tuple[Path, Path]:
    """A certificate and its key, where they can be replaced."""
    certificate, key = authority.sign("pages", host="127.0.0.1", file="first")
    return put(tmp_path, certificate, key)


def put(folder: Path, certificate: Path, key: Path) -> tuple[Path, Path]:
    """Copy a pair to where the server reads it."""
    places = folder / "own.crt", folder / "own.key"
    for place, file in zip(places, (certificate, key), strict=True):
        place.unlink(missing_ok=True)
        place.write_bytes(file.read_bytes())
    return places


@pytest.fixture
def pages(
    tmp_path: Path, authority: Authority, pair: tuple[Path, Path]
) -> Iterator[tuple[OwnPages, ServedCertificate]]:
    """Pages over TLS."""
    context = ssl.create_default_context(cafile=str(authority.certificate))
    served = ServedCertificate(*pair)
    with own_pages(tmp_path / "pages", certificate=served, context=context) as running:
        yield running, served


def serial(pages: OwnPages, authority: Authority) -> object:
    """Return the number of the certificate that is shown now."""
    context = ssl.create_default_context(cafile=str(authority.certificate))
    with (
        socket.create_connection(("127.0.0.1", pages.port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as connection,
    ):
        return (connection.getpeercert() or {})["serialNumber"]


def test_a_renewed_certificate_is_shown_without_a_restart(
    tmp_path: Path, authority: Authority, pages: tuple[OwnPages, ServedCertificate]
) -> None:
    """Whoever is connected stays so."""
    running, served = pages
    before = serial(running, authority)
    stream = running.seat().stream("/seat/stream")
    stream.readline()

    put(tmp_path, *authority.sign("pages", host="127.0.0.1", file="second"))
    assert served.renew()

    assert serial(running, authority) != before
    running.state["count"] = 1
    running.feed.changed()
    lines = [stream.readline() for _ in range(4)]
    assert b'data: {"count":1}\n' in lines
    stream.close()


def test_half_a_renewal_is_not_shown(
    tmp_path: Path, authority: Authority, pages: tuple[OwnPages, ServedCertificate]
) -> None:
    """A certificate whose key has not come yet, or nothing at all, in the place of a good one."""
    running, served = pages
    before = serial(running, authority)
    certificate, key = authority.sign("pages", host="127.0.0.1", file="third")
    (tmp_path / "own.crt").write_bytes(certificate.read_bytes())
    assert not served.renew()
    assert serial(running, authority) == before
    (tmp_path / "own.crt").unlink()
    assert not served.renew()
    assert serial(running, authority) == before

    put(tmp_path, certificate, key)

    assert served.renew()
    assert serial(running, authority) != before


def test_what_is_no_pair_keeps_it_from_starting(tmp_path: Path) -> None:
    """With the command that says more."""
    (tmp_path / "a.crt").write_text("nothing")
    (tmp_path / "a.key").write_text("nothing")

    with pytest.raises(PagesError, match="classbox screens check"):
        ServedCertificate(tmp_path / "a.crt", tmp_path / "a.key")


def test_https_says_so_and_marks_its_cookies(pages: tuple[OwnPages, ServedCertificate]) -> None:
    """Cookies with ``__Host-`` are taken by browsers with Secure and Path=/ only."""
    running, _ = pages
    (issued,) = running.codes.issue(["pc-01"])
    caller = running.caller()

    answer = caller.post("/enrol", {"code": issued.code})

    (cookie,) = answer.cookies
    assert cookie.startswith("__Host-classbox-seat=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=strict"} <= {
        part.strip() for part in cookie.split(";")
    }
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert caller.get("/seat").status == 200


def test_a_handshake_that_never_ends_is_not_waited_for(
    pages: tuple[OwnPages, ServedCertificate], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit is set when it begins to listen, so it is the real one here."""
    running, _ = pages
    del monkeypatch
    with socket.create_connection(("127.0.0.1", running.port), timeout=20) as connection:
        connection.sendall(b"\x16\x03\x01\x02\x00\x01")  # a ClientHello that goes no further
        began_s = time.monotonic()
        assert connection.recv(1000) == b""
        assert time.monotonic() - began_s < connections.HANDSHAKE_S + 5


def test_a_pulled_cable_is_noticed_and_no_answer_waits() -> None:
    """Each connection inherits the time limit of the kernel, and sends what it has at once."""
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as browser:
            accepted, _ = listener.accept()
            with accepted:
                given_ms = accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
                at_once = accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            del browser

    assert given_ms == LOST_S * 1000
    assert at_once


def test_an_address_in_use_is_said() -> None:
    """With how to find who has it, and the settings that name it."""
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(PagesError, match=f"127.0.0.1:{port}.*ss -ltnp.*screens.port"):
            listen("127.0.0.1", port)


def test_an_address_of_another_machine_is_said() -> None:
    """One for documentation, which nobody has (RFC 5737)."""
    with pytest.raises(PagesError, match="to an address of this machine"):
        listen("192.0.2.1", 0)


@pytest.mark.parametrize("limit", ["MOST_OF_AN_ADDRESS", "MOST"])
def test_so_many_connections_are_open(
    pages: tuple[OwnPages, ServedCertificate], monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    """One more is closed at once, also before it has said a word; one fewer lets the next in."""
    running, _ = pages
    monkeypatch.setattr(connections, limit, 3)
    opened = [socket.create_connection(("127.0.0.1", running.port)) for _ in range(3)]
    time.sleep(0.2)
    with (
        contextlib.suppress(ConnectionResetError),
        socket.create_connection(("127.0.0.1", running.port), timeout=2) as one_more,
    ):
        assert one_more.recv(1) == b""
    for one in opened:
        one.close()
    time.sleep(0.2)
    assert running.caller().get("/").status == 200


def test_who_holds_most_gives_way(
    pages: tuple[OwnPages, ServedCertificate], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some computers that take all connections keep nobody else out, nor each other."""
    running, _ = pages
    monkeypatch.setattr(connections, "MOST", 4)
    place = ("127.0.0.1", running.port)
    with contextlib.ExitStack() as stack:
        opened = [
            stack.enter_context(socket.create_connection(place, 2, source_address=(source, 0)))
            for source in ("127.0.0.2", "127.0.0.2", "127.0.0.3", "127.0.0.3")
        ]
        time.sleep(0.2)
        assert running.caller().get("/").status == 200
        assert opened[0].recv(1) == b""  # the oldest of those with most
        for other in opened[1:]:
            other.settimeout(0.1)
            with pytest.raises(TimeoutError):
                other.recv(1)
