"""A decider at a real broker: sensors that forge, are old or talk nonsense are told so by lease."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.commands.bench.sensors.replayed import ReplayedSensor
from appliance.deciding import TickResult
from appliance.domain.seats import TerminalKey
from appliance.host.clock import SystemClock
from appliance.host.systemd import SystemdNotifier
from appliance.mqtt.contract.sensors import SensorHealth, SensorState
from appliance.mqtt.contract.topics import RoomTopics
from appliance.mqtt.private_broker import LOOPBACK, PrivateBroker
from appliance.mqtt.wire.address import BrokerAddress
from appliance.service.box import Box, BoxWatchers
from appliance.settings.load import parse_settings
from tests.support.listener import Listener
from tests.support.rooms import A01, A02
from tests.support.sensed_seats import ONE, SENSORS, TWO
from tests.support.token_packets import make_packet
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.long, pytest.mark.broker]

TOPICS = RoomTopics(site="school", room="lab")


@pytest.fixture
def results() -> list[TickResult]:
    """What the decider makes of it."""
    return []


@pytest.fixture
def box(broker: PrivateBroker, tmp_path: Path, results: list[TickResult]) -> Iterator[Box]:
    """A decider of two sensors, running."""
    sensors = {
        key: {"seats": {seat: {"terminal": pc, "consent": "granted"} for seat, pc in its.items()}}
        for key, its in SENSORS.items()
    }
    state = tmp_path / "state"
    tables = {
        "schema": 1,
        "box": {
            "role": "decide",
            "site": "school",
            "room": "lab",
            "id": "box-1",
            "state_dir": state,
        },
        "policy": {"profile": "four-state"},
        "engines": {"tune": False},
        "mqtt": {"host": LOOPBACK, "port": broker.port},
        "sensors": sensors,
    }
    running = Box(
        parse_settings(tables, origin="test"),
        clock=SystemClock(),
        notifier=SystemdNotifier(None),
        watchers=BoxWatchers(on_tick=results.append),
    )
    running.connect()
    running.watch()
    yield running
    running.stop()


def test_one_reads_on_while_the_other_is_refused_and_lost(
    box: Box, broker: PrivateBroker, results: list[TickResult]
) -> None:
    """And each refusal comes with its reason."""
    encoder = box.models.fusion.spec.made_for[0]
    address = BrokerAddress(host=LOOPBACK, port=broker.port)
    # The second one may write where the first one may: a broker without an ACL.
    terminals = {A01: TerminalKey("pc-01"), A02: TerminalKey("pc-02")}

    def seen() -> int:
        return sum(one.seat == A01 for result in results for one in result.readings)

    with (
        ReplayedSensor(address=address, topics=TOPICS, sensor=ONE, terminals=terminals) as one,
        ReplayedSensor(address=address, topics=TOPICS, sensor=TWO, terminals=terminals) as two,
        Listener(broker.port, "cb/v1/school/lab/box/+/health") as listener,
    ):
        wait_until(lambda: one.lease is not None and two.lease is not None)
        assert one.lease is not None
        assert one.lease.seats[A01].allowed
        assert one.lease.refused == ""

        order = [0, 2, 1, 1, 0, 3, 2]  # disorder and doubles of one
        for number in order:
            two.send(make_packet(seat=A01, sensor=TWO, encoder=encoder, first=5 * number))
            one.send(make_packet(seat=A01, sensor=ONE, encoder=encoder, first=5 * number))
        wait_until(lambda: seen() == 20)
        wait_until(lambda: two.lease is not None and "seat a01" in two.lease.refused)
        two.send(make_packet(seat=A02, sensor=TWO, encoder="expression_mobilevit 1.0.0"))
        wait_until(lambda: two.lease is not None and "1.0.0" in two.lease.refused)
        assert two.lease is not None
        assert encoder in two.lease.refused
        assert one.lease.refused == ""

        two.say_state(SensorState.DISCONNECTED)
        one.say_health(SensorHealth())

        def lost() -> bool:
            reports = listener.of_type("box.health")
            sensors = reports[-1].document["data"]["sensors"] if reports else {}
            states = [sensors.get(key, {}).get("state") for key in (ONE, TWO)]
            return states == ["live", "lost"]

        wait_until(lost)
        seats = listener.of_type("box.health")[-1].document["data"]["seats"]
        assert seats[A01] != seats[A02] == "lost"
        assert seen() == 20
