"""A blank Debian: what debootstrap makes, and a shelf of packages for a machine without network."""

import os
import shutil
import subprocess
from pathlib import Path

from release.targets import Target

MIRROR = "http://deb.debian.org/debian"
INCLUDED = ("dbus", "systemd-sysv")
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "classbox" / "acceptance"
SHELF = Path("srv/debs")
SHELVED = ("python3", "mosquitto", "mosquitto-clients")
"""What apt may ask for while the box is installed; nothing else is put on the shelf."""

SOURCES = "deb [trusted=yes] file:/srv/debs ./\n"
QUIET = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}


def blank_root(target: Target, cache: Path) -> Path:
    """Return the folder of a blank Debian, made once and kept.

    Args:
        target: Whose release and processor.
        cache: Where it is kept; the network is needed only where it is not there yet.
    """
    root = cache / target.name
    if root.exists():
        return root
    fresh = root.with_suffix(".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [
            "debootstrap",
            f"--arch={target.architecture}",
            f"--include={','.join(INCLUDED)}",
            target.release.codename,
            str(fresh),
            MIRROR,
        ],
        check=True,
        env=QUIET,
        stdout=subprocess.DEVNULL,
    )
    _fill_shelf(fresh, target)
    fresh.rename(root)
    return root


def _fill_shelf(root: Path, target: Target) -> None:
    """Download what apt will ask for, and make it the only source."""
    sources = root / "etc/apt/sources.list"
    sources.write_text(f"deb {MIRROR} {target.release.codename} main\n", encoding="utf-8")
    shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
    apt = ["chroot", str(root), "apt-get", "--quiet", "--quiet", "--yes"]
    subprocess.run([*apt, "update"], check=True, env=QUIET)
    subprocess.run(
        [*apt, "clean"],
        check=True,
        env=QUIET,
    )
    subprocess.run(
        [*apt, "install", "--download-only", *SHELVED],
        check=True,
        env=QUIET,
        stdout=subprocess.DEVNULL,
    )
    shelf = root / SHELF
    shelf.mkdir(parents=True)
    for package in (root / "var/cache/apt/archives").glob("*.deb"):
        shutil.move(package, shelf)
    index = subprocess.run(
        ["dpkg-scanpackages", "--multiversion", "."], cwd=shelf, check=True, capture_output=True
    )
    (shelf / "Packages").write_bytes(index.stdout)
    sources.write_text(SOURCES, encoding="utf-8")
    (root / "etc/resolv.conf").unlink()
    subprocess.run([*apt, "update"], check=True, env=QUIET)
