"""Table 1 for many students at once says what the box's own monitor and rules say."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count

import numpy as np
import pytest

from appliance.domain.affect import AffectReading, ReadingStatus
from appliance.domain.arrays import BoolArray, Float32Array
from appliance.domain.interventions import Action, Intervention, TaskContext
from appliance.domain.policy.choices import POLICY_STEP_S, PolicyAction
from appliance.domain.seats import OccupancyKey, SeatKey, TerminalKey
from appliance.domain.tokens import TOKEN_S
from appliance.intervention.cooldowns import Cooldowns
from appliance.intervention.policy.actions import POLICY_ACTIONS_OF
from appliance.intervention.rule_policy import RulePolicy
from appliance.intervention.rules import Rule, select_rules, severe_level, tracked_levels
from appliance.warning.monitor import EpisodeMonitor
from training.policy.fast.tables import MEAN, SEVERE, TAU, WINDOW, TableRules

STEPS, STUDENTS = 420, 24
SLOWER = TOKEN_S / POLICY_STEP_S
"""The monitor counts every reading as a token; here one comes every 10 s."""


class BoxRules:
    """One student's monitor and rules, fed with a reading every 10 s."""

    def __init__(self, rules: Sequence[Rule], *, hourly_limit: int) -> None:
        """Begin with nothing seen."""
        rules = tuple(replace(rule, held_s=rule.held_s * SLOWER) for rule in rules)
        numbers = count()
        new_id: Callable[[], str] = lambda: f"i{next(numbers)}"  # noqa: E731 - a factory
        self._monitor = EpisodeMonitor(
            levels=tracked_levels(rules),
            severe_level=severe_level(rules),
            new_id=new_id,
            window_tokens=WINDOW,
            tau_tokens=TAU,
            mean_tokens=MEAN,
            severe_tokens=SEVERE,
        )
        self._policy = RulePolicy(
            rules=rules, cooldowns=Cooldowns(hourly_limit=hourly_limit), new_id=new_id
        )

    def read(
        self, probabilities: Float32Array, context: TaskContext, *, known: bool, at_s: float
    ) -> Intervention | None:
        """Take in one reading and return what is done."""
        reading = AffectReading(
            seat=SeatKey("a"),
            occupancy=OccupancyKey("a"),
            at_s=at_s,
            status=ReadingStatus.KNOWN if known else ReadingStatus.UNKNOWN,
            probabilities=probabilities,
            fused=np.zeros(128, dtype=np.float32),
        )
        done = [self._policy.decide(alert, context) for alert in self._monitor.assess(reading)]
        return next((one for one in done if one is not None), None)


def draw_readings(seed: int) -> tuple[Float32Array, BoolArray]:
    """Return (T, M, 4) probabilities that last, and (T, M) whether they are known."""
    rng = np.random.default_rng(seed)
    logits = np.zeros((STEPS, STUDENTS, 4))
    level = rng.normal(0, 3, (STUDENTS, 4))
    for step in range(STEPS):
        level = np.where(
            rng.random((STUDENTS, 1)) < 0.012, rng.normal(0, 2.5, (STUDENTS, 4)), level
        )
        logits[step] = level + rng.normal(0, 0.2, (STUDENTS, 4))
    logits[50:300, -3:] = rng.normal([2.8, 0, 0, 0], 0.1, (250, 3, 4))  # .85 focused for long
    known = rng.random((STEPS, STUDENTS)) < 0.97
    known[300:335, :8] = False  # longer than what was seen is held to be true
    p = np.exp(logits)
    return (p / p.sum(axis=-1, keepdims=True)).astype(np.float32), known


@pytest.mark.parametrize("literal", [False, True])
def test_the_same_rows_act_at_the_same_time(literal: bool) -> None:
    """An hour of 24 students, with exams and unsaved work; every row acts."""
    rules = select_rules(literal=literal)
    if literal:
        rules = tuple(replace(rule, cooldown_s=0.0, once_per_episode=False) for rule in rules)
    boxes = [BoxRules(rules, hourly_limit=10**6 if literal else 4) for _ in range(STUDENTS)]
    table = TableRules(copies=1, students=STUDENTS, literal=(0,) if literal else ())
    probabilities, known = draw_readings(int(literal))
    exam, unsaved = np.arange(STUDENTS) % 7 == 0, np.arange(STUDENTS) % 5 == 0
    shown_s = np.full((4, STUDENTS), -np.inf)
    seen: set[str] = set()

    for step in range(STEPS):
        at_s = (step + 1) * POLICY_STEP_S
        table.read(probabilities[step][None], known[step][None])
        table.decide(
            known=known[step][None],
            exam=exam,
            unsaved=unsaved,
            in_last_hour=(at_s - shown_s < 3600).sum(axis=0)[None],
            at_s=at_s,
        )
        done = [
            box.read(
                probabilities[step, student],
                TaskContext(
                    terminal=TerminalKey("t"),
                    exam=bool(exam[student]),
                    unsaved=bool(unsaved[student]),
                ),
                known=bool(known[step, student]),
                at_s=at_s,
            )
            for student, box in enumerate(boxes)
        ]
        rows = [None if one is None else one.rule for one in done]
        assert [None if row < 0 else rules[row].row for row in table.rows[0]] == rows
        expected = [
            POLICY_ACTIONS_OF.get(one.action if one else Action.NONE, PolicyAction.NOTHING)
            for one in done
        ]
        assert table.actions[0].tolist() == expected
        table.start(table.rows >= 0, at_s=at_s)
        acted = table.actions[0] != PolicyAction.NOTHING
        shown_s[:, acted] = np.concatenate([np.full((1, acted.sum()), at_s), shown_s[:-1, acted]])
        seen |= {row for row in rows if row is not None}

    assert seen == {rule.row for rule in rules}


def test_copies_do_not_share_what_was_done() -> None:
    """A cool-down begins where the row acted and nowhere else."""
    table = TableRules(copies=2, students=1)
    bored = np.tile(np.array([0.02, 0.02, 0.02, 0.94], dtype=np.float32), (2, 1, 1))
    at_s = 0.0
    while not (table.actions == PolicyAction.CONTENT).all():
        at_s += POLICY_STEP_S
        assert at_s < 3600
        look(table, bored, at_s=at_s)

    table.start(np.array([[True], [False]]), at_s=at_s)
    look(table, bored, at_s=at_s + POLICY_STEP_S)

    assert table.actions[:, 0].tolist() == [PolicyAction.NOTHING, PolicyAction.CONTENT]


def look(table: TableRules, probabilities: Float32Array, *, at_s: float) -> None:
    """Let 10 s pass."""
    known = np.ones(probabilities.shape[:2], dtype=np.bool_)
    table.read(probabilities, known)
    table.decide(
        known=known,
        exam=np.zeros(1, dtype=np.bool_),
        unsaved=np.zeros(1, dtype=np.bool_),
        in_last_hour=np.zeros(known.shape, dtype=np.int64),
        at_s=at_s,
    )
