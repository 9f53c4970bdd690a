"""Equation 9 and Table 1 for many students at once, in steps of 10 s.

What ``EpisodeMonitor``, ``Cooldowns`` and ``RulePolicy`` do with one reading every 10 s. Two
detectors are never open at once: their means add up to 1, one opens above .7 and closes below .5.
"""

from collections.abc import Sequence

import numpy as np

from appliance.domain.affect import AFFECTS
from appliance.domain.arrays import BoolArray, Float32Array, IntArray
from appliance.domain.interventions import Action
from appliance.domain.policy.choices import POLICY_STEP_S, PolicyAction
from appliance.domain.tokens import TOKEN_HZ
from appliance.intervention.cooldowns import HOURLY_LIMIT
from appliance.intervention.policy.actions import POLICY_ACTIONS_OF
from appliance.intervention.rules import LOCKING, Condition, Rule, select_rules
from appliance.warning.monitor import (
    CLEAR_BELOW,
    MEAN_TOKENS,
    SEVERE_TOKENS,
    STALE_S,
    TAU_TOKENS,
    THETA,
    WINDOW_TOKENS,
)

STEP_TOKENS = round(POLICY_STEP_S * TOKEN_HZ)
WINDOW = WINDOW_TOKENS // STEP_TOKENS
MEAN = MEAN_TOKENS // STEP_TOKENS
SEVERE = SEVERE_TOKENS // STEP_TOKENS
TAU = TAU_TOKENS // STEP_TOKENS
STALE = round(STALE_S / POLICY_STEP_S)

NO_ROW = -1
_FOCUSED, _CONFUSED, _FATIGUED, _BORED = range(len(AFFECTS))


class TableRules:
    """What Table 1 would do for each of C x M students, and what it has done."""

    def __init__(self, *, copies: int, students: int, literal: Sequence[int] = ()) -> None:
        """Begin with nothing seen and nothing done.

        Args:
            copies: C.
            students: M.
            literal: Copies with the table as printed, without any cool-down.
        """
        shape = (copies, students)
        self._rules: tuple[Rule, ...] = select_rules()
        self._literal = np.zeros((copies, 1), dtype=np.bool_)
        self._literal[list(literal)] = True
        self._window = np.zeros((WINDOW, *shape, len(AFFECTS)), dtype=np.float32)
        self._seen = np.zeros(shape, dtype=np.int64)
        self._unknown = np.zeros(shape, dtype=np.int64)
        self._above = np.zeros((len(self._rules), *shape), dtype=np.int64)
        self._open = np.zeros((3, *shape), dtype=np.bool_)
        self._told = np.zeros((len(self._rules), *shape), dtype=np.bool_)
        self._last_s = np.full((len(self._rules), *shape), -np.inf)
        self.rows = np.full(shape, NO_ROW)
        """(C, M) which row acts now, index into the table; ``NO_ROW`` when none."""
        self.actions = np.zeros(shape, dtype=np.int64)
        """(C, M) what it does, one of A; a teacher's call is nothing on the student's screen."""
        self._of_row = np.array(
            [POLICY_ACTIONS_OF.get(rule.action, PolicyAction.NOTHING) for rule in self._rules]
            + [PolicyAction.NOTHING]
        )
        self._teacher = [rule.action is Action.CONTACT_TEACHER for rule in self._rules]

    @property
    def alerted(self) -> BoolArray:
        """(C, M) whether an alert of equation 9 is open: fatigued or bored."""
        return self._open[0]

    def read(self, probabilities: Float32Array, known: BoolArray) -> None:
        """Take in (C, M, 4) means over 10 s, of which only (C, M) known ones count."""
        stale = known & (self._unknown > STALE)
        if stale.any():  # what was seen is too old to speak of now
            self._seen[stale] = 0
            self._above[:, stale] = 0
            self._open[:, stale] = False
        self._unknown = np.where(known, 1, self._unknown + 1)
        window = self._window
        window[:-1] = np.where(known[..., None], window[1:], window[:-1])
        window[-1] = np.where(known[..., None], probabilities, window[-1])
        self._seen += known
        means = window[-MEAN:].sum(axis=0) / np.float32(MEAN)
        severe = window[-SEVERE:, ..., 1:].sum(axis=0).max(axis=-1) / np.float32(SEVERE)
        for number, rule in enumerate(self._rules):
            if rule.condition is Condition.SEVERE:
                above, full = severe > rule.intensity, self._seen >= SEVERE
            else:
                above = means[..., AFFECTS.index(rule.affects[0])] > rule.intensity
                full = self._seen >= MEAN
            risen = np.where(above, self._above[number] + 1, 0)
            self._above[number] = np.where(known & full, risen, self._above[number])
        self._follow(known)
        self._means = means

    def decide(
        self,
        *,
        known: BoolArray,
        exam: BoolArray,
        unsaved: BoolArray,
        in_last_hour: IntArray,
        at_s: float,
    ) -> None:
        """Find what each student's first row that may act is.

        Args:
            known: (C, M) the present reading is known.
            exam: (M,).
            unsaved: (M,).
            in_last_hour: (C, M) how many were shown in the last hour.
            at_s: Time.
        """
        alert, affect = self._alert()
        alert &= known & (self._seen >= WINDOW)
        intensity = np.take_along_axis(self._means, affect[..., None], axis=-1)[..., 0]
        self.rows[...] = NO_ROW
        for number in reversed(range(len(self._rules))):
            rule = self._rules[number]
            about = [AFFECTS.index(one) for one in rule.affects]
            applies = alert & (np.isin(affect, about) if len(about) > 1 else affect == about[0])
            held_s = (self._above[number] - 1) * POLICY_STEP_S
            if rule.condition is Condition.SEVERE:
                as_printed = alert & (intensity > rule.intensity)
                applies &= held_s >= rule.held_s
                applies = np.where(self._literal, as_printed, applies)
            else:
                applies &= held_s > rule.held_s
            if not applies.any():
                continue
            cools = at_s - self._last_s[number] < rule.cooldown_s
            if rule.once_per_episode:
                cools |= self._told[number]
            if not self._teacher[number]:
                cools |= in_last_hour >= HOURLY_LIMIT
            refused = cools & ~self._literal
            if not self._teacher[number]:
                refused |= exam
            if rule.action in LOCKING:
                refused |= unsaved
            self.rows[applies & ~refused] = number
        self.actions = self._of_row[self.rows]

    def start(self, acted: BoolArray, *, at_s: float) -> None:
        """Note that the rows of (C, M) students act now."""
        for number, rule in enumerate(self._rules):
            now = acted & (self.rows == number)
            if not now.any():
                continue
            self._last_s[number][now] = at_s
            self._told[number][now] = True
            for row in rule.also_cools:
                other = next(i for i, one in enumerate(self._rules) if one.row == row)
                self._last_s[other][now] = at_s

    @property
    def calls_teacher(self) -> BoolArray:
        """(C, M) whether the row that acts now calls a teacher."""
        return np.isin(self.rows, np.flatnonzero(self._teacher))

    def _follow(self, known: BoolArray) -> None:
        """Open and clear episodes."""
        full = known & (self._seen >= WINDOW)
        scores = (
            self._window[..., _FATIGUED] + self._window[..., _BORED],
            self._window[..., _CONFUSED],
            self._window[..., _FOCUSED],
        )
        for number, score in enumerate(scores):
            mean = score.mean(axis=0)
            raised = (mean > THETA) & ((score > THETA).sum(axis=0) > TAU)
            opened = full & raised & ~self._open[number]
            cleared = full & (mean < CLEAR_BELOW)
            self._open[number] = (self._open[number] | opened) & ~cleared
            self._told[:, opened] = False

    def _alert(self) -> tuple[BoolArray, IntArray]:
        """Return (C, M) whether an alert is open, and its type."""
        score, confused, focused = self._open
        sleepy = np.where(self._means[..., _BORED] > self._means[..., _FATIGUED], _BORED, _FATIGUED)
        affect = np.where(score, sleepy, np.where(confused, _CONFUSED, _FOCUSED))
        return score | confused | focused, affect
