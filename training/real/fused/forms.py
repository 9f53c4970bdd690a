"""What could be kept of h_fused, from all of it to next to nothing, and what each is worth.

Directions are learnt of simulated students only, never of the people who are asked about.

What a form is *worth* is what it adds to the mean probabilities: the share of the variance of
the true states of the next minute that a ridge regression explains, in students it was not fitted
to (simulated).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from appliance.domain.affect import AFFECTS
from appliance.domain.arrays import BoolArray, Float32Array, Float64Array
from appliance.domain.policy.choices import POLICY_STEP_S
from appliance.domain.tokens import TOKEN_S, WINDOW_TOKENS
from appliance.intervention.policy.state import FUSED, MEAN_P, TIMES
from training.fusion.streaming import read_tokens
from training.fusion.unseen import unseen_lesson

DIRECTIONS = 8
LATELY_TOKENS = 75  # 15 s
STUDENTS, MINUTES, SEED = 32, 15, 990_401
RIDGE = 0.1  # of the mean variance
RIDGES = (0.1, 1.0, 10.0, 100.0)
"""The best one counts: 128 numbers of sixteen students are soon learnt by heart."""

QUARTERS = 4

Numbers = NDArray[np.signedinteger]
Form = Callable[["Kept"], Float64Array]
"""From N states to the (N, F) numbers that are kept of them."""

_STEP = round(POLICY_STEP_S / TOKEN_S)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Kept:
    """N states of any number of people."""

    states: Float32Array = field(repr=False)
    """(N, ``STATE_SIZE``)."""

    usual: Float32Array = field(repr=False)
    """(N, 128) mean h_fused of the stay up to each state."""

    whole: Float64Array = field(repr=False)
    """(N, 128) mean h_fused over the states of the stay, known only when it is over."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SimulatedMinutes:
    """S students at M moments."""

    kept: Kept = field(repr=False)
    """S x M rows, student by student."""

    student: Float64Array = field(repr=False)
    """(S x M,) number of the student."""

    minute: Float64Array = field(repr=False)
    """(S x M, 4) shares of the true states in the last 60 s."""

    lately: Float64Array = field(repr=False)
    """(S x M, 4) in the last 15 s."""

    coming: Float64Array = field(repr=False)
    """(S x M, 4) in the next 60 s."""


def simulate_minutes(
    *, students: int = STUDENTS, minutes: float = MINUTES, seed: int = SEED
) -> SimulatedMinutes:
    """Return what the policy would keep of simulated students through the shipped fusion."""
    tokens = round(minutes * 60 / TOKEN_S)
    lesson = unseen_lesson(seed=seed, students=students, tokens=tokens)
    fused = np.empty((students, tokens, FUSED.stop), dtype=np.float32)
    chances = np.empty((students, tokens, len(AFFECTS)), dtype=np.float32)
    for token, readings in enumerate(read_tokens(lesson)):
        fused[:, token] = [one.fused for one in readings]
        chances[:, token] = [one.probabilities for one in readings]
    return pool_minutes(lesson.states, fused, chances)


def pool_minutes(
    lesson: NDArray[np.int8], fused: Float32Array, chances: Float32Array
) -> SimulatedMinutes:
    """Return the moments every 10 s that have a minute before them and one after.

    Args:
        lesson: (S, T) true states, index into ``AFFECTS``.
        fused: (S, T, 128) h_fused.
        chances: (S, T, 4) probabilities.
    """
    students, tokens = lesson.shape
    true = np.eye(len(AFFECTS))[lesson]
    ends = np.arange(WINDOW_TOKENS, tokens - WINDOW_TOKENS + 1, _STEP)
    mean = _shares(fused.astype(np.float64), ends - WINDOW_TOKENS, ends)
    states = np.zeros((students, len(ends), TIMES.stop), dtype=np.float32)
    states[:, :, FUSED] = mean
    states[:, :, MEAN_P] = _shares(chances.astype(np.float64), ends - WINDOW_TOKENS, ends)
    usual = _shares(fused.astype(np.float64), np.zeros_like(ends), ends)
    whole = np.broadcast_to(mean.mean(axis=1, keepdims=True), mean.shape)

    def flat(values: Float64Array | Float32Array) -> Float64Array:
        return np.asarray(values, dtype=np.float64).reshape(-1, values.shape[-1])

    return SimulatedMinutes(
        kept=Kept(
            states=flat(states).astype(np.float32),
            usual=flat(usual).astype(np.float32),
            whole=flat(whole),
        ),
        student=np.repeat(np.arange(students, dtype=np.float64), len(ends)),
        minute=flat(_shares(true, ends - WINDOW_TOKENS, ends)),
        lately=flat(_shares(true, ends - LATELY_TOKENS, ends)),
        coming=flat(_shares(true, ends, ends + WINDOW_TOKENS)),
    )


def state_directions(seen: SimulatedMinutes, *, count: int = DIRECTIONS) -> Float64Array:
    """Return (128, ``count``) directions that follow the state most for what they say of a person.

    Within students, h_fused is explained by the shares of the states in the last minute, in the
    last quarter of it and in the next one. Of what is explained the directions take as much as
    they can, in units of the spread between students: the generalised eigenvectors of the one
    covariance against the other.
    """
    fused = seen.kept.states[:, FUSED].astype(np.float64)
    told = np.concatenate([seen.minute, seen.lately, seen.coming], axis=1)
    numbers = np.unique(seen.student)
    means = np.array([fused[seen.student == one].mean(axis=0) for one in numbers])
    moved, why = fused.copy(), told.copy()
    for one in numbers:
        mine = seen.student == one
        moved[mine] -= moved[mine].mean(axis=0)
        why[mine] -= why[mine].mean(axis=0)
    explained = why @ np.linalg.lstsq(why, moved, rcond=None)[0]
    between = np.cov(means.T) + RIDGE * np.cov(means.T).trace() / FUSED.stop * np.eye(FUSED.stop)
    power, axes = np.linalg.eigh(between)
    white = axes / np.sqrt(power)
    _, found = np.linalg.eigh(white.T @ np.cov(explained.T) @ white)
    return np.asarray(white @ found[:, ::-1][:, :count])


def list_forms(directions: Float64Array) -> Mapping[str, Form]:
    """Return how each form is made of what is kept, by name; the first is all of h_fused.

    Args:
        directions: (128, D) of ``state_directions``; a step of 1 is the spread between students.
    """

    def fused(kept: Kept) -> Float64Array:
        return kept.states[:, FUSED].astype(np.float64)

    def recentred(kept: Kept) -> Float64Array:
        return fused(kept) - kept.usual

    return {
        "fused": fused,
        "recentred_so_far": recentred,
        "recentred_afterwards": lambda kept: fused(kept) - kept.whole,
        "directions": lambda kept: fused(kept) @ directions,
        "directions_recentred": lambda kept: recentred(kept) @ directions,
        "directions_coarse": lambda kept: np.rint(recentred(kept) @ directions),
        "two_directions_coarse": lambda kept: np.rint(recentred(kept) @ directions[:, :2]),
        "without_fused": without_fused,
        "without_fused_coarse": lambda kept: np.rint(QUARTERS * without_fused(kept)),
        "leading_state": lambda kept: np.eye(len(AFFECTS))[kept.states[:, MEAN_P].argmax(axis=1)],
    }


def without_fused(kept: Kept) -> Float64Array:
    """Return the (N, 7) mean probabilities and times: what is kept without ``[policy] learn``."""
    return kept.states[:, MEAN_P.start : TIMES.stop].astype(np.float64)


def explain_states(seen: SimulatedMinutes, form: Form) -> dict[str, float]:
    """Return the share of the next minute's states that is explained without and with a form."""
    known = seen.kept.states[:, MEAN_P].astype(np.float64)
    more = np.concatenate([known, form(seen.kept)], axis=1)
    halves = [seen.student < np.median(seen.student), seen.student >= np.median(seen.student)]
    scores = [
        max(
            float(np.mean([_explained(values, seen.coming, part, ridge) for part in halves]))
            for ridge in RIDGES
        )
        for values in (known, more)
    ]
    return {"mean_p_alone": scores[0], "with_it": scores[1]}


def _explained(values: Float64Array, truth: Float64Array, taught: BoolArray, ridge: float) -> float:
    """Return R^2 over all four shares on the rows that did not teach."""
    centre, scale = values[taught].mean(axis=0), values[taught].std(axis=0) + 1e-9
    scaled = (values - centre) / scale
    middle = truth[taught].mean(axis=0)
    power = scaled[taught].T @ scaled[taught] / taught.sum() + ridge * np.eye(values.shape[1])
    weights = np.linalg.solve(power, scaled[taught].T @ (truth[taught] - middle) / taught.sum())
    rest = truth[~taught] - middle - scaled[~taught] @ weights
    spread = truth[~taught] - truth[~taught].mean(axis=0)
    return float(1 - (rest**2).sum() / (spread**2).sum())


def _shares(values: Float64Array, begins: Numbers, ends: Numbers) -> Float64Array:
    """Return (S, M, C) means of (S, T, C) values from each begin to its end."""
    summed = np.cumsum(np.pad(values, ((0, 0), (1, 0), (0, 0))), axis=1)
    length = (ends - begins)[None, :, None]
    return np.asarray((summed[:, ends] - summed[:, begins]) / length)
