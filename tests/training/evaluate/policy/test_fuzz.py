"""The judge of the rules finds what it is meant to find."""

from appliance.domain.affect import Affect
from appliance.domain.interventions import Action, Intervention
from appliance.domain.seats import OccupancyKey, SeatKey
from training.evaluate.policy.fuzz import Seen, fuzz_masks, fuzz_rules


def test_the_rules_keep_what_they_promise() -> None:
    """Under alerts that nobody would expect; and they do act."""
    found = fuzz_rules(steps=5000, seed=3)

    assert found["violations"] == 0
    assert found["acted"] > 100


def test_the_masks_keep_what_they_promise() -> None:
    """Row by row."""
    assert fuzz_masks(rows=2000, seed=3)["violations"] == 0


def done(
    at_s: float, *, rule: str = "2", action: Action = Action.REMINDER_LOCK_30S
) -> Intervention:
    """Return what was done at a time."""
    return Intervention(
        id="i",
        episode="e",
        seat=SeatKey("s"),
        occupancy=OccupancyKey("o"),
        affect=Affect.FATIGUED,
        action=action,
        rule=rule,
        reason="",
        intensity=0.7,
        duration_s=200,
        at_s=at_s,
    )


def test_one_second_too_soon_is_a_violation() -> None:
    """At the very end of the cool-down it is none."""
    judge = Seen()

    assert not judge.violates(done(0), None, kill=False)
    assert judge.violates(done(599), None, kill=False)
    assert not judge.violates(done(599 + 600), None, kill=False)


def test_the_fifth_within_an_hour_is_a_violation() -> None:
    """Whatever row it is of."""
    judge = Seen()
    for number in range(4):
        assert not judge.violates(done(600.0 * number), None, kill=False)

    assert judge.violates(done(2400, rule="4", action=Action.HINT), None, kill=False)
    assert judge.violates(done(9000, rule="4", action=Action.HINT), None, kill=True)
