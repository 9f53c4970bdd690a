"""Where a student's answers come from: a fixed choice, or the keyboard."""

import queue
import threading
from dataclasses import dataclass
from typing import Protocol, TextIO

from appliance.domain.interventions import FeedbackKind
from appliance.ports import Clock

HIGHEST_RATING = 5
LINE_LIMIT = 16
"""Lines typed ahead; more are forgotten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the student did with a command."""

    kind: FeedbackKind
    """Accepted, dismissed or rated."""

    rating: int | None = None
    """1 to 5 when rated."""

    after_s: float | None = None
    """Seconds between showing and answering where whoever asked has measured them."""


class Answers(Protocol):
    """Asks the student; called on a thread of its own for each command."""

    def ask(self, command: str, *, timeout_s: float, over: threading.Event) -> Answer | None:
        """Wait for an answer; None when there is none in time or ``over`` is set first.

        Args:
            command: Id of the command that is asked about.
            timeout_s: How long.
            over: Set when nobody waits for the answer any more.
        """
        ...


class AutoAnswers:
    """The same answer to everything, after a moment."""

    def __init__(self, kind: FeedbackKind, *, after_s: float = 0.2) -> None:
        """Choose the answer.

        Args:
            kind: ``ACCEPTED`` or ``DISMISSED``.
            after_s: What it takes the pretended student to answer.
        """
        self._kind = kind
        self._after_s = after_s

    def ask(self, command: str, *, timeout_s: float, over: threading.Event) -> Answer | None:
        """Answer; see ``Answers.ask``."""
        del command
        if over.wait(min(self._after_s, timeout_s)):
            return None
        return Answer(kind=self._kind)


class TypedAnswers:
    """Lines from the keyboard: a accept, d dismiss, 1-5 rate."""

    def __init__(self, stream: TextIO, *, clock: Clock) -> None:
        """Begin to read lines; at the end of the stream nobody answers any more."""
        self._clock = clock
        self._lines: queue.Queue[str] = queue.Queue(maxsize=LINE_LIMIT)
        self._ended = threading.Event()
        self._turn = threading.Lock()
        threading.Thread(
            target=self._read, args=(stream,), name="terminal.keyboard", daemon=True
        ).start()

    def ask(self, command: str, *, timeout_s: float, over: threading.Event) -> Answer | None:
        """Wait for a line that means something; see ``Answers.ask``."""
        del command
        until_s = self._clock.monotonic_s() + timeout_s
        # One question at a time; the next one waits for its turn.
        with self._turn:
            while not over.is_set() and self._clock.monotonic_s() < until_s:
                try:
                    line = self._lines.get(timeout=0.2)
                except queue.Empty:
                    if self._ended.is_set():
                        return None
                    continue
                answer = read_answer(line)
                if answer is not None:
                    return answer
        return None

    def _read(self, stream: TextIO) -> None:
        for line in stream:
            try:
                self._lines.put_nowait(line)
            except queue.Full:
                continue
        self._ended.set()


def read_answer(line: str) -> Answer | None:
    """Understand one typed line; None when it means nothing."""
    word = line.strip().lower()
    if word in {"a", "accept", "y", "yes"}:
        return Answer(kind=FeedbackKind.ACCEPTED)
    if word in {"d", "dismiss", "n", "no"}:
        return Answer(kind=FeedbackKind.DISMISSED)
    if word.isdecimal() and 1 <= int(word) <= HIGHEST_RATING:
        return Answer(kind=FeedbackKind.RATED, rating=int(word))
    return None
