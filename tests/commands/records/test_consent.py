"""Who may be looked at can be seen, with the reason, whether the service runs or not."""

import json
from pathlib import Path

from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.storage.consents import Ground, list_consents
from appliance.storage.store import Storage
from tests.support.clocks import NOON_S, ManualClock
from tests.support.service import run_classbox, write_config

SEATS = [SeatKey(f"a{number:02d}") for number in range(1, 6)]
ON_FILE, STAY, NEXT, BACK, NEVER = SEATS


def test_each_ground_is_told_with_who_and_since_when(tmp_path: Path) -> None:
    """As the box itself has put them on record."""
    storage = Storage.open(tmp_path, clock=ManualClock(), on_file={ON_FILE})
    storage.start()
    storage.consent.occupancy_changed(STAY, OccupancyKey("somebody"))
    storage.consent.grant(STAY, actor="teacher/t1")
    storage.consent.grant(NEXT, actor="operator")
    storage.consent.revoke(BACK, actor="terminal/pc-04")
    storage.flush()

    told = list_consents(tmp_path, seats=SEATS, on_file={ON_FILE})
    storage.stop()

    assert [(one.seat, one.granted, one.ground, one.actor, one.since_s) for one in told] == [
        (ON_FILE, True, Ground.ON_FILE, "configuration", NOON_S),
        (STAY, True, Ground.THIS_STAY, "teacher/t1", NOON_S),
        (NEXT, True, Ground.NEXT_STAY, "operator", NOON_S),
        (BACK, False, Ground.TAKEN_BACK, "terminal/pc-04", NOON_S),
        (NEVER, False, Ground.NEVER_GIVEN, "", None),
    ]


def test_a_box_that_has_never_run_tells_what_its_configuration_grants(tmp_path: Path) -> None:
    """Nothing is written by looking."""
    config = write_config(tmp_path, cameras={"front": 'source = "/dev/video97"'})

    printed = run_classbox("consent", "list", "--json", "--config", str(config))

    assert json.loads(printed.stdout) == [
        {
            "seat": "a01",
            "granted": True,
            "since": None,
            "by": "configuration",
            "why": Ground.ON_FILE.value,
        }
    ]
    assert not (tmp_path / "state").exists()


def test_the_table_tells_a_revocation(tmp_path: Path) -> None:
    """Also where the configuration grants."""
    config = write_config(tmp_path, cameras={"front": 'source = "/dev/video97"'})
    assert run_classbox("consent", "revoke", "a01", "--config", str(config)).returncode == 0

    shown = run_classbox("consent", "list", "--config", str(config)).stdout

    [line] = [line for line in shown.splitlines() if "a01" in line]
    assert all(word in line for word in ("denied", "operator", "taken back"))
