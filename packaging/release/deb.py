"""Builds one Debian package: a folder as it will lie on the board, packed by ``dpkg-deb``."""

import gzip
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from release.changelog import debian_changelog
from release.command_line import every_command
from release.completion import completion
from release.control import control, package_version
from release.man_page import man_page
from release.payload import build_wheel, lay_out
from release.sbom import sbom
from release.targets import Target

ROOT = Path(__file__).parents[2]
DEBIAN = ROOT / "packaging" / "debian"
STORE = Path("opt/classbox/package")
"""Where dpkg puts a version; postinst makes ``versions/VERSION`` of it."""

PAPERS = Path("usr/share/doc/classbox")
SBOM = "sbom.cdx.json"

INSTALLED: Mapping[str, str] = {
    "packaging/debian/classbox": "usr/bin/classbox",
    "packaging/debian/copyright": f"{PAPERS}/copyright",
    "packaging/debian/lintian-overrides": "usr/share/lintian/overrides/classbox",
    "systemd/classbox.service": "usr/lib/systemd/system/classbox.service",
    "systemd/classbox-decide@.service": "usr/lib/systemd/system/classbox-decide@.service",
    "systemd/classbox-screens.service": "usr/lib/systemd/system/classbox-screens.service",
    "systemd/classbox-agent.service": "usr/lib/systemd/system/classbox-agent.service",
    "systemd/user/classbox-sense.service": "usr/lib/systemd/user/classbox-sense.service",
    "systemd/classbox-renew.service": "usr/lib/systemd/system/classbox-renew.service",
    "systemd/classbox-renew.timer": "usr/lib/systemd/system/classbox-renew.timer",
    "systemd/classbox.sysusers.conf": "usr/lib/sysusers.d/classbox.conf",
    "systemd/classbox.tmpfiles.conf": "usr/lib/tmpfiles.d/classbox.conf",
    "systemd/config.example.toml": f"{PAPERS}/examples/config.toml",
    "systemd/answers.example.toml": f"{PAPERS}/examples/answers.toml",
    "docs/OPERATING.md": f"{PAPERS}/OPERATING.md",
}
"""Files of the clone to their places on the board."""

MAINTAINER_SCRIPTS = ("postinst", "prerm", "postrm")
EXECUTABLE = ("usr/bin/classbox", *(f"DEBIAN/{name}" for name in MAINTAINER_SCRIPTS))


def build(target: Target, folder: Path) -> Path:
    """Build the package of a target into ``folder`` and return its path."""
    stamp = _stamp()
    with tempfile.TemporaryDirectory(prefix="classbox-deb-") as scratch:
        root = Path(scratch) / "root"
        wheel = build_wheel(ROOT, Path(scratch))
        site = lay_out(root / STORE, target, wheel)
        (root / STORE / SBOM).write_text(sbom(site, stamp=stamp), encoding="utf-8")
        _papers(root, target, stamp)
        _control(root, target)
        _modes(root)
        return _pack(root, target, folder, stamp)


def _stamp() -> datetime:
    """Return when the last change was made: the same clone gives the same package."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if epoch is None:
        command = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
        epoch = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return datetime.fromtimestamp(int(epoch), UTC)


def _papers(root: Path, target: Target, stamp: datetime) -> None:
    """Lay down what stands outside of the version's folder."""
    for source, where in INSTALLED.items():
        (root / where).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / source, root / where)
    commands = list(every_command())
    page = man_page(commands, date=f"{stamp:%Y-%m-%d}")
    changes = debian_changelog((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), target, stamp)
    _write_gz(root / "usr/share/man/man1/classbox.1.gz", page)
    _write_gz(root / PAPERS / "changelog.gz", changes)
    place = root / "usr/share/bash-completion/completions/classbox"
    place.parent.mkdir(parents=True)
    place.write_text(completion(commands), encoding="utf-8")
    (root / PAPERS / SBOM).symlink_to(Path("/") / STORE / SBOM)


def _write_gz(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))


def _control(root: Path, target: Target) -> None:
    """Write what dpkg reads: fields, scripts, question and checksums."""
    folder = root / "DEBIAN"
    files = sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    sums = [f"{_md5(one)}  {one.relative_to(root)}\n" for one in files]
    size = sum(path.stat().st_size for path in files)
    folder.mkdir()
    (folder / "md5sums").write_text("".join(sums), encoding="utf-8")
    (folder / "control").write_text(control(target, installed_bytes=size), encoding="utf-8")
    shutil.copy(DEBIAN / "templates", folder)
    for name in MAINTAINER_SCRIPTS:
        script = (DEBIAN / name).read_text(encoding="utf-8")
        script = script.replace("@VERSION@", package_version(target))
        (folder / name).write_text(script, encoding="utf-8")


def _md5(path: Path) -> str:
    """Return what ``dpkg --verify`` compares; apt trusts other sums."""
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()


def _modes(root: Path) -> None:
    """Give every file the mode that it has on a board, whatever the builder's umask."""
    for path in root.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() else 0o644)
    root.chmod(0o755)
    for name in EXECUTABLE:
        (root / name).chmod(0o755)


def _pack(root: Path, target: Target, folder: Path, stamp: datetime) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"classbox_{package_version(target)}_{target.architecture}.deb"
    # dpkg-deb sets no time later than the stamp, and files of the wheels were unpacked just now.
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(int(stamp.timestamp()))}
    command = ["dpkg-deb", "--root-owner-group", "-Zzstd", "-z15", "--build", str(root), str(path)]
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
    return path
