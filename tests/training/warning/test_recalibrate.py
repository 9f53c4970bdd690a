"""Thresholds are lowered for rows that are hardly ever recalled, and no further than they must."""

from appliance.intervention.rules import TABLE_1
from appliance.warning.monitor import THETA
from tests.support.true_states import FATIGUED, FOCUSED, softened, states
from training.warning.events import (
    score_rows,
)
from training.warning.follow import follow, true_readings
from training.warning.recalibrate import (
    flagged_rows,
    recalibrate,
    recalibrate_theta,
    recalibrated_rules,
)


def test_without_a_true_episode_there_is_no_recall() -> None:
    """Not zero, and no reason to recalibrate."""
    calm = follow(true_readings(states([(FOCUSED, 200)])))

    rows = score_rows(calm, calm, rows=("1",))

    assert rows["1"]["recall"] is None
    assert flagged_rows(rows) == ()


def test_a_threshold_is_lowered_no_further_than_it_must() -> None:
    """Readings of .74 reach row 1 at .7; row 0, whose level is the monitor's, likewise."""
    tired = states([(FATIGUED, 400)])
    readings, truths = softened(tired, 0.74), follow(true_readings(tired))
    rules = recalibrate(TABLE_1[:2], readings, truths)

    assert [rule.intensity for rule in rules] == [0.7, 0.7]
    assert recalibrated_rules(rules)[:3] == (*rules, TABLE_1[2])
    again = score_rows(follow(readings, rules=recalibrated_rules(rules)), truths, rows=("0", "1"))
    assert [again[row]["recall"] for row in ("0", "1")] == [1.0, 1.0]


def test_theta_is_lowered_as_far_as_it_must() -> None:
    """Fatigued at .54 and bored at a third of the rest are .693 together: below .7, above .65."""
    tired = states([(FOCUSED, 100), (FATIGUED, 260)])
    truths = follow(true_readings(tired))

    assert recalibrate_theta(true_readings(tired), truths) == THETA
    assert recalibrate_theta(softened(tired, 0.54), truths) == 0.65
