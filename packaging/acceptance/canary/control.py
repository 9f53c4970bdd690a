"""The positive control: what is planted on purpose in each place has to be found there."""

import io
import re
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from acceptance.traffic import Traffic

PLANTED = "planted"
HOLDER = "import os, sys; held = open(sys.argv[1], 'rb').read(); os.abort()"
"""A program that has something in memory and crashes."""

ARRIVES_S = 30.0

Plant = Callable[[Path, str, bytes], None]


def plant_everywhere(
    places: Mapping[str, Path], forms: Mapping[str, bytes], traffic: Traffic
) -> None:
    """Put each form into each place, as it would come there."""
    ways: dict[str, Plant] = {
        "log": _at_the_end_of_a_log,
        "core files": _in_a_core,
        "backup, bundle": _in_an_archive,
        "MQTT": lambda place, name, content: _over_the_broker(traffic, place, name, content),
    }
    for place, folder in places.items():
        for number, content in enumerate(forms.values()):
            ways.get(place, _as_a_file)(folder, f"{PLANTED}-{number}", content)


def count_planted(found: list[str]) -> int:
    """Return how many of the planted things the lines of a search name."""
    return len({name for line in found for name in re.findall(rf"{PLANTED}-\d+", line)})


def _as_a_file(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)


def _at_the_end_of_a_log(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(b'{"event": "camera_lost", "error": "' + content + b'"}\n')


def _in_an_archive(folder: Path, name: str, content: bytes) -> None:
    with tarfile.open(folder / f"{name}.tar.gz", "w:gz") as archive:
        member = tarfile.TarInfo("state/file")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))


def _in_a_core(folder: Path, name: str, content: bytes) -> None:
    """Crash with it in memory; where the kernel writes cores elsewhere, nothing will be found."""
    held = folder / "held"
    held.write_bytes(content)
    before = set(folder.iterdir())
    subprocess.run(
        [sys.executable, "-S", "-c", HOLDER, held], cwd=folder, check=False, capture_output=True
    )
    held.unlink()
    for core in set(folder.iterdir()) - before:
        core.rename(folder / name)


def _over_the_broker(traffic: Traffic, folder: Path, name: str, content: bytes) -> None:
    traffic.publish(name, content)
    until_s = time.monotonic() + ARRIVES_S
    while not (folder / name).exists() and time.monotonic() < until_s:
        time.sleep(0.01)
