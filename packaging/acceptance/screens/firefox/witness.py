"""What is noticed while the pages are used, and what is made of it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from acceptance.screens.firefox.bidi import Json
from appliance.errors import ApplianceError

ERRORS, WARNINGS = "console errors", "console warnings"
VIOLATIONS, ELSEWHERE = "violations of the content policy", "requests to another origin"
LEVELS = {"error": ERRORS, "warn": WARNINGS}
CHANNEL = "policy"

LISTENER = """(tell) => addEventListener("securitypolicyviolation", (event) =>
  tell(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}`))"""
"""Runs in each page before anything of it; the policy of the page does not hold for it."""


class Witness:
    """Hears the browser."""

    def __init__(self, origin: str) -> None:
        """Begin.

        Args:
            origin: Of every page; requests to any other are noted.
        """
        self._origin = origin
        self._noted: list[tuple[str, str, str]] = []
        self.posts: Counter[str] = Counter()
        """How often each path of ours was posted to."""
        self.held: list[tuple[str, str]] = []
        """Requests that wait for an answer of ours, and their addresses."""
        self.apart: set[str] = set()
        """Tabs in which something wrong is done on purpose."""

    def hear(self, event: str, said: Json) -> None:
        """Take in an event."""
        if event == "log.entryAdded" and said["level"] in LEVELS:
            where = said["source"].get("context", "")
            self._noted.append((LEVELS[said["level"]], where, str(said["text"])))
        elif event == "script.message" and said["channel"] == CHANNEL:
            where = said["source"].get("context", "")
            self._noted.append((VIOLATIONS, where, str(said["data"].get("value"))))
        elif event == "network.beforeRequestSent":
            self._hear_request(said)

    def noted(self, kind: str, tab: str | None = None) -> list[str]:
        """Return what was noted of a kind: in one tab, or in all that are not ``apart``."""
        return [
            text
            for name, where, text in self._noted
            if name == kind and (where == tab if tab is not None else where not in self.apart)
        ]

    def _hear_request(self, said: Json) -> None:
        request = said["request"]
        url, where = str(request["url"]), str(said.get("context") or "")
        if said.get("isBlocked"):
            self.held.append((str(request["request"]), url))
        if url.startswith(f"{self._origin}/"):
            if request["method"] == "POST":
                self.posts[url.removeprefix(self._origin)] += 1
        elif not url.startswith("about:"):
            self._noted.append((ELSEWHERE, where, url))


@dataclass(slots=True)
class Findings:
    """Rows of the table."""

    rows: list[dict[str, object]] = field(default_factory=list)

    def add(self, what: str, found: object, *, holds: bool | None = None) -> None:
        """Add a row; ``holds`` is None where nothing is demanded."""
        self.rows.append({"what": what, "found": found, "holds": holds})

    def attempt(self, what: str, act: Callable[[], None]) -> None:
        """Do something; where it gets stuck, that is a row, and the rest is done all the same."""
        try:
            act()
        except ApplianceError as error:
            self.add(f"{what}: done to its end", str(error), holds=False)

    @property
    def failed(self) -> int:
        """How many do not hold."""
        return sum(row["holds"] is False for row in self.rows)
