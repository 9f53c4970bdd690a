"""Do the pages work in Debian's Firefox as they do in Chromium?

``make screens-firefox``: the box decides, Mosquitto carries over TLS, ``classbox screens`` serves,
Firefox shows and is driven over WebDriver BiDi, with keys and clicks. A student enrols and answers
every command of Table 1, a teacher pauses the room and goes on, IT looks at the box; then files are
changed on their way. Pictures go into ``--pictures``. Exit status 1 when something does not hold.
"""

import argparse
import json
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from acceptance.screens.box import LESSON
from acceptance.screens.firefox.bidi import Firefox
from acceptance.screens.firefox.people import People
from acceptance.screens.firefox.trust import Trust
from acceptance.screens.firefox.witness import (
    CHANNEL,
    ELSEWHERE,
    ERRORS,
    LISTENER,
    VIOLATIONS,
    WARNINGS,
    Findings,
    Witness,
)
from acceptance.screens.room import OpenLab

SEATS = 6
WORDS = {True: "yes", False: "NO", None: "-"}


def main() -> None:
    """Try everything and print."""
    parser = argparse.ArgumentParser(prog="screens-firefox", description=__doc__)
    parser.add_argument("--pictures", type=Path, help="folder for a picture of each")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    console = Console(stderr=asked.json, soft_wrap=True, highlight=False)
    findings = Findings()
    with TemporaryDirectory(prefix="classbox-firefox-", ignore_cleanup_errors=True) as made:
        _try_all(Path(made), asked.pictures, findings)
    if asked.json:
        said = {"findings": findings.rows, "failed": findings.failed}
        sys.stdout.write(json.dumps(said) + "\n")
    else:
        table = Table("what", "found", "holds")
        for row in findings.rows:
            holds = row["holds"]
            table.add_row(
                str(row["what"]),
                _word(row["found"]),
                WORDS[holds if isinstance(holds, bool) else None],
            )
        console.print(table)
    sys.exit(bool(findings.failed))


def _try_all(folder: Path, pictures: Path | None, findings: Findings) -> None:
    room = OpenLab(folder / "lab", seats=SEATS)
    witness = Witness(room.lab.origin)
    with ExitStack() as stack:
        stack.callback(room.stop)
        room.start(streamed=())
        room.lab.box.ask(LESSON)
        firefox = stack.enter_context(Firefox(folder / "firefox", hear=witness.hear))
        findings.add("Firefox", firefox.version)
        firefox.command(
            "script.addPreloadScript",
            {
                "functionDeclaration": LISTENER,
                "arguments": [{"type": "channel", "value": {"channel": CHANNEL}}],
                "sandbox": "witness",
            },
        )
        people = People(room, firefox, witness=witness, findings=findings, pictures=pictures)
        people.use_everything()
        trust = Trust(firefox, room.lab.origin, witness=witness, findings=findings)
        findings.attempt("changed files", trust.try_everything)
    for kind in (ERRORS, VIOLATIONS, ELSEWHERE):
        noted = witness.noted(kind)
        findings.add(kind, "; ".join([str(len(noted)), *noted[:5]]), holds=not noted)
    warned = witness.noted(WARNINGS)
    findings.add(WARNINGS, "; ".join([str(len(warned)), *sorted(set(warned))[:5]]))


def _word(found: object) -> str:
    return WORDS[found] if isinstance(found, bool) else str(found)


if __name__ == "__main__":
    main()
