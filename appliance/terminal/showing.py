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
UNSEEN = "unseen"
"""Why a command failed whose student went, or whose lock was ended, before it was on the screen."""


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
        self._resting = ""

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

    def uncover(self) -> bool:
        """End a lock or rest; False when there is none to end."""
        hold = self._hold
        if hold is None or hold.is_set():
            return False
        hold.set()
        return True

    def leave(self, command: str) -> None:
        """End this rest, if it is the one on the screen: a student can always leave it."""
        if command == self._resting:
            self.uncover()

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
        outcome: CommandAck | None
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
        if outcome is None:
            return
        if self._applied.ack_of(message.id) is not None:
            self._keep(message, outcome)
        self._voice.ack(message, outcome.status, outcome.reason)

    def _show(
        self, message: Message, body: CommandBody, deadline_s: float, hold: threading.Event | None
    ) -> CommandAck | None:
        """Carry out a command; None for one that the end of this process keeps from the screen."""
        # First on disk, then on the screen: killed in between, nothing is shown twice, unless it
        # would be known again. What covers more than the screen does so once, noted before.
        again = self._screen.knows_again
        first = AckStatus.RECEIVED if again else AckStatus.STARTED
        kept = self._keep(message, CommandAck(status=first))
        if not (kept or isinstance(body, UnlockScreen)):  # to end a lock twice harms nobody
            return CommandAck(status=AckStatus.FAILED, reason="not-kept")

        def too_late() -> bool:
            ended = self._closing.is_set() or (hold is not None and hold.is_set())
            return ended or self._expiry.over(deadline_s)

        unlocks = isinstance(body, UnlockScreen) and not self._expiry.over(deadline_s)
        if unlocks and not self.uncover():  # nothing was locked, so there is nothing to tell
            return CommandAck(status=AckStatus.SUCCEEDED)
        hold_s = None if hold is None else round(self._hold_s(body), 1)
        if not self._screen.show(message.id, body, hold_s=hold_s, too_late=too_late):
            return self._unseen(deadline_s)
        noted = not again or self._keep(message, CommandAck(status=AckStatus.STARTED))
        self._voice.ack(message, AckStatus.STARTED, shown=body.text)
        if hold is not None:
            if noted and hold_s is not None:
                self._screen.cover(message.id, body, hold_s=hold_s)
            self._cover(message, body, hold)
        elif not isinstance(body, UnlockScreen):
            self._ask(message, timeout_s=ANSWER_WAIT_S, over=self._closing)
        return CommandAck(status=AckStatus.SUCCEEDED)

    def _unseen(self, deadline_s: float) -> CommandAck | None:
        if self._expiry.over(deadline_s):
            return CommandAck(status=AckStatus.EXPIRED)
        return (
            None if self._closing.is_set() else CommandAck(status=AckStatus.FAILED, reason=UNSEEN)
        )

    def _keep(self, message: Message, ack: CommandAck) -> bool:
        try:
            self._applied.keep(message.id, ack)
        except StorageError as error:
            log.warning("terminal_command_not_kept", reason=str(error))
            return False
        return True

    def _cover(self, message: Message, body: CommandBody, over: threading.Event) -> None:
        self._held_until_s = self._clock.monotonic_s() + self._hold_s(body)
        if isinstance(body, MandatoryRest):
            self._resting = message.id
        threading.Thread(
            target=self._ask_while_covered,
            args=(message, body, over),
            name=f"terminal[{self._name}].answer",
            daemon=True,
        ).start()
        # Whatever the student, the screen or the network do: this wait ends on its own. In steps,
        # because no wait of the system counts a suspend.
        while (left_s := self._held_until_s - self._clock.monotonic_s()) > 0:
            if over.wait(min(left_s, HOLD_STEP_S)):
                break
        cut_short = over.is_set()
        over.set()
        self._resting = ""
        self._screen.release(message.id, body)
        if isinstance(body, MandatoryRest) and not cut_short:
            self._voice.feedback(message.id, FeedbackKind.COMPLETED)

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
        answer = self._answers.ask(message.id, timeout_s=timeout_s, over=over)
        if answer is None:
            return None
        after_s = self._clock.monotonic_s() - began_s if answer.after_s is None else answer.after_s
        self._voice.feedback(message.id, answer.kind, rating=answer.rating, after_s=after_s)
        return answer.kind
