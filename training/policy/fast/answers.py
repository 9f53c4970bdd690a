"""What students do about actions, as ``slow.student.Answers``, and when the box hears of it."""

from dataclasses import dataclass, field

import numpy as np

from appliance.domain.arrays import BoolArray, Float32Array, Float64Array, IntArray
from appliance.domain.policy.choices import POLICY_ACTIONS, POLICY_STEP_S, PolicyAction
from appliance.intervention.policy.reward import (
    COMPLETE_WITHIN_S,
    NEGATIVE_RATING,
    REJECT_WITHIN_S,
)
from appliance.intervention.policy.state import Acceptance
from training.policy.fast.chance import Purpose, source, uniforms
from training.policy.fast.worlds import World
from training.policy.slow import student as slow

_ACCEPTS, _WHEN, _COMPLETES, _WORKS, _RATING, _RATES, _RATED = range(7)
_MIDDLE_RATING, _MATCHED_RATING, _RATING_SD = 2.5, 3.5, 1.0  # slow.student.Answers.answer

_RATING_GRID = np.linspace(-4, 4, 1601)
_RATING_BELOW = np.cumsum(np.exp(-(_RATING_GRID**2) / 2))
_RATING_BELOW /= _RATING_BELOW[-1]

_COMPLETE_S = np.zeros((len(POLICY_ACTIONS), 2))
for _action, _span in slow.COMPLETE_S.items():
    _COMPLETE_S[_action] = _span


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrawnAnswers:
    """What K students do about one action each; times after it was shown, NaN for never."""

    accepted: BoolArray = field(repr=False)
    """(K,) False: dismissed."""
    after_s: Float64Array = field(repr=False)
    """(K,) when."""
    completed_s: Float64Array = field(repr=False)
    """(K,) when it was completed."""
    rated_s: Float64Array = field(repr=False)
    """(K,) when it was rated."""
    complete: BoolArray = field(repr=False)
    """(K,) completed within 10 min."""
    reject: BoolArray = field(repr=False)
    """(K,) closed within 10 s, or rated 1 or 2."""
    complete_odds: Float64Array = field(repr=False)
    """(K,) how probable ``complete`` was for this student in this state."""
    reject_odds: Float64Array = field(repr=False)
    """(K,) how probable ``reject`` was."""


class Answering:
    """The habits of M students."""

    def __init__(self, world: World, types: IntArray, *, seed: int, steps: int) -> None:
        """Draw the acceptance of each action.

        Args:
            world: What the school is like.
            types: (M,) ``StudentType``.
            seed: Decides everything.
            steps: T.
        """
        self._world = world
        rng = source(seed, Purpose.HABITS)
        mean = np.clip(np.array(world.acceptance)[1:], 1e-3, 1 - 1e-3)
        odds = mean / (1 - mean) * np.exp(np.array(world.type_acceptance)[types])[:, None]
        mean = odds / (1 + odds)
        count = slow.ACCEPTANCE_COUNT
        self.acceptance = np.zeros((len(types), len(POLICY_ACTIONS)))
        """(M, 5) probability of accepting."""
        self.acceptance[:, 1:] = rng.beta(mean * count, (1 - mean) * count)
        self._drawn = uniforms(seed, Purpose.ANSWERS, (steps, 7, len(types)))

    def answer(
        self, step: int, students: IntArray, actions: IntArray, *, matched: BoolArray
    ) -> DrawnAnswers:
        """Return what (K,) students do about (K,) actions at a step."""
        drawn = self._drawn[step][:, students]
        accepted = drawn[_ACCEPTS] < self.acceptance[students, actions]
        low, high = np.where(
            accepted,
            np.array(slow.ACCEPT_S)[:, None],
            np.array(self._world.dismiss_s)[:, None],
        )
        after_s = low + (high - low) * drawn[_WHEN]
        first_s, last_s = _COMPLETE_S[actions].T
        completed_s = after_s + first_s + (last_s - first_s) * drawn[_WORKS]
        completed_s[~accepted | (drawn[_COMPLETES] >= self._world.completion)] = np.nan
        normal = np.interp(drawn[_RATING], _RATING_BELOW, _RATING_GRID)
        middle = np.where(matched, _MATCHED_RATING, _MIDDLE_RATING)
        rating = np.clip(np.round(middle + _RATING_SD * normal), 1, 5)
        first, last = slow.RATE_S
        rated_s = after_s + first + (last - first) * drawn[_RATED]
        rated_s[drawn[_RATES] >= slow.RATES] = np.nan
        complete_odds, reject_odds = answer_odds(
            actions,
            world=self._world,
            acceptance=self.acceptance[students, actions],
            matched=matched,
        )
        return DrawnAnswers(
            complete_odds=complete_odds,
            reject_odds=reject_odds,
            accepted=accepted,
            after_s=after_s,
            completed_s=completed_s,
            rated_s=rated_s,
            complete=completed_s <= COMPLETE_WITHIN_S,
            reject=(~accepted & (after_s <= REJECT_WITHIN_S))
            | (~np.isnan(rated_s) & (rating <= NEGATIVE_RATING)),
        )


def answer_odds(
    actions: IntArray, *, world: World, acceptance: Float64Array, matched: BoolArray
) -> tuple[Float64Array, Float64Array]:
    """Return how probable it is that (K,) actions are completed in time, and rejected.

    Args:
        actions: (K,) none of them nothing.
        world: What the school is like.
        acceptance: (K,) how probable it is that the student accepts.
        matched: (K,) whether it answers to the student's state.
    """
    first_s, last_s = _COMPLETE_S[actions].T
    in_time = _share_below(COMPLETE_WITHIN_S - float(np.mean(slow.ACCEPT_S)), first_s, last_s)
    closed = (1 - acceptance) * _share_below(REJECT_WITHIN_S, *world.dismiss_s)
    middle = np.where(matched, _MATCHED_RATING, _MIDDLE_RATING)
    negative = np.interp(NEGATIVE_RATING + 0.5 - middle, _RATING_GRID, _RATING_BELOW)
    reject = 1 - (1 - closed) * (1 - slow.RATES * negative)
    return acceptance * world.completion * in_time, reject


class AcceptanceCounts:
    """``intervention.policy.state.Acceptance`` of C x M students; answers come up to 20 s late."""

    def __init__(self, shape: tuple[int, int]) -> None:
        """Begin with the prior."""
        self._counts = np.zeros((*shape, len(POLICY_ACTIONS) - 1, 2))
        self._late: list[tuple[float, IntArray, IntArray, IntArray, BoolArray]] = []

    def add(
        self,
        copies: IntArray,
        students: IntArray,
        actions: IntArray,
        answers: DrawnAnswers,
        *,
        at_s: float,
    ) -> None:
        """Take in what (K,) students will answer to what was shown at a time."""
        for wait in range(1, 1 + int(slow.DISMISS_S.high / POLICY_STEP_S)):
            steps = np.maximum(np.ceil(answers.after_s / POLICY_STEP_S), 1)
            due = steps == wait
            if due.any():
                self._late.append(
                    (
                        at_s + wait * POLICY_STEP_S,
                        copies[due],
                        students[due],
                        actions[due],
                        answers.accepted[due],
                    )
                )

    def hear(self, at_s: float) -> tuple[IntArray, IntArray]:
        """Count what was answered by now.

        Returns:
            (K,) copies and students who accepted an easier or harder task.
        """
        eased: list[tuple[IntArray, IntArray]] = []
        waiting = []
        for item in self._late:
            due_s, copies, students, actions, accepted = item
            if due_s > at_s:
                waiting.append(item)
                continue
            counts = self._counts
            counts[copies, students, actions - 1] *= Acceptance.KEEP
            counts[copies, students, actions - 1, np.where(accepted, 0, 1)] += 1
            moved = accepted & (actions == PolicyAction.DIFFICULTY)
            eased.append((copies[moved], students[moved]))
        self._late = waiting
        if not eased:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        return np.concatenate([one for one, _ in eased]), np.concatenate([two for _, two in eased])

    @property
    def means(self) -> Float32Array:
        """(C, M, 4) posterior means."""
        return np.asarray(
            (1 + self._counts[..., 0]) / (2 + self._counts.sum(axis=-1)), dtype=np.float32
        )


def _share_below(
    limit: float | Float64Array, low: float | Float64Array, high: float | Float64Array
) -> Float64Array:
    """Return how much of a uniform distribution lies below a limit."""
    return np.asarray(np.clip((limit - low) / (high - low), 0, 1))
