"""Screens with nothing but the streams of agents, on a real port."""

import socket
import threading
from typing import Self

import uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from appliance.screens.app import build_app
from appliance.screens.http.limits import RateLimit
from appliance.screens.http.refusals import Refusal
from appliance.screens.http.streams import OpenStreams
from appliance.screens.http.visitors import Role, Visitor, Visitors, fields_of, for_anybody
from appliance.screens.locks.veyon import VeyonLock
from tests.support.waiting import wait_until

CODE = "GOODCODE22"


class LockingServer:
    """A context manager; a cookie is the name of its terminal, and there is one code."""

    def __init__(self, lock: VeyonLock) -> None:
        """Prepare it on a port of its own."""
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        app = build_app(
            [*lock.routes(), Route("/enrol", for_anybody(self._enrol), methods=["POST"])],
            visitors=Visitors(
                sessions=self,
                seat_cookie="seat",
                person_cookie="person",
                posts=RateLimit(100, 1.0),
            ),
            streams=OpenStreams(),
            hosts={f"127.0.0.1:{self.port}"},
            secure=False,
        )
        config = uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True
        )

    def __enter__(self) -> Self:
        """Serve."""
        self._thread.start()
        wait_until(lambda: self._server.started)
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._server.should_exit = True
        self._thread.join()

    def find(self, secret: str) -> Visitor | None:
        """See ``FindsVisitors.find``."""
        if not secret.startswith("pc-"):
            return None
        return Visitor(role=Role.SEAT, name=secret, token="t", session=secret)

    async def _enrol(self, request: Request) -> Response:
        if fields_of(request).get("code") != CODE:
            raise Refusal(403, "code")
        answer = JSONResponse({"go": "/seat"})
        answer.set_cookie("seat", "pc-01", httponly=True, samesite="strict")
        return answer
