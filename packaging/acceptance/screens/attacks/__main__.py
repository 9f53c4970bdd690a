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
from acceptance.screens.attacks.codes import try_codes, try_passwords
from acceptance.screens.attacks.floods import try_floods
from acceptance.screens.attacks.forgery import try_forgery, try_hosts, try_paths
from acceptance.screens.attacks.hostile import HostileBox
from acceptance.screens.attacks.names import try_names
from acceptance.screens.attacks.payloads import write_files
from acceptance.screens.attacks.routes import everybody, try_pairs, try_routes
from acceptance.screens.attacks.scripts import try_scripts
from acceptance.screens.attacks.sessions import try_sessions
from acceptance.screens.attacks.smuggling import try_smuggling
from acceptance.screens.attacks.tally import Tally
from acceptance.screens.lab import Lab
from appliance.domain.terminals import ControlStatus
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
            try_pairs(people, box, tally)
    finally:
        lab.stop()


def sessions(folder: Path, tally: Tally) -> None:
    """Who is in, and how somebody may come in."""
    lab = Lab(folder, seats=2, hear=_hear_nothing)
    lab.school.start()
    lab.start_server()
    try:
        try_sessions(lab, tally)
        try_codes(lab, tally)
        try_passwords(lab, tally)
    finally:
        lab.stop()


def requests(folder: Path, tally: Tally) -> None:
    """What other sites and odd clients send."""
    lab = Lab(folder, seats=2, hear=_hear_nothing)
    lab.school.start()
    lab.start_server()
    try:
        with HostileBox(lab.school.address(BOX)) as box:
            box.status = ControlStatus.DONE
            box.lesson("four-state", lab.terminals)
            try_forgery(lab, tally)
        try_hosts(lab, tally)
        try_paths(lab, tally)
        try_smuggling(lab, tally)
    finally:
        lab.stop()


def floods(folder: Path, tally: Tally) -> None:
    """Too much of everything."""
    lab = Lab(folder, seats=2, hear=_hear_nothing)
    lab.school.start()
    lab.start_server()
    try:
        with HostileBox(lab.school.address(BOX)) as box:
            box.lesson("four-state", lab.terminals)
            try_floods(lab, box, tally)
    finally:
        lab.stop()


def scripts(folder: Path, tally: Tally) -> None:
    """Words that would become scripts."""
    lab = Lab(folder, seats=4, hear=_hear_nothing, extra=write_files(folder / "files"))
    lab.school.start()
    lab.start_server()
    try:
        with HostileBox(lab.school.address(BOX)) as box:
            box.lesson("demo", lab.terminals)
            try_scripts(lab, box, tally)
    finally:
        lab.stop()


def names(folder: Path, tally: Tally) -> None:
    """States that a school does not want to know of."""
    lab = Lab(folder, seats=4, hear=_hear_nothing)
    lab.school.start()
    lab.start_server()
    try:
        with HostileBox(lab.school.address(BOX)) as box:
            try_names(lab, box, tally)
    finally:
        lab.stop()


PARTS: Mapping[str, Callable[[Path, Tally], None]] = {
    "seats": seats,
    "sessions": sessions,
    "requests": requests,
    "scripts": scripts,
    "names": names,
    "floods": floods,
}


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
