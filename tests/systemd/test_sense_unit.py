"""The sensor's unit: it yields, it stays down where nothing can heal, systemd reads it."""

import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

from appliance.errors import ConfigError, ModelLoadError

UNIT = Path(__file__).parents[2] / "systemd" / "user" / "classbox-sense.service"


@pytest.fixture(name="service")
def the_service() -> dict[str, str]:
    """Its section."""
    parser = ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # keys keep their case
    parser.read(UNIT, encoding="utf-8")
    return dict(parser["Service"])


def test_what_cannot_heal_is_not_restarted(service: dict[str, str]) -> None:
    """As the box."""
    codes = {int(code) for code in service["RestartPreventExitStatus"].split()}

    assert codes == {ConfigError.exit_code, ModelLoadError.exit_code}
    assert service["Type"] == "notify"


def test_the_student_comes_first_and_no_frame_reaches_the_disk(service: dict[str, str]) -> None:
    """Nice, and neither core dump nor swap."""
    assert int(service["Nice"]) >= 10
    assert (service["LimitCORE"], service["MemorySwapMax"]) == ("0", "0")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_understands_it(tmp_path: Path) -> None:
    """As a user's unit."""
    unit = tmp_path / UNIT.name
    text = UNIT.read_text(encoding="utf-8").replace("/usr/bin/classbox", sys.executable)
    unit.write_text(text.replace("Documentation=man:classbox(1)\n", ""), encoding="utf-8")

    result = subprocess.run(
        ["systemd-analyze", "--user", "verify", str(unit)],
        capture_output=True,
        text=True,
        check=False,
        env={"XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
    )

    assert (result.returncode, result.stderr) == (0, "")
