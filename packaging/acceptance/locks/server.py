"""The screens' server with nothing but its locks, at the other end of a cable.

It is told ``cover SECONDS`` and ``release`` on standard input.
"""

import sys
import threading
from pathlib import Path

import uvicorn

from appliance.domain.seats import TerminalKey
from appliance.screens.app import build_app
from appliance.screens.http.limits import RateLimit
from appliance.screens.http.streams import OpenStreams
from appliance.screens.http.visitors import Role, Visitor, Visitors
from appliance.screens.locks.veyon import VeyonLock

TERMINAL = TerminalKey("pc-01")
COOKIE = "seat=pc-01"


class OneSession:
    """Knows one computer."""

    def find(self, secret: str) -> Visitor | None:
        """See ``FindsVisitors.find``."""
        if secret != TERMINAL:
            return None
        return Visitor(role=Role.SEAT, name=TERMINAL, token=secret, session="agent")


def main() -> None:
    """Serve on an address with a certificate: arguments one to three, and a port."""
    host, port, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    lock = VeyonLock(agents=[TERMINAL], hosts={}, messages=None)
    app = build_app(
        lock.routes(),
        visitors=Visitors(
            sessions=OneSession(),
            seat_cookie="seat",
            person_cookie="person",
            posts=RateLimit(100, 1.0),
        ),
        streams=OpenStreams(),
        hosts={f"{host}:{port}"},
        secure=True,
    )
    threading.Thread(target=_obey, args=(lock,), daemon=True).start()
    uvicorn.run(
        app,
        host=host,
        port=port,
        ssl_certfile=folder / "server.crt",
        ssl_keyfile=folder / "server.key",
        log_level="warning",
    )


def _obey(lock: VeyonLock) -> None:
    for line in sys.stdin:
        word, _, seconds = line.strip().partition(" ")
        if word == "cover":
            lock.cover(TERMINAL, "", float(seconds))
        elif word == "release":
            lock.release(TERMINAL)
        elif word == "agents":
            sys.stdout.write(f"{len(lock.agents)}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
