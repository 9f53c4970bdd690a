"""What came of a lesson: equation 12 as the box would have it, and the truth beside it."""

from dataclasses import dataclass, field

import numpy as np

from appliance.domain.affect import AFFECTS, Affect
from appliance.domain.arrays import BoolArray, Float32Array, Float64Array, IntArray
from appliance.domain.policy.choices import POLICY_STEP_S
from appliance.intervention.policy.reward import (
    AFTER_SCREEN_TOKENS,
    DELAY_TOKENS,
    MIN_PRESENT,
    WEIGHTS,
    WINDOW_TOKENS,
)
from training.policy.fast.answers import DrawnAnswers
from training.policy.fast.tables import STEP_TOKENS

DELAY = DELAY_TOKENS // STEP_TOKENS
WINDOW = WINDOW_TOKENS // STEP_TOKENS
_LEFT_OUT = AFTER_SCREEN_TOKENS // STEP_TOKENS
_DROPPING = [AFFECTS.index(Affect.FATIGUED), AFFECTS.index(Affect.BORED)]
_HALF = 0.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LessonOutcome:
    """All arrays are (C, M, T), copies, students, steps."""

    shown: IntArray = field(repr=False)
    """What was shown, one of A."""
    raw: Float64Array = field(repr=False)
    """Equation 12; NaN when missing. Of nothing, Delta F + Delta B."""
    drops: Float64Array = field(repr=False)
    """(C, M, T, 2) Delta F and Delta B; NaN when missing."""
    complete: BoolArray = field(repr=False)
    """Completed within 10 min."""
    reject: BoolArray = field(repr=False)
    """Closed within 10 s, or rated 1 or 2."""
    intrude: BoolArray = field(repr=False)
    """Within 10 min of the last, or the fifth in an hour."""
    gain: Float64Array = field(repr=False)
    """True worth of what was shown, 0 for nothing: equation 12 less the twin's Delta F + Delta B.
    Nothing is missing here: the lesson is followed for two minutes beyond its end."""
    worth: Float64Array = field(repr=False)
    """``gain`` with the chances of being completed and rejected in place of what came of it: the
    same expectation, a fifth of the variance."""
    gain_drops: Float64Array = field(repr=False)
    """(C, M, T, 2) the part of ``gain`` in Delta F and Delta B: the twin's score less one's own."""
    alerted: BoolArray = field(repr=False)
    """An alert of equation 9 was open: fatigued or bored."""
    halved: BoolArray = field(repr=False)
    """The 30 s mean of F + B fell by more than half within two minutes."""
    halved_twin: BoolArray = field(repr=False)
    """Of the twin; the same as ``halved`` where nothing was shown."""


class Ledger:
    """Writes down a lesson step by step."""

    def __init__(
        self, *, shape: tuple[int, int], steps: int, first: int, share: Float32Array
    ) -> None:
        """Begin with empty pages.

        Args:
            shape: (C, M).
            steps: T.
            first: Steps of 10 s before the first that can be decided.
            share: (first + T + 12, M) how much of each 10 s a student sat there.
        """
        self._shape, self._steps, self._first, self._share = shape, steps, first, share
        total = first + steps + DELAY
        self._scores = np.zeros((total, shape[0] * shape[1], 2), dtype=np.float32)
        self._read = 0
        pages = (steps, *shape)
        self._shown = np.zeros(pages, dtype=np.int8)
        self._complete, self._reject, self._intrude, self._alerted = (
            np.zeros(pages, dtype=np.bool_) for _ in range(4)
        )
        self._answered = np.zeros(pages)
        self._used = np.ones((total + _LEFT_OUT, *shape), dtype=np.bool_)
        self._twins: list[tuple[int, IntArray, IntArray, Float32Array]] = []
        self._followed = 0  # index of the oldest batch of twins that still lives

    def note_view(self, *, alerted: BoolArray) -> None:
        """Note (C, M) open alerts at the present step."""
        self._alerted[self._read - self._first] = alerted

    def note_twins(self, copies: IntArray, students: IntArray) -> None:
        """Note that twins of (K,) students begin."""
        trace = np.zeros((DELAY, len(copies), 2), dtype=np.float32)
        self._twins.append((self._read, copies, students, trace))

    def note_shown(
        self,
        copies: IntArray,
        students: IntArray,
        actions: IntArray,
        answers: DrawnAnswers,
        *,
        intrude: BoolArray,
    ) -> None:
        """Note what (K,) students are shown at the present step, and will do about it."""
        number = self._read - self._first
        self._shown[number, copies, students] = actions
        self._complete[number, copies, students] = answers.complete
        self._reject[number, copies, students] = answers.reject
        self._intrude[number, copies, students] = intrude
        self._answered[number, copies, students] = (
            WEIGHTS.complete * answers.complete_odds - WEIGHTS.reject * answers.reject_odds
        )
        shown_s = np.zeros(len(copies))
        for after_s in (shown_s, answers.after_s, answers.rated_s, answers.completed_s):
            happened = ~np.isnan(after_s)
            # A 10 s mean is left out when more than half of it is.
            first = self._read + np.round(after_s[happened] / POLICY_STEP_S).astype(np.int64)
            for later in range(_LEFT_OUT):
                step = np.minimum(first + later, len(self._used) - 1)
                self._used[step, copies[happened], students[happened]] = False

    def note_readings(self, probabilities: Float32Array, main: int) -> None:
        """Note what was read of all lives in 10 s: the students, then twins, the oldest first."""
        scores = probabilities[:, _DROPPING]
        self._scores[self._read] = scores[:main]
        while self._followed < len(self._twins) and (
            self._read - self._twins[self._followed][0] >= DELAY
        ):
            self._followed += 1
        at = main
        for began, copies, _, trace in self._twins[self._followed :]:
            trace[self._read - began] = scores[at : at + len(copies)]
            at += len(copies)
        self._read += 1

    def settle(self) -> LessonOutcome:
        """Return the outcome of the whole lesson and what follows it."""
        steps, first = self._steps, self._first
        scores = self._scores.reshape(-1, *self._shape, 2)
        share = self._share[:, None, :]
        plain = _means(scores, np.broadcast_to(share, scores.shape[:3]))
        used = _means(scores, share * self._used[: len(scores)])
        present = _sums(np.broadcast_to(share, scores.shape[:3]))
        known = (present >= MIN_PRESENT * WINDOW) & ~np.isnan(used[..., 0])
        before = slice(first - 1, first - 1 + steps)
        after = slice(first - 1 + DELAY, first - 1 + DELAY + steps)
        drops = used[before] - used[after]
        drops[~(known[before] & known[after])] = np.nan
        drops[max(0, steps - DELAY + 1) :] = np.nan  # cut off by the lesson's end
        terms = (
            WEIGHTS.complete * self._complete
            - WEIGHTS.reject * self._reject
            - WEIGHTS.intrude * self._intrude
        )
        gain_drops, twins = self._compare(plain, after)
        moved = gain_drops @ np.array([WEIGHTS.fatigue, WEIGHTS.boredom])
        shown = self._shown > 0
        gain = np.where(shown, moved + terms, 0.0)
        answered = self._answered - WEIGHTS.intrude * self._intrude
        halved = _halves(plain, first, steps)
        return LessonOutcome(
            shown=np.moveaxis(self._shown, 0, -1).astype(np.int64),
            raw=np.moveaxis(drops @ np.array([WEIGHTS.fatigue, WEIGHTS.boredom]) + terms, 0, -1),
            drops=np.moveaxis(drops, 0, 2),
            complete=np.moveaxis(self._complete, 0, -1),
            reject=np.moveaxis(self._reject, 0, -1),
            intrude=np.moveaxis(self._intrude, 0, -1),
            gain=np.moveaxis(gain, 0, -1),
            worth=np.moveaxis(np.where(shown, moved + answered, 0.0), 0, -1),
            gain_drops=np.moveaxis(gain_drops, 0, 2),
            alerted=np.moveaxis(self._alerted, 0, -1),
            halved=np.moveaxis(halved, 0, -1),
            halved_twin=np.moveaxis(np.where(self._shown > 0, twins, halved), 0, -1),
        )

    def _compare(self, plain: Float64Array, after: slice) -> tuple[Float64Array, BoolArray]:
        """Return (T, C, M, 2) how far the twin's are above the scores, and whose twin halved."""
        gain = np.zeros((self._steps, *self._shape, 2))
        halved = np.zeros(gain.shape[:-1], dtype=np.bool_)
        scores = self._scores.reshape(-1, *self._shape, 2)
        for began, copies, students, trace in self._twins:
            number = began - self._first
            if number >= self._steps:
                continue
            own = scores[began - WINDOW : began, copies, students]
            whole = np.concatenate([own, trace])
            share = self._share[began - WINDOW : began + DELAY, students]
            means = _means(whole, share)[WINDOW - 1 :]  # before, then after 10, 20, ... s
            own_after = plain[after][number, copies, students]
            gain[number, copies, students] = np.nan_to_num(means[-1] - own_after)
            total = means.sum(axis=-1)
            with np.errstate(invalid="ignore"):
                halved[number, copies, students] = (total[1:] < _HALF * total[0]).any(axis=0)
        return gain, halved


def _sums(values: Float64Array | Float32Array) -> Float64Array:
    """Return the sums of the last 30 s along the first axis; those of the first 20 s are 0."""
    sums = np.zeros(values.shape)
    for later in range(WINDOW):
        sums[WINDOW - 1 :] += values[later : len(values) - WINDOW + 1 + later]
    return sums


def _means(scores: Float32Array, weights: Float32Array) -> Float64Array:
    """Return the weighted means of the last 30 s along the first axis; NaN without weight."""
    total = _sums(weights)[..., None]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(_sums(scores * weights[..., None]) / total)


def _halves(means: Float64Array, first: int, steps: int) -> BoolArray:
    """Return (T, C, M) whether the sum of the means falls by more than half within two minutes."""
    total = means.sum(axis=-1)
    before = total[first - 1 : first - 1 + steps]
    halved = np.zeros(before.shape, dtype=np.bool_)
    with np.errstate(invalid="ignore"):
        for later in range(1, DELAY + 1):
            halved |= total[first - 1 + later : first - 1 + later + steps] < _HALF * before
    return halved
