"""What setup wrote runs: the broker starts, box and terminal find each other, check agrees."""

from pathlib import Path

import pytest

from appliance.domain.interventions import FeedbackKind
from appliance.domain.seats import SeatKey, TerminalKey
from appliance.host.clock import SystemClock
from appliance.mqtt.client import BrokerClient
from appliance.terminal.answers import AutoAnswers
from appliance.terminal.terminal import Terminal
from tests.support.memory_store import MemoryCommandStore
from tests.support.messages import intervention
from tests.support.service import run_classbox
from tests.support.set_up_rooms import SetUpRoom
from tests.support.terminals import RecordingScreen
from tests.support.waiting import wait_until


@pytest.fixture
def room(tmp_path: Path) -> SetUpRoom:
    """A room that was just set up."""
    return SetUpRoom.below(tmp_path / "machine")


@pytest.mark.long
def test_check_agrees_with_what_was_written(
    room: SetUpRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Configuration, credentials, models; the credentials lie below a folder here."""
    for name, value in room.environment().items():
        monkeypatch.setenv(name, value)

    result = run_classbox("check", "--offline", "--config", str(room.path("classbox/config.toml")))

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.broker
def test_a_command_goes_to_a_terminal_and_back(room: SetUpRoom, tmp_path: Path) -> None:
    """With the files as they were written: configuration, ACL, credentials."""
    seat, name = SeatKey("a01"), TerminalKey("pc-01")
    with room.broker(tmp_path / "broker") as broker:
        box = BrokerClient(
            address=room.box(broker.port),
            site="north-school",
            room="lab-2",
            box="box-1",
            terminals={name: seat},
            store=MemoryCommandStore(),
            clock=SystemClock(),
        )
        terminal = Terminal(
            address=room.terminal(broker.port, "pc-01"),
            site="north-school",
            room="lab-2",
            terminal=name,
            answers=AutoAnswers(FeedbackKind.ACCEPTED),
            screen=RecordingScreen(),
            clock=SystemClock(),
        )
        terminal.start()
        box.start()
        try:
            box.send(intervention(), terminal=name)
            wait_until(lambda: box.health().acknowledged == 1)
            assert box.expiring() == ()
        finally:
            terminal.stop()
            box.stop()
