"""Does Firefox refuse what the pages tell it to refuse, and can what is counted be counted?"""

from acceptance.screens.firefox.bidi import Firefox, Tab
from acceptance.screens.firefox.people import READY
from acceptance.screens.firefox.witness import ELSEWHERE, ERRORS, VIOLATIONS, Findings, Witness
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

KINDS = {"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8"}
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
        self._witness = witness
        self._findings = findings

    def try_everything(self) -> None:
        """Change each kind of file, and do what each counter counts."""
        for what, (file, added, trace) in CHANGES.items():
            plain = self._with(file, "")
            tab = self._with(file, added)
            ran, asked = bool(tab.ask(f"Boolean({trace})")), self._asked
            works = bool(plain.ask(READY))
            self._findings.add(
                f"changed {what}, with its hash unchanged",
                f"{'used' if ran else 'refused'}, asked for {asked} time(s)"
                + ("" if works else "; but unchanged it does not work either"),
                holds=works and not ran,
            )
        self._count()

    def _with(self, file: str, added: str) -> Tab:
        """Open the page of sign-in with something added to one of its files."""
        tab = self._apart()
        text = (STATIC / file).read_text(encoding="utf-8") + added
        answer = {
            "statusCode": 200,
            "reasonPhrase": "OK",
            "headers": [_header("Content-Type", KINDS[file.rpartition(".")[2]])],
            "body": {"type": "string", "value": text},
        }
        intercept = self._firefox.command(
            "network.addIntercept",
            {
                "phases": ["beforeRequestSent"],
                "contexts": [tab.context],
                "urlPatterns": [{"type": "string", "pattern": f"{self._origin}/static/{file}"}],
            },
        )["intercept"]
        self._asked = 0
        tab.go(f"{self._origin}/sign-in", wait="none")
        for _ in range(ROUNDS):
            self._firefox.turn(SETTLES_S)
            while self._witness.held:
                request = self._witness.held.pop()
                self._firefox.command("network.provideResponse", {"request": request, **answer})
                self._asked += 1
        self._firefox.command("network.removeIntercept", {"intercept": intercept})
        return tab

    def _count(self) -> None:
        tab = self._apart()
        tab.go(f"{self._origin}/sign-in")
        markup = str(tab.ask(MARKUP))
        self._findings.add("markup in a string (Trusted Types)", markup, holds=None)
        tab.ask(WRONG)
        self._firefox.turn(0.5)
        tab.go(f"{self._origin.replace('localhost', '127.0.0.1')}/sign-in")
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
