"""Whoever calls: a browser without a window, or a socket that sends what no browser would."""

import http.client
import json
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field

from acceptance.screens.lab import Lab
from acceptance.screens.room import CODE
from appliance.errors import ApplianceError
from appliance.mqtt.private_broker import LOOPBACK
from appliance.screens.http.visitors import csrf_token

SEAT, PERSON = "__Host-classbox-seat", "__Host-classbox-person"
PASSWORD = "seven tall ships sail"  # noqa: S105 - of accounts that live for minutes
PATIENCE_S = 15.0
UP = ".."
"""In a path: out of a folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body."""
        return self.body.decode("utf-8", "replace")

    @property
    def error(self) -> str:
        """The word of a refusal; empty when it is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return ""
        return str(found.get("error", "")) if isinstance(found, dict) else ""


def hear_nobody(_where: str, _body: bytes) -> None:
    """Record nothing."""


@dataclass(slots=True, kw_only=True)
class AnyCaller:
    """Keeps cookies and sends what a page would, unless told otherwise."""

    lab: Lab
    cookies: dict[str, str] = field(default_factory=dict)
    hear: Callable[[str, bytes], None] = hear_nobody
    """Told of everything that the server sends."""
    source: str = LOOPBACK
    """Own address; any of 127.0.0.0/8."""
    patience_s: float = PATIENCE_S
    """How long what comes too often is tried again."""

    def send(
        self, method: str, path: str, body: str | bytes | None = None, **headers: str
    ) -> Reply:
        """Send exactly that; ``_`` in a header's name is a hyphen."""
        named = {name.replace("_", "-").title(): value for name, value in headers.items()}
        pairs = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {"Host": self.lab.host, **({"Cookie": pairs} if pairs else {}), **named}
        with closing(self._connect()) as connection:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in sent.items():
                connection.putheader(name, value.encode("latin-1", "replace"))
            data = body.encode() if isinstance(body, str) else body
            if data is not None and "Content-Length" not in sent:
                connection.putheader("Content-Length", str(len(data)))
            connection.endheaders(data)
            answer = connection.getresponse()
            if answer.headers.get_content_type() == "text/event-stream":
                found = _first_state(answer)
            else:
                found = answer.read()
        for cookie in answer.headers.get_all("set-cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value.strip('"')
        replied = {name.lower(): value for name, value in answer.getheaders()}
        self.hear(f"{method} {path}", repr(replied).encode() + found)
        return Reply(status=answer.status, headers=replied, body=found)

    def get(self, path: str, **headers: str) -> Reply:
        """Ask for something."""
        return self.send("GET", path, **headers)

    def post(self, path: str, said: Mapping[str, object] | None = None, **headers: str) -> Reply:
        """Say something as an own page does; an empty header is left out.

        What is refused because it comes too often is said again.
        """
        usual = {
            "content_type": "application/json",
            "origin": self.lab.origin,
            "sec_fetch_site": "same-origin",
            "x_classbox_token": self.token_for(path),
        }
        sent = {name: value for name, value in (usual | headers).items() if value}
        until_s = time.monotonic() + self.patience_s
        while True:
            reply = self.send("POST", path, json.dumps(said or {}), **sent)
            if reply.status != http.client.TOO_MANY_REQUESTS or time.monotonic() > until_s:
                return reply
            time.sleep(0.1)

    def token_for(self, path: str) -> str:
        """Return what the page of an area has in its head."""
        kind = SEAT if path.startswith("/seat") else PERSON
        secret = self.cookies.get(kind) or next(iter(self.cookies.values()), "")
        return csrf_token(secret) if secret else ""

    def follow(self, path: str) -> http.client.HTTPResponse:
        """Begin to follow a stream; ``state_of`` reads it."""
        connection = self._connect()
        pairs = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Host": self.lab.host, "Cookie": pairs, "Connection": "close"}
        connection.request("GET", path, headers=headers)
        return connection.getresponse()  # which owns the socket now

    def raw(self, request: bytes, *, timeout_s: float = 3.0) -> bytes:
        """Send bytes and return all that comes until the server ends it, or says no more."""
        found = b""
        with closing(encrypted(self.lab, source=self.source, timeout_s=timeout_s)) as connection:
            connection.sendall(request)
            try:
                while piece := connection.recv(65536):
                    found += piece
            except (TimeoutError, ConnectionError, ssl.SSLError):
                pass
        return found

    def _connect(self) -> http.client.HTTPConnection:
        return self.lab.connect(source=self.source)


def encrypted(lab: Lab, *, source: str = LOOPBACK, timeout_s: float = 10.0) -> ssl.SSLSocket:
    """Return a TLS connection to the server."""
    plain = socket.create_connection(
        (LOOPBACK, lab.port), timeout=timeout_s, source_address=(source, 0)
    )
    return lab.trust().wrap_socket(plain, server_hostname="localhost")


def state_of(stream: http.client.HTTPResponse) -> Mapping[str, object]:
    """Read until the next state; empty at the end of the stream."""
    while line := stream.readline():
        if line == b"event: state\n":
            state: Mapping[str, object] = json.loads(stream.readline().removeprefix(b"data: "))
            return state
    return {}


def enrolled(lab: Lab, terminal: str) -> AnyCaller:
    """Return a browser that has used a code."""
    caller = AnyCaller(lab=lab)
    require(caller.post("/enrol", {"code": code_of(lab, terminal)}), "enrolment")
    return caller


def code_of(lab: Lab, terminal: str) -> str:
    """Make a one-time code.

    Raises:
        ApplianceError: There is none in what the command says.
    """
    said = lab.command("code", terminal)
    found = CODE.search(said)
    if found is None:
        msg = f"no code: {said}"
        raise ApplianceError(msg)
    return found[0]


def make_account(lab: Lab, name: str, role: str, password: str = PASSWORD) -> None:
    """Make an account, or give it another password."""
    file = lab.folder / "password"
    file.write_text(password, encoding="utf-8")
    file.chmod(0o600)
    lab.command("account", "add", name, "--role", role, "--password-file", str(file))


def signed_in(lab: Lab, name: str, password: str = PASSWORD) -> AnyCaller:
    """Return a browser in which somebody has signed in."""
    caller = AnyCaller(lab=lab)
    require(caller.post("/sign-in", {"name": name, "password": password}), "sign-in")
    return caller


def age(lab: Lab, name: str) -> None:
    """Let the time of everything in a state file be over."""
    file = lab.folder / "screens" / name
    rows = json.loads(file.read_text(encoding="utf-8"))
    for row in rows.values():
        row["ends_s"] = time.time() - 1.0
    fresh = file.with_suffix(".aged")
    fresh.write_text(json.dumps(rows), encoding="utf-8")
    fresh.chmod(0o600)
    fresh.replace(file)


def require(reply: Reply, what: str) -> None:
    """Hold that something honest was done.

    Raises:
        ApplianceError: It was not.
    """
    if reply.status != http.client.OK:
        msg = f"{what}: {reply.status} {reply.text[:200]}"
        raise ApplianceError(msg)


def _first_state(answer: http.client.HTTPResponse) -> bytes:
    """Return a stream up to its first state."""
    found = b""
    while line := answer.readline():
        found += line
        if line == b"\n" and b"data:" in found:
            break
    return found
