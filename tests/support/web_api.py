"""Veyon's WebAPI on a real port, as its sources have it."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

KEY = "-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n"
KEY_NAME = "classbox"


class FakeWebApi:
    """A context manager: which messages were shown where, and what goes wrong."""

    def __init__(self) -> None:
        """Prepare it."""
        self.shown: list[tuple[str, str]] = []
        self.authenticated: list[str] = []
        self.connections: dict[str, str] = {}
        self.slow_s = 0.0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        """Serve."""
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._server.shutdown()
        self._server.server_close()

    def forget(self) -> None:
        """Know no connection any more, as after a minute or a restart."""
        self.connections.clear()

    def answer(
        self, method: str, path: str, uid: str, body: dict[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        """Answer as WebApiController.cpp does."""
        time.sleep(self.slow_s)
        if method == "POST" and path.startswith("/api/v1/authentication/"):
            computer = path.rpartition("/")[2]
            credentials = body["credentials"]
            if body["method"] != "0c69b301-81b4-42d6-8fae-128cdd113314":
                return 400, {"error": {"code": 5}}
            if credentials != {"keyname": KEY_NAME, "keydata": KEY}:
                return 401, {"error": {"code": 6}}
            uid = f"uid-{len(self.authenticated)}"
            self.authenticated.append(computer)
            self.connections[uid] = computer
            return 200, {"connection-uid": uid, "validUntil": 1}
        if method == "PUT" and path == "/api/v1/feature/e75ae9c8-ac17-4d00-8f0d-019348346208":
            if uid not in self.connections:
                return 401, {"error": {"code": 2, "message": "Invalid connection"}}
            if body["active"] is True:
                self.shown.append((self.connections[uid], body["arguments"]["text"]))
            return 200, {}
        return 404, {}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self._answer()

            def do_PUT(self) -> None:
                self._answer()

            def log_message(self, *_: object) -> None:
                """Write nothing."""

            def _answer(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                uid = self.headers.get("Connection-Uid", "")
                status, told = api.answer(self.command, self.path, uid, body)
                content = json.dumps(told).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        return Handler
