"""The seats' part of the screens on a real port, in this process or in one that can be killed.

``python -m tests.support.seat_server BROKER_PORT OWN_PORT STATE`` is the second.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Self

import uvicorn
from starlette.applications import Starlette

from appliance.mqtt.contract.schemas import Contracts
from appliance.mqtt.private_broker import LOOPBACK
from appliance.screens.app import build_app
from appliance.screens.connection import PersonIdentity
from appliance.screens.http.assets import STATIC, Assets
from appliance.screens.http.limits import RateLimit
from appliance.screens.http.pages import Pages
from appliance.screens.http.streams import OpenStreams
from appliance.screens.http.texts import Texts
from appliance.screens.http.visitors import Role, Visitor, Visitors, csrf_token, hash_of
from appliance.screens.locks.lock import Lock, OwnCover
from appliance.screens.seats.content import Content
from appliance.screens.seats.routes import SeatRoutes
from appliance.screens.seats.seats import Seats
from appliance.settings.screens import LockKind
from appliance.terminal.clock import WakefulClock
from tests.support.messages import ROOM, SITE, address_of
from tests.support.waiting import wait_until

FIRST, SECOND = "terminal-07", "terminal-08"
COOKIE = "seat"


class EnrolledSeats:
    """Every terminal's cookie is its name and nothing else opens a session."""

    def __init__(self, terminals: tuple[str, ...]) -> None:
        """Enrol."""
        self._terminals = terminals

    def find(self, secret: str) -> Visitor | None:
        """See ``FindsVisitors.find``."""
        if secret not in self._terminals:
            return None
        return Visitor(
            role=Role.SEAT, name=secret, token=csrf_token(secret), session=hash_of(secret)
        )


class _EndingServer(uvicorn.Server):
    """Ends the streams before it waits for them."""

    def __init__(self, config: uvicorn.Config, streams: OpenStreams) -> None:
        super().__init__(config)
        self._streams = streams

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._streams.end_all()
        await super().shutdown(sockets)


class SeatServer:
    """A running server with two seats; a context manager."""

    def __init__(
        self,
        broker_port: int,
        state: Path,
        *,
        port: int = 0,
        terminals: tuple[str, ...] = (FIRST, SECOND),
        gone_s: float = 10.0,
        left_s: float = 300.0,
        school: Path | None = None,
        link: str | None = None,
        lock: Lock | None = None,
        enrolled: bool = True,
    ) -> None:
        """Put the parts together."""
        self.acts: list[tuple[str, str, str]] = []
        self._broker_port = broker_port
        self._terminals = terminals
        own = [] if school is None else [school]
        content = Content([*own, STATIC / "content"], link=link)
        self.seats = Seats(
            [self._identity(terminal) for terminal in terminals],
            state=state,
            contracts=Contracts.load(),
            lock=lock or OwnCover(LockKind.PAGE),
            clock=WakefulClock(),
            clock_state=lambda: "unknown",
            enrolled=lambda _: enrolled,
            gone_s=gone_s,
            left_s=left_s,
            own_topic=content.own_topic,
        )
        self._streams = OpenStreams()
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind((LOOPBACK, port))
        self.port = int(self._socket.getsockname()[1])
        config = uvicorn.Config(self._app(content), log_level="warning", lifespan="off")
        self._server = _EndingServer(config, self._streams)
        self._thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self) -> Self:
        """Listen."""
        self._thread.start()
        wait_until(lambda: self._server.started)
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._server.should_exit = True
        self._thread.join(10)

    def run(self) -> None:
        """Serve until the end."""
        self.seats.start()
        try:
            self._server.run(sockets=[self._socket])
        finally:
            self.seats.stop()

    def _identity(self, terminal: str) -> PersonIdentity:
        address = address_of(self._broker_port)
        return PersonIdentity(site=SITE, room=ROOM, client=terminal, address=address)

    def _app(self, content: Content) -> Starlette:
        texts = Texts(secure=False)
        routes = SeatRoutes(
            seats=self.seats,
            content=content,
            pages=Pages(assets=Assets(), texts=texts),
            texts=texts,
            note=self._note,
        )
        visitors = Visitors(
            sessions=EnrolledSeats(self._terminals),
            seat_cookie=COOKIE,
            person_cookie="person",
            posts=RateLimit(10_000, 60.0),
        )
        hosts = [f"{LOOPBACK}:{self.port}"]
        return build_app(
            routes.routes(), visitors=visitors, streams=self._streams, hosts=hosts, secure=False
        )

    def _note(self, *, who: str, what: str, about: str = "", outcome: str = "done") -> None:
        del about
        self.acts.append((who, what, outcome))


class KilledServer:
    """The same as a process, that is killed and comes back on the same port."""

    def __init__(self, broker_port: int, port: int, state: Path) -> None:
        """Prepare it."""
        self._arguments = [str(broker_port), str(port), str(state)]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Run."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.seat_server", *self._arguments],
            cwd=Path(__file__).parents[2],
            env={**os.environ, "PYTHONPATH": "."},
        )

    def kill(self) -> None:
        """End it as a power cut does."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(10)


def main(arguments: list[str]) -> None:
    """Serve in the foreground."""
    broker_port, port, state = arguments
    SeatServer(int(broker_port), Path(state), port=int(port)).run()


if __name__ == "__main__":
    main(sys.argv[1:])
