"""Try everything that somebody could try on the screens: ``make screens-attacks``.

A real broker with certificates, the real server, and a box that somebody has taken over. What has
succeeded ends it with status 1.
"""

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from acceptance.flood.school import BOX
from acceptance.screens.attacks.hostile import HostileBox
from acceptance.screens.attacks.routes import everybody, try_pairs, try_routes
from acceptance.screens.attacks.tally import Tally
from acceptance.screens.lab import Lab
from appliance.host.logs import configure_logs

VEYON = '[lock]\nkind = "veyon"\n[lock.veyon]\nagents = ["pc-1"]\nkey_file = "{key}"\n'
"""So that its route is there, too."""


def _hear_nothing(_line: str) -> None:
    """There is no honest box."""


def seats(folder: Path, tally: Tally) -> None:
    """Each seat against each, and everybody against every route."""
    key = folder / "school" / "screens.key"
    lab = Lab(folder, seats=8, hear=_hear_nothing, extra=VEYON.format(key=key))
    lab.school.start()
    lab.start_server()
    try:
        people = everybody(lab)
        with HostileBox(lab.school.address(BOX)) as box:
            box.lesson("four-state", lab.terminals)
            try_routes(lab, people, tally)
            try_pairs(lab, people, box, tally)
    finally:
        lab.stop()


PARTS: Mapping[str, Callable[[Path, Tally], None]] = {"seats": seats}


def main() -> None:
    """Try, and say what has succeeded."""
    parser = argparse.ArgumentParser(prog="screens-attacks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--folder", type=Path, help="keeps logs there")
    asked = parser.parse_args()
    console = Console(soft_wrap=True, highlight=False)
    configure_logs(level="error")
    tally = Tally()
    with TemporaryDirectory(prefix="classbox-attacks-") as made:
        for name in asked.parts or PARTS:
            console.print(f"trying: {name}")
            PARTS[name]((asked.folder or Path(made)) / name, tally)
    tally.show(console)
    sys.exit(bool(tally.problems))


if __name__ == "__main__":
    main()
