"""The unit of the screens: an account of its own, nothing of the box's, little to take over."""

import re
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

from appliance.commands.broker.tell import SCREENS_UNIT
from appliance.commands.placing.layout import SCREENS_DIR, SCREENS_GROUP
from appliance.commands.setup.texts import LOW_PORT
from appliance.errors import ConfigError, ModelLoadError

UNIT = Path(__file__).parents[2] / "systemd" / SCREENS_UNIT

MOST_EXPOSED = 1.5
"""``systemd-analyze security``: 0 is a program that can do nothing, 10 one that can do all."""

systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd is not installed"
)


@pytest.fixture
def service() -> dict[str, str]:
    """Return the unit's [Service] section."""
    parser = ConfigParser(strict=False, interpolation=None)
    parser.read(UNIT, encoding="utf-8")
    return dict(parser["Service"])


def test_it_runs_the_screens_that_setup_configured(service: dict[str, str]) -> None:
    """By the account whose group reads the keys."""
    assert service["execstart"].split()[1:] == [
        "screens", "run", "--config", str(SCREENS_DIR / "screens.toml"),
    ]  # fmt: skip
    assert service["user"] == service["group"] == SCREENS_GROUP


def test_what_cannot_heal_is_not_restarted(service: dict[str, str]) -> None:
    """A wrong configuration waits for somebody, everything else is retried."""
    codes = {int(code) for code in service["restartpreventexitstatus"].split()}

    assert codes == {ConfigError.exit_code, ModelLoadError.exit_code}
    assert (service["type"], service["restart"]) == ("notify", "on-failure")
    assert int(service["watchdogsec"]) >= 10


def test_nothing_of_the_box_can_be_reached() -> None:
    """Neither its keys nor its databases nor a camera; only its own folder can be written."""
    text = UNIT.read_text(encoding="utf-8")
    hidden = {
        path.removeprefix("-")
        for line in text.splitlines()
        if line.startswith("InaccessiblePaths=")
        for path in line.partition("=")[2].split()
    }

    assert {"/etc/classbox", "/var/lib/classbox", "/run/classbox", "/etc/mosquitto"} <= hidden
    assert any(path.endswith("optimized_models") for path in hidden)
    assert "PrivateDevices=yes" in text
    assert "SupplementaryGroups" not in text
    assert "DeviceAllow" not in text
    assert "ReadWritePaths" not in text
    assert "ProtectSystem=strict" in text


def test_keys_stay_in_memory(service: dict[str, str]) -> None:
    """No core dump, no swap."""
    assert (service["limitcore"], service["memoryswapmax"]) == ("0", "0")
    assert service["statedirectorymode"] == "0700"


@systemd
@pytest.mark.parametrize("low_port", [False, True], ids=["8443", "443"])
def test_systemd_understands_it_and_finds_little_open(tmp_path: Path, *, low_port: bool) -> None:
    """By its own check and measure, also with the right to a port below 1024."""
    unit = tmp_path / UNIT.name
    text = UNIT.read_text(encoding="utf-8")
    unit.write_text(text.replace("/usr/bin/classbox", sys.executable), encoding="utf-8")
    if low_port:
        unit.write_text(unit.read_text().replace("[Install]", f"{LOW_PORT}\n[Install]"))

    checked = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    judged = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", str(unit)],
        capture_output=True,
        text=True,
        check=True,
    )

    assert (checked.returncode, checked.stderr) == (0, "")
    measured = re.search(rf"exposure level for {UNIT.name}: ([0-9.]+)", judged.stdout)
    assert measured is not None
    assert float(measured[1]) <= MOST_EXPOSED
