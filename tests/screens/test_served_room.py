"""``classbox screens run``: everything together, over TLS, with a broker that tells who is who."""

import json
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Route

from appliance.domain.affect import Affect
from appliance.domain.interventions import FeedbackKind
from appliance.domain.seats import TerminalKey
from appliance.mqtt.contract.box import BoxState
from appliance.mqtt.contract.commands import Hint
from appliance.mqtt.private_broker import free_port
from appliance.screens.box.desk import LOOK_EVERY_S
from appliance.screens.http.visitors import Role
from appliance.screens.people.together import people_of
from appliance.screens.serve import Screens
from appliance.settings.load import load_screens
from tests.support.certificates import Authority
from tests.support.pages import PASSWORD
from tests.support.served_room import ServedRoom
from tests.support.shipped_broker import shipped_broker
from tests.support.spoken_box import TOPICS, SpokenBox
from tests.support.waiting import wait_until

pytestmark = pytest.mark.broker

SEATS = "cb/v1/north-school/lab-2/seat/+"


@contextmanager
def served(folder: Path, authority: Authority) -> Iterator[tuple[ServedRoom, SpokenBox]]:
    """A room, and a box that hears terminals, too."""
    texts = folder / "texts"
    texts.mkdir()
    (texts / "states.ro.ftl").write_text("# name: Română\nstate-bored = plictisit\n")
    heard = [f"{SEATS}/{topic}" for topic in ("presence", "ack", "feedback")]
    with (
        shipped_broker(folder / "broker", authority, name="mosquitto.conf") as broker,
        ServedRoom(
            folder=folder, broker=broker, authority=authority, more=f'texts = "{texts}"'
        ) as room,
        SpokenBox(room.address("box-1"), also=heard) as box,
    ):
        box.status()
        box.info("fatigue-only")
        yield room, box


@pytest.fixture(scope="module")
def both(
    tmp_path_factory: pytest.TempPathFactory, authority: Authority
) -> Iterator[tuple[ServedRoom, SpokenBox]]:
    """One of both for the tests here."""
    with served(tmp_path_factory.mktemp("room"), authority) as made:
        yield made


@pytest.fixture
def room(both: tuple[ServedRoom, SpokenBox]) -> ServedRoom:
    """The room."""
    return both[0]


@pytest.fixture
def box(both: tuple[ServedRoom, SpokenBox]) -> SpokenBox:
    """The box."""
    return both[1]


def state_of(stream: HTTPResponse) -> Mapping[str, Any]:
    """Read until the next state; empty at the end of the stream."""
    while line := stream.readline():
        if line == b"event: state\n":
            state: Mapping[str, Any] = json.loads(stream.readline().removeprefix(b"data: "))
            return state
    return {}


def test_a_command_goes_from_the_box_to_the_page_and_back(room: ServedRoom, box: SpokenBox) -> None:
    """A code from the command line, a page, a command that it has painted, an answer."""
    seat = room.enrolled("pc-01")
    page = seat.get("/seat", accept="text/html")
    assert page.status == 200
    assert seat.token() in page.body.decode()
    with closing(seat.stream("/seat/stream")) as stream:
        state = state_of(stream)
        while not state["connected"]:
            state = state_of(stream)
        wait_until(lambda: said(box, "pc-01", "presence", "state") == ["online"])
        command = box.say(
            TOPICS.terminal(TerminalKey("pc-01")).command,
            Hint(text="Try the first step.", topic="fractions"),
            ttl_s=60,
        )
        while not state["prompts"]:
            state = state_of(stream)
        assert state["prompts"][0]["id"] == command.id

        assert seat.post("/seat/shown", {"id": command.id}).json == {"status": "done"}
        answer = {"id": command.id, "kind": FeedbackKind.ACCEPTED}
        assert seat.post("/seat/answer", answer).json == {"status": "done"}

        wait_until(lambda: said(box, "pc-01", "feedback", "kind") == ["accepted"])
        assert "started" in said(box, "pc-01", "ack", "status")


def test_a_teacher_asks_and_the_box_hears_who_it_was(room: ServedRoom, box: SpokenBox) -> None:
    """The record names the account; no language's name of another state gets through."""
    teacher = room.signed_in("anna", "teacher")
    with closing(teacher.stream("/teacher/stream")) as stream:
        state = state_of(stream)
        while not (state["connected"] and state["profile"]):
            state = state_of(stream)
        assert state["profile"] == "fatigue-only"
        box.status(reason="a1 pare Plictisit")
        box.status(reason="camera back fails")
        said = {""}
        while "camera back fails" not in said:
            said.add(state_of(stream)["boxes"][0]["reason"])
        assert said == {"", "camera back fails"}

        answer = teacher.post("/teacher/request", {"command": "pause"})

    assert answer.json == {"status": "done", "detail": ""}
    assert [one["command"] for one in box.requests()][-1] == "pause"
    texts = teacher.get("/texts/en.ftl").body.decode().lower()
    assert not any(affect in texts for affect in Affect if affect is not Affect.FATIGUED)
    assert teacher.get("/box").status == 403


def test_it_lets_screens_in_and_sends_them_away(room: ServedRoom, box: SpokenBox) -> None:
    """A sheet of codes; a terminal that is revoked loses its open page, and its row says so."""
    del box
    ida = room.signed_in("ida", "it")
    (code,) = json.loads(ida.post("/box/codes", {"terminals": ["pc-02"]}).body)["codes"]
    assert ida.get(code["qr"]).headers["content-type"] == "image/svg+xml"
    assert ida.get("/box/sheet").status == 200
    seat = room.caller()
    assert seat.post("/enrol", {"code": code["code"]}).status == 200
    with closing(seat.stream("/seat/stream")) as stream:
        while not state_of(stream)["connected"]:
            pass
        answer = ida.post("/box/revoke", {"terminal": "pc-02"})
        while state_of(stream):
            pass  # until it ends
    began_s = time.monotonic()
    with closing(ida.stream("/box/stream")) as desk:
        gone = {"terminal": "pc-02", "enrolled": 0, "page": False, "connected": False}
        while gone not in state_of(desk)["terminals"]:
            pass
    assert time.monotonic() - began_s < LOOK_EVERY_S / 2  # told, not found at the next look
    assert answer.json["status"] == "done"
    assert seat.get("/seat").status == 401
    assert code["code"] not in room.log


def test_a_command_beside_the_server_ends_what_is_open(room: ServedRoom) -> None:
    """An account that is removed, a terminal that is revoked."""
    teacher, seat = room.signed_in("otto", "teacher"), room.enrolled("pc-02")
    with (
        closing(teacher.stream("/teacher/stream")) as console,
        closing(seat.stream("/seat/stream")) as page,
    ):
        state_of(console)
        state_of(page)
        assert room.command("account", "remove", "otto").returncode == 0
        assert "browser(s) signed out" in room.command("revoke", "pc-02").stdout
        while state_of(console):
            pass
        while state_of(page):
            pass
    assert "otto" not in room.command("sessions").stdout
    listed = json.loads(room.command("account", "list", "--json").stdout)
    assert {"name": "otto", "role": "teacher"} not in listed


OPEN = {"", "sign-in", "enrol", "texts", "language", "static"}
OWNERS = {"seat": {"seat"}, "teacher": {"teacher"}, "box": {"it"}, "sign-out": {"teacher", "it"}}
"""First part of a path to whose it is; a route of neither fails the test."""


def test_every_route_is_closed_to_all_but_its_owners(room: ServedRoom, tmp_path: Path) -> None:
    """Made from the list of routes itself, with all that is right but the role."""
    settings = load_screens(room.config)
    people = people_of(settings, frozenset(room.terminals))
    callers = {role: room.caller() for role in ("nobody", *Role)}
    callers[Role.SEAT].cookies["__Host-classbox-seat"] = people.sessions.begin_seat("pc-02")
    for role in (Role.TEACHER, Role.IT):
        account = people.accounts.add(f"one-{role}", role, PASSWORD)
        secret = people.sessions.begin_person(account)
        callers[role].cookies["__Host-classbox-person"] = secret
        assert callers[role].get(f"/{'box' if role is Role.IT else role}").status == 200
    beside = {"port": free_port(), "state_dir": tmp_path}
    table = settings.screens.model_copy(update=beside)
    screens = Screens(settings.model_copy(update={"screens": table}))
    screens.close()
    closed = [
        (method, route.path, OWNERS[top])
        for route in screens.routes
        if isinstance(route, Route) and (top := route.path.split("/")[1]) not in OPEN
        for method in route.methods or {"GET"}
    ]
    assert len(closed) > 30
    for method, path, owners in closed:
        for role in callers.keys() - owners:
            caller = callers[role]
            answer = caller.post(path) if method == "POST" else caller.send(method, path, None, {})
            assert answer.status in (401, 403), (method, path, role)


def test_cookies_and_headers_are_for_https(room: ServedRoom) -> None:
    """No page of another host of the school can set or read one."""
    caller = room.signed_in("cora", "teacher")
    answer = caller.get("/")

    assert list(caller.cookies) == ["__Host-classbox-person"]
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    (cookie,) = caller.post("/sign-out").cookies
    assert "Secure" in cookie


def test_a_seat_is_told_when_the_last_box_goes(room: ServedRoom, box: SpokenBox) -> None:
    """By the retained status, which the broker sets to its last will; and when it is back."""
    seat = room.enrolled("pc-02")
    with closing(seat.stream("/seat/stream")) as stream:
        state = state_of(stream)
        for status, away in ((BoxState.DISCONNECTED, True), (BoxState.READY, False)):
            box.status(status)
            while state["away"] is not away:
                state = state_of(stream)


def test_plain_http_and_old_tls_get_nothing(room: ServedRoom) -> None:
    """The port speaks TLS 1.2 or later."""
    with socket.create_connection(("127.0.0.1", room.port), timeout=10) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert not connection.recv(1000).startswith(b"HTTP")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(room.authority.certificate)
    with (
        socket.create_connection(("127.0.0.1", room.port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as connection,
    ):
        assert connection.version() in ("TLSv1.2", "TLSv1.3")


def test_nothing_secret_is_logged(room: ServedRoom) -> None:
    """Whatever the tests before have done."""
    seat = room.enrolled("pc-01")
    seat.get("/seat?code=SECRET-IN-A-QUERY")

    for secret in (*seat.cookies.values(), seat.token(), "SECRET-IN-A-QUERY", "four words"):
        assert secret not in room.log


def test_it_stays_small(room: ServedRoom) -> None:
    """All of it, with two seats and two people connected."""
    assert room.resident_mb() < 110


def test_sigterm_ends_it_within_seconds(tmp_path: Path, authority: Authority) -> None:
    """Streams end, terminals say farewell."""
    with served(tmp_path, authority) as (room, box):
        seat = room.enrolled("pc-01")
        with closing(seat.stream("/seat/stream")) as stream:
            state_of(stream)
            assert room.end() < 10
            assert state_of(stream) == {}

        assert room.process.returncode == 0
        assert room.told[-1] == "STOPPING=1"
        assert "WATCHDOG=1" in room.told
        wait_until(lambda: said(box, "pc-01", "presence", "state")[-1] == "offline")


def said(box: SpokenBox, terminal: str, topic: str, word: str) -> list[str]:
    """What a terminal has said, in order."""
    place = f"cb/v1/north-school/lab-2/seat/{terminal}/{topic}"
    return [one["data"][word] for where, one in list(box.heard) if where == place]
