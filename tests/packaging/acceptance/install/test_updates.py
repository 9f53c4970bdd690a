"""An update to try: the same package under another version."""

import shutil
import subprocess
from pathlib import Path

import pytest
from acceptance.install.updates import renumbered

CONTROL = """Package: classbox
Version: 0.1.0~deb12
Architecture: all
Maintainer: nobody <nobody@localhost>
Description: small
"""


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg-deb is not installed")
def test_the_copy_is_newer_in_all_that_names_the_version(tmp_path: Path) -> None:
    """The field that apt compares, and the script that names the version's folder."""
    scripts = tmp_path / "package" / "DEBIAN"
    scripts.mkdir(parents=True)
    (scripts / "control").write_text(CONTROL, encoding="utf-8")
    (scripts / "postinst").write_text("#!/bin/sh\nversion=0.1.0~deb12\n", encoding="utf-8")
    (scripts / "postinst").chmod(0o755)
    first = tmp_path / "first.deb"
    subprocess.run(["dpkg-deb", "--build", str(scripts.parent), str(first)], check=True)

    copy = renumbered(first, "9.1~deb12", tmp_path)
    subprocess.run(["dpkg-deb", "--control", str(copy), str(tmp_path / "copy")], check=True)

    assert "Version: 9.1~deb12\n" in (tmp_path / "copy" / "control").read_text(encoding="utf-8")
    assert "version=9.1~deb12\n" in (tmp_path / "copy" / "postinst").read_text(encoding="utf-8")
