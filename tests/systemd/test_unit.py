"""The systemd unit names commands and exit codes that exist, and keeps frames off the disk."""

import re
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest
import typer.main

from appliance.commands.command_line import build_app
from appliance.errors import ConfigError, ModelLoadError
from appliance.host.starts import LONGEST_PAUSE_S
from appliance.permissions import CREDENTIALS

UNIT = Path(__file__).parents[2] / "systemd" / "classbox.service"

MOST_EXPOSED = 1.5
"""``systemd-analyze security``: 0 is a program that can do nothing, 10 one that can do all."""


@pytest.fixture
def service() -> dict[str, str]:
    """Return the unit's [Service] section."""
    parser = ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # keys keep their case
    parser.read(UNIT, encoding="utf-8")
    return dict(parser["Service"])


def test_its_command_exists(service: dict[str, str]) -> None:
    """Subcommand and options are those of the program."""
    _, name, *options = service["ExecStart"].split()
    command = typer.main.get_command(build_app(name)).commands[name]  # type: ignore[attr-defined]  # a group
    known = {option for parameter in command.params for option in parameter.opts}

    assert {option for option in options if option.startswith("--")} <= known


def test_what_cannot_heal_is_not_restarted(service: dict[str, str]) -> None:
    """A wrong configuration and a bad model wait for an operator, everything else is retried."""
    codes = {int(code) for code in service["RestartPreventExitStatus"].split()}

    assert codes == {ConfigError.exit_code, ModelLoadError.exit_code}
    # systemd.service(5): the codes are those of the main process.
    assert not {"ExecStartPre", "ExecCondition"} & set(service)
    assert service["Restart"] == "on-failure"
    assert service["Type"] == "notify"
    assert int(service["WatchdogSec"]) >= 10


def test_pauses_between_failed_starts_fit_into_the_start(service: dict[str, str]) -> None:
    """Or systemd would kill a program that only waits, and call it a time-out."""
    assert int(service["TimeoutStartSec"]) >= LONGEST_PAUSE_S + 30
    assert service["RuntimeDirectoryPreserve"] == "restart"  # where they are counted


def test_credentials_are_handed_over_under_the_name_that_is_looked_for(
    service: dict[str, str],
) -> None:
    """And a box without any starts, too."""
    name, _, folder = service["LoadCredential"].partition(":")

    assert (name, folder) == (CREDENTIALS, "/etc/classbox/credentials")
    # systemd.exec(5): a value that stands in where nothing can be loaded.
    assert service["SetCredential"].startswith(f"{name}:")


def test_frames_cannot_reach_the_disk(service: dict[str, str]) -> None:
    """No core dump, no swap, a folder to write into, and one for what names a crash."""
    assert service["LimitCORE"] == "0"
    assert service["MemorySwapMax"] == "0"
    assert service["ProtectSystem"] == "strict"
    assert service["StateDirectoryMode"] == "0700"
    assert service["RuntimeDirectoryMode"] == "0700"
    assert service["RuntimeDirectoryPreserve"] == "restart"
    assert "ReadWritePaths" not in service


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_understands_it(tmp_path: Path) -> None:
    """Systemd's own check finds nothing, once the program stands where the unit says."""
    unit = tmp_path / "classbox.service"
    text = UNIT.read_text(encoding="utf-8")
    unit.write_text(text.replace("/usr/bin/classbox", sys.executable), encoding="utf-8")

    result = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_little_is_open_to_whoever_takes_the_service_over() -> None:
    """By systemd's own measure."""
    result = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", str(UNIT)],
        capture_output=True,
        text=True,
        check=True,
    )

    measured = re.search(r"exposure level for classbox.service: ([0-9.]+)", result.stdout)
    assert measured is not None
    assert float(measured[1]) <= MOST_EXPOSED
