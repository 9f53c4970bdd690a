"""What comes with the box: the run-time dependencies, at the versions that are tested."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from release.payload import LOCK, NOT_NEEDED


def pins(lock: Path) -> dict[str, set[str]]:
    """Return the versions that a lock has of each package."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(
        r"^([\w.-]+)==([\w.]+)", lock.read_text(encoding="utf-8"), re.MULTILINE
    ):
        found.setdefault(canonicalize_name(name), set()).add(version)
    return found


def test_the_lock_has_every_run_time_dependency(root: Path) -> None:
    """Those of pyproject.toml, at versions that it allows."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    locked = pins(LOCK)
    for line in project["dependencies"]:
        asked = Requirement(line)
        (version,) = locked[canonicalize_name(asked.name)]

        assert version in asked.specifier


def test_the_lock_has_no_tool_of_developers(root: Path) -> None:
    """What only tests and builds need is not on a board."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {canonicalize_name(Requirement(line).name) for line in project["dependencies"]}
    tools = {
        canonicalize_name(Requirement(line).name)
        for line in project["optional-dependencies"]["dev"]
    }

    assert not set(pins(LOCK)) & (tools - needed)


def test_the_board_gets_the_versions_that_are_tested(root: Path) -> None:
    """The lock of the packages is part of the lock of the tests."""
    tested = pins(root / "requirements.lock")

    assert {name for name, found in pins(LOCK).items() if not found <= tested[name]} == set()


def test_every_wheel_has_a_hash() -> None:
    """What lies on a board is what was locked, byte for byte."""
    entries = re.split(r"^(?=[\w.-]+==)", LOCK.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]

    assert entries
    assert all("--hash=sha256:" in entry for entry in entries)


def test_what_is_left_out_is_no_part_of_the_box() -> None:
    """Nothing of the box itself, and no licence, is thrown away to save room."""
    ours = ("appliance", "optimized_models", "mqtt_contracts", "classbox")

    assert not [pattern for pattern in NOT_NEEDED if pattern.startswith(ours)]
    assert not [one for one in NOT_NEEDED if "license" in one.lower() or one == "*.dist-info"]
