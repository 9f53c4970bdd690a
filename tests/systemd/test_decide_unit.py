"""The unit of a room's decider: as hard as the box's, without a camera, in folders of its own."""

import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "systemd"
UNIT = FOLDER / "classbox-decide@.service"

OF_ITS_OWN = {
    "ExecStart",
    "SupplementaryGroups",
    "StateDirectory",
    "RuntimeDirectory",
    "Environment",
    "DeviceAllow",
    "MemoryMax",
}
"""What differs from the box's unit."""


def service(unit: Path) -> dict[str, str]:
    """Return a unit's [Service] section; of a key that comes again, the last line."""
    parser = ConfigParser(strict=False, interpolation=None)
    parser.read(unit, encoding="utf-8")
    return dict(parser["Service"])


def test_it_is_as_hard_as_the_box() -> None:
    """Everything that is not of its own is the same."""
    own = {key.lower() for key in OF_ITS_OWN}
    box, room = service(FOLDER / "classbox.service"), service(UNIT)
    assert {key: box[key] for key in box if key not in own} == {
        key: room[key] for key in room if key not in own
    }


def test_no_device_is_open_to_it() -> None:
    """It looks at nothing."""
    room = service(UNIT)
    assert room["devicepolicy"] == "closed"
    assert not {"deviceallow", "supplementarygroups"} & room.keys()


def test_each_room_has_files_of_its_own() -> None:
    """Two rooms on one machine share no state."""
    room = service(UNIT)
    assert all("%i" in room[key] for key in ("execstart", "statedirectory", "runtimedirectory"))


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_understands_it(tmp_path: Path) -> None:
    """Systemd's own check finds nothing, once the program stands where the unit says."""
    unit = tmp_path / "classbox-decide@lab.service"
    text = UNIT.read_text(encoding="utf-8").replace("/usr/bin/classbox", sys.executable)
    unit.write_text(text, encoding="utf-8")
    result = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")
