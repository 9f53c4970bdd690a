"""Every command of Table 1 in a real browser, in both languages: shown once, answered once?

``make screens-commands``: the box decides, Mosquitto carries, ``classbox screens`` serves, Chromium
shows; the first button is pressed; the answer is looked up in the box's record. A picture of each
goes into ``--pictures``. Exit status 1 when one was not exactly once.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from acceptance.screens.browsers import BrowserPage
from acceptance.screens.room import OpenLab
from acceptance.screens.watch import FINAL
from appliance.domain.interventions import Action

ACTIONS = [each for each in Action if each not in (Action.NONE, Action.CONTACT_TEACHER)]
"""A call for a teacher asks nothing of a terminal."""

LANGUAGES = {"en": "en-GB", "de": "de-DE"}
WAIT_S = 10.0
COVER = ".cover[open] button"
BUTTONS = "article.prompt .row button.primary:not([disabled]), article.prompt .row button.quiet"
MOST_BUTTONS = 4
"""To the end of any prompt: yes, done, no rating."""


def main() -> None:
    """Show each and count."""
    parser = argparse.ArgumentParser(prog="screens-commands", description=__doc__)
    parser.add_argument("--pictures", type=Path, help="folder for a picture of each")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    console = Console(stderr=asked.json, soft_wrap=True, highlight=False)
    with TemporaryDirectory(prefix="classbox-screens-") as made:
        found = _show_all(OpenLab(Path(made) / "lab", seats=2), asked.pictures)
    wrong = [row for row in found if not (row["paints"] == row["answers"] == 1 and row["ended"])]
    if asked.json:
        sys.stdout.write(json.dumps({"commands": found, "wrong": len(wrong)}) + "\n")
    else:
        table = Table("command", "language", "painted", "answers in the record", "ended as")
        for row in found:
            table.add_row(*map(str, row.values()))
        console.print(table)
    sys.exit(bool(wrong))


def _show_all(room: OpenLab, pictures: Path | None) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    try:
        room.start(streamed=())
        for terminal, (language, locale) in zip(room.lab.terminals, LANGUAGES.items(), strict=True):
            with BrowserPage(room.lab, room.code(terminal), locale=locale) as browser:
                found += [
                    _show(room, browser, action, seat=(terminal, language), pictures=pictures)
                    for action in ACTIONS
                ]
    finally:
        room.stop()
    return found


def _show(
    room: OpenLab,
    browser: BrowserPage,
    action: Action,
    *,
    seat: tuple[str, str],
    pictures: Path | None,
) -> dict[str, object]:
    terminal, language = seat
    identity = room.send(action, terminal)
    if identity is None:
        return {"command": action.value, "paints": 0, "answers": 0, "ended": ""}
    until_s = time.monotonic() + WAIT_S
    while identity not in browser.painted and time.monotonic() < until_s:
        browser.turn(0.1)
    if pictures is not None:
        pictures.mkdir(parents=True, exist_ok=True)
        browser.page.screenshot(path=str(pictures / f"{action.value}-{language}.png"))
    _press(browser)
    course = room.watch.courses[identity]
    until_s = time.monotonic() + 45.0  # a lock lasts half a minute, whatever is answered
    while not (FINAL & set(course.states)) and time.monotonic() < until_s:
        browser.turn(0.3)
    for _ in range(MOST_BUTTONS):  # no card of this command beside the next one
        _press(browser)
        browser.turn(0.3)
    return {
        "command": action.value,
        "language": language,
        "paints": browser.paints[identity],
        "answers": course.answers.get("accepted", 0) + course.answers.get("dismissed", 0),
        "ended": next(iter(FINAL & set(course.states)), ""),
    }


def _press(browser: BrowserPage) -> None:
    """Press the button of a lock or rest, else that of the newest card, if there is one."""
    for selector in (COVER, BUTTONS):
        if browser.page.locator(selector).count():
            browser.page.locator(selector).first.click()
            return


if __name__ == "__main__":
    main()
