"""The terminal that the contract's README shows is one."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.domain.commands import CommandState
from appliance.domain.interventions import Action, Feedback, FeedbackKind
from appliance.domain.seats import TerminalKey
from appliance.domain.terminals import TerminalPresence
from appliance.host.clock import SystemClock
from appliance.mqtt.client import BrokerClient
from appliance.mqtt.private_broker import LOOPBACK, PrivateBroker
from appliance.mqtt.router import InboundHandlers
from tests.support.memory_store import MemoryCommandStore
from tests.support.messages import (
    BOX,
    ROOM,
    SITE,
    TERMINAL,
    TERMINALS,
    address_of,
    intervention,
    taking,
)
from tests.support.waiting import wait_until

LINES = 40
"""Without the empty ones; as its heading says."""

README = Path(__file__).parents[2] / "mqtt_contracts" / "README.md"


class Heard:
    """What a box was told."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.presences: list[TerminalPresence] = []
        self.feedback: list[Feedback] = []
        self.states: list[CommandState] = []

    def command(
        self, _command: str, _terminal: TerminalKey, state: CommandState, _reason: str
    ) -> None:
        """Note how far a command has come."""
        self.states.append(state)


@pytest.fixture
def heard() -> Heard:
    """The memory of the box."""
    return Heard()


@pytest.fixture
def box(tmp_path: Path, broker: PrivateBroker, heard: Heard) -> Iterator[BrokerClient]:
    """A box, and the program of the README beside it, at one broker."""
    program = tmp_path / "terminal.py"
    program.write_text(_program(), encoding="utf-8")
    client = BrokerClient(
        address=address_of(broker.port),
        site=SITE,
        room=ROOM,
        box=BOX,
        terminals=TERMINALS,
        store=MemoryCommandStore(),
        clock=SystemClock(),
    )
    client.listen(
        InboundHandlers(
            on_presence=heard.presences.append,
            on_feedback=taking(heard.feedback),
            on_command_state=heard.command,
        )
    )
    client.start()
    place = (LOOPBACK, str(broker.port), f"cb/v1/{SITE}/{ROOM}/seat/{TERMINAL}")
    terminal = subprocess.Popen([sys.executable, str(program), *place])
    try:
        yield client
    finally:
        terminal.kill()
        terminal.wait()
        client.stop(timeout_s=1.0)


@pytest.mark.broker
def test_it_shows_a_hint_and_answers(box: BrokerClient, heard: Heard) -> None:
    """Somebody logs in, a hint arrives, and the box hears what became of it."""
    wait_until(lambda: heard.presences, timeout_s=30.0)
    box.send(intervention(), terminal=TERMINAL)
    wait_until(lambda: heard.states[-1:] == [CommandState.SUCCEEDED])
    wait_until(lambda: heard.feedback)
    assert heard.presences[0].occupant is not None
    assert heard.states == [CommandState.STARTED, CommandState.SUCCEEDED]
    assert heard.feedback[0].kind is FeedbackKind.ACCEPTED


@pytest.mark.broker
def test_it_refuses_what_it_cannot_do(box: BrokerClient, heard: Heard) -> None:
    """A rest needs a way out, which the example leaves out."""
    wait_until(lambda: heard.presences, timeout_s=30.0)
    box.send(intervention(Action.MANDATORY_REST), terminal=TERMINAL)
    wait_until(lambda: heard.states)
    assert heard.states == [CommandState.REJECTED]


def test_it_is_as_short_as_it_says() -> None:
    """A short example is read; a long one is copied unread."""
    assert len([line for line in _program().splitlines() if line]) <= LINES


def _program() -> str:
    blocks = re.findall(
        r"^```python\n(.*?)^```", README.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    (program,) = blocks
    return str(program)
