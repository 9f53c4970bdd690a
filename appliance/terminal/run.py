"""``classbox terminal``: the reference terminal on the command line."""

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from rich.console import Console

from appliance.domain.interventions import FeedbackKind
from appliance.domain.seats import TerminalKey
from appliance.host.readings import read_clock_state
from appliance.mqtt.contract.classroom import ContextMessage
from appliance.mqtt.contract.commands import LOCK_S, REST_S
from appliance.mqtt.wire.address import BrokerAddress
from appliance.terminal.answers import Answers, AutoAnswers, TypedAnswers
from appliance.terminal.applied import AppliedCommands
from appliance.terminal.clock import WakefulClock
from appliance.terminal.console import ConsoleScreen
from appliance.terminal.record import TerminalEvent
from appliance.terminal.terminal import Terminal

AUTO = {"accept": FeedbackKind.ACCEPTED, "dismiss": FeedbackKind.DISMISSED}
"""Values of ``--auto``."""


def run_terminal(
    *,
    address: BrokerAddress,
    site: str,
    room: str,
    terminal: TerminalKey,
    auto: str | None = None,
    context: ContextMessage | None = None,
    console: Console | None = None,
    keyboard: TextIO | None = None,
    stop: threading.Event | None = None,
    on_event: Callable[[TerminalEvent], None] = lambda _: None,
    longest_lock_s: float = LOCK_S,
    longest_rest_s: float = REST_S,
    state: Path | None = None,
) -> None:
    """Be a student's terminal until ``stop`` is set or Ctrl-C is pressed.

    Args:
        address: Broker and credentials.
        site: School id.
        room: Room id.
        terminal: Own id; where the broker checks it, also the user name.
        auto: ``accept`` or ``dismiss`` everything; None asks on the keyboard.
        context: Task at hand; nothing is known about it by default.
        console: Where commands are shown; standard output by default.
        keyboard: Where answers are typed; standard input by default.
        stop: Ends the terminal from another thread.
        on_event: Told of every step of every command.
        longest_lock_s: Locks are cut to this; a demo that runs faster than real time needs it.
        longest_rest_s: Rests are cut to this.
        state: Folder that remembers over a restart what was shown; None remembers nothing.

    Raises:
        StorageError: The folder cannot be used.
        ValueError: ``auto`` is something else, or an id is not of ``[a-z0-9-]``.
    """
    if auto is not None and auto not in AUTO:
        msg = f"auto: expected one of {sorted(AUTO)}, got {auto!r}"
        raise ValueError(msg)
    clock = WakefulClock()
    answers: Answers
    if auto is None:
        answers = TypedAnswers(sys.stdin if keyboard is None else keyboard, clock=clock)
    else:
        answers = AutoAnswers(AUTO[auto])
    screen = ConsoleScreen(Console() if console is None else console, ask=auto is None)

    def tell(event: TerminalEvent) -> None:
        detail = f": {event.detail}" if event.detail and event.step != "started" else ""
        screen.note(f"{event.type} {event.command} {event.step}{detail}")
        on_event(event)

    applied = AppliedCommands(state, now_s=clock.wall_s())
    student = Terminal(
        address=address,
        site=site,
        room=room,
        terminal=terminal,
        answers=answers,
        screen=screen,
        clock=clock,
        on_event=tell,
        context=context,
        longest_lock_s=longest_lock_s,
        longest_rest_s=longest_rest_s,
        applied=applied,
        clock_state=read_clock_state,
    )
    stopping = threading.Event() if stop is None else stop
    student.start()
    screen.note(f"terminal {terminal}: broker {address.host}:{address.port}; Ctrl-C ends it")
    try:
        told = ""
        while not stopping.wait(0.5):
            now = "connected" if student.connected else f"no broker: {student.last_error}"
            if now != told and (student.connected or student.last_error):
                told = now
                screen.note(f"terminal {terminal}: {now}")
    except KeyboardInterrupt:
        pass
    finally:
        student.stop()
        applied.close()
