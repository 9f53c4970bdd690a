"""What a clip shows."""

import json

import numpy as np

from appliance.domain.affect import Affect
from training.simulator.render.figure.identity import Namespace
from training.simulator.render.plays.plan import ClipPlan, behaviours, describe

PLAN = ClipPlan(
    namespace=Namespace.CLIP, seed=5, states=(Affect.FOCUSED, Affect.FATIGUED), seconds=200.0
)


def test_the_truth_names_states_per_second() -> None:
    """One entry per seat and second, in JSON; the tired seat turns after its onset."""
    truth = json.loads(json.dumps(describe(PLAN, behaviours(PLAN))))

    left, right = (truth["seats"][seat]["seconds"] for seat in ("left", "right"))
    assert {len(values) for values in left.values()} == {200}
    assert set(left["state"]) == {"focused"}
    assert set(right["state"][:65]) == {"focused"}
    assert set(right["state"][100:]) == {"fatigued"}


def test_the_two_seats_move_on_their_own() -> None:
    """They share no randomness."""
    left, right = behaviours(PLAN)

    assert abs(np.corrcoef(left.head_yaw, right.head_yaw)[0, 1]) < 0.3
    assert (left.blinking != right.blinking).any()


def test_more_than_three_minutes_of_fatigue_follow_the_onset() -> None:
    """The default clip is long enough for a rule that waits for three minutes."""
    plan = ClipPlan(namespace=Namespace.CLIP, seed=1, states=(Affect.FATIGUED, Affect.FOCUSED))

    assert plan.seconds - plan.onset_s - plan.ramp_s > 2 * 150
