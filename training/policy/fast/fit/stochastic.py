"""Fits ``fitted.ReadingModel`` by stochastic expectation-maximisation.

Each round draws, for every student, the class, the own levels and what each stretch of a state
added from their posterior, and then takes for the model what was drawn (Celeux and Diebolt 1985).
The last rounds are averaged.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from appliance.domain.arrays import Float64Array, IntArray
from training.policy.fast.fit.posterior import Draw, Lesson, draw_beta, prepare, score
from training.policy.fast.fit.recordings import Recordings
from training.policy.fast.fitted import AXES, STATES, ReaderClass, ReadingModel

_SIZE = STATES * AXES


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fit:
    """A fitted model and what it was like to get there."""

    model: ReadingModel
    """The mean of the last rounds."""
    likelihood: float
    """Mean over the last rounds, per lesson; only differences mean something."""
    lessons: Sequence[Lesson] = field(repr=False)
    """What it was fitted to."""
    draws: Sequence[Draw] = field(repr=False)
    """Of the last round."""
    classes: IntArray = field(repr=False)
    """(N,) of the last round."""


def first_model(*, classes: int, follow: float, delay: float) -> ReadingModel:
    """Return something to begin with."""
    one = ReaderClass(
        share=1 / classes,
        levels=np.zeros((STATES, AXES)),
        spread=2 * np.eye(_SIZE),
        episodes=np.tile(0.3 * np.eye(AXES), (STATES, 1, 1)),
        noise=np.tile(0.2 * np.eye(AXES), (STATES, 1, 1)),
        noise_spread=0.3,
    )
    return ReadingModel(
        follow=follow,
        delay=delay,
        keep=np.array([0.8, 0.0]),
        start=np.zeros(AXES),
        shape=np.tile([0.0, 1.0, 0.0, 0.0], (STATES, AXES, 1)),
        swing_at=np.zeros(1),
        swing=np.ones((AXES, 1)),
        unrest=np.ones(1),
        bursts_keep=0.0,
        bursts_sd=np.zeros(2),
        sure=np.array([0.0, 1.0]),
        known=np.array([1.0, 1.0]),
        popup=np.zeros((1, AXES)),
        classes=(one,) * classes,
    )


def fit_readings(
    rng: np.random.Generator,
    recordings: Recordings,
    begin: ReadingModel,
    *,
    rounds: int = 40,
) -> Fit:
    """Fit classes and ``keep``; ``follow`` and ``delay`` stay as they are.

    Args:
        rng: Decides the draws.
        recordings: N lessons.
        begin: Where to begin; lessons are dealt to its classes by how far apart their readings lie.
        rounds: The second half of them is averaged.
    """
    lessons = prepare(recordings, follow=begin.follow, delay=begin.delay)
    count = len(begin.classes)
    plainness = np.abs(recordings.log_odds).mean(axis=(1, 2))
    classes = plainness.argsort().argsort() * count // len(lessons)
    factors = np.ones(len(lessons))
    model, kept, likelihoods = begin, [], []
    for number in range(rounds):
        draws = [
            draw_beta(rng, lesson, model.classes[which], model, factor=factor)
            for lesson, which, factor in zip(lessons, classes, factors, strict=True)
        ]
        factors = np.array([draw.factor for draw in draws])
        scores = np.array(
            [
                [score(lesson, draw, one) for one in model.classes]
                for lesson, draw in zip(lessons, draws, strict=True)
            ]
        )
        likelihoods.append(float(scores[np.arange(len(lessons)), classes].mean()))
        # At first lessons change their class easily, so that no bad beginning is kept.
        heat = max(1.0, 0.4 * rounds - number)
        classes = _deal(rng, scores / heat)
        model = replace(
            model,
            keep=_keep(lessons, draws),
            classes=tuple(
                _maximise(
                    [(lessons[at], draws[at]) for at in np.flatnonzero(classes == which)],
                    model.classes[which],
                    total=len(lessons),
                )
                for which in range(count)
            ),
        )
        kept.append(model)
    half = rounds // 2
    return Fit(
        model=_average(kept[half:]),
        likelihood=float(np.mean(likelihoods[half:])),
        lessons=lessons,
        draws=draws,
        classes=classes,
    )


def _deal(rng: np.random.Generator, scores: Float64Array) -> IntArray:
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    sums = weights.cumsum(axis=1)
    return np.asarray((rng.random((len(scores), 1)) * sums[:, -1:] >= sums).sum(axis=1))


def _keep(lessons: Sequence[Lesson], draws: Sequence[Draw]) -> Float64Array:
    """Return the (2,) coefficients by which noise follows from the two readings before."""
    former, now = [], []
    for lesson, draw in zip(lessons, draws, strict=True):
        noise = draw.noise / draw.factor
        former.append(np.stack([noise[lesson.used - 1], noise[lesson.used - 2]], axis=-1))
        now.append(noise[lesson.used])
    rows = np.concatenate(former).reshape(-1, 2)
    return np.asarray(np.linalg.lstsq(rows, np.concatenate(now).ravel(), rcond=None)[0])


def _maximise(
    members: Sequence[tuple[Lesson, Draw]], before: ReaderClass, *, total: int
) -> ReaderClass:
    """Return the class that its members' draws come from; a little of it is the former one."""
    if not members:
        return before
    levels = np.array([draw.beta[:STATES].ravel() for _, draw in members])
    mean = levels.mean(axis=0)
    added = np.concatenate([draw.beta[STATES:] for _, draw in members])
    kinds = np.concatenate([lesson.kinds for lesson, _ in members])
    new = np.concatenate([draw.new / draw.factor for _, draw in members])
    states = np.concatenate([lesson.states[lesson.used] for lesson, _ in members])
    factors = np.log([draw.factor for _, draw in members])
    scale = np.exp(2 * factors.mean())  # so that the factors' mean becomes 1
    return ReaderClass(
        share=len(members) / total,
        levels=mean.reshape(STATES, AXES),
        spread=_covariance(levels - mean, before.spread),
        episodes=np.array(
            [_covariance(added[kinds == s], before.episodes[s]) for s in range(STATES)]
        ),
        noise=np.array(
            [scale * _covariance(new[states == s], before.noise[s]) for s in range(STATES)]
        ),
        noise_spread=float(factors.std()),
    )


def _covariance(values: Float64Array, before: Float64Array) -> Float64Array:
    """Return the covariance of (K, D) values about 0, as if D of them came from before."""
    weight = len(before)
    return np.asarray((values.T @ values + weight * before) / (len(values) + weight))


def _average(models: Sequence[ReadingModel]) -> ReadingModel:
    classes = []
    for members in zip(*(model.classes for model in models), strict=True):
        means = {
            name: np.mean([getattr(one, name) for one in members], axis=0)
            for name in ("levels", "spread", "episodes", "noise")
        }
        classes.append(
            ReaderClass(
                share=float(np.mean([one.share for one in members])),
                noise_spread=float(np.mean([one.noise_spread for one in members])),
                **means,
            )
        )
    return replace(
        models[-1],
        keep=np.mean([model.keep for model in models], axis=0),
        classes=tuple(classes),
    )
