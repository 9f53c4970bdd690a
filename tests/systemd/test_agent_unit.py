"""The agent's unit: not root, not the student, and a lock outlives its crash."""

import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "systemd"
UNIT = FOLDER / "classbox-agent.service"


@pytest.fixture(name="service")
def the_service() -> dict[str, str]:
    """Its section."""
    parser = ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # keys keep their case
    parser.read(UNIT, encoding="utf-8")
    return dict(parser["Service"])


def test_it_may_end_veyon_and_nothing_else(service: dict[str, str]) -> None:
    """An account of its own with one right."""
    accounts = (FOLDER / "classbox.sysusers.conf").read_text(encoding="utf-8")

    assert f"u {service['User']} " in accounts
    assert service["CapabilityBoundingSet"] == service["AmbientCapabilities"] == "CAP_KILL"


def test_what_holds_a_lock_is_not_ended_with_the_agent(service: dict[str, str]) -> None:
    """And the agent is back in a second."""
    assert service["KillMode"] == "process"
    assert service["RestartSec"] == "1"


def test_it_sees_veyons_processes(service: dict[str, str]) -> None:
    """A lock that it could not see it could not end."""
    assert not {"ProtectProc", "PrivateUsers", "PrivatePIDs"} & set(service)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_understands_it(tmp_path: Path) -> None:
    """Systemd's own check finds nothing, once the program stands where the unit says."""
    unit = tmp_path / UNIT.name
    text = UNIT.read_text(encoding="utf-8").replace("/usr/bin/classbox", sys.executable)
    unit.write_text(text.replace("Documentation=man:classbox(1)\n", ""), encoding="utf-8")

    result = subprocess.run(
        ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False
    )

    assert (result.returncode, result.stderr) == (0, "")
