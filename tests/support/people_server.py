"""A real server of some routes with real accounts, and a browser's part of the talk by hand."""

import http.client
import json
import socket
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Self

import uvicorn
from starlette.routing import BaseRoute

from appliance.screens.app import build_app
from appliance.screens.http.assets import Assets
from appliance.screens.http.limits import RateLimit
from appliance.screens.http.pages import Pages
from appliance.screens.http.streams import OpenStreams
from appliance.screens.http.texts import Texts
from appliance.screens.http.visitors import PROOF_HEADER, Role, Visitors, csrf_token
from appliance.screens.people.accounts import Accounts
from appliance.screens.people.sessions import Sessions
from tests.support.waiting import wait_until

HOST = "127.0.0.1"
PERSON_COOKIE, SEAT_COOKIE = "classbox-person", "classbox-seat"
PASSWORD = "correct horse battery"


class PeopleServer:
    """Serves routes on a free port of loopback; a context manager."""

    def __init__(self, folder: Path, *, terminals: Iterable[str] = ()) -> None:
        """Make accounts ``ada`` (teacher) and ``ivo`` (IT), and shells for all pages.

        Args:
            folder: For state and shells.
            terminals: Whose identity the server holds.
        """
        known = set(terminals)
        self.accounts = Accounts(folder / "state")
        self.sessions = Sessions(
            folder / "state", accounts=self.accounts, is_terminal=lambda name: name in known
        )
        self._cookies = {
            Role.TEACHER: self.sessions.begin_person(
                self.accounts.add("ada", Role.TEACHER, PASSWORD)
            ),
            Role.IT: self.sessions.begin_person(self.accounts.add("ivo", Role.IT, PASSWORD)),
        }
        for name in ("teacher/page", "box/page", "box/sheet"):
            shell = folder / "static" / f"{name}.html"
            shell.parent.mkdir(parents=True, exist_ok=True)
            shell.write_text(f'<p>{name}</p><meta name="classbox-token" content="{{{{token}}}}">')
        (folder / "texts").mkdir()
        (folder / "texts" / "en.ftl").write_text("# name: English\n")
        self.pages = Pages(
            assets=Assets(folder / "static"),
            texts=Texts(built_in=folder / "texts"),
            folder=folder / "static",
        )
        self._socket = socket.socket()
        self._socket.bind((HOST, 0))
        self.port: int = self._socket.getsockname()[1]

    def serve(self, routes: Iterable[BaseRoute]) -> Self:
        """Set what is served; before it is entered."""
        app = build_app(
            routes,
            visitors=Visitors(
                sessions=self.sessions,
                seat_cookie=SEAT_COOKIE,
                person_cookie=PERSON_COOKIE,
                posts=RateLimit(1000, 1.0),
            ),
            streams=OpenStreams(),
            hosts=[f"{HOST}:{self.port}"],
            secure=False,
        )
        config = uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        return self

    def __enter__(self) -> Self:
        """Begin to serve."""
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="test.server"
        )
        self._thread.start()
        wait_until(lambda: self._server.started)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self._server.should_exit = True
        self._thread.join(10)
        self._socket.close()

    def get(self, path: str, *, role: Role | None) -> tuple[int, bytes]:
        """Return status and body."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=20)
        connection.request("GET", path, headers=self._headers(role))
        response = connection.getresponse()
        found = response.status, response.read()
        connection.close()
        return found

    def post(
        self,
        path: str,
        fields: Mapping[str, object],
        *,
        role: Role | None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, dict[str, Any]]:
        """Post as the page of a role does; return status and JSON."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=20)
        sent = {
            **self._headers(role),
            "Content-Type": "application/json",
            "Origin": f"http://{HOST}:{self.port}",
            PROOF_HEADER: "" if role is None else csrf_token(self._cookies[role]),
            **(headers or {}),
        }
        connection.request("POST", path, body=json.dumps(fields), headers=sent)
        response = connection.getresponse()
        found = response.status, json.loads(response.read())
        connection.close()
        return found

    def first_state(self, path: str, *, role: Role) -> dict[str, Any]:
        """Return the state that a stream begins with."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=20)
        connection.request("GET", path, headers=self._headers(role))
        response = connection.getresponse()
        assert response.readline() == b"event: state\n"
        state: dict[str, Any] = json.loads(response.readline().removeprefix(b"data: "))
        connection.close()
        return state

    def _headers(self, role: Role | None) -> dict[str, str]:
        return {} if role is None else {"Cookie": f"{PERSON_COOKIE}={self._cookies[role]}"}
