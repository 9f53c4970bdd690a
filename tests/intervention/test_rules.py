"""Table 1: each row at its exact boundaries, and what is never done."""

from dataclasses import replace

import pytest

from appliance.domain.affect import Affect
from appliance.domain.alerts import Alert
from appliance.domain.interventions import Action, RefusalCause, TaskContext
from appliance.intervention.rules import (
    RECALIBRATED,
    TABLE_1,
    find_mask,
    select_rules,
    tracked_levels,
)
from tests.support.alerts import alert, context

ROWS = {rule.row: rule for rule in TABLE_1}


@pytest.mark.parametrize(
    ("row", "affect", "level", "held_s", "action"),
    [
        pytest.param("1", Affect.FATIGUED, 0.8, 300.0, Action.MANDATORY_REST, id="1-rest"),
        pytest.param("2", Affect.FATIGUED, 0.6, 180.0, Action.REMINDER_LOCK_30S, id="2-lock"),
        pytest.param("3", Affect.BORED, 0.7, 180.0, Action.PUSH_CONTENT, id="3-content"),
        pytest.param("4", Affect.CONFUSED, 0.75, 120.0, Action.HINT, id="4-hint"),
        pytest.param("5", Affect.FOCUSED, 0.8, 300.0, Action.FOCUS_BREAK, id="5-break"),
    ],
)
def test_rows_compare_strictly(
    row: str, affect: Affect, level: float, held_s: float, action: Action
) -> None:
    """More intense and longer than the row says; equality is neither."""
    rule = ROWS[row]
    above = level + 2**-20

    assert rule.action is action
    assert rule.applies(alert(affect, intensity=above, held={level: held_s + 0.2}))
    assert not rule.applies(alert(affect, intensity=above, held={level: held_s}))
    assert not rule.applies(alert(affect, intensity=level, held={level: held_s + 0.2}))
    for other in Affect:
        assert rule.applies(alert(other)) is (other is affect)


@pytest.mark.parametrize(
    ("affect", "severe_s", "applies"),
    [
        pytest.param(Affect.FATIGUED, 180.0, True, id="held-long-enough"),
        pytest.param(Affect.FATIGUED, 179.8, False, id="one-token-short"),
        pytest.param(Affect.CONFUSED, 180.0, True, id="confused"),
        pytest.param(Affect.BORED, 180.0, True, id="bored"),
        pytest.param(Affect.FOCUSED, 180.0, False, id="not-focused"),
    ],
)
def test_row_0_asks_for_three_severe_minutes(
    affect: Affect, severe_s: float, applies: bool
) -> None:
    """At least 180 s, of any state but focused; the 30 s mean does not matter."""
    assert ROWS["0"].applies(alert(affect, intensity=0.5, severe_s=severe_s)) is applies
    assert ROWS["0"].action is Action.CONTACT_TEACHER


@pytest.mark.parametrize("affect", list(Affect))
def test_literal_row_0_is_the_paper_s(affect: Affect) -> None:
    """Any state, any duration, more than 0.9."""
    severe, *others = select_rules(literal=True)

    assert severe.applies(alert(affect, intensity=0.9375, held_s=0.0))
    assert not severe.applies(alert(affect, intensity=0.9, severe_s=1000.0))
    assert others == list(TABLE_1[1:])


def test_recalibrated_rows_only_ask_for_less() -> None:
    """Everything but the intensity of the named rows is Table 1."""
    rows = select_rules(recalibrated=True)

    for rule, printed in zip(rows, TABLE_1, strict=True):
        assert replace(rule, intensity=printed.intensity) == printed
        assert rule.intensity == RECALIBRATED.get(rule.row, printed.intensity) <= printed.intensity


def test_rows_stand_in_the_order_of_the_table() -> None:
    """Order is part of the rule: the stronger row comes first."""
    assert [rule.row for rule in select_rules()] == ["0", "1", "2", "3", "4", "5"]


@pytest.mark.parametrize(
    "literal", [pytest.param(True, id="literal"), pytest.param(False, id="held")]
)
def test_fatigue_only_knows_no_other_state(literal: bool) -> None:
    """Rows 1, 2 and the fatigue form of 0."""
    rules = select_rules(literal=literal, fatigue_only=True)

    assert [rule.row for rule in rules] == ["0", "1", "2"]
    assert {affect for rule in rules for affect in rule.affects} == {Affect.FATIGUED}


def test_the_monitor_is_asked_for_every_level() -> None:
    """docs/DESIGN.md, 6; row 0 has a mean of its own."""
    assert tracked_levels(TABLE_1) == {
        Affect.FATIGUED: (0.6, 0.8),
        Affect.BORED: (0.7,),
        Affect.CONFUSED: (0.75,),
        Affect.FOCUSED: (0.8,),
    }
    assert tracked_levels(select_rules(fatigue_only=True)) == {Affect.FATIGUED: (0.6, 0.8)}


def test_cooldowns_of_the_table() -> None:
    """The documented defaults, in minutes."""
    assert {rule.row: rule.cooldown_s / 60 for rule in TABLE_1} == {
        "0": 30,
        "1": 30,
        "2": 10,
        "3": 10,
        "4": 5,
        "5": 20,
    }
    assert [rule.row for rule in TABLE_1 if rule.per_seat] == ["0"]
    assert [rule.row for rule in TABLE_1 if rule.once_per_episode] == ["5"]


LOCKS = {Action.REMINDER_LOCK_30S, Action.MANDATORY_REST}
SILENT = {Action.NONE, Action.CONTACT_TEACHER}


@pytest.mark.parametrize("action", list(Action))
@pytest.mark.parametrize(
    "task",
    [
        pytest.param(None, id="unknown"),
        pytest.param(context(), id="plain"),
        pytest.param(context(exam=True), id="exam"),
        pytest.param(context(unsaved=True), id="unsaved"),
        pytest.param(context(exam=True, unsaved=True), id="both"),
    ],
)
def test_masks(action: Action, task: TaskContext | None) -> None:
    """An exam forbids all that interrupts, unsaved input all that locks, nothing a teacher."""
    cause = find_mask(action, task)

    if task is not None and task.exam and action not in SILENT:
        assert cause is RefusalCause.EXAM
    elif task is not None and task.unsaved and action in LOCKS:
        assert cause is RefusalCause.UNSAVED
    else:
        assert cause is None


@pytest.mark.parametrize(
    ("row", "given", "line"),
    [
        pytest.param(
            "2",
            alert(intensity=0.75, held={0.6: 181.0}),
            "fatigued: 0.750 > 0.6 for 181 s > 180 s",
            id="held",
        ),
        pytest.param(
            "0",
            alert(Affect.BORED, severe_s=200.0),
            "bored: 60 s mean above 0.9 for 200 s, at least 180 s",
            id="severe",
        ),
    ],
)
def test_the_reason_states_the_numbers(row: str, given: Alert, line: str) -> None:
    """One line a teacher can read."""
    assert ROWS[row].explain(given) == line


def test_the_literal_reason_states_the_numbers() -> None:
    """Duration is then that of the episode."""
    severe = select_rules(literal=True)[0]

    assert severe.explain(alert(intensity=0.9375)) == "fatigued: 0.938 > 0.9, for any duration"
    assert severe.measured_s(alert(at_s=1000.0, onset_s=600.0)) == 400.0
