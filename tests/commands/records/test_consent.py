"""Who may be looked at can be seen, with the reason, whether the service runs or not."""

import json
from pathlib import Path

import pytest

from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.storage.consents import Ground, find_loss, list_consents
from appliance.storage.store import Storage
from tests.support.clocks import NOON_S, ManualClock
from tests.support.disk import rows
from tests.support.service import Service, run_classbox, write_config
from tests.support.waiting import wait_until

SEATS = [SeatKey(f"a{number:02d}") for number in range(1, 6)]
ON_FILE, STAY, LOST, BACK, NEVER = SEATS


def test_each_ground_is_told_with_who_and_since_when(tmp_path: Path) -> None:
    """As the box itself has put them on record."""
    storage = Storage.open(tmp_path, clock=ManualClock(), on_file={ON_FILE})
    storage.start()
    storage.consent.occupancy_changed(STAY, OccupancyKey("somebody"))
    storage.consent.grant(STAY, actor="teacher/t1")
    storage.consent.revoke(BACK, actor="terminal/pc-04")
    storage.flush()

    told = list_consents(tmp_path, seats=SEATS, on_file={ON_FILE})
    storage.stop()

    assert [(one.seat, one.granted, one.ground, one.actor, one.since_s) for one in told] == [
        (ON_FILE, True, Ground.ON_FILE, "configuration", NOON_S),
        (STAY, True, Ground.THIS_STAY, "teacher/t1", NOON_S),
        (LOST, False, Ground.NEVER_GIVEN, "", None),
        (BACK, False, Ground.TAKEN_BACK, "terminal/pc-04", NOON_S),
        (NEVER, False, Ground.NEVER_GIVEN, "", None),
    ]


def test_a_loss_is_told_before_the_next_start_and_after_it(tmp_path: Path) -> None:
    """The service need not have met it; what was taken back is still known."""
    storage = Storage.open(tmp_path, clock=ManualClock(), on_file={ON_FILE, LOST, BACK})
    storage.start()
    storage.consent.revoke(BACK, actor="terminal/pc-04")
    storage.stop()
    (tmp_path / "privacy.db").unlink()

    def told() -> list[tuple[bool, Ground]]:
        seats = [ON_FILE, LOST, BACK]
        consents = list_consents(tmp_path, seats=seats, on_file=seats)
        return [(one.granted, one.ground) for one in consents]

    expected = [(False, Ground.LOST), (False, Ground.LOST), (False, Ground.TAKEN_BACK)]
    assert told() == expected
    assert find_loss(tmp_path, on_file=SEATS[:4]).startswith(
        "privacy.db or refusals.jsonl was lost"
    )
    storage = Storage.open(tmp_path, clock=ManualClock(), on_file={ON_FILE, LOST, BACK})
    storage.start()
    storage.stop()
    assert told() == expected
    assert "on seat a01, a03" in find_loss(tmp_path, on_file=[ON_FILE, LOST, BACK])


def test_a_sound_box_and_one_that_never_ran_have_lost_nothing(tmp_path: Path) -> None:
    """Nothing is said, and nothing is made by looking."""
    assert find_loss(tmp_path / "never", on_file=SEATS) == ""
    assert not (tmp_path / "never").exists()
    storage = Storage.open(tmp_path / "state", clock=ManualClock(), on_file=SEATS)
    storage.start()
    storage.consent.revoke(BACK, actor="operator")
    assert find_loss(tmp_path / "state", on_file=SEATS) == ""
    storage.stop()
    assert find_loss(tmp_path / "state", on_file=SEATS) == ""


def test_doctor_says_that_consent_was_lost_and_what_to_do(tmp_path: Path) -> None:
    """Also beside a stopped service, which has not met the loss yet."""
    config = write_config(tmp_path, cameras={"front": 'source = "/dev/video97"'})
    assert run_classbox("consent", "grant", "a01", "--config", str(config)).returncode == 0
    (tmp_path / "state" / "privacy.db").unlink()

    told = json.loads(run_classbox("doctor", "--json", "--config", str(config)).stdout)

    [link] = [one for one in told["links"] if one["part"] == "state folder"]
    assert link["verdict"] == "broken"
    assert (
        link["fact"] == "privacy.db or refusals.jsonl was lost, and with it who agreed on seat a01"
    )
    assert "sudo classbox consent grant" in link["next"]


def test_nobody_agrees_while_no_service_runs(tmp_path: Path) -> None:
    """Only a running box knows who sits there; where the school holds the consent it may."""
    config = write_config(tmp_path, cameras={"front": 'source = "/dev/video97"'}, consent="ask")

    refused = run_classbox("consent", "grant", "a01", "--config", str(config))

    assert refused.returncode == 1
    assert "nobody is known to sit on a01 while the service does not run" in refused.stderr
    assert "ask again when they have logged in" in refused.stderr


def test_a_revocation_beside_a_damaged_database_is_noted_all_the_same(tmp_path: Path) -> None:
    """The command says that it failed, and how it counts; the next start obeys."""
    config = write_config(tmp_path, cameras={"front": 'source = "/dev/video97"'})
    assert run_classbox("consent", "grant", "a01", "--config", str(config)).returncode == 0
    (tmp_path / "state" / "privacy.db").write_bytes(b"no database" * 999)

    said = run_classbox("consent", "revoke", "a01", "--config", str(config))

    assert said.returncode == 1
    assert "a01: noted in refusals.jsonl, so nobody is looked at there; but " in said.stderr
    assert '"revoked"' in (tmp_path / "state" / "refusals.jsonl").read_text(encoding="utf-8")


def test_a_stay_that_is_over_is_not_called_granted(tmp_path: Path) -> None:
    """The record outlives a restart, the stay may not; only the running service can tell."""
    storage = Storage.open(tmp_path, clock=ManualClock(), on_file=set())
    storage.start()
    storage.consent.occupancy_changed(STAY, OccupancyKey("somebody"))
    storage.consent.grant(STAY, actor="teacher/t1")
    storage.stop()

    def told(*, allowed: bool) -> tuple[bool, Ground]:
        [one] = list_consents(tmp_path, seats=[STAY], on_file=(), allowed={STAY: allowed})
        return one.granted, one.ground

    assert told(allowed=True) == (True, Ground.THIS_STAY)
    assert told(allowed=False) == (False, Ground.STAY_OVER)


@pytest.mark.long
def test_the_running_service_is_asked(tmp_path: Path) -> None:
    """After a restart nobody sits there for whom consent was given, or who could give it."""
    state = tmp_path / "state"
    config = write_config(tmp_path, cameras={"front": 'source = "/dev/video97"'}, consent="ask")
    state.mkdir(mode=0o700)
    storage = Storage.open(state, clock=ManualClock(), on_file=set())
    storage.start()
    storage.consent.occupancy_changed(ON_FILE, OccupancyKey("somebody"))
    storage.consent.grant(ON_FILE, actor="teacher/t1")
    storage.stop()
    where = ("--config", str(config))

    with Service(config):
        wait_until(
            lambda: run_classbox("status", "--config", str(config)).returncode != 69, timeout_s=60
        )
        [said] = json.loads(run_classbox("consent", "list", "--json", *where).stdout)
        refused = run_classbox("consent", "grant", "a01", *where)
        erased = run_classbox("erase", "a01", "--yes", *where)

    assert refused.returncode == 1
    assert "nobody is known to sit on a01; ask again when they have logged in" in refused.stderr
    assert erased.stdout.startswith("0 feature rows and "), erased.stderr
    events = rows(state / "privacy.db", "SELECT event, actor FROM audit WHERE event = 'erased'")
    assert events == [("erased", "operator")]
    assert (said["granted"], said["why"]) == (False, Ground.STAY_OVER.value)


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
