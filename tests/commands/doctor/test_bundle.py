"""The file for support is for the box's owner alone and holds nothing about a student."""

import json
import re
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import appliance
from appliance.commands.doctor.bundle import LOG_FIELDS, filter_log
from appliance.host.clock import SystemClock
from appliance.storage.store import Storage
from tests.support.service import run_classbox

CANARY = "canary7c1f"


def plant(state: Path) -> int:
    """Put a row of canaries into every table; return how many."""
    storage = Storage.open(state, clock=SystemClock())
    storage.start()
    storage.stop()
    planted = 0
    for name in ("privacy.db", "features.db"):
        with closing(sqlite3.connect(state / name)) as database:
            database.execute("PRAGMA ignore_check_constraints = ON")
            tables = database.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            ).fetchall()
            for (table,) in tables:
                columns = database.execute(f"PRAGMA table_info({table})").fetchall()
                kinds = {column[1]: column[2] for column in columns}
                values = {
                    "TEXT": CANARY,
                    "BLOB": CANARY.encode(),
                    "REAL": 7171.7171,
                    "INTEGER": 71717171,
                }
                row = [values[kind] for kind in kinds.values()]
                marks = ", ".join("?" * len(row))
                database.execute(f"INSERT INTO {table} VALUES ({marks})", row)  # noqa: S608
                planted += 1
            database.commit()
    return planted


def read(bundle: Path) -> dict[str, Any]:
    """Every file of the bundle."""
    with tarfile.open(bundle) as archive:
        return {
            member.name: json.loads(content.read())
            for member in archive
            if (content := archive.extractfile(member)) is not None
        }


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of a box that is full of canaries."""
    tmp_path = tmp_path_factory.mktemp("canaries")
    assert plant(tmp_path / "state") >= 8
    secret = tmp_path / "mqtt.password"
    secret.write_text(CANARY, encoding="utf-8")
    secret.chmod(0o600)
    config = tmp_path / "config.toml"
    config.write_text(
        f"# {CANARY}: who sits where\n"
        f'schema = 1\n[box]\nsite = "s"\nroom = "r"\nid = "b"\nstate_dir = "{tmp_path}/state"\n'
        '[policy]\nprofile = "fatigue-only"\n'
        f'[mqtt]\nhost = "127.0.0.1"\nport = 1\nusername = "{CANARY}"\n'
        f'password_file = "{secret}"\n'
        f'teachers = ["{CANARY}"]\nit = ["{CANARY}"]\n'
        f'[cameras.front]\nsource = "rtsp://{CANARY}:{CANARY}@127.0.0.1:1/live?key={CANARY}"\n'
        '[cameras.front.seats.a01]\nterminal = "pc-01"\nconsent = "granted"\n'
    )
    config.chmod(0o600)
    path = tmp_path / "support.tar.gz"
    done = run_classbox("doctor", "--config", str(config), "--bundle", str(path))
    assert done.returncode == 69, done.stderr
    assert CANARY not in done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].startswith(f"For support: {path} is written")
    return path


def test_no_canary_is_in_the_bundle(bundle: Path) -> None:
    """Neither a word of a table nor a secret of the configuration."""
    files = read(bundle)
    text = json.dumps(files)

    for canary in (CANARY, "7171.7171", "71717171"):
        assert canary not in text
    assert "consent" not in json.dumps(files["classbox-support/configuration.json"])
    privacy, features = files["classbox-support/databases.json"]
    assert {*privacy["rows"].values(), *features["rows"].values()} == {1}


def test_the_bundle_is_the_owners_alone_and_replaces_nothing(bundle: Path) -> None:
    """Mode 0600; a second one under the same name is refused."""
    assert bundle.stat().st_mode & 0o777 == 0o600

    again = run_classbox(
        "doctor", "--config", str(bundle.with_name("config.toml")), "--bundle", str(bundle)
    )

    assert again.returncode == 78
    assert "name a file that is not there yet" in again.stderr


def test_the_bundle_names_the_machine_and_what_doctor_found(bundle: Path) -> None:
    """Enough to help from afar."""
    files = read(bundle)

    assert files["classbox-support/versions.json"]["libraries"]["classbox"]
    parts = {link["part"] for link in files["classbox-support/doctor.json"]}
    assert {"configuration", "state folder", "models", "camera", "broker"} <= parts
    assert not parts & {"person", "consent", "reading", "alert", "terminal"}
    source = files["classbox-support/configuration.json"]["cameras"]["front"]["source"]
    assert source == "rtsp://***@127.0.0.1:1/live?***"


def test_of_the_log_only_what_speaks_of_the_machine_is_kept() -> None:
    """By event and by field: neither a seat nor a word that nobody expected."""
    lines = [
        {"event": "camera_state", "camera": "front", "state": "live", "surprise": CANARY},
        {"event": "alert_raised", "seat": "a01", "affect": CANARY},
        {"event": "action_refused", "seat": CANARY},
        {"event": "teacher_told", "contacts": [CANARY]},
    ]
    text = "\n".join([*(json.dumps(line) for line in lines), f"Traceback {CANARY}", "[]", "7"])

    assert list(filter_log(text)) == [
        {"event": "camera_state", "camera": "front", "state": "live"},
    ]
    personal = {"seat", "affect", "occupancy", "action", "rule", "intensity", "contacts", "seats"}
    assert not personal & {field for fields in LOG_FIELDS.values() for field in fields}


def test_every_event_that_may_pass_is_one_that_is_logged() -> None:
    """A list of events that nobody writes any more would hide that others are missing."""
    code = "\n".join(
        path.read_text(encoding="utf-8") for path in Path(appliance.__file__).parent.rglob("*.py")
    )
    for event, fields in LOG_FIELDS.items():
        calls = re.findall(rf'\(\s*"{event}"(.{{0,160}})', code, re.DOTALL)
        assert calls, event
        said = " ".join(calls)
        bound = {"camera"}  # by the reader, to all it logs
        assert all(f"{field}=" in said for field in set(fields) - bound), (event, fields)
