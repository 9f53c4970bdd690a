"""The package as a file: what dpkg finds in it; the wheels' contents are left out here."""

import os
import shutil
import subprocess
from email.parser import Parser
from pathlib import Path

import pytest
from release import deb
from release.targets import Target, chosen

pytestmark = pytest.mark.skipif(
    shutil.which("dpkg-deb") is None, reason="dpkg-deb is not installed"
)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
    """Have a payload of a few files instead of 400 MB of wheels."""

    def lay_out(folder: Path, target: Target, wheel: Path) -> Path:
        del wheel
        site = folder / "lib" / target.interpreter / "site-packages"
        papers = site / "classbox-0.1.0.dist-info"
        papers.mkdir(parents=True)
        (papers / "METADATA").write_text("Name: classbox\nVersion: 0.1.0\n", encoding="utf-8")
        shutil.copytree(root / "optimized_models" / "fusion", site / "optimized_models" / "fusion")
        return site

    monkeypatch.setattr(deb, "lay_out", lay_out)
    monkeypatch.setattr(deb, "build_wheel", lambda *_: Path("classbox.whl"))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")


def listed(package: Path) -> dict[str, str]:
    """Return the files of a package with mode and owner."""
    done = subprocess.run(
        ["dpkg-deb", "--contents", str(package)], check=True, capture_output=True, text=True
    )
    rows = [line.split() for line in done.stdout.splitlines()]
    return {row[5].removeprefix("./"): f"{row[0]} {row[1]}" for row in rows}


@pytest.mark.usefixtures("small")
def test_everything_is_in_its_place(tmp_path: Path, target: Target) -> None:
    """Files of the clone, papers and the version's folder, all of them root's."""
    files = listed(deb.build(target, tmp_path))

    for place in [
        *deb.INSTALLED.values(),
        "usr/share/man/man1/classbox.1.gz",
        "usr/share/bash-completion/completions/classbox",
        "usr/share/doc/classbox/changelog.gz",
        f"{deb.STORE}/sbom.cdx.json",
    ]:
        assert files[place].endswith("root/root"), place
    assert files["usr/bin/classbox"].startswith("-rwxr-xr-x")
    assert files["usr/lib/systemd/system/classbox.service"].startswith("-rw-r--r--")


@pytest.mark.usefixtures("small")
def test_the_name_says_release_and_processor(tmp_path: Path, target: Target) -> None:
    """And the control file the same."""
    package = deb.build(target, tmp_path)
    shown = subprocess.run(
        ["dpkg-deb", "--field", str(package)], check=True, capture_output=True, text=True
    )
    fields = Parser().parsestr(shown.stdout)

    assert package.name == f"classbox_{fields['Version']}_{target.architecture}.deb"
    assert fields["Version"].endswith(f"~{target.release.name}")
    assert fields["Architecture"] == target.architecture


@pytest.mark.usefixtures("small")
def test_scripts_and_question_are_in_the_package(tmp_path: Path) -> None:
    """The version stands in the script that makes its folder."""
    package = deb.build(chosen(["deb12", "amd64"])[0], tmp_path)
    folder = tmp_path / "control"
    subprocess.run(["dpkg-deb", "--control", str(package), str(folder)], check=True)

    for name in deb.MAINTAINER_SCRIPTS:
        assert os.access(folder / name, os.X_OK), name
    assert "@VERSION@" not in (folder / "postinst").read_text(encoding="utf-8")
    assert "classbox/keep" in (folder / "templates").read_text(encoding="utf-8")


@pytest.mark.usefixtures("small")
def test_the_same_clone_gives_the_same_bytes(tmp_path: Path) -> None:
    """Whoever builds it again can compare."""
    target = chosen(["deb13", "arm64"])[0]
    first, again = (deb.build(target, tmp_path / name).read_bytes() for name in ("one", "two"))

    assert first == again
