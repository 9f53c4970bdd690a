"""What M students do in one lesson apart from their states: tasks, exams, absences."""

import numpy as np

from appliance.domain.arrays import BoolArray, Float32Array, Float64Array, IntArray
from appliance.domain.interventions import TaskContext
from appliance.domain.policy.choices import POLICY_STEP_S
from appliance.domain.seats import TerminalKey
from appliance.intervention.policy.state import DIFFICULTY_STEPS, TASK_SIZE, embed_task
from training.policy.slow import student as slow

_TASKS = 64


def _embeddings() -> Float32Array:
    """Return e_task of every topic, type and step of difficulty; (8, 4, 5, 16)."""
    table = np.zeros((len(slow.TOPICS), len(slow.TASK_TYPES), DIFFICULTY_STEPS, TASK_SIZE))
    for topic, name in enumerate(slow.TOPICS):
        for kind, task_type in enumerate(slow.TASK_TYPES):
            for step in range(DIFFICULTY_STEPS):
                context = TaskContext(
                    terminal=TerminalKey("simulated"),
                    topic=name,
                    task_type=task_type,
                    difficulty=(step + 0.5) / DIFFICULTY_STEPS,
                )
                table[topic, kind, step] = embed_task(context)
    return table.astype(np.float32)


class TaskPlans:
    """As ``slow.student.TaskPlan``; what is eased is kept for each of C copies."""

    def __init__(
        self, rng: np.random.Generator, *, students: int, copies: int, lesson_s: float
    ) -> None:
        """Draw the tasks of M students from the first to the end of the lesson."""
        tasks = min(_TASKS, 2 + int(lesson_s / slow.TASK_S.low))
        shape = (tasks, students)
        self._silent = rng.random(students) < slow.SILENT_TERMINAL
        exam_s = np.where(rng.random(students) < slow.EXAM, lesson_s - slow.EXAM_S, np.inf)
        lengths_s = rng.uniform(*slow.TASK_S, shape)
        starts_s = np.zeros((tasks + 1, students))
        for task in range(tasks):
            ends_s = starts_s[task] + lengths_s[task]
            # The exam begins a task of its own.
            cut = (starts_s[task] < exam_s) & (exam_s < ends_s)
            starts_s[task + 1] = np.where(cut, exam_s, ends_s)
        self._starts_s = starts_s
        self._exam_s = exam_s
        self._topics = rng.integers(len(slow.TOPICS), size=shape)
        self._types = rng.integers(len(slow.TASK_TYPES), size=shape)
        self._unsaved = rng.random(shape) < slow.UNSAVED
        self._difficulties = rng.uniform(*slow.DIFFICULTY, shape)
        self._difficulty = np.tile(self._difficulties[0], (copies, 1))
        self._task = np.zeros(students, dtype=np.int64)
        self._rows = np.arange(students)
        self._table = _embeddings()

    def go_to(self, at_s: float) -> None:
        """Begin the tasks that have come by now."""
        at_s += 1e-9
        begun = np.flatnonzero(self._starts_s[self._task + 1, self._rows] <= at_s)
        self._task[begun] += 1
        self._difficulty[:, begun] = self._difficulties[self._task[begun], begun]

    @property
    def exam(self) -> BoolArray:
        """(M,) the terminal says that this is one."""
        return np.asarray(~self._silent & (self._start_s >= self._exam_s))

    @property
    def unsaved(self) -> BoolArray:
        """(M,) the terminal says that something is not saved."""
        return np.asarray(~self._silent & self._unsaved[self._task, self._rows])

    def on_task_s(self, at_s: float) -> Float64Array:
        """Return (M,) how long the present task has lasted; 0 when the terminal says nothing."""
        return np.where(self._silent, 0.0, at_s - self._start_s)

    def embed(self) -> Float32Array:
        """Return the (C, M, 16) e_task."""
        steps = np.minimum(
            (self._difficulty * DIFFICULTY_STEPS).astype(np.int64), DIFFICULTY_STEPS - 1
        )
        topics = self._topics[self._task, self._rows]
        types = self._types[self._task, self._rows]
        embedded = self._table[topics, types, steps]
        embedded[:, self._silent] = 0
        return np.asarray(embedded)

    def ease(self, copies: IntArray, students: IntArray) -> None:
        """Move the difficulty of present tasks towards the middle by half."""
        self._difficulty[copies, students] = (self._difficulty[copies, students] + 0.5) / 2

    @property
    def _start_s(self) -> Float64Array:
        return np.asarray(self._starts_s[self._task, self._rows])


def draw_presence(
    rng: np.random.Generator, *, students: int, steps: int
) -> tuple[Float32Array, BoolArray]:
    """Draw absences, as ``slow.student.draw_presence``: never at the start.

    Returns:
        (T, M) share of each 10 s that a student sits there, and (T, M) whether at its end.
    """
    shares = np.ones((steps, students))
    here = np.ones((steps, students), dtype=np.bool_)
    starts_s = np.arange(steps)[:, None] * POLICY_STEP_S
    ends_s = starts_s + POLICY_STEP_S
    at_s = np.full(students, 60.0)
    while (at_s < steps * POLICY_STEP_S).any():
        at_s = at_s + rng.exponential(3600 / slow.LEAVES_PER_HOUR, students)
        until_s = at_s + rng.uniform(*slow.AWAY_S, students)
        away_s = np.minimum(ends_s, until_s) - np.maximum(starts_s, at_s)
        shares -= np.clip(away_s, 0, POLICY_STEP_S) / POLICY_STEP_S
        here &= (ends_s <= at_s) | (ends_s > until_s)
        at_s = until_s
    return np.clip(shares, 0, 1).astype(np.float32), here
