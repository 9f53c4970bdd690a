"""A student's page in Debian's Chromium."""

import json
import time
from collections import Counter
from types import TracebackType
from typing import Self

from playwright.sync_api import Playwright, Request, sync_playwright

from acceptance.screens.lab import Lab

CHROMIUM = "/usr/bin/chromium"


class BrowserPage:
    """One enrolled and logged-in page; a context manager, and for one thread only."""

    _playwright: Playwright | None = None
    _open = 0

    def __init__(self, lab: Lab, code: str, *, locale: str = "en-GB") -> None:
        """Take a one-time code; entering opens a browser that speaks a language."""
        self._lab = lab
        self._code = code
        self._locale = locale
        self.paints: Counter[str] = Counter()
        """How often the page said so, by command."""
        self.painted: dict[str, float] = {}
        """Wall time at which each command was on the screen, by the browser's clock."""

    def __enter__(self) -> Self:
        """Open, enrol, log in."""
        if BrowserPage._playwright is None:
            BrowserPage._playwright = sync_playwright().start()
        BrowserPage._open += 1
        self._browser = BrowserPage._playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"]
        )
        context = self._browser.new_context(ignore_https_errors=True, locale=self._locale)
        self.page = context.new_page()
        self.page.on("request", self._note)
        self.page.goto(f"{self._lab.origin}/enrol#{self._code}")
        self.page.get_by_role("button").last.click()
        self.page.wait_for_url("**/seat")
        self.page.locator("main button.primary").first.click()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the browser."""
        self._browser.close()
        BrowserPage._open -= 1
        if BrowserPage._open == 0 and BrowserPage._playwright is not None:
            BrowserPage._playwright.stop()
            BrowserPage._playwright = None

    def turn(self, seconds: float) -> None:
        """Let events arrive."""
        self.page.wait_for_timeout(1000 * seconds)

    def _note(self, request: Request) -> None:
        # The page says so right after its paint; the browser's clock is this machine's.
        if request.url.endswith("/seat/shown"):
            began_s = request.timing["startTime"] / 1000
            said = json.loads(request.post_data or "{}")
            self.paints[said["id"]] += 1
            self.painted.setdefault(said["id"], began_s if began_s > 0 else time.time())
