"""A student, a teacher and IT staff at their pages, with the keyboard and the pointer."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from acceptance.screens.attacks.callers import PASSWORD, make_account
from acceptance.screens.firefox.bidi import ENTER, ESCAPE, NARROW, TAB, USUAL, Firefox, Tab
from acceptance.screens.firefox.witness import Findings, Witness
from acceptance.screens.room import OpenLab
from acceptance.screens.table_one import ACTIONS, BUTTONS, COVER, MOST_BUTTONS, WAIT_S
from acceptance.screens.watch import FINAL
from appliance.domain.interventions import Action

SHOWN = "/seat/shown"
COVERED = "dialog.cover[open]"
RATING = "article.prompt .ratings label:nth-of-type(4) input"
LOCK_S = (28.0, 31.0)
"""Shortest and longest time that a lock of 30 s may be seen, seconds."""

READY = "document.documentElement.dataset.texts"
COVERS = """(() => {
  window.covers = [];
  new MutationObserver(() => {
    const open = Boolean(document.querySelector("dialog.cover[open]"));
    if (open !== Boolean(covers.at(-1)?.open)) covers.push({ open, at: performance.now() });
  }).observe(document.body, { subtree: true, childList: true, attributes: true });
  return true;
})()"""
"""Notes when a cover comes and goes, by the page's clock."""

PAINTED = "[...document.images].every(({ complete }) => complete)"
LOADED = """[...new Set(performance.getEntriesByType("resource").map(({ name }) => name)
  .filter((name) => /\\.(js|css)$/.test(new URL(name).pathname)))]"""
HASHED = (
    """[...document.querySelectorAll("[integrity^='sha384-']")].map((one) => one.src || one.href)"""
)


class People:
    """Everybody at one browser."""

    def __init__(
        self,
        room: OpenLab,
        firefox: Firefox,
        *,
        witness: Witness,
        findings: Findings,
        pictures: Path | None,
    ) -> None:
        """Take the room, which runs.

        Args:
            room: With broker, server and box.
            firefox: Which runs, too.
            witness: Hears it.
            findings: Gets what is found.
            pictures: Folder, None for none.
        """
        self._room = room
        self._firefox = firefox
        self._witness = witness
        self._findings = findings
        self._pictures = pictures
        self._origin = room.lab.origin
        self.terminal = room.lab.terminals[0]
        self._wide: list[str] = []

    def use_everything(self) -> None:
        """Do what the three do, and hold it."""
        for what, use in (("student", self._student), ("teacher", self._teacher), ("IT", self._it)):
            self._findings.attempt(what, use)
        wide = ", ".join(self._wide)
        self._findings.add(
            "pages wider than the window, of 1280 or 320 px", wide or 0, holds=not wide
        )

    def _student(self) -> None:
        tab = Tab(self._firefox)
        tab.go(f"{self._origin}/enrol#{self._room.code(self.terminal)}")
        tab.until(READY)
        self._look(tab, "enrol")
        done = tab.press("#go") and tab.until("location.pathname == '/seat'")
        self._findings.add("student: enrolled by a code, with the keyboard", done, holds=done)
        tab.until(READY)
        self._look(tab, "seat-begin")
        tab.click("main button.primary")
        begun = tab.until("document.querySelector('.columns:not([hidden])')")
        self._findings.add("student: begun with a click", begun, holds=begun)
        tab.until("document.querySelector('[data-sight=observed]')")
        self._look(tab, "seat")
        tab.ask(COVERS)
        for number, action in enumerate(ACTIONS):
            act = partial(self._command, tab, action, keyboard=number % 2 == 0)
            self._findings.attempt(action.value, act)
        self._hold_lock(tab)
        self._hold_hashes(tab, "student")

    def _command(self, tab: Tab, action: Action, *, keyboard: bool) -> None:
        posts = self._witness.posts[SHOWN]
        identity = self._room.send(action, self.terminal) or ""
        covers = action in (Action.REMINDER_LOCK_30S, Action.MANDATORY_REST)
        place = COVERED if covers else f"li[data-key='{identity}'] article.prompt"
        seen = tab.until(f"document.querySelector({place!r})?.checkVisibility()", WAIT_S)
        self._firefox.turn(0.5)
        self._look(tab, f"seat-{action.value}")
        if action is Action.FOCUS_BREAK:
            self._look_narrow(tab, "seat")
        way = self._answer(tab, action, keyboard=keyboard)
        if not covers:
            self._finish(tab)
        course = self._room.watch.courses.get(identity)
        if course is None or not seen:
            self._findings.add(f"{action}: painted", 0, holds=False)
            return
        self._wait_for(lambda: bool(FINAL & set(course.states)), 45.0)
        self._wait_for(lambda: covers or "rated" in course.answers, 5.0)
        painted = self._witness.posts[SHOWN] - posts
        ended = next(iter(FINAL & set(course.states)), "nothing")
        first = course.answers.get("accepted", 0) + course.answers.get("dismissed", 0)
        said = " ".join(f"{kind} {count}" for kind, count in course.answers.items())
        self._findings.add(
            f"{action}: painted; the record's answers, by {way}; ended as",
            f"{painted}; {said or 'none'}; {ended}",
            holds=painted == first == 1
            and max(course.answers.values()) == 1
            and course.doubled == 0
            and (covers or "rated" in course.answers)
            and ended == "succeeded",
        )

    def _answer(self, tab: Tab, action: Action, *, keyboard: bool) -> str:
        if action is Action.MANDATORY_REST:
            tab.keys(ESCAPE)
            return "Escape"
        if action is Action.REMINDER_LOCK_30S:
            for _ in range(3):
                tab.keys(ESCAPE)
                self._firefox.turn(0.2)
            stays = tab.has(COVERED)
            self._findings.add("lock: stays after three times Escape", stays, holds=stays)
        selector = COVER if action is Action.REMINDER_LOCK_30S else BUTTONS
        if keyboard and tab.press(selector):
            return "keyboard"
        tab.click(selector)
        return "click"

    def _finish(self, tab: Tab) -> None:
        """Go on with what was accepted, to its rating, and wait until it is gone."""
        for _ in range(MOST_BUTTONS):
            self._firefox.turn(0.4)
            if tab.has(RATING):
                tab.click(RATING)
                self._look(tab, "seat-rating")
            if tab.has(BUTTONS):
                tab.click(BUTTONS)
        tab.until("!document.querySelector('article.prompt')")

    def _hold_lock(self, tab: Tab) -> None:
        covers = tab.ask("covers")
        moments = [float(one["at"]) for one in covers] if isinstance(covers, list) else []
        spans = [
            (gone - came) / 1000 for came, gone in zip(moments[::2], moments[1::2], strict=False)
        ]
        longest_s = max(spans, default=0.0)
        holds = LOCK_S[0] <= longest_s <= LOCK_S[1] and len(moments) % 2 == 0
        self._findings.add(
            "lock: on the screen until it ended by itself", f"{longest_s:.1f} s", holds=holds
        )

    def _teacher(self) -> None:
        tab = self._signed_in("anna", "teacher", "/teacher")
        tiles = len(self._room.lab.terminals)
        there = tab.until(f"document.querySelectorAll('.tile').length == {tiles}")
        self._findings.add("teacher: seats are there", there, holds=there)
        self._look(tab, "teacher")
        self._look_narrow(tab, "teacher")
        mode = "document.getElementById('mode').dataset.on == "
        tab.click("#pause-room")
        paused = tab.until(f"{mode}'paused'")
        self._findings.add("teacher: room paused with a click", paused, holds=paused)
        self._firefox.turn(0.5)
        self._look(tab, "teacher-paused")
        goes_on = tab.press("#pause-room") and tab.until(f"{mode}''")
        self._findings.add("teacher: goes on with the keyboard", goes_on, holds=goes_on)
        tab.click("#chart-button")
        tab.click(".tile")
        opened = tab.until("document.querySelector('dialog.seat[open]')")
        self._findings.add("teacher: a seat's sheet opens", opened, holds=opened)
        self._look(tab, "teacher-seat")
        self._hold_hashes(tab, "teacher")

    def _it(self) -> None:
        tab = self._signed_in("ida", "it", "/box")
        there = tab.until(
            "document.querySelector('article.box .cameras tr')"
            " && document.querySelector('#terminals tbody tr')"
        )
        self._findings.add("IT: box, camera and terminals are there", there, holds=there)
        self._look(tab, "box")
        self._look_narrow(tab, "box")
        self._hold_hashes(tab, "IT")

    def _signed_in(self, name: str, role: str, path: str) -> Tab:
        make_account(self._room.lab, name, role)
        tab = Tab(self._firefox)
        tab.go(f"{self._origin}/sign-in")
        tab.until("document.activeElement.id == 'name'")
        self._look(tab, "sign-in")
        tab.keys([*name, TAB, *PASSWORD, ENTER])
        done = tab.until(f"location.pathname == '{path}' && {READY}")
        self._findings.add(f"{role}: signed in with the keyboard", done, holds=done)
        return tab

    def _hold_hashes(self, tab: Tab, whose: str) -> None:
        """Hold every script and style that was loaded against those that the page has a hash of."""
        loaded, hashed = tab.ask(LOADED), tab.ask(HASHED)
        files = loaded if isinstance(loaded, list) else []
        known = hashed if isinstance(hashed, list) else []
        without = [url for url in files if url not in known]
        self._findings.add(
            f"{whose}: scripts and styles loaded, without a hash",
            f"{len(files)}, {len(without)}",
            holds=bool(files) and not without,
        )

    def _look(self, tab: Tab, name: str) -> None:
        """Keep a picture, and hold that nothing is wider than the window."""
        tab.until(PAINTED)
        if not tab.ask("document.documentElement.scrollWidth <= innerWidth"):
            self._wide.append(name)
        if self._pictures is not None:
            tab.picture(self._pictures / f"{name}.png")

    def _look_narrow(self, tab: Tab, name: str) -> None:
        tab.resize(*NARROW)
        self._firefox.turn(0.5)
        self._look(tab, f"{name}-narrow")
        tab.resize(*USUAL)
        self._firefox.turn(0.5)

    def _wait_for(self, done: Callable[[], bool], seconds: float) -> None:
        until_s = time.monotonic() + seconds
        while not done() and time.monotonic() < until_s:
            self._firefox.turn(0.2)
