"""What the pages of a run saw and what the box said, command by command."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from acceptance.screens.pages import StreamPage

PASSED_ON_S = 60.0
"""As in ``static/seat/shown.js``."""

FINAL = frozenset({"succeeded", "failed", "rejected", "expired"})


@dataclass(slots=True)
class Course:
    """One command, from the box's decision to its answer."""

    kept_s: float
    """Monotonic time when the box had it on disk."""

    kept_wall_s: float
    """The same, wall time."""

    expires_s: float
    """Wall time after which nobody may see it."""

    seen_s: list[float] = field(default_factory=list)
    """Monotonic times at which it came to a page; more than one when it came back."""

    confirmed_s: float | None = None
    """When the server had taken the page's word that it is on the screen; None before."""

    again: int = 0
    """How often it came back after that: shown twice."""

    states: list[str] = field(default_factory=list)
    answers: dict[str, int] = field(default_factory=dict)
    """How often the record counted an answer of each kind."""

    doubled: int = 0
    """Answers that the record knew already."""

    lock_s: float = 0.0
    """From when a lock was confirmed to its end as the server says it, at most."""

    def wall_of(self, at_s: float) -> float:
        """Return the wall time of a monotonic one."""
        return self.kept_wall_s + at_s - self.kept_s


class Watch:
    """Hears box and pages; paints and answers for the pages."""

    def __init__(self, *, answer: str = "accepted") -> None:
        """Begin with nothing seen.

        Args:
            answer: What every student does.
        """
        self._answer = answer
        self._lock = threading.Lock()
        self._present: dict[str, set[str]] = {}
        self._early: dict[str, list[float]] = {}  # on a page before the box's line was read
        self._said: dict[str, dict[str, float]] = {}
        self.courses: dict[str, Course] = {}
        self.pages: dict[str, StreamPage] = {}

    def hear_box(self, line: str) -> None:
        """Take in a line of the box's process."""
        word, *rest = line.split()
        with self._lock:
            if word == "kept":
                kept = Course(
                    kept_s=float(rest[3]), kept_wall_s=float(rest[1]), expires_s=float(rest[2])
                )
                kept.seen_s += self._early.pop(rest[0], [])
                self.courses[rest[0]] = kept
                return
            course = self.courses.get(rest[0]) if rest else None
            if course is None:
                return
            if word == "moved":
                course.states.append(rest[1])
            elif word == "answered":
                course.answers[rest[1]] = course.answers.get(rest[1], 0) + 1
            elif word == "doubled":
                course.doubled += 1

    def hear_page(self, terminal: str, state: Mapping[str, object], at_s: float) -> None:
        """Take in a state of a page: paint what is new, answer it."""
        hold = state.get("hold")
        holds = [hold] if isinstance(hold, dict) else []
        with self._lock:
            now = {str(entry["id"]) for entry in [*_entries(state.get("prompts")), *holds]}
            fresh = now - self._present.get(terminal, set())
            self._present[terminal] = now
            for identity in fresh:
                course = self.courses.get(identity)
                if course is None:
                    self._early.setdefault(identity, []).append(at_s)
                    continue
                course.again += course.confirmed_s is not None
                course.seen_s.append(at_s)
            for entry in holds:
                held = self.courses.get(str(entry["id"]))
                if held is not None and held.confirmed_s is not None:
                    ends_s = at_s + float(entry["left_s"])
                    held.lock_s = max(held.lock_s, ends_s - held.confirmed_s)
        for identity in fresh:
            threading.Thread(target=self._act, args=(terminal, identity), daemon=True).start()

    def open(self) -> int:
        """Count the commands whose end the box has not said."""
        with self._lock:
            return sum(not FINAL & set(one.states) for one in self.courses.values())

    def _act(self, terminal: str, identity: str) -> None:
        page = self.pages[terminal]
        status, _ = page.post("/seat/shown", id=identity)
        confirmed = status == HTTPStatus.OK
        with self._lock:
            known = identity in self.courses and self.courses[identity].confirmed_s is None
            if known and confirmed:
                self.courses[identity].confirmed_s = time.monotonic()
        time.sleep(0.05)
        with self._lock:
            self._said.setdefault(terminal, {})[identity] = time.monotonic()
        page.post("/seat/answer", id=identity, kind=self._answer, after_s=0.05)

    def hear_open(self, terminal: str) -> None:
        """Tell the last answers again, as a page does whose stream is back."""
        with self._lock:
            said = self._said.get(terminal, {})
            recent = [one for one, at_s in said.items() if time.monotonic() - at_s < PASSED_ON_S]
        for identity in recent:
            asked = {"id": identity, "kind": self._answer, "after_s": 0.05}
            threading.Thread(
                target=self.pages[terminal].post, args=("/seat/answer",), kwargs=asked, daemon=True
            ).start()


def _entries(prompts: object) -> list[Mapping[str, object]]:
    return [each for each in prompts if isinstance(each, dict)] if isinstance(prompts, list) else []
