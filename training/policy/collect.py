"""Experience of simulated students under the rules with micro-randomised actions.

As the box explores where a school has agreed to it: at a decision each allowed benign action has a
small probability of its own to be done instead of nothing, and what a rule wants that is benign is
withheld now and then. So there is a do-nothing arm, and every propensity is on record. All numbers
are simulated.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields

import numpy as np

from appliance.domain.arrays import AnyArray, BoolArray, Float64Array, IntArray
from appliance.domain.policy.choices import POLICY_STEP_S, PolicyAction
from appliance.domain.policy.experience import Experience
from training.policy.fast.students import FastStudents
from training.policy.fast.worlds import World

P_ACT = 0.1
"""Probability of each allowed benign action at a decision; of nothing at least .6."""

WITHHELD = 0.5
"""Share of what a rule wants, and is benign, that is not done."""

_STUDENTS_AT_ONCE = 500
_FEW_DECISIONS = 18  # of a lesson: so many students are simulated that this is enough


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SimulatedExperience:
    """Decisions with what came of them, and what only the simulator knows of each."""

    experience: Experience
    """N decisions; the stays are lessons of different students."""

    gains: Float64Array
    """(N,) true reward above doing nothing, from the twin and with the chances of each answer in
    place of what was answered; 0 for nothing."""

    gain_drops: Float64Array
    """(N, 2) the part of it in Delta F and Delta B."""

    drops: Float64Array
    """(N, 2) Delta F and Delta B as measured; NaN when missing."""

    types: IntArray
    """(N,) type of the student."""

    def first(self, decisions: int) -> "SimulatedExperience":
        """Return the first so many decisions."""
        return self._cut(slice(decisions))

    def last(self, decisions: int) -> "SimulatedExperience":
        """Return the last so many decisions."""
        return self._cut(slice(-decisions, None))

    def _cut(self, kept: slice) -> "SimulatedExperience":
        return SimulatedExperience(
            experience=Experience(
                **{one.name: getattr(self.experience, one.name)[kept] for one in fields(Experience)}
            ),
            gains=self.gains[kept],
            gain_drops=self.gain_drops[kept],
            drops=self.drops[kept],
            types=self.types[kept],
        )


def randomise(
    allowed: BoolArray, rules: IntArray, *, rng: np.random.Generator, p_act: float = P_ACT
) -> tuple[IntArray, Float64Array]:
    """Draw what is done at decisions, and say how probable it was.

    A rest that a rule asks for may lock the screen: that is no benign action and is never withheld,
    and nothing is drawn in its place.

    Args:
        allowed: (B, 5) of each decision.
        rules: (B,) the rule's action.
        rng: Decides.
        p_act: Of each allowed action but nothing, [.1, .225].

    Returns:
        (B,) actions and (B,) their propensities, each 1 or in [.1, .9].
    """
    probabilities = action_probabilities(allowed, rules, p_act=p_act)
    drawn = rng.uniform(size=(len(rules), 1))
    actions = (drawn >= probabilities.cumsum(axis=1)[:, :-1]).sum(axis=1)
    return actions, probabilities[np.arange(len(rules)), actions]


def action_probabilities(
    allowed: BoolArray, rules: IntArray, *, p_act: float = P_ACT
) -> Float64Array:
    """Return (B, 5) how probable each action is; the arguments are those of ``randomise``."""
    rows = np.arange(len(rules))
    result = np.where(allowed, p_act, 0.0)
    result[:, PolicyAction.NOTHING] = 1 - result[:, 1:].sum(axis=1)
    ruled = rules != PolicyAction.NOTHING
    result[ruled] = 0
    result[rows[ruled], rules[ruled]] = 1
    benign = ruled & (rules != PolicyAction.REST)
    result[rows[benign], rules[benign]] = 1 - WITHHELD
    result[benign, PolicyAction.NOTHING] = WITHHELD
    return result


def collect(
    world: World,
    *,
    decisions: int,
    seed: int,
    p_act: float = P_ACT,
    draw_every_s: float = POLICY_STEP_S,
) -> SimulatedExperience:
    """Return the first so many decisions of students of a world, lesson after lesson.

    Args:
        world: Where.
        decisions: N.
        seed: Decides who the students are and what is drawn.
        p_act: As in ``randomise``.
        draw_every_s: As in ``collect_lessons``.
    """
    parts: list[SimulatedExperience] = []
    count, batch, stays = 0, 0, 0
    while count < decisions:
        students = min(_STUDENTS_AT_ONCE, 1 + (decisions - count) // _FEW_DECISIONS)
        part = collect_lessons(
            world,
            students=students,
            seed=seed + 1_000_003 * batch,
            p_act=p_act,
            stays_from=stays,
            draw_every_s=draw_every_s,
        )
        parts.append(part)
        count += len(part.experience)
        stays += students
        batch += 1
    return join(parts).first(decisions)


def collect_lessons(
    world: World,
    *,
    students: int,
    seed: int,
    p_act: float = P_ACT,
    stays_from: int = 0,
    draw_every_s: float = POLICY_STEP_S,
) -> SimulatedExperience:
    """Return all decisions of one lesson of each of so many students.

    Args:
        world: Where.
        students: How many.
        seed: Decides who they are and what is drawn.
        p_act: As in ``randomise``.
        stays_from: Number of the first stay.
        draw_every_s: Least time between two draws about a student; about what a rule wants it is
            drawn at any time. In between the rule's action is done, with certainty.
    """
    rng = np.random.default_rng([seed, 1])
    lesson = FastStudents(world, students=students, copies=1, seed=seed)
    parts: list[tuple[AnyArray, ...]] = []
    draw_from_s = np.zeros(students)
    step = 0
    while not lesson.done:
        view = lesson.view()
        rows = np.flatnonzero(deciding(view.allowed[0]))
        allowed, rules = view.allowed[0][rows], view.rules[0][rows]
        drawn, chances = randomise(allowed, rules, rng=rng, p_act=p_act)
        waits = (view.at_s < draw_from_s[rows] - 1e-6) & (rules == PolicyAction.NOTHING)
        drawn, chances = np.where(waits, rules, drawn), np.where(waits, 1.0, chances)
        draw_from_s[rows[chances < 1]] = view.at_s + draw_every_s
        actions = view.rules[0].copy()
        actions[rows] = drawn
        times = np.full(len(rows), view.at_s)
        parts.append(
            (
                *(rows, np.full(len(rows), step), view.states[0][rows]),
                *(allowed, rules, drawn, chances, times),
            )
        )
        lesson.step(actions[None])
        step += 1
    outcome, types = lesson.outcome(), view.types
    who, steps, states, allowed, rules, actions, chances, times = (
        np.concatenate(part) for part in zip(*parts, strict=True)
    )
    order = np.lexsort((steps, who))  # in the order of time within each stay
    who, steps = who[order], steps[order]
    return SimulatedExperience(
        experience=Experience(
            states=states[order],
            allowed=allowed[order],
            rules=rules[order].astype(np.int64),
            actions=actions[order].astype(np.int64),
            propensities=chances[order],
            rewards=outcome.raw[0][who, steps].astype(np.float64),
            at_s=times[order].astype(np.float64),
            stays=who + stays_from,
        ),
        gains=outcome.worth[0][who, steps].astype(np.float64),
        gain_drops=outcome.gain_drops[0][who, steps].astype(np.float64),
        drops=outcome.drops[0][who, steps].astype(np.float64),
        types=types[who].astype(np.int64),
    )


def deciding(allowed: BoolArray) -> BoolArray:
    """Return (...) whether (..., 5) allows more than nothing: whether that is a decision."""
    return np.asarray(allowed.sum(axis=-1) > 1)


def join(parts: Iterable[SimulatedExperience]) -> SimulatedExperience:
    """Return all of it as one; the stays are numbered apart by whoever collected them."""
    kept = list(parts)
    return SimulatedExperience(
        experience=join_experience([part.experience for part in kept]),
        gains=np.concatenate([part.gains for part in kept]),
        gain_drops=np.concatenate([part.gain_drops for part in kept]),
        drops=np.concatenate([part.drops for part in kept]),
        types=np.concatenate([part.types for part in kept]),
    )


def join_experience(parts: Iterable[Experience]) -> Experience:
    """Return all of it as one, stays as they are numbered."""
    kept = list(parts)
    return Experience(
        **{
            one.name: np.concatenate([getattr(part, one.name) for part in kept])
            for one in fields(Experience)
        }
    )
