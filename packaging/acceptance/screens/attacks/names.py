"""A school that wants to know of fatigue alone: what of other states reaches a page.

Everything that the server sends to anybody is kept, and searched for their names and numbers.
"""

import re
import time
import unicodedata
from collections.abc import Mapping
from contextlib import closing

from acceptance.screens.attacks.callers import (
    AnyCaller,
    enrolled,
    make_account,
    signed_in,
)
from acceptance.screens.attacks.hostile import DURATION_S, SHARE, SINCE_S, HostileBox
from acceptance.screens.attacks.routes import OPEN, routes_of
from acceptance.screens.attacks.tally import Tally
from acceptance.screens.lab import Lab
from appliance.domain.affect import Affect
from appliance.mqtt.contract.box import AlertPhase
from appliance.screens.http.assets import Assets

NAMES = "fatigue-only"
OTHERS = [affect for affect in Affect if affect is not Affect.FATIGUED]
WORDS = ("focused", "confused", "bored", "fokussiert", "verwirrt", "gelangweilt")
NUMBERS = (f"{SHARE}", f"{DURATION_S / 60:.1f}", f"{int(SINCE_S)}", f"{DURATION_S}")
SPELLINGS = (
    "pc-1 is {}",
    "{}",
    "PC-1 IS {}".upper(),
    "\uff22\uff4f\uff52\uff45\uff44 {}",
)
LOOKS_S = 1.0


class _Wire:
    """What came, by what had been asked for."""

    def __init__(self) -> None:
        self.came: list[tuple[str, str]] = []

    def hear(self, where: str, body: bytes) -> None:
        """Keep what the server has sent."""
        self.came.append((where, unicodedata.normalize("NFKC", body.decode("utf-8", "replace"))))


def try_names(lab: Lab, box: HostileBox, tally: Tally) -> None:
    """Say other states at every time and in every field."""
    for name, role in (("anna", "teacher"), ("ida", "it")):
        make_account(lab, name, role)
    wire = _Wire()
    people = {
        "seat": enrolled(lab, "pc-1"),
        "teacher": signed_in(lab, "anna"),
        "it": signed_in(lab, "ida"),
        "nobody": AnyCaller(lab=lab),
    }
    for caller in people.values():
        caller.hear = wire.hear
    with closing(people["seat"].follow("/seat/stream")) as seat_stream:
        seat_stream.readline()
        time.sleep(LOOKS_S)
        _states(lab, box)  # before the box has said which profile holds
        _everything(lab, people)
        box.lesson("fatigue-only", lab.terminals)
        _states(lab, box)
        _everything(lab, people)
        for word in WORDS:
            for spelling in SPELLINGS:
                said = spelling.format(word)
                box.says = said
                box.lesson(None, lab.terminals, evil=said)
                box.info("fatigue-only", evil=said)
                box.lesson("fatigue-only", lab.terminals)
                box.lesson(None, lab.terminals, evil=said)
                box.command("pc-1", said, said)
                people["it"].post("/box/aim", {"camera": "front", "on": True})
                box.aim(lab.terminals, evil=said)
                time.sleep(0.2)
                _streams(people)
                people["teacher"].post("/teacher/request", {"command": "pause"})
                people["seat"].post("/seat/pause", {"paused": True})
                people["seat"].post("/seat/consent", {"granted": True})
                people["seat"].post("/seat/calibrate", {})
        _states(lab, box)
        for affect in OTHERS:
            box.alert("pc-2", affect, phase=AlertPhase.CLEARED)
        time.sleep(LOOKS_S)
        _everything(lab, people)
    box.info("four-state")
    _states(lab, box)
    honest = people["teacher"].get("/teacher/stream").text
    wire.came.pop()
    tally.control(NAMES, "where it may be told it is", held="confused" in honest)
    for where, text in wire.came:
        for word in WORDS:
            found = re.search(word, text, re.IGNORECASE)
            context = "" if found is None else text[max(0, found.start() - 80) : found.end() + 20]
            tally.attack(NAMES, "name", succeeded=found is not None, about=(where, context))
        for number in NUMBERS:
            told = re.search(rf"(?<![\d.]){re.escape(number)}(?![\d.])", text)
            stream = where.endswith("/stream")
            tally.attack(
                NAMES, "number", succeeded=stream and told is not None, about=(where, number)
            )
        marks = re.search(r'"(alert|state)":"(?!ready)[^"]+"|"alerts":([1-9]|\[\{)|"highest"', text)
        teacher = where.endswith("/teacher/stream")
        tally.attack(NAMES, "mark", succeeded=teacher and marks is not None, about=(where, marks))
    tally.figures["answers kept and searched"] = str(len(wire.came))
    size = sum(len(text) for _, text in wire.came)
    tally.figures["MB kept and searched"] = f"{size / 1e6:.1f}"


def _states(lab: Lab, box: HostileBox) -> None:
    for terminal, affect in zip(lab.terminals, OTHERS, strict=False):
        box.board(terminal, state=affect)
        box.alert(terminal, affect, others={"pc-2": OTHERS[0]})
    time.sleep(LOOKS_S)


def _streams(people: Mapping[str, AnyCaller]) -> None:
    for role, path in (("seat", "/seat"), ("teacher", "/teacher"), ("it", "/box")):
        people[role].get(f"{path}/stream")


def _everything(lab: Lab, people: Mapping[str, AnyCaller]) -> None:
    """Ask for all that can be read, as everybody, in both languages."""
    paths = [path for method, path in routes_of(lab) if method == "GET" and path not in OPEN]
    fixed = [path for path in paths if "{" not in path]
    files = [asset.path for asset in Assets()]
    texts = ["/texts", "/texts/en.ftl", "/texts/de.ftl", "/", "/sign-in", "/enrol"]
    content = [
        f"/seat/content?kind={kind}&topic={topic}" for kind in ("hint", "content") for topic in "ax"
    ]
    for caller in people.values():
        for language in ("en", "de"):
            for path in (*fixed, *texts, *content):
                caller.get(path, accept_language=language, accept="text/html")
    for path in files:
        people["nobody"].get(path)
