"""``classbox terminal``: readable on a console, ends when told, needs no broker to start."""

import io
import threading

import pytest
from rich.console import Console

from appliance.mqtt.contract.commands import Hint
from appliance.mqtt.private_broker import PrivateBroker
from appliance.terminal.record import TerminalEvent
from appliance.terminal.run import run_terminal
from tests.support.listener import Listener
from tests.support.messages import ROOM, SITE, TERMINAL, address_of, message_json
from tests.support.terminals import PREFIX
from tests.support.waiting import wait_until


class Program:
    """``run_terminal`` on a thread, with what it printed."""

    def __init__(self, port: int, *, auto: str | None, keyboard: str = "") -> None:
        """Start it."""
        self.events: list[TerminalEvent] = []
        self._text = io.StringIO()
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=run_terminal,
            kwargs={
                "address": address_of(port),
                "site": SITE,
                "room": ROOM,
                "terminal": TERMINAL,
                "auto": auto,
                "console": Console(file=self._text, width=100),
                "keyboard": io.StringIO(keyboard),
                "stop": self._stop,
                "on_event": self.events.append,
            },
        )
        self._thread.start()

    @property
    def text(self) -> str:
        """What the console shows."""
        return self._text.getvalue()

    def end(self) -> None:
        """Stop it and wait."""
        self._stop.set()
        self._thread.join(10)
        assert not self._thread.is_alive()


@pytest.mark.broker
@pytest.mark.parametrize(
    ("auto", "keyboard", "step"),
    [
        pytest.param("accept", "", "feedback.accepted", id="auto-accept"),
        pytest.param("dismiss", "", "feedback.dismissed", id="auto-dismiss"),
        pytest.param(None, "4\n", "feedback.rated", id="typed-rating"),
    ],
)
def test_a_command_is_shown_and_answered(
    broker: PrivateBroker, auto: str | None, keyboard: str, step: str
) -> None:
    """The words of the command on the console, the answer on the broker."""
    program = Program(broker.port, auto=auto, keyboard=keyboard)
    try:
        with Listener(broker.port, f"{PREFIX}/#") as listener:
            wait_until(lambda: "connected" in program.text)
            # Markup from the network stays text.
            hint = Hint(text="Need [bold]a hint[/bold]?", topic="fractions")
            listener.publish(
                f"{PREFIX}/cmd", message_json("box/box-1", hint, ttl_s=300), expiry_s=300
            )
            wait_until(lambda: "succeeded" in [event.step for event in program.events])
            wait_until(lambda: listener.of_type("feedback"))
    finally:
        program.end()

    assert step in [event.step for event in program.events]
    assert "Need [bold]a hint[/bold]?" in program.text
    assert "fractions" in program.text
    assert ("[a]ccept" in program.text) == (auto is None)


def test_without_a_broker_it_says_so_and_still_ends(own_port: int) -> None:
    """The student's machine may start before the school's server."""
    program = Program(own_port, auto="accept")
    try:
        wait_until(lambda: f"cannot reach the broker at 127.0.0.1:{own_port}" in program.text)
    finally:
        program.end()


def test_a_wrong_choice_is_refused(own_port: int) -> None:
    """``--auto`` knows two words."""
    with pytest.raises(ValueError, match=r"auto: expected one of \['accept', 'dismiss'\]"):
        run_terminal(
            address=address_of(own_port), site=SITE, room=ROOM, terminal=TERMINAL, auto="maybe"
        )
