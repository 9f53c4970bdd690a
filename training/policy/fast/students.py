"""Many students of one school in the same lesson, at the level of readings.

A step is 10 s. All arrays are (C, M): C copies of the same M students, each copy under a policy of
its own. Chance is shared by all copies (``chance.py``), so what differs was done. Every action
that is shown leaves a twin behind: the same student from the same moment, to whom nothing is done
for the next 120 s. The difference of the two is what the action was worth.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from appliance.domain.affect import AFFECTS
from appliance.domain.arrays import BoolArray, Float32Array, Float64Array, IntArray
from appliance.domain.policy.choices import POLICY_ACTIONS, POLICY_STEP_S, PolicyAction
from appliance.intervention.cooldowns import HOURLY_LIMIT
from appliance.intervention.policy.actions import ANSWERS_TO
from appliance.intervention.policy.masks import FIRST_S, allowed_actions
from appliance.intervention.policy.reward import INTRUDE_WITHIN_S
from appliance.intervention.policy.state import (
    ACCEPTANCE,
    DURATION_S,
    MEAN_P,
    ON_TASK_S,
    SINCE_ACTION_S,
    STATE_SIZE,
    TASK,
    TIMES,
)
from training.policy.fast.answers import AcceptanceCounts, Answering
from training.policy.fast.chains import Chains, draw_chain_traits
from training.policy.fast.chance import Purpose, source, uniforms
from training.policy.fast.fitted import load_model
from training.policy.fast.lessons import TaskPlans, draw_presence
from training.policy.fast.outcomes import DELAY, Ledger, LessonOutcome
from training.policy.fast.readers import Pool, Readers, draw_reader_traits
from training.policy.fast.tables import TableRules
from training.policy.fast.worlds import StudentType, World

FIRST = round(FIRST_S / POLICY_STEP_S)
_HOUR_S = 3600.0

_MATCHES = np.zeros((len(POLICY_ACTIONS), len(AFFECTS)), dtype=np.bool_)
for _action, _affects in ANSWERS_TO.items():
    _MATCHES[_action, [AFFECTS.index(affect) for affect in _affects]] = True


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeatView:
    """What a policy may know at one step, and under ``true_states`` and ``types`` what not."""

    states: Float32Array = field(repr=False)
    """(C, M, 159) as ``intervention/policy/state.py`` lays it out; h_fused is 0."""
    allowed: BoolArray = field(repr=False)
    """(C, M, 5) which actions no mask forbids."""
    rules: IntArray = field(repr=False)
    """(C, M) what Table 1 would do, one of A."""
    at_s: float
    """Time in the lesson."""
    types: IntArray = field(repr=False)
    """(M,) ``StudentType``."""
    true_states: IntArray = field(repr=False)
    """(C, M) index into ``AFFECTS``."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LastTenSeconds:
    """What was read since the last step, and what was true."""

    probabilities: Float32Array = field(repr=False)
    """(C, M, 4) mean."""
    known: BoolArray = field(repr=False)
    """(C, M) whether the latest reading is known."""
    states: Float64Array = field(repr=False)
    """(C, M, 4) share of the time in each true state."""
    present: Float64Array = field(repr=False)
    """(C, M) share of the time somebody sat there."""


class FastStudents:
    """One lesson of M students in C copies."""

    def __init__(
        self,
        world: World,
        *,
        students: int,
        copies: int = 1,
        seed: int,
        lesson_s: float = 2700.0,
        literal: Sequence[int] = (),
    ) -> None:
        """Draw the students and let their first minute pass.

        Args:
            world: What the school is like.
            students: M.
            copies: C.
            seed: Decides everything.
            lesson_s: Length of the lesson, at least 70 s, a multiple of 10 s.
            literal: Copies whose rules are Table 1 as printed, without cool-downs.
        """
        self._world = world
        self._shape = (copies, students)
        self.steps = round(lesson_s / POLICY_STEP_S) - FIRST
        """T: how often ``step`` may be called."""
        if self.steps < 1:
            msg = f"lesson_s: must be at least {FIRST_S + POLICY_STEP_S:g}, not {lesson_s:g}"
            raise ValueError(msg)
        total = FIRST + self.steps + DELAY
        rng = source(seed, Purpose.STUDENT)
        self._types = rng.choice(len(StudentType), size=students, p=world.types)
        chain_traits = draw_chain_traits(rng, world, self._types)
        self._plans = TaskPlans(rng, students=students, copies=copies, lesson_s=lesson_s)
        presence = draw_presence(rng, students=students, steps=total)
        self._share, self._here = presence
        drawn = uniforms(seed, Purpose.CHAIN, (total + 2, 2, students))
        self._jumps = drawn[2:]
        lives = np.tile(np.arange(students), copies)
        main = len(lives)
        self._main = main
        # A twin lives for 12 steps; in the worst case every student is shown something each time.
        self._chains = Chains(
            chain_traits,
            student=lives,
            room=main * (DELAY + 1),
            start=drawn[:2].reshape(4, students),
        )
        model = load_model()
        self._readers = Readers(
            draw_reader_traits(source(seed, Purpose.READER), world, model, students=students),
            self._chains,
            model,
            seed=seed,
            steps=total,
        )
        self._answering = Answering(world, self._types, seed=seed, steps=self.steps)
        self._acceptance = AcceptanceCounts(self._shape)
        self._effects = uniforms(seed, Purpose.EFFECTS, (self.steps, 2, students))
        self._rules = TableRules(copies=copies, students=students, literal=literal)
        self._ledger = Ledger(shape=self._shape, steps=self.steps, first=FIRST, share=self._share)
        self._pool = Pool(self._shape)
        self._leading = np.full(self._shape, -1)
        self._leads_since_s = np.zeros(self._shape)
        self._habituation = np.zeros(self._shape)
        self._shown_s = np.full((HOURLY_LIMIT, *self._shape), -np.inf)
        self._twins: deque[tuple[int, int]] = deque()  # (step, how many)
        self._odds = np.array(world.odds_ratio)
        self._passed = 0  # steps of 10 s since the lesson began
        for _ in range(FIRST):
            self._pass()
        self._look()

    @property
    def done(self) -> bool:
        """Whether the lesson is over."""
        return self._passed >= FIRST + self.steps

    def view(self) -> SeatView:
        """Return what there is to decide from now."""
        return self._view

    def latest(self) -> LastTenSeconds:
        """Return what the last 10 s were like."""
        chains, main = self._chains, slice(self._main)
        of_state = np.eye(len(AFFECTS))
        before = chains.share_before[main, None]
        states = before * of_state[chains.before[main]]
        states += (1 - before) * of_state[chains.state[main]]
        return LastTenSeconds(
            probabilities=self._readers.probabilities[main].reshape(*self._shape, -1).copy(),
            known=self._readers.known[main].reshape(self._shape).copy(),
            states=states.reshape(*self._shape, -1),
            present=np.broadcast_to(self._share[self._passed - 1], self._shape).astype(np.float64),
        )

    def step(self, actions: IntArray) -> None:
        """Act, or not, and let 10 s pass.

        Args:
            actions: (C, M) one of A; what neither the masks nor a rule allows is not shown.

        Raises:
            ValueError: The lesson is over.
        """
        if self.done:
            msg = "the lesson is over"
            raise ValueError(msg)
        view, rules = self._view, self._rules
        actions = np.asarray(actions)
        may = np.take_along_axis(view.allowed, actions[..., None], axis=-1)[..., 0]
        by_rule = (actions == view.rules) & (view.rules != PolicyAction.NOTHING)
        shown = np.where(may | by_rule, actions, PolicyAction.NOTHING)
        # An action in the place of the rule's stands for it; a veto does not.
        replaced = (view.rules != PolicyAction.NOTHING) & (shown != PolicyAction.NOTHING)
        rules.start(rules.calls_teacher | replaced, at_s=view.at_s)
        self._ledger.note_view(alerted=rules.alerted)
        self._habituation *= np.where(shown == 0, self._world.habituation_keep, 1.0)
        copies, students = np.nonzero(shown)
        if len(copies):
            self._show(copies, students, shown[copies, students])
        self._pass()
        self._look()

    def outcome(self) -> LessonOutcome:
        """Return what came of everything, once the lesson is over.

        Raises:
            ValueError: It is not over.
        """
        if not self.done:
            msg = "the lesson is not over"
            raise ValueError(msg)
        while self._passed < FIRST + self.steps + DELAY:
            self._pass()
        return self._ledger.settle()

    def _show(self, copies: IntArray, students: IntArray, actions: IntArray) -> None:
        at_s, number = self._view.at_s, self._passed - FIRST
        lives = copies * self._shape[1] + students
        # Copies first: a twin is the student before anything was done.
        self._readers.copy(lives)
        self._chains.copy(lives)
        self._readers.popup(lives, number=self._passed)
        self._twins.append((self._passed, len(lives)))
        self._ledger.note_twins(copies, students)
        states = self._chains.state[lives]
        matched = _MATCHES[actions, states]
        level = self._habituation[copies, students]
        hit = np.flatnonzero(matched)
        self._chains.influence(
            lives[hit],
            self._odds[actions[hit]] ** (1 - level[hit]),
            self._effects[number][:, students[hit]],
            at_s=at_s,
        )
        self._habituation[copies, students] = np.minimum(1, level + self._world.habituation_rise)
        recent = self._shown_s[:, copies, students]
        intrude = (at_s - recent[0] < INTRUDE_WITHIN_S) | (at_s - recent[-1] < _HOUR_S)
        self._shown_s[1:, copies, students] = recent[:-1]
        self._shown_s[0, copies, students] = at_s
        answers = self._answering.answer(number, students, actions, matched=matched)
        self._acceptance.add(copies, students, actions, answers, at_s=at_s)
        self._ledger.note_shown(copies, students, actions, answers, intrude=intrude)

    def _pass(self) -> None:
        """Let 10 s pass."""
        number = self._passed
        chains, readers = self._chains, self._readers
        chains.step(self._jumps[number], at_s=number * POLICY_STEP_S)
        readers.step(number, share=self._share[number], here=self._here[number])
        self._passed += 1
        probabilities = readers.probabilities[: self._main].reshape(*self._shape, -1)
        self._pool.add(probabilities, share=self._share[number])
        self._rules.read(probabilities, readers.known[: self._main].reshape(self._shape))
        self._ledger.note_readings(readers.probabilities[: chains.count], self._main)
        while self._twins and self._passed - self._twins[0][0] >= DELAY:
            _, count = self._twins.popleft()
            readers.drop(self._main, count)
            chains.drop(self._main, count)

    def _look(self) -> None:
        """Pool the readings and put the next view together."""
        at_s, shape = self._passed * POLICY_STEP_S, self._shape
        readers = self._readers
        known = readers.known[: self._main].reshape(shape)
        self._plans.go_to(at_s)
        self._plans.ease(*self._acceptance.hear(at_s))
        mean_p = self._pool.mean
        leading = mean_p.argmax(axis=-1)
        self._leads_since_s[leading != self._leading] = at_s
        self._leading = leading
        since_s = at_s - self._shown_s[0]
        in_last_hour = (at_s - self._shown_s < _HOUR_S).sum(axis=0)
        exam = self._plans.exam
        self._rules.decide(
            known=known,
            exam=exam,
            unsaved=self._plans.unsaved,
            in_last_hour=in_last_hour,
            at_s=at_s,
        )
        allowed = allowed_actions(
            mean_p=mean_p.reshape(-1, len(AFFECTS)),
            known=known.ravel(),
            exam=np.broadcast_to(exam, shape).ravel(),
            since_interruption_s=since_s.ravel(),
            in_last_hour=in_last_hour.ravel(),
        )
        states = np.zeros((*shape, STATE_SIZE), dtype=np.float32)
        states[..., TASK] = self._plans.embed()
        states[..., ACCEPTANCE] = self._acceptance.means
        states[..., MEAN_P] = mean_p
        times = states[..., TIMES]
        times[..., 0] = (at_s - self._leads_since_s) / DURATION_S
        times[..., 1] = self._plans.on_task_s(at_s) / ON_TASK_S
        times[..., 2] = since_s / SINCE_ACTION_S
        np.minimum(times, 1, out=times)
        self._view = SeatView(
            states=states,
            allowed=allowed.reshape(*shape, -1),
            rules=self._rules.actions,
            at_s=at_s,
            types=self._types,
            true_states=self._chains.state[: self._main].reshape(shape).copy(),
        )
