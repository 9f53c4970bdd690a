"""Test commands: harmless, marked, and the same way as every other one, with the time it takes.

Nothing is perceived for one, so it needs no consent; it is in the audit and nowhere among the
decisions, so nothing is learnt from it and nothing cools down.
"""

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from appliance.domain.commands import CommandState, OutboxEntry
from appliance.domain.interventions import Feedback
from appliance.domain.seats import SeatKey, TerminalKey
from appliance.errors import DoorError
from appliance.host.door import Answer
from appliance.mqtt.contract.commands import POPUP_TTL_S

REMEMBERED = 256
"""Test commands whose answers are kept apart from those of students; a day of tests is less."""


UNATTENDED = "unattended"
"""First word about a test that most likely nobody will see; pages know it."""


class TrialStep(StrEnum):
    """How far a test command has come, in order."""

    QUEUED = "queued"
    """The box has it, also after a power cut."""
    PUBLISHED = "published"
    """The broker was given it."""
    RECEIVED = "received"
    """The terminal has it."""
    STARTED = "started"
    """The terminal shows it."""
    ANSWERED = "answered"
    """Somebody answered it."""


PATIENCE_S: Mapping[TrialStep, float] = {
    TrialStep.QUEUED: 1.0,
    TrialStep.PUBLISHED: 5.0,
    TrialStep.RECEIVED: 10.0,  # published again after 2 and 4 s
    TrialStep.STARTED: 5.0,
    TrialStep.ANSWERED: 5.0,  # nobody has to
}
"""How long each step may take after the one before it."""

_STEPS = {
    CommandState.QUEUED: TrialStep.QUEUED,
    CommandState.PUBLISHED: TrialStep.PUBLISHED,
    CommandState.RECEIVED: TrialStep.RECEIVED,
    CommandState.STARTED: TrialStep.STARTED,
    CommandState.SUCCEEDED: TrialStep.ANSWERED,
}

_Event = tuple[float, TrialStep | None, str]
"""When, which step, the terminal's reason; no step where the command has come to its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialWays:
    """What a test command goes through, as far as it can say what is wrong there."""

    send: Callable[[TerminalKey, str], bool]
    """Queues a test command with this id; False when the outbox is full."""

    broker_error: Callable[[], str]
    """Why messages do not come through; empty while they do."""

    online: Callable[[TerminalKey], bool | None]
    """Whether a terminal says that it is there; None when it never said anything."""

    record: Callable[[str, SeatKey, str], None]
    """Puts actor, seat and command on record; raises ``StorageError``."""

    exam: Callable[[SeatKey], bool] = lambda _: False
    """Whether a teacher has announced one: a test would interrupt it like anything else."""

    attended: Callable[[TerminalKey], bool] = lambda _: True
    """Whether a terminal says that it is there and that somebody is logged in."""


class TrialAlerts:
    """Sends test commands and follows them; any thread may call."""

    def __init__(
        self,
        *,
        ways: TrialWays,
        terminals: Mapping[SeatKey, TerminalKey],
        new_id: Callable[[], str],
        monotonic: Callable[[], float],
    ) -> None:
        """Connect.

        Args:
            ways: What a command goes through.
            terminals: The terminal of each seat.
            new_id: Makes UUIDv7s.
            monotonic: Clock.
        """
        self._ways = ways
        self._terminals = terminals
        self._new_id = new_id
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._sent: deque[str] = deque(maxlen=REMEMBERED)
        self._followers: dict[str, queue.SimpleQueue[_Event]] = {}

    def send(self, seat: SeatKey, *, actor: str) -> str:
        """Send a test command and follow it no further.

        Returns:
            For people, what is to be expected; begins with ``UNATTENDED`` where nobody is there.

        Raises:
            DoorError: There is no such seat, or no room in the outbox.
            StorageError: It could not be put on record, so it is not sent.
        """
        terminal = self._begin(seat, self._new_id(), actor=actor)
        if self._ways.attended(terminal):
            return f"sent to terminal {terminal}"
        return (
            f"{UNATTENDED}: nobody is logged in on terminal {terminal}; the test is shown only if "
            f"somebody is within {POPUP_TTL_S} s"
        )

    def follow(self, question: Answer) -> Iterator[Answer]:
        """Send a test command and tell each step; what ``test-alert`` answers at the door.

        Yields:
            ``step`` and ``ms`` since the beginning, for each step; then ``shown`` true, or
            ``missing`` with the step that did not come, ``because`` and ``next``.

        Raises:
            DoorError: There is no such seat.
            StorageError: It could not be put on record, so it is not sent.
        """
        seat, command = SeatKey(str(question.get("seat"))), self._new_id()
        events: queue.SimpleQueue[_Event] = queue.SimpleQueue()
        with self._lock:
            self._followers[command] = events
        try:
            began_s = self._monotonic()
            terminal = self._begin(seat, command, actor="operator")
            yield from self._tell(events, terminal, began_s=began_s)
        finally:
            with self._lock:
                del self._followers[command]

    def moved(self, entry: OutboxEntry) -> None:
        """Note how far a command has come; called with the outbox's lock held."""
        self._note(entry.id, _STEPS.get(entry.state), f"{entry.state}: {entry.detail}")

    def answered(self, feedback: Feedback) -> bool:
        """Note an answer; True when it belongs to a test command and to nobody's record."""
        self._note(feedback.command, TrialStep.ANSWERED, feedback.kind)
        with self._lock:
            return feedback.command in self._sent

    def _begin(self, seat: SeatKey, command: str, *, actor: str) -> TerminalKey:
        terminal = self._terminals.get(seat)
        if terminal is None:
            msg = f"no such seat on this box; there are {', '.join(sorted(self._terminals))}"
            raise DoorError(msg)
        if self._ways.exam(seat):
            msg = f"an exam is on at seat {seat}: nothing may interrupt it"
            raise DoorError(msg, next_step="ask again when a teacher has ended it")
        self._ways.record(actor, seat, command)
        with self._lock:
            self._sent.append(command)
        if not self._ways.send(terminal, command):
            msg = "the outbox is full: the broker has been away for long; run sudo classbox doctor"
            raise DoorError(msg)
        return terminal

    def _note(self, command: str, step: TrialStep | None, detail: str) -> None:
        with self._lock:
            follower = self._followers.get(command)
        if follower is not None:
            follower.put((self._monotonic(), step, detail))

    def _tell(
        self, events: "queue.SimpleQueue[_Event]", terminal: TerminalKey, *, began_s: float
    ) -> Iterator[Answer]:
        told: list[TrialStep] = []
        for expected in TrialStep:
            if expected in told:
                continue
            try:
                at_s, step, detail = events.get(timeout=PATIENCE_S[expected])
            except queue.Empty:
                step, detail = None, ""
            if step is None:
                break
            # A later step implies those before it: acknowledgements may overtake each other.
            while step not in told:
                reached = list(TrialStep)[len(told)]
                told.append(reached)
                yield {"step": reached.value, "ms": round(1000 * (at_s - began_s))}
        if TrialStep.STARTED in told:
            yield {"shown": True, "terminal": terminal}
            return
        missing = list(TrialStep)[len(told)]
        because, what_next = self._explain(missing, terminal, detail)
        yield {
            "missing": missing.value,
            "terminal": terminal,
            "because": because,
            "next": what_next,
        }

    def _explain(self, missing: TrialStep, terminal: TerminalKey, detail: str) -> tuple[str, str]:
        """Say why a step has not come, and what to do."""
        if detail:
            return _explain_answer(detail)
        if error := self._ways.broker_error():
            return error, "sudo classbox check looks at the broker and at its permissions"
        if missing in {TrialStep.QUEUED, TrialStep.PUBLISHED}:
            return "the broker takes nothing", "sudo classbox check looks at the broker"
        if missing is TrialStep.STARTED:
            return "the terminal has it and shows nothing", "look at the terminal's own log"
        return _explain_silence(terminal, online=self._ways.online(terminal))


def _explain_answer(detail: str) -> tuple[str, str]:
    """Say why the terminal did not show it, and what to do."""
    state, _, reason = detail.partition(": ")
    if (state, reason) == (CommandState.REJECTED, "exam"):
        return "the terminal refuses it: an exam is on", "try again when the exam is over"
    return (
        f"the terminal says {state}: {reason or 'no reason given'}",
        "look at the terminal's own log; its software may be older than the box's",
    )


def _explain_silence(terminal: TerminalKey, *, online: bool | None) -> tuple[str, str]:
    """Say why a terminal does not acknowledge, and what to do."""
    proof = "sudo classbox check proves whether the broker lets the box write to it and hear it"
    if online is None:
        because = f"terminal {terminal} has not been heard of since the box started"
        return because, f"start it, with the id {terminal}; if it runs, {proof}"
    if not online:
        again = f"sudo classbox pki issue {terminal} --kind terminal, then sudo classbox setup"
        step = (
            "start it, and log in there; if it says that its certificate was revoked or is unknown"
        )
        return f"terminal {terminal} is offline", f"{step}: {again}; carry the folder again"
    return f"terminal {terminal} is online and does not acknowledge", f"{proof}; then restart it"
