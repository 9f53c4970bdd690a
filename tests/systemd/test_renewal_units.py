"""The timer renews every day, and the unit may write certificates and nothing else."""

import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest
import typer.main

from appliance.commands.command_line import build_app

FOLDER = Path(__file__).parents[2] / "systemd"


def read_unit(name: str) -> dict[str, dict[str, str]]:
    """Return the sections of a unit."""
    parser = ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # keys keep their case
    parser.read(FOLDER / name, encoding="utf-8")
    return {section: dict(parser[section]) for section in parser.sections()}


def test_its_command_exists() -> None:
    """A command of a group."""
    _, group, name = read_unit("classbox-renew.service")["Service"]["ExecStart"].split()
    command = typer.main.get_command(build_app(group)).commands[group]  # type: ignore[attr-defined]  # a group

    assert name in command.commands


def test_it_is_daily_and_not_for_all_boxes_at_once() -> None:
    """A day without power is made up for."""
    timer = read_unit("classbox-renew.timer")["Timer"]

    assert timer["OnCalendar"] == "daily"
    assert timer["Persistent"] == "true"
    assert timer["RandomizedDelaySec"] == "4h"


def test_it_writes_only_where_certificates_are() -> None:
    """It is root, and talks to systemd alone."""
    service = read_unit("classbox-renew.service")["Service"]

    assert service["ProtectSystem"] == "strict"
    assert service["ReadWritePaths"] == "/etc/classbox -/etc/classbox-screens -/etc/mosquitto"
    assert service["RestrictAddressFamilies"] == "AF_UNIX"
    assert service["PrivateNetwork"] == "yes"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_understands_them(tmp_path: Path) -> None:
    """Systemd's own check finds nothing, once the program stands where the unit says."""
    units = [tmp_path / f"classbox-renew.{kind}" for kind in ("service", "timer")]
    for unit in units:
        text = (FOLDER / unit.name).read_text(encoding="utf-8")
        unit.write_text(text.replace("/usr/bin/classbox", sys.executable), encoding="utf-8")

    result = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, units)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (result.returncode, result.stderr) == (0, "")
