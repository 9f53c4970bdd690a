"""A terminal at a real broker, with the box's side played by a plain client."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from appliance.mqtt.contract.classroom import ContextMessage
from appliance.mqtt.contract.commands import CommandBody
from appliance.terminal.answers import Answers
from appliance.terminal.applied import AppliedCommands
from appliance.terminal.record import TerminalEvent
from appliance.terminal.terminal import Terminal
from tests.support.clocks import LeapingClock
from tests.support.listener import Heard, Listener
from tests.support.messages import ROOM, SITE, TERMINAL, address_of, stamper

PREFIX = f"cb/v1/{SITE}/{ROOM}/seat/{TERMINAL}"


@dataclass
class RecordingScreen:
    """Remembers what was shown."""

    shown: list[tuple[CommandBody, float | None]] = field(default_factory=list)
    released: list[CommandBody] = field(default_factory=list)
    broken: bool = False
    before: Callable[[], object] = lambda: None
    """Called before each."""

    @property
    def knows_again(self) -> bool:
        """It would count the same command twice."""
        return False

    def show(
        self,
        command: str,
        body: CommandBody,
        *,
        hold_s: float | None,
        too_late: Callable[[], bool],
    ) -> bool:
        """Remember, or break."""
        del command
        if self.broken:
            raise RuntimeError
        if too_late():
            return False
        self.before()
        self.shown.append((body, hold_s))
        return True

    def cover(self, command: str, body: CommandBody, *, hold_s: float) -> None:
        """Nothing lies beside it."""

    def release(self, command: str, body: CommandBody) -> None:
        """Remember."""
        del command
        self.released.append(body)

    @property
    def covered(self) -> bool:
        """True while a lock or a rest is shown."""
        return sum(hold_s is not None for _, hold_s in self.shown) > len(self.released)


class Seat:
    """A running terminal, its screen, its events, and a listener on its topics."""

    def __init__(
        self,
        port: int,
        *,
        answers: Answers,
        context: ContextMessage | None,
        applied: AppliedCommands | None,
        clock_state: str,
        longest_lock_s: float,
    ) -> None:
        """Prepare both sides."""
        self.clock = LeapingClock()
        self.screen = RecordingScreen()
        self.events: list[TerminalEvent] = []
        self.listener = Listener(port, f"{PREFIX}/#")
        self.terminal = Terminal(
            address=address_of(port),
            site=SITE,
            room=ROOM,
            terminal=TERMINAL,
            answers=answers,
            screen=self.screen,
            clock=self.clock,
            on_event=self.events.append,
            context=context,
            longest_lock_s=longest_lock_s,
            longest_rest_s=0.6,
            first_backoff_s=0.1,
            applied=applied,
            clock_state=lambda: clock_state,
        )
        self._box = stamper("box/box-1")

    def command(self, body: CommandBody, *, src: str | None = None) -> dict[str, Any]:
        """A command as a box would send it."""
        box = self._box if src is None else stamper(src)
        document: dict[str, Any] = json.loads(box.stamp(body, ttl_s=body.TTL_S).to_json())
        return document

    def deliver(self, document: dict[str, Any], *, expiry_s: int | None = 10) -> str:
        """Publish a command and return its id."""
        self.listener.publish(f"{PREFIX}/cmd", json.dumps(document), expiry_s=expiry_s)
        return str(document["id"])

    def answers_to(self, command: str, topic: str = "ack") -> list[Heard]:
        """What the terminal said about a command, in order."""
        return [
            each
            for each in self.listener.on(f"{PREFIX}/{topic}")
            if each.document["corr"] == command
        ]

    def statuses(self, command: str) -> list[str]:
        """Acknowledged states of a command, in order; a rejection with its reason."""
        return [
            "/".join(filter(None, each.document["data"].values()))
            for each in self.answers_to(command)
        ]

    def feedback(self, command: str) -> list[str]:
        """Feedback kinds about a command, in order."""
        return [each.document["data"]["kind"] for each in self.answers_to(command, "feedback")]


MakeSeat = Callable[..., Seat]
