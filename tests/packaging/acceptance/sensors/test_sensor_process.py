"""``classbox sense`` at a real broker: it looks when it may, and stops when somebody says no."""

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from acceptance.sensors.revocations import measure
from acceptance.sensors.stand_in import (
    SEAT,
    TERMINAL,
    RunningSensor,
    StandIn,
    wait_for,
    write_sensor,
)

from appliance.commands.demo.packaged import packaged_clip
from appliance.mqtt.private_broker import PrivateBroker

pytestmark = [pytest.mark.broker, pytest.mark.long]

SEATS = {SEAT: TERMINAL}


def test_a_refusal_closes_the_camera_and_so_does_a_silent_decider(tmp_path: Path) -> None:
    """Generous limits: the acceptance command has the real ones."""
    found = measure(tmp_path, times=3, silences=1, quiet=True)

    assert max(found.alive_s) < 2, found
    assert max(found.dead_s) < 2, found
    assert max(found.silent_s) < 13, found


def test_tokens_arrive_and_nothing_else_of_anybody(tmp_path: Path) -> None:
    """Up to five in each, gapless, never retained; the session says that it looks."""
    with PrivateBroker(tmp_path / "broker") as broker:
        config = write_sensor(
            tmp_path / "sensor", port=broker.port, clip=packaged_clip(), seats=SEATS
        )
        with StandIn(port=broker.port, seats=SEATS) as decider, RunningSensor(config) as sensor:
            wait_for(lambda: decider.health, timeout_s=60)
            assert not sensor.looks()
            assert decider.packets == []
            decider.live()
            wait_for(lambda: len(decider.packets) >= 4, timeout_s=60)
            words = subprocess.run(
                [sys.executable, "-m", "appliance", "sense", "--status"],
                env=sensor.environment,
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            assert sensor.terminate() == 0
            left = sensor.looking_file.exists()

    firsts = [(packet.first, len(packet.at_s)) for packet in decider.packets]
    tokens = [each for each in decider.deliveries if each.topic.endswith("/tokens")]
    assert all(earlier[0] + earlier[1] == later[0] for earlier, later in pairwise(firsts))
    assert max(count for _, count in firsts) == 5  # fewer where the machine was busy
    assert not any(each.retained for each in tokens)
    assert all(each.expiry_s is not None and each.expiry_s <= 5 for each in tokens)
    assert max(len(each.payload) for each in tokens) <= 2048
    assert words == "classbox looks: at a07\n"
    assert not left
    assert {each.topic.rpartition("/")[2] for each in decider.deliveries if each.retained} == {
        "status",
        "info",
    }


def test_each_command_names_the_other_where_the_role_is_the_others(tmp_path: Path) -> None:
    """Exit code 78 and the next step."""
    config = write_sensor(tmp_path / "s", port=1, clip=packaged_clip(), seats=SEATS)
    whole = write_sensor(tmp_path / "b", port=1, clip=packaged_clip(), seats=SEATS, role="all")
    for command, its, other in (("run", config, "sense"), ("sense", whole, "run")):
        with RunningSensor(its, command=command) as process:
            process.wait(timeout_s=60)
            said = process.log.read_text(encoding="utf-8")

        assert process.ended == 78
        assert f"classbox {other} --config {its}" in said
