"""Debian's Firefox without a window, driven over WebDriver BiDi (https://w3c.github.io/webdriver-bidi/).

One thread: what the browser tells is heard while an answer is awaited, or while ``turn`` waits.
"""

import base64
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from acceptance.screens.firefox.websocket import WebSocket
from appliance.errors import ApplianceError, MissingProgramError
from appliance.terminal.window.browser import FIREFOX_SETTINGS, FIREFOXES

Json = Mapping[str, Any]

START_S = 60.0
ANSWER_S = 60.0
PORT = ("--remote-debugging-port", "0")
"""Whichever is free; it says which."""

LISTENING = re.compile(r"WebDriver BiDi listening on ws://[^:]+:(\d+)")
EVENTS = ("log.entryAdded", "network.beforeRequestSent", "script.message")
USUAL, NARROW = (1280, 900), (320, 700)
"""Sizes of a page, CSS pixels."""

TAB, ENTER, ESCAPE, SPACE = "\ue004", "\ue007", "\ue00c", " "
"""Keys as WebDriver names them."""


class Firefox:
    """One browser with a profile of its own; a context manager."""

    def __init__(self, folder: Path, *, hear: Callable[[str, Json], None]) -> None:
        """Prepare it.

        Args:
            folder: Profile and log; made.
            hear: Told of each event, by name and what it says.
        """
        self._folder = folder
        self._hear = hear
        self._count = 0
        self._answers: dict[int, Json] = {}
        self.version = ""
        """As it says it itself."""

    def __enter__(self) -> Self:
        """Start it and begin a session that takes the room's own certificate.

        Raises:
            ApplianceError: There is none, or it does not start.
        """
        program = next(filter(None, map(shutil.which, FIREFOXES)), None)
        if program is None:
            msg = "there is no Firefox"
            raise MissingProgramError(msg, next_step="run: sudo apt install firefox-esr")
        profile = self._folder / "profile"
        profile.mkdir(parents=True)
        rows = (f'user_pref("{key}", {value});\n' for key, value in FIREFOX_SETTINGS.items())
        (profile / "user.js").write_text("".join(rows), encoding="ascii")
        log_file = self._folder / "firefox.log"
        own = {"HOME": str(self._folder), "MOZ_CRASHREPORTER_DISABLE": "1"}
        with log_file.open("wb") as log:
            self._process = subprocess.Popen(
                [program, "--headless", "--no-remote", "--profile", profile, *PORT],
                stdout=log,
                stderr=log,
                env={**os.environ, **own},
            )
        try:
            self._socket = WebSocket(self._port(log_file), "/session")
        except BaseException:
            self._process.kill()
            self._process.wait()
            raise
        asked = {"capabilities": {"alwaysMatch": {"acceptInsecureCerts": True}}}
        self.version = str(self.command("session.new", asked)["capabilities"]["browserVersion"])
        self.command("session.subscribe", {"events": EVENTS})
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it."""
        self._socket.close()
        self._process.terminate()
        try:
            self._process.wait(timeout=10.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def command(self, method: str, params: Json | None = None) -> Json:
        """Ask for something and wait for the answer.

        Raises:
            ApplianceError: The browser refuses, or says nothing.
        """
        self._count += 1
        number = self._count
        said = {"id": number, "method": method, "params": params or {}}
        self._socket.send(json.dumps(said))
        until_s = time.monotonic() + ANSWER_S
        while number not in self._answers:
            if time.monotonic() > until_s:
                msg = f"Firefox does not answer {method}"
                raise ApplianceError(msg)
            self._take(1.0)
        answer = self._answers.pop(number)
        if answer["type"] == "error":
            msg = f"{method}: {answer['error']}: {answer['message']}"
            raise ApplianceError(msg)
        found: Json = answer["result"]
        return found

    def turn(self, seconds: float) -> None:
        """Hear what happens."""
        until_s = time.monotonic() + seconds
        while (left_s := until_s - time.monotonic()) > 0:
            self._take(left_s)

    def _take(self, timeout_s: float) -> None:
        text = self._socket.receive(timeout_s)
        if text is None:
            return
        said = json.loads(text)
        if said["type"] == "event":
            self._hear(said["method"], said["params"])
        elif said.get("id") is not None:
            self._answers[said["id"]] = said

    def _port(self, log: Path) -> int:
        until_s = time.monotonic() + START_S
        while time.monotonic() < until_s and self._process.poll() is None:
            found = LISTENING.search(log.read_text(encoding="utf-8", errors="replace"))
            if found is not None:
                return int(found[1])
            time.sleep(0.1)
        msg = f"Firefox does not start: {log.read_text(encoding='utf-8', errors='replace')[-500:]}"
        raise ApplianceError(msg)


class Tab:
    """One tab of somebody who shares no cookie with anybody else."""

    def __init__(self, firefox: Firefox) -> None:
        """Open it, of a usual size."""
        self.firefox = firefox
        user = firefox.command("browser.createUserContext")["userContext"]
        made = firefox.command("browsingContext.create", {"type": "tab", "userContext": user})
        self.context = str(made["context"])
        """By which events name it."""
        self.resize(*USUAL)

    def resize(self, width: int, height: int) -> None:
        """Give the page another size, CSS pixels."""
        size = {"width": width, "height": height}
        self._on("browsingContext.setViewport", viewport=size)

    def go(self, url: str) -> None:
        """Go to an address and wait until it is there."""
        self._on("browsingContext.navigate", url=url, wait="complete")

    def ask(self, expression: str) -> object:
        """Return what an expression of JavaScript gives, as JSON can say it.

        Raises:
            ApplianceError: It throws.
        """
        answer = self.firefox.command(
            "script.evaluate",
            {
                "expression": f"JSON.stringify({expression})",
                "target": {"context": self.context},
                "awaitPromise": False,
            },
        )
        if answer["type"] == "exception":
            msg = f"{expression[:80]}: {answer['exceptionDetails']['text']}"
            raise ApplianceError(msg)
        found: object = json.loads(answer["result"].get("value", "null"))
        return found

    def until(self, expression: str, seconds: float = 15.0) -> bool:
        """Wait until an expression is true; False when it is not in time."""
        until_s = time.monotonic() + seconds
        while time.monotonic() < until_s:
            with suppress(ApplianceError):  # between two pages there is nobody to ask
                if self.ask(f"Boolean({expression})"):
                    return True
            self.firefox.turn(0.1)
        return False

    def has(self, selector: str) -> bool:
        """Tell whether the page has something that can be seen."""
        return bool(self.ask(f"Boolean({_first(selector)}?.checkVisibility())"))

    def click(self, selector: str) -> None:
        """Click in the middle of the first of these, wherever it is on the page."""
        self.ask(f"{_first(selector)}.scrollIntoView({{block: 'center', behavior: 'instant'}})")
        found = self._on(
            "browsingContext.locateNodes",
            locator={"type": "css", "value": selector},
            maxNodeCount=1,
        )
        node = {"sharedId": found["nodes"][0]["sharedId"]}
        where = {"type": "pointerMove", "x": 0, "y": 0}
        where["origin"] = {"type": "element", "element": node}
        press = [{"type": f"pointer{way}", "button": 0} for way in ("Down", "Up")]
        self._act({"type": "pointer", "id": "mouse", "actions": [where, *press]})

    def keys(self, keys: Sequence[str]) -> None:
        """Press keys, one after another."""
        strokes = [{"type": f"key{way}", "value": key} for key in keys for way in ("Down", "Up")]
        self._act({"type": "key", "id": "keyboard", "actions": strokes})

    def press(self, selector: str) -> bool:
        """Walk to one of these and press Enter; False when the keyboard does not come there."""
        reached = self.reach(selector)
        if reached:
            self.keys(ENTER)
        return reached

    def reach(self, selector: str, *, most: int = 40) -> bool:
        """Walk with Tab until one of these has the keyboard; False when none gets it."""
        for _ in range(most):
            if self.ask(f"document.activeElement.matches({json.dumps(selector)})"):
                return True
            self.keys(TAB)
        return False

    def picture(self, path: Path) -> None:
        """Keep the whole page as it looks now."""
        data = self._on("browsingContext.captureScreenshot", origin="document")["data"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(data))

    def _act(self, source: Json) -> None:
        self._on("input.performActions", actions=[source])

    def _on(self, method: str, **params: object) -> Json:
        return self.firefox.command(method, {"context": self.context, **params})


def _first(selector: str) -> str:
    return f"document.querySelector({json.dumps(selector)})"
