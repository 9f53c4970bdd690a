"""The simulated student before the screen: tasks, answers to interventions, absences.

Nothing measured supports a number here: all of them are guesses, wide on purpose.
"""

from dataclasses import dataclass, replace

import numpy as np

from appliance.domain.arrays import BoolArray
from appliance.domain.interventions import TaskContext
from appliance.domain.policy.choices import PolicyAction
from appliance.domain.seats import TerminalKey
from appliance.domain.tokens import TOKEN_S
from training.simulator.parameters import Span

# Mean acceptance of each action; a student's own is beta distributed about it.
ACCEPTANCE: dict[PolicyAction, float] = {
    PolicyAction.REST: 0.4,
    PolicyAction.CONTENT: 0.5,
    PolicyAction.DIFFICULTY: 0.45,
    PolicyAction.HINT: 0.6,
}
ACCEPTANCE_COUNT = 5.0  # a + b of that beta: standard deviation .2
ACCEPT_S = Span(2.0, 8.0)
DISMISS_S = Span(1.0, 20.0)  # about half within the 10 s that count as rejecting
COMPLETION = 0.7  # of what was accepted
COMPLETE_S: dict[PolicyAction, Span] = {
    PolicyAction.REST: Span(30.0, 300.0),
    PolicyAction.CONTENT: Span(45.0, 240.0),
    PolicyAction.DIFFICULTY: Span(120.0, 900.0),
    PolicyAction.HINT: Span(20.0, 300.0),
}
RATES = 0.2  # answers that come with a rating
RATE_S = Span(2.0, 10.0)  # after the answer
TOPICS = ("fractions", "equations", "functions", "geometry", "loops", "arrays", "grammar", "essay")
TASK_TYPES = ("reading", "exercise", "quiz", "project")
TASK_S = Span(240.0, 900.0)
DIFFICULTY = Span(0.1, 0.9)
SILENT_TERMINAL = 0.15  # lessons whose terminal says nothing about the task
EXAM = 0.1  # lessons that end with one
EXAM_S = 900.0
UNSAVED = 0.1  # tasks with unsaved input
LEAVES_PER_HOUR = 1.0
AWAY_S = Span(5.0, 55.0)  # below the 60 s after which the occupancy ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a student does about one intervention; all times after it was shown, seconds."""

    accepted: bool
    """False: dismissed."""

    after_s: float
    """When."""

    completed_after_s: float | None
    """When it was completed; None when never."""

    rating: int | None
    """1 to 5; None when not rated."""

    rated_after_s: float
    """When it was rated, if it was."""


class Answers:
    """One student's habit of answering, drawn once."""

    def __init__(self, rng: np.random.Generator) -> None:
        """Draw the acceptance of each action."""
        self._rng = rng
        self.acceptance = {
            action: float(rng.beta(mean * ACCEPTANCE_COUNT, (1 - mean) * ACCEPTANCE_COUNT))
            for action, mean in ACCEPTANCE.items()
        }

    def answer(self, action: PolicyAction, *, matched: bool) -> Answer:
        """Draw the answer to one; matching what the student needs moves the rating only."""
        rng = self._rng
        accepted = bool(rng.uniform() < self.acceptance[action])
        after_s = rng.uniform(*(ACCEPT_S if accepted else DISMISS_S))
        work_s = rng.uniform(*COMPLETE_S[action])
        completes = accepted and rng.uniform() < COMPLETION
        rating = int(np.clip(round(rng.normal(3.5 if matched else 2.5, 1.0)), 1, 5))
        rates = rng.uniform() < RATES
        return Answer(
            accepted=accepted,
            after_s=after_s,
            completed_after_s=after_s + work_s if completes else None,
            rating=rating if rates else None,
            rated_after_s=after_s + rng.uniform(*RATE_S),
        )


class TaskPlan:
    """What the terminal says about the tasks of one lesson."""

    def __init__(self, rng: np.random.Generator, *, lesson_s: float) -> None:
        """Draw the tasks from the first to the end of the lesson."""
        self._starts_s: list[float] = []
        self._contexts: list[TaskContext] = []
        self._silent = bool(rng.uniform() < SILENT_TERMINAL)
        exam_s = lesson_s - EXAM_S if rng.uniform() < EXAM else np.inf
        start_s = 0.0
        while start_s < lesson_s:
            self._starts_s.append(start_s)
            self._contexts.append(
                TaskContext(
                    terminal=TerminalKey("simulated"),
                    topic=str(rng.choice(TOPICS)),
                    task_type=str(rng.choice(TASK_TYPES)),
                    difficulty=rng.uniform(*DIFFICULTY),
                    unsaved=bool(rng.uniform() < UNSAVED),
                    exam=start_s >= exam_s,
                )
            )
            end_s = start_s + rng.uniform(*TASK_S)
            # The exam begins a task of its own.
            start_s = exam_s if start_s < exam_s < end_s else end_s

    def context(self, at_s: float) -> TaskContext | None:
        """Return what the terminal last said; None when it says nothing."""
        return None if self._silent else self._contexts[self._task(at_s)]

    def on_task_s(self, at_s: float) -> float:
        """Return how long the present task has lasted; 0 when the terminal says nothing."""
        return 0.0 if self._silent else at_s - self._starts_s[self._task(at_s)]

    def ease(self, at_s: float) -> None:
        """Move the difficulty of the present task towards the middle by half."""
        task = self._task(at_s)
        context = self._contexts[task]
        if context.difficulty is not None:
            self._contexts[task] = replace(context, difficulty=(context.difficulty + 0.5) / 2)

    def _task(self, at_s: float) -> int:
        return int(np.searchsorted(self._starts_s, at_s, side="right")) - 1


def draw_presence(rng: np.random.Generator, *, tokens: int) -> BoolArray:
    """Return (T,) whether the student sits there; absences come at random, never at the start."""
    present = np.ones(tokens, dtype=np.bool_)
    at_s = 60.0
    while True:
        at_s += rng.exponential(3600 / LEAVES_PER_HOUR)
        away_s = rng.uniform(*AWAY_S)
        if at_s >= tokens * TOKEN_S:
            return present
        present[round(at_s / TOKEN_S) : round((at_s + away_s) / TOKEN_S)] = False
        at_s += away_s
