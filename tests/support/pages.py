"""A real server of pages on a free port of 127.0.0.1, and what a browser would send to it."""

import http.client
import json
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from appliance.screens.app import build_app
from appliance.screens.http.assets import Assets
from appliance.screens.http.connections import ServedCertificate, listen
from appliance.screens.http.cookies import SessionCookie
from appliance.screens.http.limits import RateLimit
from appliance.screens.http.pages import Pages
from appliance.screens.http.server import PageServer
from appliance.screens.http.streams import OpenStreams, StateFeed, event_stream
from appliance.screens.http.texts import Texts
from appliance.screens.http.visitors import (
    Role,
    Visitor,
    Visitors,
    csrf_token,
    fields_of,
    for_it,
    for_seat,
    for_teacher,
)
from appliance.screens.people.accounts import Accounts
from appliance.screens.people.audit import AuditLog
from appliance.screens.people.doors import Doors
from appliance.screens.people.enrolment import EnrolmentCodes
from appliance.screens.people.sessions import Sessions
from appliance.screens.people.workshop import HashWorkshop
from tests.support.clocks import ManualClock

TERMINALS = ("pc-01", "pc-02")
PASSWORD = "four words for tests"
SHELL = """<!doctype html>
<html lang="{{lang}}" dir="{{dir}}"><head><meta name="classbox-token" content="{{token}}">
<title>{{title}}</title><meta name="who" content="{{name}} {{role}}">
<link rel="stylesheet" href="/static/people/people.css">
{{preloads}}<script type="module" src="/static/people/people.js"></script></head></html>
"""
TEXTS = "# name: English\npeople-door-title = Where <to> go\nhello = Hello { $name }\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cookies: list[str]

    @property
    def json(self) -> dict[str, object]:
        """The body as JSON."""
        found: dict[str, object] = json.loads(self.body)
        return found


@dataclass(slots=True, kw_only=True)
class Caller:
    """Something like a browser: keeps cookies and sends what a page of the server would."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    context: ssl.SSLContext | None = None
    address: str = ""
    """From where it comes: one of 127.0.0.0/8; empty for any."""

    @property
    def origin(self) -> str:
        """Of the server's own pages."""
        return f"{'http' if self.context is None else 'https'}://127.0.0.1:{self.port}"

    def connect(self) -> http.client.HTTPConnection:
        """Open a connection."""
        if self.context is None:
            own = (self.address, 0) if self.address else None
            return http.client.HTTPConnection(
                "127.0.0.1", self.port, timeout=10, source_address=own
            )
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=10, context=self.context)

    def get(self, path: str, **headers: str) -> Answered:
        """Ask for something."""
        return self.send("GET", path, None, self._named(headers))

    def post(self, path: str, body: object = None, **headers: str) -> Answered:
        """Send fields as a page does; ``headers`` with _ for - replace or, empty, leave out."""
        usual = {
            "Content-Type": "application/json",
            "Origin": self.origin,
            "Sec-Fetch-Site": "same-origin",
            "X-Classbox-Token": self.token(),
        }
        text = body if isinstance(body, str) else json.dumps({} if body is None else body)
        sent = {key: value for key, value in (usual | self._named(headers)).items() if value}
        return self.send("POST", path, text, sent)

    def send(
        self, method: str, path: str, body: str | None, headers: Mapping[str, str]
    ) -> Answered:
        """Send exactly that, with the cookies."""
        connection = self.connect()
        try:
            connection.request(method, path, body, self.cookie_header() | dict(headers))
            answer = connection.getresponse()
            found = Answered(
                status=answer.status,
                headers={key.lower(): value for key, value in answer.getheaders()},
                body=answer.read(),
                cookies=answer.msg.get_all("set-cookie") or [],
            )
        finally:
            connection.close()
        for cookie in found.cookies:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value.strip('"')
        return found

    def stream(self, path: str) -> http.client.HTTPResponse:
        """Begin to follow a stream; ``readline`` reads it."""
        connection = self.connect()
        # The answer then owns the socket, and closes it.
        connection.request("GET", path, headers=self.cookie_header() | {"Connection": "close"})
        return connection.getresponse()

    def token(self) -> str:
        """What a page finds in its head: here made from the cookie of the last kind."""
        secrets = [value for value in self.cookies.values() if len(value) > 40]
        return csrf_token(secrets[-1]) if secrets else ""

    def cookie_header(self) -> dict[str, str]:
        """The header ``Cookie``; empty without any."""
        pairs = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Cookie": pairs} if pairs else {}

    @staticmethod
    def _named(headers: Mapping[str, str]) -> dict[str, str]:
        return {name.replace("_", "-").title(): value for name, value in headers.items()}


@dataclass(slots=True, kw_only=True)
class OwnPages:
    """The server and its parts, with one small page for each role."""

    port: int
    accounts: Accounts
    sessions: Sessions
    codes: EnrolmentCodes
    audit: AuditLog
    clock: ManualClock
    streams: OpenStreams
    feed: StateFeed
    server: PageServer
    state: dict[str, object]
    told: list[str]
    context: ssl.SSLContext | None = None

    def caller(self, address: str = "") -> Caller:
        """A browser that nobody knows."""
        return Caller(port=self.port, context=self.context, address=address)

    def seat(self, terminal: str = "pc-01") -> Caller:
        """A browser that is enrolled."""
        return self._with("seat", self.sessions.begin_seat(terminal))

    def person(self, role: Role = Role.TEACHER, name: str = "anna") -> Caller:
        """A browser in which somebody is signed in."""
        account = self.accounts.of(name) or self.accounts.add(name, role, PASSWORD)
        return self._with("person", self.sessions.begin_person(account))

    def _with(self, kind: str, secret: str) -> Caller:
        caller = self.caller()
        prefix = "" if self.context is None else "__Host-"
        caller.cookies[f"{prefix}classbox-{kind}"] = secret
        return caller


def write_pages(folder: Path) -> Path:
    """Write shells, a module that imports another, a sheet and texts."""
    people = folder / "people"
    people.mkdir(parents=True)
    for name in ("door", "sign-in", "enrol", "elsewhere"):
        (people / f"{name}.html").write_text(SHELL)
    (people / "people.js").write_text('import { a } from "/static/house/a.js";\na();\n')
    (people / "people.css").write_text("body { color: black; }\n" * 20)
    (folder / "house").mkdir()
    (folder / "house" / "a.js").write_text('export { a } from "./b.js";\n')
    (folder / "house" / "b.js").write_text("export const a = () => {};\n")
    (folder / "house" / "README.md").write_text("not served")
    (folder / "texts").mkdir()
    (folder / "texts" / "en.ftl").write_text(TEXTS)
    (folder / "texts" / "en.room.ftl").write_text("room = Room\n")
    (folder / "texts" / "states.en.ftl").write_text("state-secret = Secret\n")
    (folder / "texts" / "de.ftl").write_text("# name: Deutsch\nhello = Hallo\n")
    return folder


@contextmanager
def own_pages(
    folder: Path,
    *,
    certificate: ServedCertificate | None = None,
    context: ssl.SSLContext | None = None,
    states_allowed: Callable[[], bool] = lambda: True,
) -> Iterator[OwnPages]:
    """Serve pages from a folder until the block ends."""
    clock = ManualClock()
    static = write_pages(folder / "static")
    texts = Texts(
        built_in=static / "texts", states_allowed=states_allowed, secure=certificate is not None
    )
    assets = Assets(static)
    accounts = Accounts(folder / "state", wall_s=clock.wall_s)
    listener = listen("127.0.0.1", 0)
    port = int(listener.getsockname()[1])
    scheme = "http" if certificate is None else "https"
    sessions = Sessions(
        folder / "state",
        accounts=accounts,
        is_terminal=TERMINALS.__contains__,
        wall_s=clock.wall_s,
    )
    codes = EnrolmentCodes(
        folder / "state",
        is_terminal=TERMINALS.__contains__,
        origin=f"{scheme}://127.0.0.1:{port}",
        wall_s=clock.wall_s,
    )
    audit = AuditLog(folder / "state", wall_s=clock.wall_s)
    seat_cookie = SessionCookie("seat", certificate is not None, 1000)
    person_cookie = SessionCookie("person", certificate is not None, None)
    workshop = HashWorkshop()
    doors = Doors(
        accounts=accounts,
        sessions=sessions,
        codes=codes,
        audit=audit,
        pages=Pages(assets=assets, texts=texts, folder=static),
        seat_cookie=seat_cookie,
        person_cookie=person_cookie,
        workshop=workshop,
        monotonic=clock.monotonic_s,
    )
    state: dict[str, object] = {"count": 0}
    told: list[str] = []
    feed = StateFeed(lambda: state)

    async def stream(_request: Request, _visitor: Visitor) -> Response:
        return event_stream(
            feed, on_open=lambda: told.append("open"), on_close=lambda: told.append("close")
        )

    async def echo(request: Request, visitor: Visitor) -> Response:
        return JSONResponse({"name": visitor.name, "fields": dict(fields_of(request))})

    async def page(_request: Request, visitor: Visitor) -> Response:
        return JSONResponse({"name": visitor.name})

    async def broken(_request: Request) -> Response:
        msg = "what somebody has typed"
        raise RuntimeError(msg)

    streams = OpenStreams()
    app = build_app(
        [
            *doors.routes(),
            *texts.routes(),
            *assets.routes(),
            Route("/seat", for_seat(page)),
            Route("/seat/stream", for_seat(stream)),
            Route("/seat/echo", for_seat(echo), methods=["POST"]),
            Route("/teacher", for_teacher(page)),
            Route("/teacher/echo", for_teacher(echo), methods=["POST"]),
            Route("/box", for_it(page)),
            Route("/broken", broken),
        ],
        visitors=Visitors(
            sessions=sessions,
            seat_cookie=seat_cookie.name,
            person_cookie=person_cookie.name,
            posts=RateLimit(20, 1.0, monotonic=clock.monotonic_s),
            other_door=doors.elsewhere,
        ),
        streams=streams,
        hosts=[f"127.0.0.1:{port}"],
        secure=certificate is not None,
        no_page=doors.lost,
    )
    server = PageServer(app, listener=listener, certificate=certificate, streams=streams)
    server.start()
    try:
        yield OwnPages(
            port=port,
            accounts=accounts,
            sessions=sessions,
            codes=codes,
            audit=audit,
            clock=clock,
            streams=streams,
            feed=feed,
            server=server,
            state=state,
            told=told,
            context=context,
        )
    finally:
        server.stop()
        workshop.close()
