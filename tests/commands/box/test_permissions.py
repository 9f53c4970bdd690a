"""``classbox check`` proves what the broker allows, and throws nobody off."""

import json
from pathlib import Path
from typing import Any

import pytest

from appliance.mqtt.contract.permissions import permissions_of
from appliance.mqtt.contract.topics import RoomTopics
from tests.support.acl_broker import AclBroker, box_acl
from tests.support.scenes import BOX, ROOM, SITE, Scene, scene
from tests.support.service import run_classbox
from tests.support.waiting import wait_until

pytestmark = pytest.mark.broker

TOPICS = RoomTopics(site=SITE, room=ROOM)
PERMISSIONS = permissions_of(TOPICS, BOX)
ACK = next(one for one in PERMISSIONS if one.topics.endswith("seat/+/ack"))


def check(here: Scene) -> tuple[int, dict[str, str]]:
    """Run the command; return its code, and the problem of each permission."""
    done = run_classbox("check", "--config", str(here.config), "--json")
    rows: list[dict[str, Any]] = json.loads(done.stdout)["checks"]
    return done.returncode, {
        row["name"]: row["problem"]
        and f"{row['file']}: {row['key']}: {row['problem']}; {row['next_step']}"
        for row in rows
        if row["subject"] == "permission"
    }


def broker_with(here: Scene, acl: str) -> None:
    """Run a broker with an ACL, and tell the box how to log in."""
    broker = here.open.enter_context(AclBroker(here.folder / "b", users=(BOX,), acl=acl))
    here.mqtt = {
        "port": str(broker.port),
        "username": f'"{BOX}"',
        "password_file": f'"{broker.address(BOX).password_file}"',
    }


def test_a_stopped_box_is_tried_in_its_place(tmp_path: Path) -> None:
    """A missing line is named as it has to stand in the ACL; code 69."""
    with scene(tmp_path) as here:
        broker_with(here, box_acl(TOPICS, BOX).replace(f"{ACK.acl_line}\n", ""))
        here.write()
        code, problems = check(here)

    assert code == 69
    (line,) = [line for line in problems.values() if line]
    assert line == (
        f"the broker's ACL: user {BOX}: the broker does not allow it; "
        f"add: topic read cb/v1/{SITE}/{ROOM}/seat/+/ack"
    )
    assert len(problems) == len(PERMISSIONS)


def test_a_running_box_is_asked_and_stays_connected(tmp_path: Path) -> None:
    """The broker takes the user name for the client id: a second client would throw it off."""
    with scene(tmp_path) as here:
        broker_with(here, box_acl(TOPICS, BOX))
        box = here.run_box()
        wait_until(lambda: box.broker.health().last_echo_s is not None)
        code, problems = check(here)

        health = box.broker.health()
    assert (code, set(problems.values())) == (0, {""})
    assert all(name.endswith("(delivered)") for name in problems)
    assert (health.connected, health.reconnects) == (True, 0)


def test_what_cannot_be_proved_is_said_and_is_no_problem(tmp_path: Path) -> None:
    """A school's own ACL need not let the box talk to itself."""
    with scene(tmp_path) as here:
        broker_with(here, box_acl(TOPICS, BOX, trials=False))
        here.write()
        code, problems = check(here)

    assert (code, set(problems.values())) == (0, {""})
    assert sum(name.endswith("(unproved)") for name in problems) == 6
    assert sum(name.endswith("(accepted)") for name in problems) == 6
