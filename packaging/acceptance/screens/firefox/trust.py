"""Does Firefox refuse what the pages tell it to refuse, and can what is counted be counted?"""

import re
from collections.abc import Mapping
from pathlib import Path

from acceptance.screens.firefox.bidi import Firefox, Tab
from acceptance.screens.firefox.people import READY
from acceptance.screens.firefox.witness import ELSEWHERE, ERRORS, VIOLATIONS, Findings, Witness
from appliance.mqtt.private_broker import LOOPBACK
from appliance.screens.http.assets import STATIC

SETTLES_S = 0.1
ROUNDS = 40
CHANGES = {
    "module of the page": ("people/sign-in.js", "globalThis.tampered = 1;", "globalThis.tampered"),
    "module that it imports": ("people/form.js", "globalThis.tampered = 1;", "globalThis.tampered"),
    "style": (
        "house/base.css",
        "html { --tampered: 1 }",
        "getComputedStyle(document.documentElement).getPropertyValue('--tampered')",
    ),
}
"""File of the page of sign-in, what is added to it on its way, and how that is found."""

KINDS = {".js": "text/javascript", ".css": "text/css", "": "text/html; charset=utf-8"}
SOURCE = "document.documentElement.outerHTML"
INTEGRITY = re.compile(r' integrity="[^"]*"')
MARKUP = """(() => {
  try { document.createElement("p").innerHTML = "<b>"; return "taken"; }
  catch (error) { return error.name; }
})()"""
WRONG = "console.error('on purpose'), new Image().src = 'https://elsewhere.invalid/a.png', true"


class Trust:
    """Changes what comes to a tab of its own."""

    def __init__(
        self, firefox: Firefox, origin: str, *, witness: Witness, findings: Findings
    ) -> None:
        """Take what runs.

        Args:
            firefox: The browser.
            origin: Of the server.
            witness: Hears the browser.
            findings: Gets what is found.
        """
        self._firefox = firefox
        self._origin = origin
        self._page = f"{origin}/sign-in"
        self._witness = witness
        self._findings = findings

    def try_everything(self) -> None:
        """Change each kind of file, and do what each counter counts."""
        for what, (file, added, trace) in CHANGES.items():
            text = (STATIC / file).read_text(encoding="utf-8")
            url = f"{self._origin}/static/{file}"
            plain, _ = self._with({url: text})
            works = bool(plain.ask(f"{READY} && !{trace}"))
            tab, asked = self._with({url: text + added})
            used = bool(tab.ask(f"Boolean({trace})"))
            page = str(tab.ask(SOURCE))
            bare, _ = self._with({url: text + added, self._page: INTEGRITY.sub("", page)})
            seen = bool(bare.ask(f"Boolean({trace})"))
            self._findings.add(
                f"changed {what}: with its hash; without; unchanged",
                f"{'used' if used else 'refused'}, asked for {asked} time(s);"
                f" {'used' if seen else 'NOT USED'}; {'works' if works else 'DOES NOT WORK'}",
                holds=works and seen and not used,
            )
        self._count()

    def _with(self, texts: Mapping[str, str]) -> tuple[Tab, int]:
        """Open the page of sign-in with other texts at some addresses; count how often in all."""
        tab = self._apart()
        intercept = self._firefox.command(
            "network.addIntercept",
            {
                "phases": ["beforeRequestSent"],
                "contexts": [tab.context],
                "urlPatterns": [{"type": "string", "pattern": url} for url in texts],
            },
        )["intercept"]
        # To navigate by a command would wait for the page, which may wait for us.
        tab.ask(f"(location.href = '{self._page}', true)")
        asked = 0
        for _ in range(ROUNDS):
            self._firefox.turn(SETTLES_S)
            while self._witness.held:
                request, url = self._witness.held.pop()
                answer = {
                    "statusCode": 200,
                    "reasonPhrase": "OK",
                    "headers": [_header("Content-Type", KINDS[Path(url).suffix])],
                    "body": {"type": "string", "value": texts[url]},
                }
                self._firefox.command("network.provideResponse", {"request": request, **answer})
                asked += 1
        self._firefox.command("network.removeIntercept", {"intercept": intercept})
        return tab, asked

    def _count(self) -> None:
        tab = self._apart()
        tab.go(self._page)
        markup = str(tab.ask(MARKUP))
        self._findings.add("markup in a string (Trusted Types)", markup, holds=None)
        tab.ask(WRONG)
        self._firefox.turn(0.5)
        tab.go(f"{self._page.replace('localhost', LOOPBACK)}")
        self._firefox.turn(0.5)
        blind = [
            kind
            for kind in (ERRORS, VIOLATIONS, ELSEWHERE)
            if not self._witness.noted(kind, tab.context)
        ]
        self._findings.add(
            "controls: what is done on purpose is counted",
            f"not seen: {', '.join(blind)}" if blind else "each",
            holds=not blind,
        )

    def _apart(self) -> Tab:
        tab = Tab(self._firefox)
        self._witness.apart.add(tab.context)
        return tab


def _header(name: str, value: str) -> dict[str, object]:
    return {"name": name, "value": {"type": "string", "value": value}}
