"""Warning and intervention together, at the real rate and with the real numbers."""

from itertools import count

import numpy as np
import pytest

from appliance.domain.affect import AffectReading, ReadingStatus
from appliance.domain.interventions import Intervention
from appliance.intervention.rules import (
    RECALIBRATED,
    SEVERE_LEVEL,
    select_rules,
    severe_level,
    tracked_levels,
)
from appliance.warning.monitor import SEVERE_LEVEL as MONITORED_LEVEL
from appliance.warning.monitor import EpisodeMonitor
from tests.support.alerts import SEAT, STUDENT, policy


def run(
    states: list[tuple[float, list[float]]],
    *,
    unknown: range = range(0),
    literal: bool = False,
    recalibrated: bool = False,
    fatigue_only: bool = False,
) -> list[tuple[float, str]]:
    """Play (seconds, probabilities) and return (capture time, row) of every intervention."""
    rules = select_rules(literal=literal, recalibrated=recalibrated, fatigue_only=fatigue_only)
    numbers = count(1)
    monitor = EpisodeMonitor(
        levels=tracked_levels(rules),
        severe_level=severe_level(rules),
        new_id=lambda: f"e{next(numbers)}",
        fatigue_only=fatigue_only,
    )
    decider = policy(rules)
    tokens = [p for seconds, p in states for _ in range(round(seconds * 5))]
    done: list[Intervention | None] = []
    for number, probabilities in enumerate(tokens, start=1):
        reading = AffectReading(
            seat=SEAT,
            occupancy=STUDENT,
            at_s=number / 5,
            status=ReadingStatus.UNKNOWN if number in unknown else ReadingStatus.KNOWN,
            probabilities=np.array(probabilities, dtype=np.float32),
            fused=np.zeros(128, dtype=np.float32),
        )
        done += [decider.decide(alert) for alert in monitor.assess(reading)]
    return [(each.at_s, each.rule) for each in done if each is not None]


FOCUSED, CONFUSED = [0.875, 0.125, 0, 0], [0.125, 0.875, 0, 0]
TIRED, VERY_TIRED = [0.125, 0.125, 0.75, 0], [0.0625, 0, 0.875, 0.0625]
EXHAUSTED, BORED = [0.0, 0, 0.9375, 0.0625], [0.125, 0, 0, 0.875]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        # a mean exists after 30 s, the severe one after 60 s; longer than 180 s is 181 s
        pytest.param(TIRED, [(211.0, "2")], id="tired"),
        pytest.param(VERY_TIRED, [(211.0, "2"), (331.0, "1")], id="very-tired"),
        pytest.param(EXHAUSTED, [(211.0, "2"), (240.0, "0"), (331.0, "1")], id="exhausted"),
        pytest.param(BORED, [(211.0, "3")], id="bored"),
        pytest.param(CONFUSED, [(151.0, "4")], id="confused"),
        pytest.param(FOCUSED, [(331.0, "5")], id="focused"),
        pytest.param([0.25, 0.25, 0.25, 0.25], [], id="undecided"),
    ],
)
def test_table_1_acts_at_the_exact_second(
    state: list[float], expected: list[tuple[float, str]]
) -> None:
    """Six minutes and a half of one state from the beginning."""
    assert run([(390, state)]) == expected


def test_a_turn_to_fatigue_is_acted_upon_in_time() -> None:
    """The demo's story: focused for a minute, then tired; nothing but row 2 in six minutes."""
    # the 30 s mean of TIRED after FOCUSED exceeds 0.6 with the 121st of its 150 tokens
    assert run([(60, FOCUSED), (300, TIRED)]) == [(265.0, "2")]


def test_unknown_seconds_delay_the_action_by_as_much() -> None:
    """Twenty seconds nobody could read are not counted."""
    assert run([(300, TIRED)], unknown=range(501, 601)) == [(231.0, "2")]


def test_nothing_is_done_while_unknown() -> None:
    """The action waits for the first known token, though it is not a whole second."""
    assert run([(300, TIRED)], unknown=range(1051, 1251)) == [(250.2, "2")]


def test_literal_row_0_acts_with_the_alert() -> None:
    """As soon as there is an episode, as printed in the paper."""
    assert run([(100, EXHAUSTED)], literal=True) == [(90.0, "0")]


def test_fatigue_only_is_blind_to_boredom() -> None:
    """Nothing for bored, the same as ever for fatigued."""
    assert run([(390, BORED)], fatigue_only=True) == []
    assert run([(250, EXHAUSTED)], fatigue_only=True) == [(211.0, "2"), (240.0, "0")]


def test_recalibrated_row_0_follows_a_lower_mean() -> None:
    """The monitor's longer mean is held against the rule's own level."""
    assert 0.5 < RECALIBRATED["0"] < 0.75
    assert ("0" in {row for _, row in run([(400, TIRED)])}) is False
    assert "0" in {row for _, row in run([(400, TIRED)], recalibrated=True)}


def test_both_stages_mean_the_same_severe_level() -> None:
    """They are strangers to each other, so nothing else ties the two numbers."""
    assert SEVERE_LEVEL == MONITORED_LEVEL
