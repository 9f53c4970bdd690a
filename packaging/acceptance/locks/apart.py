"""A machine of its own: mounts, processes and network that nothing outside is touched by."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

INSIDE = "CLASSBOX_LOCKS_INSIDE"
NEEDED = ("veyon-server", "veyon-cli", "Xvfb", "x11vnc", "xmodmap", "unshare", "ip", "openssl")
DISPLAYS = Path(tempfile.gettempdir()) / ".X11-unix"
OWN_FOLDERS = (Path("/etc/veyon"), Path("/etc/xdg/Veyon Solutions"), DISPLAYS)
"""Veyon's keys and configuration, and where displays are found."""


def missing() -> list[str]:
    """Return the programs that are not installed."""
    return [program for program in NEEDED if shutil.which(program) is None]


def run_apart(module: str, arguments: list[str]) -> int:
    """Run a module again in namespaces of its own, as root of those; return its exit status."""
    words = ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "--net", "--kill-child"]
    words += [] if os.geteuid() == 0 else ["--map-root-user"]
    program = [sys.executable, "-m", module, *arguments]
    return subprocess.run(
        [*words, *program], env={**os.environ, INSIDE: "1"}, check=False
    ).returncode


def settle() -> Path:
    """Bring up loopback and give Veyon and displays own folders; return a folder for the rest."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    folder = Path(tempfile.mkdtemp(prefix="classbox-locks-"))
    for number, place in enumerate(OWN_FOLDERS):
        own = folder / f"own-{number}"
        own.mkdir()
        place.mkdir(parents=True, exist_ok=True)
        subprocess.run(["mount", "--bind", str(own), str(place)], check=True)
    return folder


def runs(process: subprocess.Popen[bytes] | None) -> bool:
    """Tell whether a process runs and is not stopped."""
    if process is None or process.poll() is not None:
        return False
    state = Path(f"/proc/{process.pid}/stat").read_text(encoding="utf-8")
    return state.rpartition(")")[2].split()[0] != "T"
