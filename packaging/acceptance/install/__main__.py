"""``python -m acceptance.install PACKAGE.deb``: prints a table; exits with 1 if anything failed."""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from release.targets import RELEASES, Target

from acceptance.blank import CACHE, blank_root
from acceptance.install import checks, screens, updates
from acceptance.install.steps import ANSWERS, STEPS
from acceptance.install.walk import walk
from acceptance.machine import booted
from acceptance.outcome import Outcome, show

CAMERA = Path(__file__).with_name("camera.py")
CLIP = Path(__file__).parents[3] / "appliance" / "commands" / "demo" / "assets" / "demo.mp4"
SYSTEM_PYTHON = "/usr/bin/python3"

MOST_COMMANDS = 6
MOST_MINUTES = 15.0

PROGRAMS = {
    "debootstrap": "debootstrap",
    "systemd-nspawn": "systemd-container",
    "nsenter": "util-linux",
    "dpkg-scanpackages": "dpkg-dev",
}
GSTREAMER = (
    "gir1.2-gst-rtsp-server-1.0 python3-gi gstreamer1.0-plugins-good gstreamer1.0-plugins-bad"
)


def missing() -> str:
    """Return what this computer lacks, and the command that helps; empty if nothing."""
    if os.geteuid() != 0:
        return "a blank Debian is made and booted as root; run it with sudo"
    lacks = [package for program, package in PROGRAMS.items() if shutil.which(program) is None]
    probe = [SYSTEM_PYTHON, "-c", "import gi; gi.require_version('GstRtspServer', '1.0')"]
    if subprocess.run(probe, capture_output=True, check=False).returncode != 0:
        lacks.append(GSTREAMER)
    return f"missing here: sudo apt-get install {' '.join(lacks)}" if lacks else ""


def attempt(package: Path) -> list[Outcome]:
    """Install a package on a blank machine, make the room work, look at it, remove it."""
    release = next(one for one in RELEASES.values() if one.name in package.name)
    blank = blank_root(Target(release, "amd64"), CACHE)
    outcomes: list[Outcome] = []

    def note(outcome: Outcome) -> None:
        outcomes.append(outcome)
        print(f"{'ok' if outcome.passed else 'FAILED':6} {outcome.what}", file=sys.stderr)

    with tempfile.TemporaryDirectory() as scratch:
        second, third = (
            updates.renumbered(package, f"{name}~{release.name}", Path(scratch))
            for name in ("9.1", "9.2")
        )
        files: dict[str, bytes | Path] = {
            "root/classbox.deb": package,
            "root/classbox-second.deb": second,
            "root/classbox-third.deb": third,
            "root/room.toml": ANSWERS.encode(),
        }
        with booted(blank, files=files) as machine:
            machine.connect([SYSTEM_PYTHON, str(CAMERA), str(CLIP)])
            for outcome in walk(machine, STEPS):
                note(outcome)
            if outcomes[-1].passed:
                for outcome in checks.checked(
                    machine, (*checks.CHECKS, *screens.CHECKS, *updates.CHECKS)
                ):
                    note(outcome)
    return outcomes


def report(outcomes: list[Outcome]) -> dict[str, object]:
    """Return what ``--json`` prints."""
    typed = [one for one in outcomes if one.what in {step.typed for step in STEPS}]
    minutes = sum(one.seconds for one in typed) / 60
    return {
        "commands": len(typed),
        "minutes": round(minutes, 1),
        "passed": all(one.passed for one in outcomes)
        and len(typed) == len(STEPS) <= MOST_COMMANDS
        and minutes <= MOST_MINUTES,
        "outcomes": [asdict(one) for one in outcomes],
    }


def main() -> None:
    """Do what was asked for."""
    parser = argparse.ArgumentParser(prog="acceptance.install")
    parser.add_argument("package", type=Path)
    parser.add_argument("--json", action="store_true", dest="as_json")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # end the machine, too
    if lacks := missing():
        sys.exit(lacks)
    outcomes = attempt(asked.package)
    found = report(outcomes)
    if asked.as_json:
        print(json.dumps(found))
    else:
        show(outcomes)
        print(
            f"{found['commands']} commands typed (at most {MOST_COMMANDS}), "
            f"{found['minutes']} minutes (at most {MOST_MINUTES:g})"
        )
    sys.exit(0 if found["passed"] else 1)


if __name__ == "__main__":
    main()
