"""An erasure by the command line claims nothing that it has not done."""

from pathlib import Path

from appliance.domain.seats import SeatKey
from appliance.storage.store import Storage
from tests.support.clocks import ManualClock
from tests.support.service import run_classbox, write_config


def test_a_box_that_cannot_be_told_is_not_erased_behind_its_back(tmp_path: Path) -> None:
    """Something has the databases open and no door: its memory would bring back what is erased."""
    config = write_config(tmp_path, cameras={"front": 'source = "/dev/video97"'})
    storage = Storage.open(tmp_path / "state", clock=ManualClock(), on_file={SeatKey("a01")})
    storage.start()

    said = run_classbox("erase", "a01", "--yes", "--config", str(config))
    storage.stop()

    assert said.returncode == 1
    assert "erased" not in said.stdout
    assert "is in use; stop the service (sudo systemctl stop classbox)" in said.stderr
    after = run_classbox("erase", "a01", "--yes", "--config", str(config))
    assert after.stdout == "0 feature rows and 0 records erased\n"
