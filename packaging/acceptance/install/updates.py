"""Update, remove and purge: what becomes of versions, state and configuration."""

import subprocess
import tempfile
from pathlib import Path

from acceptance.install.checks import Check
from acceptance.machine import Machine

STATE = (
    "find /etc/classbox /var/lib/classbox /etc/classbox-screens /var/lib/classbox-screens"
    " -name '*.toml' -o -name privacy.db -o -name 'sessions.json' | sort | xargs ls -1"
)
VERSIONS = "readlink /opt/classbox/current; ls /opt/classbox/versions"
APT = "apt-get install --yes ./{}"
ERASE = "echo 'classbox classbox/keep boolean false' | debconf-set-selections"
ERASED = (
    "/etc/classbox",
    "/var/lib/classbox",
    "/etc/classbox-screens",
    "/var/lib/classbox-screens",
    "/etc/mosquitto/classbox",
    "/etc/mosquitto/conf.d/classbox.conf",
)


def renumbered(package: Path, version: str, folder: Path) -> Path:
    """Return a copy of a package under another version, as an update would be.

    Args:
        package: To copy.
        version: Of the copy.
        folder: Where it goes.
    """
    old = subprocess.run(
        ["dpkg-deb", "--field", str(package), "Version"], check=True, capture_output=True, text=True
    ).stdout.strip()
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / "root"
        subprocess.run(["dpkg-deb", "--raw-extract", str(package), str(root)], check=True)
        for name in ("control", "postinst"):
            path = root / "DEBIAN" / name
            text = path.read_text(encoding="utf-8").replace(old, version)
            path.write_text(text, encoding="utf-8")
        copy = folder / f"classbox-{version}.deb"
        subprocess.run(
            ["dpkg-deb", "--root-owner-group", "-Znone", "--build", str(root), str(copy)],
            check=True,
            stdout=subprocess.DEVNULL,
        )
    return copy


def _update(machine: Machine) -> tuple[bool, str]:
    """The service goes on with the new version; the one before stays, the one before that goes."""
    before = machine.run("systemctl show -P MainPID classbox").text, machine.run(STATE).text
    first = machine.run("readlink /opt/classbox/current").text.strip()
    second = machine.run(APT.format("classbox-second.deb")).text
    kept = machine.run(VERSIONS).text.split()
    machine.run(APT.format("classbox-third.deb"))
    last = machine.run(VERSIONS).text.split()
    after = machine.run("systemctl show -P MainPID classbox").text, machine.run(STATE).text
    alive = machine.run("systemctl is-active classbox").text.strip() in {"active", "activating"}
    pages = machine.run("systemctl is-active classbox-screens").text.strip()
    passed = (
        alive
        and pages == "active"
        and before[0] != after[0]
        and before[1] == after[1]
        and Path(first).name in kept[1:]
        and len(kept) == len(last) == 3  # noqa: PLR2004 - the link and two versions
        and Path(first).name not in last
    )
    return (
        passed,
        f"{' '.join(last)}" if passed else f"{second}\n{kept}\n{last}\n{before}\n{after}\n{pages}",
    )


def _remove(machine: Machine) -> tuple[bool, str]:
    """The program goes, what it stored stays."""
    before = machine.run(STATE).text
    machine.run("apt-get remove --yes classbox")
    left = machine.run(
        "ls -d /opt/classbox /usr/bin/classbox; pgrep -c -u classbox,classbox-screens"
    ).text
    kept = machine.run(STATE).text
    return "0" in left.split() and kept == before and "cannot access" in left, left


def _purge(machine: Machine) -> tuple[bool, str]:
    """Nothing that was stored goes before somebody says so."""
    before = machine.run(STATE).text
    machine.run("apt-get purge --yes classbox")
    kept = machine.run(STATE).text
    machine.run("apt-get install --yes ./classbox-third.deb && apt-get remove --yes classbox")
    machine.run(f"{ERASE} && apt-get purge --yes classbox")
    left = machine.run(f"ls -d {' '.join(ERASED)} 2>/dev/null").text
    broker = machine.run("systemctl is-active mosquitto").text.strip()
    passed = bool(before) and kept == before and left == "" and broker == "active"
    return passed, "kept, then erased as told" if passed else f"{left}, mosquitto {broker}"


CHECKS = (
    Check("update: one link, the version before stays", _update),
    Check("remove: state and configuration stay", _remove),
    Check("purge: keeps unless told, then erases", _purge),
)
