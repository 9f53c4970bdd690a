"""What one student's readings say about that student, given what students are like.

The model of ``fitted.ReadingModel`` is linear: log-odds = H beta + noise, beta the student's own
levels and what each stretch of a state adds, H their shares filtered by ``follow`` and ``delay``.
With a Gaussian prior beta has a Gaussian posterior, from which it is drawn.
"""

from dataclasses import dataclass, field

import numpy as np

from appliance.domain.arrays import Float64Array, IntArray
from training.policy.fast.fit.recordings import Recordings
from training.policy.fast.fitted import AXES, STATES, ReaderClass, ReadingModel

FIRST = 6
"""Steps that are left out: the first minute, in which nothing can be decided."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lesson:
    """One student's lesson, ready for regression."""

    y: Float64Array = field(repr=False)
    """(T, 3) log-odds."""
    h: Float64Array = field(repr=False)
    """(T, 4 + E) how much of each level and each stretch shows."""
    kinds: IntArray = field(repr=False)
    """(E,) state of each stretch."""
    states: IntArray = field(repr=False)
    """(T,) state at each step's end."""
    used: IntArray = field(repr=False)
    """(U,) steps whose own and two former readings exist."""

    def noise(self, beta: Float64Array) -> Float64Array:
        """Return (T, 3) what (4 + E, 3) levels leave."""
        return np.asarray(self.y - self.h @ beta)


def prepare(recordings: Recordings, *, follow: float, delay: float) -> list[Lesson]:
    """Return all lessons; stretches that a lesson does not have are left out."""
    y = recordings.log_odds
    lessons = []
    for number in range(len(recordings)):
        count = int((recordings.episodes[number].sum(axis=0) > 0).sum())
        shares = np.hstack([recordings.states[number], recordings.episodes[number, :, :count]])
        present = recordings.present[number] > 0
        used = np.flatnonzero(present[2:] & present[1:-1] & present[:-2]) + 2
        lessons.append(
            Lesson(
                y=y[number],
                h=_filter(shares, follow=follow, delay=delay),
                kinds=recordings.kinds[number, :count],
                states=recordings.last[number],
                used=used[used > FIRST],
            )
        )
    return lessons


def _filter(shares: Float64Array, *, follow: float, delay: float) -> Float64Array:
    result = np.zeros_like(shares)
    seen = np.zeros(shares.shape[1])
    before = shares[0]
    for step, now in enumerate(shares):
        seen = follow * seen + (1 - follow) * (delay * before + (1 - delay) * now)
        result[step], before = seen, now
    return result


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Draw:
    """What was drawn for one lesson."""

    beta: Float64Array = field(repr=False)
    """(4 + E, 3) levels, then what each stretch adds."""
    noise: Float64Array = field(repr=False)
    """(T, 3) what they leave."""
    new: Float64Array = field(repr=False)
    """(U, 3) what is new in it."""
    factor: float
    """The student's own factor on the noise."""


def draw_beta(
    rng: np.random.Generator,
    lesson: Lesson,
    one: ReaderClass,
    model: ReadingModel,
    *,
    factor: float,
) -> Draw:
    """Draw what is behind one lesson, if the student belongs to this class."""
    used = lesson.used
    h, y = whiten(lesson.h, used, model.keep), whiten(lesson.y, used, model.keep)
    states = lesson.states[used]
    levels = STATES * AXES
    size = lesson.h.shape[1] * AXES
    precision, shift = np.zeros((size, size)), np.zeros(size)
    inverse = np.linalg.inv(one.spread)
    precision[:levels, :levels] = inverse
    shift[:levels] = inverse @ one.levels.ravel()
    of_episodes = np.linalg.inv(one.episodes)
    for number, kind in enumerate(lesson.kinds):
        at = levels + AXES * number
        precision[at : at + AXES, at : at + AXES] = of_episodes[kind]
    of_noise = np.linalg.inv(one.noise) / factor**2
    for state in np.unique(states):
        rows = states == state
        precision += np.kron(h[rows].T @ h[rows], of_noise[state])
        shift += (h[rows].T @ y[rows] @ of_noise[state]).ravel()
    lower = np.linalg.cholesky(precision)
    mean = np.linalg.solve(precision, shift)
    beta = mean + np.linalg.solve(lower.T, rng.standard_normal(size))
    beta = beta.reshape(-1, AXES)
    noise = lesson.noise(beta)
    new = whiten(noise, used, model.keep)
    squares = np.einsum("ti,tij,tj->t", new, np.linalg.inv(one.noise)[states], new)
    # As if 10 more numbers had been seen of a student like the others.
    own = np.sqrt((squares.sum() + 10) / (new.size + 10))
    return Draw(beta=beta, noise=noise, new=new, factor=float(own))


def whiten(values: Float64Array, used: IntArray, keep: Float64Array) -> Float64Array:
    """Return what is new in rows: less what they keep of the two before."""
    return np.asarray(values[used] - keep[0] * values[used - 1] - keep[1] * values[used - 2])


def score(lesson: Lesson, draw: Draw, one: ReaderClass) -> float:
    """Return the logarithm of how probable a draw and what it leaves are in this class."""
    total = float(np.log(one.share))
    total += _density((draw.beta[:STATES].ravel() - one.levels.ravel())[None], one.spread)
    for state in range(STATES):
        added = draw.beta[STATES:][lesson.kinds == state]
        total += _density(added, one.episodes[state])
        new = draw.new[lesson.states[lesson.used] == state] / draw.factor
        total += _density(new, one.noise[state])
    return total - AXES * len(draw.new) * float(np.log(draw.factor))


def _density(values: Float64Array, covariance: Float64Array) -> float:
    if len(values) == 0:
        return 0.0
    lower = np.linalg.cholesky(covariance)
    white = np.linalg.solve(lower, values.T)
    return float(-0.5 * (white**2).sum() - len(values) * np.log(np.diag(lower)).sum())
