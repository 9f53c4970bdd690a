"""What a browser does with the page of a seat, without one."""

import http.client
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from appliance.mqtt.private_broker import LOOPBACK
from appliance.screens.http.visitors import PROOF_HEADER, csrf_token
from tests.support.seat_server import COOKIE, FIRST
from tests.support.waiting import wait_until


@dataclass
class SeatTab:
    """One tab that follows the stream; paints at once unless told not to; a context manager."""

    port: int
    terminal: str = FIRST
    paints: bool = True
    states: list[dict[str, Any]] = field(default_factory=list)
    painted: list[str] = field(default_factory=list)
    """Ids, each once, in order."""

    def __enter__(self) -> Self:
        """Open, and wait for the first state."""
        self._connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=30)
        self._connection.request("GET", "/seat/stream", headers=self._headers())
        self._stream = self._connection.getresponse()
        assert self._stream.status == 200, self._stream.status
        self._closed = False
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()
        wait_until(lambda: self.states)
        return self

    def __exit__(self, *_: object) -> None:
        """Close the tab."""
        self._closed = True
        if self._connection.sock is not None:
            self._connection.sock.shutdown(2)
        self._thread.join(10)
        self._stream.close()
        self._connection.close()

    @property
    def state(self) -> dict[str, Any]:
        """The last that came."""
        return self.states[-1]

    @property
    def prompts(self) -> list[str]:
        """Ids on the page."""
        return [each["id"] for each in self.state["prompts"]]

    def connected(self) -> Self:
        """Wait until the seat has a connection to the broker."""
        wait_until(lambda: self.state["connected"])
        return self

    def post(self, path: str, **fields: object) -> tuple[int, dict[str, Any]]:
        """Post JSON and return status and answer."""
        return post(self.port, path, fields, terminal=self.terminal)

    def answer(self, command: str, kind: str, **more: object) -> int:
        """Answer a command and return the status."""
        return self.post("/seat/answer", id=command, kind=kind, **more)[0]

    def _follow(self) -> None:
        event = ""
        try:
            for line in self._stream:
                text = line.decode().rstrip("\n")
                if text.startswith("event: "):
                    event = text.removeprefix("event: ")
                elif text.startswith("data: ") and event == "state":
                    self.states.append(json.loads(text.removeprefix("data: ")))
                    self._paint()
        except (OSError, http.client.HTTPException, ValueError, AttributeError):
            return  # closed, or the server has gone

    def _paint(self) -> None:
        hold = self.state["hold"]
        for each in (*self.state["prompts"], *([] if hold is None else [hold])):
            if self.paints and each["id"] not in self.painted:
                self.painted.append(each["id"])
                self.post("/seat/shown", id=each["id"])

    def _headers(self) -> dict[str, str]:
        return {"Cookie": f"{COOKIE}={self.terminal}"}


def post(
    port: int, path: str, fields: Mapping[str, object], *, terminal: str = FIRST
) -> tuple[int, dict[str, Any]]:
    """Post as the page of a terminal does."""
    headers = {
        "Cookie": f"{COOKIE}={terminal}",
        "Origin": f"http://{LOOPBACK}:{port}",
        "Content-Type": "application/json",
        PROOF_HEADER: csrf_token(terminal),
    }
    return _ask(port, "POST", path, headers, json.dumps(fields))


def get(
    port: int, path: str, *, terminal: str = FIRST, language: str = "en"
) -> tuple[int, dict[str, Any]]:
    """Get JSON, or its error."""
    headers = {"Cookie": f"{COOKIE}={terminal}", "Accept-Language": language}
    return _ask(port, "GET", path, headers, None)


def _ask(
    port: int, method: str, path: str, headers: dict[str, str], body: str | None
) -> tuple[int, dict[str, Any]]:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=30)
    try:
        connection.request(method, path, body=body, headers=headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read() or b"{}")
    finally:
        connection.close()
