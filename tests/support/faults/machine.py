"""What can be wrong with the machine under a running box."""

import contextlib
import os
import subprocess

from tests.support.faults.student import SETTLE_S, box_with_student
from tests.support.scenes import Scene


def wrong_clock(scene: Scene) -> None:
    """Systemd says that no time server has been heard."""
    programs = scene.folder / "bin"
    programs.mkdir()
    timedatectl = programs / "timedatectl"
    timedatectl.write_text("#!/bin/sh\necho no\n", encoding="utf-8")
    timedatectl.chmod(0o755)
    path = os.environ["PATH"]
    os.environ["PATH"] = f"{programs}:{path}"
    scene.open.callback(os.environ.__setitem__, "PATH", path)
    box_with_student(scene)


def full_disk(scene: Scene) -> None:
    """A file system of its own that somebody else has filled; needs root."""
    scene.state.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "none", scene.state], check=True)
    scene.open.callback(lambda: subprocess.run(["umount", "-l", scene.state], check=True))
    port = scene.run_broker()
    scene.run_terminal(port)
    scene.run_box()
    scene.wait(SETTLE_S)
    with (scene.state / "filler").open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:  # until nothing fits any more
            file.write(b"\0" * 4096)


def damaged_database(scene: Scene) -> None:
    """Who consented can no longer be read."""
    scene.state.mkdir()
    (scene.state / "privacy.db").write_bytes(b"SQLite format 3\0" + b"\xff" * 8192)
    box_with_student(scene)
