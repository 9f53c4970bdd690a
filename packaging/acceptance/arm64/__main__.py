"""``python -m acceptance.arm64 PACKAGE.deb``: installs it under emulation; takes hours."""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from release.targets import RELEASES, Target

from acceptance.arm64.comparison import compare
from acceptance.arm64.emulated import WITHOUT_EMULATION, Emulated, emulated, emulates
from acceptance.blank import CACHE, blank_root
from acceptance.outcome import Outcome, show

DECISIONS = Path(__file__).with_name("decisions.py")
CLIP = Path(__file__).parents[3] / "appliance" / "commands" / "demo" / "assets" / "demo.mp4"
EXAMPLE = "/usr/share/doc/classbox/examples/config.toml"
PROFILE = "sed 's/^# profile =/profile =/' {} > /etc/classbox/config.toml"
INSIDE = "/opt/classbox/current/bin/python3"

PATIENT = {
    "HOME": "/root",
    "CLASSBOX_ENGINES__PATIENCE_S": "600",
    "CLASSBOX_BOX__LANES": "1",
}
"""Emulated, an engine takes a hundred times as long over a picture, and two lanes twice that."""

LAST_LINES = 3
"""Of what a command has said, where it went well."""

LIMIT_S = 6 * 3600.0
"""Longest run of one command."""


def attempt(package: Path, *, tune_s: float, demo_s: float, clip_s: float) -> Iterator[Outcome]:
    """Install the package, run its commands, and compare what it decides.

    Args:
        package: For ARM64.
        tune_s: Time for ``classbox tune``.
        demo_s: How much of the packaged clip ``classbox demo`` plays.
        clip_s: How much of it both processors decide on.
    """
    release = next(one for one in RELEASES.values() if one.name in package.name)
    blank = blank_root(Target(release, "arm64"), CACHE)
    with tempfile.TemporaryDirectory() as scratch:
        short = Path(scratch) / "short.mp4"
        cut = ["ffmpeg", "-loglevel", "error", "-i", str(CLIP), "-t", f"{demo_s:g}", "-r", "5"]
        subprocess.run([*cut, str(short)], check=True)
        files = {"srv/classbox.deb": package, "srv/short.mp4": short}
        with emulated(blank, {**files, "srv/decisions.py": DECISIONS}) as board:
            yield _run(board, ["apt-get", "install", "--yes", "/srv/classbox.deb"])
            yield _run(board, ["sh", "-c", PROFILE.format(EXAMPLE)])
            yield _run(board, ["classbox", "check", "--offline"])
            yield _run(board, ["classbox", "tune", "--seconds", f"{tune_s:g}"])
            yield _run(board, ["classbox", "demo", "--clip", "/srv/short.mp4"])
            yield _compared(board, clip_s)


def _run(board: Emulated, command: Sequence[str]) -> Outcome:
    began_s = time.monotonic()
    done = board.run(command, PATIENT, timeout_s=LIMIT_S)
    if done.returncode == 0:
        fact = "\n".join(done.stdout.strip().splitlines()[-LAST_LINES:])
    else:
        fact = f"{done.stdout}{done.stderr}".strip()
    return Outcome(" ".join(command), done.returncode == 0, time.monotonic() - began_s, fact)


def _compared(board: Emulated, clip_s: float) -> Outcome:
    """Let both processors decide with the same engine."""
    began_s = time.monotonic()
    options = ["--engine", "onnx", "--seconds", f"{clip_s:g}"]
    there = board.run([INSIDE, "-I", "/srv/decisions.py", *options], PATIENT, timeout_s=LIMIT_S)
    here = subprocess.run(
        [sys.executable, str(DECISIONS), *options], check=True, capture_output=True, text=True
    )
    found = compare(here.stdout.splitlines(), there.stdout.splitlines())
    fact = f"{found}\n{there.stderr}" if there.returncode else str(found)
    took_s = time.monotonic() - began_s
    return Outcome("decisions as on this processor", found.equal, took_s, fact)


def main() -> None:
    """Do it, and print each outcome when it is there."""
    parser = argparse.ArgumentParser(prog="acceptance.arm64")
    parser.add_argument("package", type=Path)
    parser.add_argument("--tune", type=float, default=3600.0, metavar="SECONDS")
    parser.add_argument("--demo", type=float, default=30.0, metavar="SECONDS")
    parser.add_argument("--clip", type=float, default=200.0, metavar="SECONDS")
    parser.add_argument("--json", action="store_true", dest="as_json")
    asked = parser.parse_args()
    if not emulates():
        sys.exit(WITHOUT_EMULATION)
    passed = True
    for one in attempt(asked.package, tune_s=asked.tune, demo_s=asked.demo, clip_s=asked.clip):
        passed &= one.passed
        if asked.as_json:
            row = {"what": one.what, "passed": one.passed, "seconds": one.seconds}
            print(json.dumps({**row, "fact": one.fact}), flush=True)
        else:
            show([one])
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()
