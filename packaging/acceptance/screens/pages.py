"""A student's page without a browser: follows the stream, paints at once, answers."""

import http.client
import json
import re
import threading
import time
from collections.abc import Callable, Mapping

from acceptance.screens.lab import Lab

TOKEN = re.compile(r'<meta name="classbox-token" content="([^"]+)"')
RETRY_S = 0.2


class StreamPage:
    """One enrolled page; its threads end with ``close``."""

    def __init__(
        self,
        lab: Lab,
        terminal: str,
        *,
        cookie: str,
        on_state: Callable[[str, Mapping[str, object], float], None],
        on_open: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Take over an enrolment; ``open`` begins to follow.

        Args:
            lab: Whose server.
            terminal: For ``on_state``.
            cookie: What enrolment has given.
            on_state: Terminal, state, and the monotonic time of its arrival.
            on_open: Terminal, whenever its stream begins.
        """
        self._lab = lab
        self.terminal = terminal
        self._cookie = cookie
        self._token = ""
        self._on_state = on_state
        self._on_open = on_open
        self.connected = False
        """The last state said that the server has its connection to the broker."""
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        """Follow the stream until ``close``, through every end of it."""
        self._over.clear()
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Leave the page."""
        self._over.set()

    def post(self, path: str, **said: object) -> tuple[int, Mapping[str, object]]:
        """Say something; tries until the server takes it or the page is closed."""
        while not self._over.is_set():
            try:
                return self._post_once(path, said)
            except OSError:
                time.sleep(RETRY_S)
            except http.client.HTTPException:
                time.sleep(RETRY_S)
        return 0, {}

    def _post_once(self, path: str, said: Mapping[str, object]) -> tuple[int, Mapping[str, object]]:
        if not self._token:
            self._token = self._read_token()
        connection = self._lab.connect()
        try:
            connection.request(
                "POST",
                path,
                body=json.dumps(said),
                headers={**self._headers(), "X-Classbox-Token": self._token},
            )
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        return answer.status, json.loads(text or b"{}")

    def _read_token(self) -> str:
        connection = self._lab.connect()
        try:
            connection.request("GET", "/seat", headers=self._headers())
            found = TOKEN.search(connection.getresponse().read().decode())
        finally:
            connection.close()
        if found is None:
            msg = f"{self.terminal}: the page has no token"
            raise http.client.HTTPException(msg)
        return found[1]

    def _headers(self) -> dict[str, str]:
        return {
            "Host": self._lab.host,
            "Origin": self._lab.origin,
            "Content-Type": "application/json",
            "Cookie": self._cookie,
        }

    def _follow(self) -> None:
        while not self._over.is_set():
            try:
                self._follow_once()
            except (OSError, http.client.HTTPException):
                time.sleep(RETRY_S)

    def _follow_once(self) -> None:
        connection = self._lab.connect(timeout_s=12.0)
        try:
            connection.request("GET", "/seat/stream", headers=self._headers())
            answer = connection.getresponse()
            self._on_open(self.terminal)
            event = ""
            while not self._over.is_set():
                line = answer.readline().decode()
                if not line:
                    return
                if line.startswith("event:"):
                    event = line.removeprefix("event:").strip()
                elif line.startswith("data:") and event == "state":
                    state = json.loads(line.removeprefix("data:"))
                    self.connected = bool(state.get("connected"))
                    self._on_state(self.terminal, state, time.monotonic())
        finally:
            connection.close()


def enrol(lab: Lab, code: str) -> str:
    """Use a one-time code and return the cookie."""
    connection = lab.connect()
    headers = {"Host": lab.host, "Origin": lab.origin, "Content-Type": "application/json"}
    connection.request("GET", "/enrol", headers=headers)
    page = connection.getresponse()
    found = TOKEN.search(page.read().decode())
    cookies = _cookies(page)
    headers["X-Classbox-Token"] = "" if found is None else found[1]
    headers["Cookie"] = cookies
    connection.request("POST", "/enrol", body=json.dumps({"code": code}), headers=headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    if answer.status != http.client.OK:
        msg = f"enrolment failed: {answer.status} {text}"
        raise http.client.HTTPException(msg)
    return _cookies(answer) or cookies


def _cookies(answer: http.client.HTTPResponse) -> str:
    given = answer.headers.get_all("Set-Cookie") or []
    return "; ".join(each.partition(";")[0] for each in given)
