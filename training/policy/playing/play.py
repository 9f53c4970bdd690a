"""Lessons of the same students under several policies at once; all numbers are simulated."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from appliance.domain.arrays import Float32Array, Float64Array, IntArray
from appliance.domain.policy.choices import PolicyAction
from training.policy.collect import deciding
from training.policy.fast.outcomes import LessonOutcome
from training.policy.fast.students import FastStudents, SeatView
from training.policy.fast.worlds import World
from training.policy.playing.situations import Situations


class Policy(Protocol):
    """Chooses at decisions. Where only the rule may act, the rule acts."""

    def act(self, at: Situations) -> IntArray:
        """Return the (B,) actions."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Overrides:
    """Decisions of one policy that were not the rule's."""

    states: Float32Array
    """(B, STATE_SIZE)."""

    rules: IntArray
    """(B,) what the rule wanted."""

    actions: IntArray
    """(B,) what was done."""

    gains: Float64Array
    """(B,) true reward of what was done, above doing nothing, as it came out."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Played:
    """Lessons of M students under each of C policies."""

    returns: Float64Array
    """(C, M) sum of the true rewards above doing nothing, of what was shown."""

    shown: Float64Array
    """(C, M) actions in the lesson."""

    decisions: IntArray
    """(C,) steps at which more than nothing was allowed."""

    types: IntArray
    """(M,) of the students."""

    overrides: tuple[Overrides, ...]
    """C of them."""

    outcome: LessonOutcome
    """What came of every step."""

    def acting(self, policy: int) -> float:
        """Return the share of decisions at which another action than the rule's was done."""
        done = self.overrides[policy].actions != PolicyAction.NOTHING
        return float(done.sum() / max(self.decisions[policy], 1))

    def vetoes(self, policy: int) -> float:
        """Return the share of decisions at which nothing was done and the rule wanted something."""
        done = self.overrides[policy].actions == PolicyAction.NOTHING
        return float(done.sum() / max(self.decisions[policy], 1))

    def halved(self, policy: int) -> tuple[int, int, int]:
        """Return the paper's sentence: what was shown during an alert, and whose score halved.

        Returns:
            How many actions; after how many the score fell by more than half within two minutes;
            of how many twins, to whom nothing was shown, it did.
        """
        outcome = self.outcome
        rows = (outcome.shown[policy] != PolicyAction.NOTHING) & outcome.alerted[policy]
        halved = outcome.halved[policy][rows], outcome.halved_twin[policy][rows]
        return int(rows.sum()), int(halved[0].sum()), int(halved[1].sum())


def play(
    world: World,
    policies: Sequence[Policy],
    *,
    students: int,
    seed: int,
    literal: Sequence[int] = (),
    without_rules: Sequence[int] = (),
) -> Played:
    """Return one lesson of each student under each policy, with the same chance for all.

    Args:
        world: Where.
        policies: C of them.
        students: M.
        seed: Decides who the students are and all that is drawn.
        literal: Indices of policies that stand beside the rules without cool-downs.
        without_rules: Indices of policies beside which no rule acts where they may not.
    """
    lesson = FastStudents(
        world, students=students, copies=len(policies), seed=seed, literal=literal
    )
    kept: list[list[tuple[Float32Array, IntArray, IntArray, IntArray, int]]] = [
        [] for _ in policies
    ]
    decisions = np.zeros(len(policies), dtype=np.int64)
    step = 0
    while not lesson.done:
        view = lesson.view()
        actions = view.rules.copy()
        actions[list(without_rules)] = PolicyAction.NOTHING
        at = deciding(view.allowed)
        decisions += at.sum(axis=1)
        for copy, policy in enumerate(policies):
            rows = np.flatnonzero(at[copy])
            if rows.size == 0:
                continue
            asked = Situations(
                states=view.states[copy][rows],
                allowed=view.allowed[copy][rows],
                rules=view.rules[copy][rows],
            )
            chosen = policy.act(asked)
            actions[copy, rows] = chosen
            other = np.flatnonzero(chosen != asked.rules)
            if other.size:
                kept[copy].append(
                    (asked.states[other], asked.rules[other], chosen[other], rows[other], step)
                )
        lesson.step(actions)
        step += 1
    outcome = lesson.outcome()
    return Played(
        returns=outcome.worth.sum(axis=2, dtype=np.float64),
        shown=(outcome.shown != PolicyAction.NOTHING).sum(axis=2).astype(np.float64),
        decisions=decisions,
        types=view.types,
        overrides=tuple(
            _overrides(one, outcome.worth[copy], view) for copy, one in enumerate(kept)
        ),
        outcome=outcome,
    )


def _overrides(
    kept: Sequence[tuple[Float32Array, IntArray, IntArray, IntArray, int]],
    gains: Float64Array,
    view: SeatView,
) -> Overrides:
    if not kept:
        none = np.zeros(0, dtype=np.int64)
        return Overrides(
            states=np.zeros((0, view.states.shape[-1]), dtype=np.float32),
            rules=none,
            actions=none,
            gains=np.zeros(0),
        )
    return Overrides(
        states=np.concatenate([one[0] for one in kept]),
        rules=np.concatenate([one[1] for one in kept]),
        actions=np.concatenate([one[2] for one in kept]),
        gains=np.concatenate([gains[rows, step] for _, _, _, rows, step in kept]),
    )
