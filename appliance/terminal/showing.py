"""A command on the screen: at most one lock, each command at most once and in time."""

import threading

import structlog

from appliance.domain.interventions import FeedbackKind
from appliance.errors import StorageError
from appliance.mqtt.contract.classroom import AckStatus, CommandAck
from appliance.mqtt.contract.commands import (
    LOCK_S,
    REST_S,
    CommandBody,
    LockScreen,
    MandatoryRest,
    UnlockScreen,
)
from appliance.mqtt.contract.envelope import Message
from appliance.ports import Clock
from appliance.terminal.answers import Answers
from appliance.terminal.applied import AppliedCommands
from appliance.terminal.expiry import Expiry
from appliance.terminal.screen import Screen
from appliance.terminal.voice import Voice

log = structlog.get_logger()

WORKER_WAIT_S = 1.0
"""How long ``close`` waits for a command to report its end."""
MOST_AT_ONCE = 32
"""Commands at once, a thread each; a further pop-up is rejected as busy. Far above what a box with
cool-downs sends, even after an outage."""
ANSWER_WAIT_S = 120.0
"""How long a pop-up waits for an answer before it goes away by itself."""
HOLD_STEP_S = 0.5
"""How long a lock may outlast a suspend in which its time ran out."""


class Showing:
    """Shows commands on threads of their own, asks the student and says what became of it all."""

    def __init__(
        self,
        *,
        name: str,
        answers: Answers,
        screen: Screen,
        voice: Voice,
        applied: AppliedCommands,
        expiry: Expiry,
        clock: Clock,
        longest_lock_s: float,
        longest_rest_s: float,
    ) -> None:
        """Start with a free screen.

        Args:
            name: Of the threads.
            answers: The student.
            screen: What the student sees.
            voice: Says what became of a command.
            applied: Remembers what was shown.
            expiry: Knows when a lifetime has ended.
            clock: Monotonic time of locks and answers.
            longest_lock_s: Locks are cut to this; never above 30.
            longest_rest_s: Rests are cut to this; never above 300.
        """
        self._name = name
        self._answers = answers
        self._screen = screen
        self._voice = voice
        self._applied = applied
        self._expiry = expiry
        self._clock = clock
        self._longest_lock_s = min(longest_lock_s, LOCK_S)
        self._longest_rest_s = min(longest_rest_s, REST_S)
        self._lock = threading.Lock()
        self._at_work = 0
        self._workers: list[threading.Thread] = []
        self._closing = threading.Event()
        self._hold: threading.Event | None = None
        self._held_until_s = 0.0

    def claim(self, body: CommandBody) -> bool:
        """Take a place at work for a command that is begun next; False when there is none."""
        covers = isinstance(body, (LockScreen, MandatoryRest))
        with self._lock:
            if covers and self._hold is not None:
                return False  # a second lock would extend the first
            pops_up = not covers and not isinstance(body, UnlockScreen)
            if pops_up and self._at_work >= MOST_AT_ONCE:
                return False
            self._at_work += 1
            if covers:
                self._hold = threading.Event()
        return True

    def begin(self, message: Message, body: CommandBody, *, deadline_s: float) -> None:
        """Carry out a command that has its place, unless ``deadline_s``, monotonic, is first."""
        worker = threading.Thread(
            target=self._carry_out,
            args=(message, body, deadline_s),
            name=f"terminal[{self._name}].command",
            daemon=True,
        )
        worker.start()
        self._workers = [*(each for each in self._workers if each.is_alive()), worker]

    def uncover(self) -> None:
        """End a lock or rest."""
        hold = self._hold
        if hold is not None:
            hold.set()

    def close(self) -> None:
        """Free the screen and wait a little for all commands to report their end."""
        self._closing.set()
        self.uncover()
        for worker in self._workers:
            worker.join(WORKER_WAIT_S)

    def _hold_s(self, body: CommandBody) -> float:
        if isinstance(body, LockScreen):
            return min(body.lock_s, self._longest_lock_s)
        if isinstance(body, MandatoryRest):
            return min(body.rest_s, self._longest_rest_s)
        return 0.0

    def _carry_out(self, message: Message, body: CommandBody, deadline_s: float) -> None:
        hold = self._hold if isinstance(body, (LockScreen, MandatoryRest)) else None
        try:
            outcome = self._show(message, body, deadline_s, hold)
        except Exception:
            # The border of a thread: the box must hear that the student saw nothing.
            log.exception("terminal_command_failed")
            outcome = CommandAck(status=AckStatus.FAILED, reason="terminal-error")
        finally:
            with self._lock:
                self._at_work -= 1
                if hold is not None:
                    hold.set()
                    self._hold = None
        if self._applied.ack_of(message.id) is not None:
            self._keep(message, outcome)
        self._voice.ack(message, outcome.status, outcome.reason)

    def _show(
        self, message: Message, body: CommandBody, deadline_s: float, hold: threading.Event | None
    ) -> CommandAck:
        # First on disk, then on the screen: killed in between, nothing is shown twice.
        kept = self._keep(message, CommandAck(status=AckStatus.STARTED))
        if not (kept or isinstance(body, UnlockScreen)):  # to end a lock twice harms nobody
            return CommandAck(status=AckStatus.FAILED, reason="not-kept")
        if self._expiry.over(deadline_s):
            return CommandAck(status=AckStatus.EXPIRED)
        self._voice.ack(message, AckStatus.STARTED, shown=body.text)
        if hold is not None:
            self._cover(message, body, hold)
        elif isinstance(body, UnlockScreen):
            self.uncover()
            self._screen.show(body, hold_s=None)
        else:
            self._screen.show(body, hold_s=None)
            self._ask(message, timeout_s=ANSWER_WAIT_S, over=self._closing)
        return CommandAck(status=AckStatus.SUCCEEDED)

    def _keep(self, message: Message, ack: CommandAck) -> bool:
        try:
            self._applied.keep(message.id, ack)
        except StorageError as error:
            log.warning("terminal_command_not_kept", reason=str(error))
            return False
        return True

    def _cover(self, message: Message, body: CommandBody, over: threading.Event) -> None:
        hold_s = self._hold_s(body)
        self._held_until_s = self._clock.monotonic_s() + hold_s
        asking = threading.Thread(
            target=self._ask_while_covered,
            args=(message, body, over),
            name=f"terminal[{self._name}].answer",
            daemon=True,
        )
        self._screen.show(body, hold_s=round(hold_s, 1))
        asking.start()
        # Whatever the student, the screen or the network do: this wait ends on its own. In steps,
        # because no wait of the system counts a suspend.
        while (left_s := self._held_until_s - self._clock.monotonic_s()) > 0:
            if over.wait(min(left_s, HOLD_STEP_S)):
                break
        cut_short = over.is_set()
        over.set()
        self._screen.release(body)
        if isinstance(body, MandatoryRest) and not cut_short:
            self._voice.feedback(message, FeedbackKind.COMPLETED)

    def _ask_while_covered(
        self, message: Message, body: CommandBody, over: threading.Event
    ) -> None:
        wait_s = max(0.0, self._held_until_s - self._clock.monotonic_s())
        kind = self._ask(message, timeout_s=wait_s, over=over)
        if kind is FeedbackKind.DISMISSED and isinstance(body, MandatoryRest):
            over.set()  # the escape

    def _ask(
        self, message: Message, *, timeout_s: float, over: threading.Event
    ) -> FeedbackKind | None:
        began_s = self._clock.monotonic_s()
        answer = self._answers.ask(timeout_s=timeout_s, over=over)
        if answer is None:
            return None
        self._voice.feedback(
            message,
            answer.kind,
            rating=answer.rating,
            after_s=self._clock.monotonic_s() - began_s,
        )
        return answer.kind
