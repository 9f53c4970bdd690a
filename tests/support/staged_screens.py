"""The real pages, texts, streams and guard on a real port; what they show is set by the test."""

import socket
import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self

import uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from appliance.mqtt.private_broker import LOOPBACK
from appliance.screens.app import build_app
from appliance.screens.http.assets import Assets
from appliance.screens.http.limits import RateLimit
from appliance.screens.http.pages import Pages
from appliance.screens.http.refusals import refused
from appliance.screens.http.streams import OpenStreams, StateFeed, event_stream
from appliance.screens.http.texts import Texts
from appliance.screens.http.visitors import (
    Endpoint,
    Handler,
    Role,
    Visitor,
    Visitors,
    csrf_token,
    fields_of,
    for_anybody,
    for_it,
    for_seat,
    for_teacher,
    hash_of,
    visitor_of,
)
from tests.support.waiting import wait_until

COOKIES = {Role.SEAT: "seat", Role.TEACHER: "person", Role.IT: "person"}
ACTS = {
    "/seat/shown": for_seat,
    "/seat/answer": for_seat,
    "/seat/here": for_seat,
    "/seat/consent": for_seat,
    "/seat/pause": for_seat,
    "/seat/calibrate": for_seat,
    "/teacher/request": for_teacher,
    "/teacher/verdict": for_teacher,
    "/box/aim": for_it,
    "/box/codes": for_it,
    "/box/revoke": for_it,
    "/box/test-alert": for_it,
}
DONE: tuple[int, Mapping[str, Any]] = 200, {"status": "done", "detail": ""}
QR = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 21 21">
<path fill="#fff" d="M0 0h21v21H0z"/>
<path d="M0 0h7v7H0zm14 0h7v7h-7zM0 14h7v7H0zm9-5h4v4H9zm5 5h3v3h-3z"/></svg>"""

PICTURE = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 360 120">
<path fill="#e0eeea" d="M0 0h360v120H0z"/><path fill="#0b5a52" d="M30 30h225v60H30z"/>
<path fill="none" stroke="#24211c" stroke-width="3"
 d="M30 30h300v60H30zm75 0v60m75-60v60m75-60v60"/>
</svg>"""


class StagedScreens:
    """A context manager; ``states`` and ``answers`` may be changed while pages are open."""

    def __init__(
        self, *, states_named: bool = True, texts: Path | None = None, port: int = 0
    ) -> None:
        """Prepare it.

        Args:
            states_named: The policy profile allows texts to name states.
            texts: Folder with more languages.
            port: Of screens that were there before; 0 for a free one.
        """
        self.states: dict[str, Mapping[str, Any]] = {"seat": {}, "teacher": {}, "box": {}}
        self.answers: dict[str, tuple[int, Mapping[str, Any]]] = {}
        self.content: Mapping[str, Any] | None = None
        """What a seat finds for any topic."""
        self.posts: list[tuple[str, Mapping[str, object]]] = []
        self.feeds = {name: StateFeed(self._reader(name)) for name in self.states}
        self._texts = Texts(own=texts, states_allowed=lambda: states_named, secure=False)
        self._pages = Pages(assets=(assets := Assets()), texts=self._texts)
        self._streams = OpenStreams()
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind((LOOPBACK, port))
        self.port = int(self._socket.getsockname()[1])
        self.origin = f"http://{LOOPBACK}:{self.port}"
        app = build_app(
            [
                *(Route(path, self._shell(name)) for path, name in _OPEN_PAGES.items()),
                Route("/sign-in", for_anybody(self._act), methods=["POST"]),
                Route("/sign-out", for_anybody(self._act), methods=["POST"]),
                Route("/enrol", for_anybody(self._act), methods=["POST"]),
                Route("/seat", for_seat(self._page("seat/page"))),
                Route("/seat/stream", for_seat(self._stream("seat"))),
                Route("/seat/content", for_seat(self._read)),
                Route("/seat/content/picture/{kind}/{topic}", for_seat(_picture)),
                Route("/teacher", for_teacher(self._page("teacher/page"))),
                Route("/box", for_it(self._page("box/page"))),
                Route("/box/sheet", for_it(self._page("box/sheet"))),
                Route("/box/qr/{code}.svg", for_it(_qr)),
                Route("/teacher/stream", for_teacher(self._stream("teacher"))),
                Route("/box/stream", for_it(self._stream("box"))),
                *(
                    Route(path, let_in(lambda request, _: self._act(request)), methods=["POST"])
                    for path, let_in in ACTS.items()
                ),
                *assets.routes(),
                *self._texts.routes(),
            ],
            visitors=Visitors(
                sessions=_Known(),
                seat_cookie=COOKIES[Role.SEAT],
                person_cookie=COOKIES[Role.TEACHER],
                posts=RateLimit(1000, 1.0),
                other_door=lambda request, visitor: self._pages.shell(
                    request, "people/elsewhere", visitor, status=403
                ),
            ),
            streams=self._streams,
            hosts=[self.origin.removeprefix("http://")],
            secure=False,
            no_page=lambda request: self._pages.shell(
                request, "people/elsewhere", visitor_of(request), status=404
            ),
        )
        config = uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)

    def show(self, name: str, state: Mapping[str, Any]) -> None:
        """Have pages show another state."""
        self.states[name] = state
        self.feeds[name].changed()

    def __enter__(self) -> Self:
        """Begin to serve."""
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="test.screens"
        )
        self._thread.start()
        wait_until(lambda: self._server.started)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self._server.should_exit = True
        self._thread.join(10)
        self._socket.close()

    def _reader(self, name: str) -> Callable[[], Mapping[str, Any]]:
        return lambda: self.states[name]

    def _shell(self, page: str) -> Endpoint:
        async def handler(request: Request) -> Response:
            return self._pages.shell(request, page)

        return handler

    def _page(self, page: str) -> Handler:
        async def handler(request: Request, visitor: Visitor) -> Response:
            return self._pages.shell(request, page, visitor)

        return handler

    def _stream(self, name: str) -> Handler:
        async def handler(_request: Request, _visitor: Visitor) -> Response:
            return event_stream(self.feeds[name])

        return handler

    async def _read(self, _request: Request, _visitor: Visitor) -> Response:
        return JSONResponse(self.content) if self.content else refused(HTTPStatus.NOT_FOUND)

    async def _act(self, request: Request) -> Response:
        path = request.url.path
        self.posts.append((path, dict(fields_of(request))))
        status, answer = self.answers.get(path, DONE)
        return JSONResponse(answer) if status < HTTPStatus.BAD_REQUEST else refused(status)


_OPEN_PAGES = {"/": "people/door", "/sign-in": "people/sign-in", "/enrol": "people/enrol"}


class _Known:
    """A cookie that is the name of a role is a session of that role."""

    def find(self, secret: str) -> Visitor | None:
        """See ``FindsVisitors.find``."""
        if secret not in tuple(Role):
            return None
        role = Role(secret)
        return Visitor(role=role, name=secret, token=csrf_token(secret), session=hash_of(secret))


async def _picture(_request: Request, _visitor: Visitor) -> Response:
    return Response(PICTURE, media_type="image/svg+xml")


async def _qr(_request: Request, _visitor: Visitor) -> Response:
    return Response(QR, media_type="image/svg+xml")
