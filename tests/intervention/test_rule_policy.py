"""The first row that applies and may act decides; every refusal has its cause."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.affect import Affect
from appliance.domain.alerts import Alert
from appliance.domain.interventions import (
    Action,
    Intervention,
    RefusalCause,
    RefusedAction,
    TaskContext,
)
from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.intervention.rule_policy import RulePolicy
from appliance.intervention.rules import LOCKING, NOT_INTERRUPTING, TABLE_1, Rule, select_rules
from tests.support.alerts import alert, context, policy


def rows(decisions: list[Intervention | None]) -> list[str | None]:
    """Return the row of each decision."""
    return [None if decision is None else decision.rule for decision in decisions]


def causes(rules: RulePolicy) -> list[tuple[str, RefusalCause]]:
    """Take the refusals as (row, cause)."""
    return [(refusal.rule, refusal.cause) for refusal in rules.take_refusals()]


def test_the_intervention_carries_its_evidence() -> None:
    """Everything a reader of the log needs to reconstruct the decision."""
    decision = policy().decide(alert(intensity=0.75, held={0.6: 200.0, 0.8: 0.0}))

    assert decision == Intervention(
        id="i1",
        episode="e1",
        seat=SeatKey("a01"),
        occupancy=OccupancyKey("student-1"),
        affect=Affect.FATIGUED,
        action=Action.REMINDER_LOCK_30S,
        rule="2",
        reason="fatigued: 0.750 > 0.6 for 200 s > 180 s",
        intensity=0.75,
        duration_s=200.0,
        at_s=1000.0,
    )


@pytest.mark.parametrize(
    ("affect", "row", "action"),
    [
        pytest.param(Affect.FATIGUED, "1", Action.MANDATORY_REST, id="rest-before-lock"),
        pytest.param(Affect.BORED, "3", Action.PUSH_CONTENT, id="content"),
        pytest.param(Affect.CONFUSED, "4", Action.HINT, id="hint"),
        pytest.param(Affect.FOCUSED, "5", Action.FOCUS_BREAK, id="break"),
    ],
)
def test_each_state_has_its_action(affect: Affect, row: str, action: Action) -> None:
    """All that apply, the first in the table."""
    decision = policy().decide(alert(affect))

    assert decision is not None
    assert (decision.rule, decision.action) == (row, action)


def test_nothing_is_done_when_no_row_applies() -> None:
    """The default of equation 10; there is nothing to report, not even a refusal."""
    rules = policy()

    assert rules.decide(alert(intensity=0.55, held_s=0.0)) is None
    assert rules.take_refusals() == ()


def test_a_cleared_alert_leads_to_nothing() -> None:
    """The episode is over."""
    assert policy().decide(alert(severe_s=500.0, cleared=True)) is None


def test_a_severe_alert_calls_a_teacher_first_and_helps_the_student_next() -> None:
    """Row 0 precedes all others and then leaves them their turn."""
    rules = policy()
    decisions = [rules.decide(alert(severe_s=200.0, at_s=1000.0 + s)) for s in range(3)]

    assert rows(decisions) == ["0", "1", None]


@pytest.mark.parametrize("rule", TABLE_1, ids=lambda rule: f"row-{rule.row}")
def test_a_row_acts_again_at_the_second_its_cooldown_ends(rule: Rule) -> None:
    """Not a moment before; the episode is a new one, so that row 5 may act again too."""
    rules = policy([rule])
    end_s = 1000.0 + rule.cooldown_s

    decisions = [
        rules.decide(alert(rule.affects[0], severe_s=200.0, at_s=at_s, episode=episode))
        for at_s, episode in [(1000.0, "e1"), (end_s - 0.25, "e2"), (end_s, "e2")]
    ]
    assert rows(decisions) == [rule.row, None, rule.row]


def test_row_5_acts_once_per_episode() -> None:
    """However long the student stays focused; the cause is told."""
    rules = policy()
    decisions = [
        rules.decide(alert(Affect.FOCUSED, at_s=at_s)) for at_s in (1000.0, 2200.0, 9000.0)
    ]

    assert rows(decisions) == ["5", None, None]
    assert causes(rules) == [("5", RefusalCause.ONCE_PER_EPISODE)]


def test_a_rest_starts_the_lock_s_cooldown() -> None:
    """No lock on top of a rest; ten minutes later the lock may follow."""
    rules = policy()
    decisions = [
        rules.decide(alert(at_s=at_s)) for at_s in (1000.0, 1001.0, 1599.75, 1600.0, 1601.0)
    ]

    assert rows(decisions) == ["1", None, None, "2", None]


def test_a_lock_does_not_delay_a_rest() -> None:
    """The stronger measure may follow the milder one at once."""
    rules = policy()
    first = rules.decide(alert(intensity=0.75, held={0.8: 0.0}))
    second = rules.decide(alert(at_s=1060.0))

    assert rows([first, second]) == ["2", "1"]


def test_another_occupancy_starts_without_cooldowns() -> None:
    """What was done to one student does not delay help for the next."""
    rules = policy()
    other = OccupancyKey("student-2")
    decisions = [
        rules.decide(alert(Affect.BORED)),
        rules.decide(alert(Affect.BORED, occupancy=other, at_s=1001.0)),
        rules.decide(alert(Affect.BORED, occupancy=other, at_s=1002.0)),
    ]

    assert rows(decisions) == ["3", "3", None]


def test_the_teacher_is_called_once_per_seat_and_half_hour() -> None:
    """That cool-down is the seat's: it outlives the occupancy."""
    rules = policy([TABLE_1[0]])
    other = OccupancyKey("student-2")
    decisions = [
        rules.decide(alert(severe_s=200.0)),
        rules.decide(alert(severe_s=200.0, occupancy=other, at_s=2799.75)),
        rules.decide(alert(severe_s=200.0, occupancy=other, at_s=2800.0)),
        rules.decide(alert(severe_s=200.0, seat=SeatKey("a02"), at_s=2800.0)),
    ]

    assert rows(decisions) == ["0", None, "0", "0"]


def test_at_most_four_interruptions_an_hour() -> None:
    """The fifth waits until the first is an hour old; calling a teacher is not counted."""
    rules = policy()
    hints = [
        rules.decide(alert(Affect.CONFUSED, at_s=at_s))
        for at_s in (1000.0, 1300.0, 1600.0, 1900.0, 2200.0, 4599.75)
    ]
    teacher = rules.decide(alert(Affect.CONFUSED, severe_s=200.0, at_s=4599.75))
    after = rules.decide(alert(Affect.CONFUSED, at_s=4600.0))

    assert rows(hints) == ["4", "4", "4", "4", None, None]
    assert rows([teacher, after]) == ["0", "4"]
    assert ("4", RefusalCause.HOURLY_LIMIT) in causes(rules)


def test_a_teacher_s_call_uses_up_no_interruption() -> None:
    """Nothing appeared on the student's screen."""
    rules = policy(hourly_limit=1)

    assert rows(
        [rules.decide(alert(severe_s=200.0)), rules.decide(alert(severe_s=200.0, at_s=1001.0))]
    ) == ["0", "1"]


@pytest.mark.parametrize(
    ("task", "cause"),
    [
        pytest.param(context(exam=True), RefusalCause.EXAM, id="exam"),
        pytest.param(context(unsaved=True), RefusalCause.UNSAVED, id="unsaved"),
    ],
)
def test_never_locks_during_an_exam_or_with_unsaved_input(
    task: TaskContext, cause: RefusalCause
) -> None:
    """No milder row stands in; as soon as the mask is lifted, the row acts."""
    rules = policy()

    assert rules.decide(alert(), task) is None
    assert causes(rules) == [("1", cause), ("2", cause)]
    assert rows([rules.decide(alert(at_s=1001.0), context())]) == ["1"]


def test_unsaved_input_does_not_forbid_a_hint() -> None:
    """It loses nothing."""
    assert rows([policy().decide(alert(Affect.CONFUSED), context(unsaved=True))]) == ["4"]


def test_the_kill_switch_leaves_the_teacher() -> None:
    """Somebody is called all the same."""
    rules = policy()

    assert rows([rules.decide(alert(severe_s=200.0), kill_switch=True)]) == ["0"]
    assert causes(rules) == []


def test_the_kill_switch_keeps_students_undisturbed() -> None:
    """Every row that would reach a screen is refused."""
    rules = policy()

    assert rules.decide(alert(), kill_switch=True) is None
    assert causes(rules) == [("1", RefusalCause.KILL_SWITCH), ("2", RefusalCause.KILL_SWITCH)]


def test_the_teacher_is_called_during_an_exam() -> None:
    """No mask suppresses that."""
    decision = policy().decide(alert(severe_s=200.0), context(exam=True, unsaved=True))

    assert decision is not None
    assert decision.action is Action.CONTACT_TEACHER


def test_a_refusal_is_told_once_until_it_changes() -> None:
    """One line per change in the log, not one per second."""
    rules = policy()
    rules.decide(alert(Affect.CONFUSED), context(exam=True))
    (refusal,) = rules.take_refusals()
    for second in range(1, 5):
        rules.decide(alert(Affect.CONFUSED, at_s=1000.0 + second), context(exam=True))

    assert refusal == RefusedAction(
        episode="e1",
        seat=SeatKey("a01"),
        rule="4",
        action=Action.HINT,
        cause=RefusalCause.EXAM,
        at_s=1000.0,
    )
    assert rules.take_refusals() == ()
    rules.decide(alert(Affect.CONFUSED, at_s=1006.0), context(), kill_switch=True)
    rules.decide(alert(Affect.CONFUSED, at_s=1007.0), context(exam=True))
    assert causes(rules) == [("4", RefusalCause.KILL_SWITCH), ("4", RefusalCause.EXAM)]


def test_a_cleared_episode_is_forgotten() -> None:
    """Its refusals are not kept; were it told again, it would be told anew."""
    rules = policy()
    rules.decide(alert(Affect.CONFUSED), context(exam=True))
    rules.decide(alert(Affect.CONFUSED, at_s=1001.0, cleared=True))
    rules.decide(alert(Affect.CONFUSED, at_s=1002.0), context(exam=True))

    assert causes(rules) == [("4", RefusalCause.EXAM)] * 2


def test_a_clock_that_goes_back_costs_one_cooldown_at_most() -> None:
    """The past is moved to now instead of lying in the future for hours."""
    rules = policy()
    decisions = [
        rules.decide(alert(Affect.CONFUSED, at_s=at_s)) for at_s in (90_000.0, 10.0, 309.75, 310.0)
    ]

    assert rows(decisions) == ["4", None, None, "4"]


MOMENTS = st.lists(
    st.tuples(
        st.integers(min_value=1, max_value=900),
        st.sampled_from(Affect),
        st.integers(min_value=0, max_value=400),
        st.sampled_from(["s1", "s2"]),
        st.sampled_from([None, context(), context(exam=True), context(unsaved=True)]),
    ),
    max_size=40,
)
Moment = tuple[int, Affect, int, str, TaskContext | None]


def timeline(moments: list[Moment]) -> list[tuple[Alert, TaskContext | None]]:
    """Turn (seconds since the last, type, duration, who, task) into alerts in order."""
    at_s, alerts = 0.0, []
    for pause_s, affect, held_s, student, task in moments:
        at_s += pause_s
        alerts.append(
            (
                alert(
                    affect,
                    at_s=at_s,
                    held_s=float(held_s),
                    severe_s=held_s / 2,
                    occupancy=OccupancyKey(student),
                    episode=f"{affect}-{at_s // 2000}",
                ),
                task,
            )
        )
    return alerts


@given(MOMENTS)
def test_what_must_never_happen(moments: list[Moment]) -> None:
    """No lock against a mask, no fifth interruption in an hour, no cool-down broken."""
    rules = policy(select_rules())
    done: list[Intervention] = []
    for given_alert, task in timeline(moments):
        decision = rules.decide(given_alert, task)
        if decision is None:
            continue
        if task is not None and task.unsaved:
            assert decision.action not in LOCKING
        if task is not None and task.exam:
            assert decision.action is Action.CONTACT_TEACHER
        done.append(decision)

    for index, later in enumerate(done):
        earlier = [e for e in done[:index] if later.at_s - e.at_s < 3600]
        same = _since_arrival(earlier, later)
        if later.action not in NOT_INTERRUPTING:
            assert sum(e.action not in NOT_INTERRUPTING for e in same) < 4
        else:
            assert not any(e.rule == "0" and later.at_s - e.at_s < 1800 for e in earlier)
        if later.rule in {"1", "2"}:
            assert not any(e.rule == "1" and later.at_s - e.at_s < 600 for e in same)


def _since_arrival(earlier: list[Intervention], later: Intervention) -> list[Intervention]:
    """Leave out what was done before somebody else sat there in between."""
    same: list[Intervention] = []
    for each in reversed(earlier):
        if each.occupancy != later.occupancy:
            break
        same.append(each)
    return same


@given(MOMENTS, st.integers(min_value=0, max_value=40))
def test_a_restored_policy_decides_as_one_that_ran_on(moments: list[Moment], cut: int) -> None:
    """Cool-downs, hourly limit and once-per-episode survive a restart."""
    alerts = timeline(moments)
    whole, before, after = policy(), policy(), policy()
    expected = [whole.decide(*each) for each in alerts]

    decisions = [before.decide(*each) for each in alerts[:cut]]
    after.restore(before.snapshot())
    decisions += [after.decide(*each) for each in alerts[cut:]]
    assert rows(decisions) == rows(expected)


@given(MOMENTS)
def test_seats_do_not_know_each_other(moments: list[Moment]) -> None:
    """A second seat that sees the same gets the same."""
    rules = policy()
    for given_alert, task in timeline(moments):
        here = rules.decide(given_alert, task)
        there = rules.decide(_moved(given_alert), task)
        assert rows([here]) == rows([there])


def _moved(there: Alert) -> Alert:
    return alert(
        there.affect,
        at_s=there.at_s,
        held_s=there.held[0].duration_s,
        severe_s=there.severe_s,
        occupancy=there.occupancy,
        episode=there.episode,
        seat=SeatKey("a02"),
    )
