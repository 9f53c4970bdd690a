"""What apt and dpkg are told."""

import subprocess
from email.parser import Parser
from importlib.metadata import version

import pytest
from packaging.version import Version
from release.control import control, package_version
from release.targets import RELEASES, Target, chosen


def test_the_package_asks_for_the_python_it_was_built_for(target: Target) -> None:
    """At least the release's Python, and less than the next one."""
    major, minor = target.release.python
    fields = Parser().parsestr(control(target, installed_bytes=1))

    assert f"python3 (>= {major}.{minor}~)" in fields["Depends"]
    assert f"python3 (<< {major}.{minor + 1}~)" in fields["Depends"]
    assert fields["Architecture"] == target.architecture


def test_the_broker_comes_along_but_need_not() -> None:
    """The broker may run on another machine."""
    fields = Parser().parsestr(control(chosen([])[0], installed_bytes=1))

    assert "mosquitto" in fields["Recommends"]
    assert "mosquitto" not in fields["Depends"]


def test_a_clock_that_is_set_comes_along() -> None:
    """Any program that sets it will do; certificates and timetables go by the clock."""
    fields = Parser().parsestr(control(chosen([])[0], installed_bytes=1))

    assert "systemd-timesyncd | time-daemon" in fields["Recommends"].split(", ")


def test_the_version_is_the_boxs_own() -> None:
    """Nothing else has to be raised for a release."""
    assert package_version(chosen(["deb12"])[0]) == f"{version('classbox')}~deb12"
    assert not Version(version("classbox")).is_devrelease


@pytest.mark.parametrize("bytes_and_size", [(0, "0"), (1, "1"), (1024, "1"), (1025, "2")])
def test_the_size_is_counted_in_whole_kibibytes(bytes_and_size: tuple[int, str]) -> None:
    """Apt says how much room it takes, never less than it does."""
    size, said = bytes_and_size
    fields = Parser().parsestr(control(chosen([])[0], installed_bytes=size))

    assert fields["Installed-Size"] == said


def test_an_update_of_debian_replaces_the_package() -> None:
    """Debian 13's package of one box replaces Debian 12's; a release replaces both."""
    older, newer = (package_version(Target(RELEASES[name], "arm64")) for name in ("deb12", "deb13"))

    for low, high in ((older, newer), (newer, version("classbox"))):
        compare = ["dpkg", "--compare-versions", low, "lt", high]
        assert subprocess.run(compare, check=False).returncode == 0
