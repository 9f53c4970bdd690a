"""Whether the fast world and the slow environment agree: readings, and which policy is better."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

import numpy as np

from appliance.domain.arrays import BoolArray, Float64Array, IntArray
from appliance.domain.policy.choices import PolicyAction
from training.policy.fast.fit.boosting import score_by_folds
from training.policy.fast.fit.recordings import load_recordings
from training.policy.fast.fit.summaries import Summaries, summarise
from training.policy.fast.outcomes import DELAY
from training.policy.fast.students import FIRST, FastStudents, LastTenSeconds, SeatView
from training.policy.fast.worlds import SLOW_WORLD, World

POLICIES = ("never", "random", "rules", "hint")
"""Nothing; one of what is allowed; Table 1 with its cool-downs; a hint whenever it is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PolicyLessons:
    """Lessons of different students under one policy."""

    summaries: Summaries = field(repr=False)
    """Their minutes."""
    returns: Float64Array = field(repr=False)
    """(N,) sum of what was shown was worth, but for the last two minutes."""
    shown: Float64Array = field(repr=False)
    """(N,) how much was shown."""


def policy_of(path: Path) -> str:
    """Return the policy that a file of ``collect`` is named after."""
    return path.stem.rpartition("_")[2]


def load_slow(paths: Sequence[Path]) -> PolicyLessons:
    """Read lessons that ``collect`` wrote under one policy."""
    recordings = load_recordings(paths)
    decided = slice(FIRST, None)
    gains = [np.load(path)["gains"] for path in paths]
    return PolicyLessons(
        summaries=summarise(
            probabilities=recordings.probabilities[:, decided],
            states=recordings.states[:, decided],
            known=recordings.known[:, decided],
            present=recordings.present[:, decided],
        ),
        returns=np.array([np.nansum(one) for one in gains]),
        shown=np.array([float(one.size) for one in gains]),
    )


def play_fast(
    policies: Sequence[str], *, students: int, seed: int, world: World = SLOW_WORLD
) -> dict[str, PolicyLessons]:
    """Let the same students go through one lesson under each policy."""
    lesson = FastStudents(world, students=students, copies=len(policies), seed=seed)
    rng = np.random.default_rng([seed, 1])
    pages: list[LastTenSeconds] = []
    while not lesson.done:
        view = lesson.view()
        lesson.step(
            np.stack([_choose(policy, view, row, rng) for row, policy in enumerate(policies)])
        )
        pages.append(lesson.latest())
    outcome = lesson.outcome()
    return {
        policy: PolicyLessons(
            summaries=summarise(
                probabilities=np.stack([page.probabilities[row] for page in pages], axis=1),
                states=np.stack([page.states[row] for page in pages], axis=1),
                known=np.stack([page.known[row] for page in pages], axis=1),
                present=np.stack([page.present[row] for page in pages], axis=1),
            ),
            returns=outcome.worth[row, :, : -DELAY + 1].sum(axis=1),
            shown=(outcome.shown[row] != PolicyAction.NOTHING).sum(axis=1).astype(np.float64),
        )
        for row, policy in enumerate(policies)
    }


def compare(paths: Sequence[Path], *, students: int, seed: int) -> dict[str, object]:
    """Return what ``python -m training.policy.fast agree`` prints.

    Args:
        paths: Files of ``collect``.
        students: How many the fast world plays under each policy.
        seed: Of the fast world and of the folds.
    """
    slow = {
        policy: load_slow([path for path in paths if policy_of(path) == policy])
        for policy in POLICIES
        if any(policy_of(path) == policy for path in paths)
    }
    fast = play_fast(list(slow), students=students, seed=seed)
    return {
        "slow_lessons": {policy: len(own.returns) for policy, own in slow.items()},
        "fast_lessons": students,
        "auc": {
            policy: round(tell_apart(own.summaries, fast[policy].summaries, seed=seed), 3)
            for policy, own in slow.items()
        },
        "returns": {
            policy: {"slow": _mean(own.returns), "fast": _mean(fast[policy].returns)}
            for policy, own in slow.items()
        },
        "shown": {
            policy: {"slow": _mean(own.shown), "fast": _mean(fast[policy].shown)}
            for policy, own in slow.items()
        },
        **_rank(slow, fast),
    }


def tell_apart(one: Summaries, other: Summaries, *, seed: int) -> float:
    """Return the AUC with which boosted trees tell minutes of one world from the other's."""
    return score_by_folds(one.rows, other.rows, groups=(one.lessons, other.lessons), seed=seed)


def _rank(
    slow: Mapping[str, PolicyLessons], fast: Mapping[str, PolicyLessons]
) -> dict[str, object]:
    """Return both rankings, and which pairs the slow lessons are too few to put in order."""
    order, other = (
        sorted(lessons, key=lambda policy: -float(lessons[policy].returns.mean()))
        for lessons in (slow, fast)
    )
    unsure, same = [], True
    for first, second in combinations(order, 2):
        means, errors = zip(
            *(_mean(slow[policy].returns) for policy in (first, second)), strict=True
        )
        if means[0] - means[1] < 2 * float(np.hypot(*errors)):
            unsure.append([first, second])
        elif other.index(first) > other.index(second):
            same = False
    return {
        "ranking_slow": order,
        "ranking_fast": other,
        "same_where_sure": same,
        "pairs_unsure_in_slow": unsure,
    }


def _mean(values: Float64Array) -> tuple[float, float]:
    """Return mean and standard error."""
    error = float(values.std() / np.sqrt(len(values)))
    return round(float(values.mean()), 4), round(error, 4)


def _choose(policy: str, view: SeatView, row: int, rng: np.random.Generator) -> IntArray:
    allowed: BoolArray = view.allowed[row]
    if policy == "rules":
        return view.rules[row]
    if policy == "random":
        return np.asarray((rng.random(allowed.shape) * allowed).argmax(axis=1))
    wants = (policy == "hint") & allowed[:, PolicyAction.HINT]
    return np.where(wants, PolicyAction.HINT, PolicyAction.NOTHING)
