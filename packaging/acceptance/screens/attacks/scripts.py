"""A hostile box and hostile files before real pages: nothing of it may become more than text."""

from collections.abc import Mapping
from contextlib import suppress

from playwright.sync_api import Browser, Error, Page, sync_playwright

from acceptance.screens.attacks.callers import AnyCaller, enrolled, make_account, signed_in
from acceptance.screens.attacks.hostile import HostileBox
from acceptance.screens.attacks.payloads import GUARD, LOOK, PAYLOADS
from acceptance.screens.attacks.tally import Tally
from acceptance.screens.browsers import CHROMIUM
from acceptance.screens.lab import Lab
from appliance.domain.affect import Affect

SCRIPTS = "scripts"
SETTLES_MS = 400
PATHS = ("/seat", "/teacher", "/box", "/box/sheet")


class _Pages:
    """One page of each kind, and what they ask for."""

    def __init__(self, browser: Browser, lab: Lab, cookies: Mapping[str, str]) -> None:
        self.asked: list[str] = []
        self._lab = lab
        self._context = browser.new_context(ignore_https_errors=True)
        self._context.set_default_timeout(8000)
        self._context.add_init_script(GUARD)
        self._context.add_cookies(
            [{"name": name, "value": value, "url": lab.origin} for name, value in cookies.items()]
        )
        self._context.add_cookies([{"name": "classbox_language", "value": "en", "url": lab.origin}])
        self._context.on("request", lambda request: self.asked.append(request.url))
        self.opened: list[Page] = []

    def open(self, path: str) -> Page:
        """Open a page and have its texts there."""
        page = self._context.new_page()
        page.goto(f"{self._lab.origin}{path}")
        page.wait_for_selector("html[data-texts]")
        self.opened.append(page)
        return page

    def strange(self) -> list[str]:
        """Return what was asked of anybody but the server."""
        found = [url for url in self.asked if not url.startswith(f"{self._lab.origin}/")]
        self.asked.clear()
        return [url for url in found if not url.startswith("about:")]


def try_scripts(lab: Lab, box: HostileBox, tally: Tally) -> None:
    """Say every payload in every field, and look at every page."""
    for name, role in (("anna", "teacher"), ("ida", "it")):
        make_account(lab, name, role)
    seat, anna, ida = enrolled(lab, "pc-1"), signed_in(lab, "anna"), signed_in(lab, "ida")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        people = _Pages(browser, lab, seat.cookies | anna.cookies)
        desk = _Pages(browser, lab, ida.cookies)
        student, teacher = people.open("/seat"), people.open("/teacher")
        it = desk.open("/box")
        with suppress(Error):
            student.get_by_role("button", name="Begin").click()
        shown = dict.fromkeys(("/seat", "/teacher", "/box"), 0)
        for number, payload in enumerate(PAYLOADS):
            _say(lab, box, payload, f"topic-{number}")
            anna.post("/teacher/request", {"command": "pause"})
            ida.post("/box/aim", {"camera": "front", "on": True})
            box.aim(lab.terminals, evil=payload)
            _use(student, teacher)
            for path, page in zip(shown, (student, teacher, it), strict=True):
                text = page.evaluate("document.body.textContent")
                shown[path] += payload[:20] in text
            _look(tally, (people, desk), payload)
        for path, times in shown.items():
            tally.figures[f"payloads shown as text on {path}"] = str(times)
            tally.control(SCRIPTS, f"{path} shows what is said", held=times > 0)
        for path in ("/box/sheet", f"/enrol#{PAYLOADS[1]}", "/sign-in", "/"):
            desk.open(path)
        _look(tally, (people, desk), "every other page")
        for page in (student, teacher, it):
            page.context.add_cookies(
                [{"name": "classbox_language", "value": "xx", "url": lab.origin}]
            )
            page.reload()
            page.wait_for_selector("html[data-texts]")
        _look(tally, (people, desk), "a language's file")
        _hashes(tally, (people, desk))
        browser.close()
    tally.figures["hostile words that the contract lets through"] = str(box.spoilt)
    tally.figures["hostile words that it does not"] = str(box.refused)
    _typed(lab, tally, anna, seat)


def _say(lab: Lab, box: HostileBox, payload: str, topic: str) -> None:
    box.says = payload[:400]
    box.lesson("demo", lab.terminals, evil=payload)
    for terminal, affect in zip(lab.terminals, Affect, strict=False):
        box.board(terminal, state=affect)
        box.alert(terminal, affect, evil=payload)
        box.alert(terminal, affect)
    box.command("pc-1", payload, topic)
    box.command("pc-1", payload, payload[:100])


def _use(student: Page, teacher: Page) -> None:
    """Click what shows more of what was said."""
    student.wait_for_timeout(SETTLES_MS)
    for page, selectors in (
        (student, (".prompt .button.primary >> nth=0",) * 3),
        (
            teacher,
            ("#chart-button", ".tile >> nth=0", "#test-seat", "dialog[open] button >> nth=-1"),
        ),
    ):
        for selector in selectors:
            with suppress(Error):
                page.click(selector, timeout=400)
        with suppress(Error):
            page.keyboard.press("Escape")
    student.wait_for_timeout(SETTLES_MS)


def _look(tally: Tally, pages: tuple[_Pages, ...], about: str) -> None:
    for context in pages:
        for page in context.opened:
            found = page.evaluate(LOOK)
            path = page.url.partition("/")[2].rpartition("/")[2].partition("#")[0]
            tally.attack(SCRIPTS, f"on /{path}", succeeded=bool(found), about=(about, found))
        strange = context.strange()
        tally.attack(SCRIPTS, "requests elsewhere", succeeded=bool(strange), about=strange)


def _hashes(tally: Tally, pages: tuple[_Pages, ...]) -> None:
    """Hold every script and style that was loaded against those that a page has a hash of."""
    for context in pages:
        for page in context.opened:
            loaded = page.evaluate(
                "performance.getEntriesByType('resource').map(({ name }) => name)"
            )
            hashed = page.evaluate(
                "[...document.querySelectorAll('[integrity]')].map((one) => one.src || one.href)"
            )
            files = {url for url in loaded if url.endswith((".js", ".css"))}
            tally.control(SCRIPTS, "scripts are seen", held=bool(files))
            for url in files:
                tally.attack(
                    SCRIPTS, "script without a hash", succeeded=url not in hashed, about=url
                )


def _typed(lab: Lab, tally: Tally, anna: AnyCaller, seat: AnyCaller) -> None:
    """Have the server itself put into a page, a header or a picture what somebody types."""
    for payload in PAYLOADS:
        plain = payload.replace("\x00", "").replace("\r\n", "")
        bodies = [
            anna.post("/teacher/request", {"command": "pause", "seat": payload}),
            anna.post("/teacher/verdict", {"alert": payload, "verdict": payload}),
            seat.post("/seat/answer", {"id": payload, "kind": payload}),
            anna.post("/sign-in", {"name": payload, "password": payload}, x_classbox_token=""),
            anna.post("/language", {"language": payload}),
            seat.get("/seat", accept_language=plain.encode("ascii", "replace").decode()),
            AnyCaller(lab=lab, cookies={"classbox_language": "\"<x-evil>'"}).get("/sign-in"),
        ]
        for reply in bodies:
            page = "html" in reply.headers.get("content-type", "")
            wrong = page and ("hacked" in reply.text or "x-evil" in reply.text)
            sniffed = reply.headers.get("x-content-type-options") != "nosniff"
            tally.attack(SCRIPTS, "typed, and sent back", succeeded=wrong or sniffed, about=plain)
    for number in range(len(PAYLOADS)):
        for kind in ("hint", "content"):
            reply = seat.get(f"/seat/content/picture/{kind}/topic-{number}")
            kinds = ("image/png", "application/json")
            told = reply.headers.get("content-type", "") not in kinds
            tally.attack(SCRIPTS, "picture that is a page", succeeded=told, about=number)
