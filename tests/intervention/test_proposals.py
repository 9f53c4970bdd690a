"""What a row proposes, what becomes of it, and what is taken back."""

from appliance.domain.interventions import (
    RefusalCause,
)
from tests.support.alerts import alert, policy


def test_a_proposal_starts_no_cooldown() -> None:
    """It is proposed again until somebody takes it, under the id that was asked for."""
    rules = policy()
    moment = alert(intensity=0.75, held={0.6: 200.0, 0.8: 0.0})

    first, second = rules.propose(moment), rules.propose(moment)
    assert first is not None
    assert first == second
    decision = rules.commit(first, intervention="k1")

    assert (decision.id, decision.rule) == ("k1", "2")
    assert rules.propose(moment) is None
    assert [one.cause for one in rules.take_refusals()] == [RefusalCause.COOL_DOWN]


def test_a_row_that_was_answered_otherwise_cools_down() -> None:
    """And the student was interrupted once, by whatever it was."""
    rules = policy()
    moment = alert(intensity=0.75, held={0.6: 200.0, 0.8: 0.0})
    proposal = rules.propose(moment)
    assert proposal is not None

    rules.replace(proposal, intervention="i-1")

    assert rules.propose(moment) is None
    told = rules.interruptions(moment.seat, moment.occupancy, moment.at_s + 60)
    assert (told.since_last_s, told.in_last_hour) == (60.0, 1)


def test_what_no_row_has_led_to_counts_in_the_hour() -> None:
    """Four are enough, whoever they came from; the rows' own cool-downs stay as they are."""
    rules = policy()
    moment = alert(intensity=0.75, held={0.6: 200.0, 0.8: 0.0})
    before = rules.interruptions(moment.seat, moment.occupancy, moment.at_s)
    for minutes in (40, 30, 20):
        rules.interrupt(
            moment.seat, moment.occupancy, moment.at_s - 60 * minutes, intervention="i-1"
        )

    assert (before.since_last_s, before.in_last_hour) == (None, 0)
    assert rules.propose(moment) is not None
    rules.interrupt(moment.seat, moment.occupancy, moment.at_s, intervention="i-1")
    assert rules.propose(moment) is None
    assert [one.cause for one in rules.take_refusals()] == [RefusalCause.HOURLY_LIMIT]


def test_interruptions_outlive_a_restart() -> None:
    """A learner waits as long as if the box had run on."""
    rules, again = policy(), policy()
    moment = alert()
    rules.interrupt(moment.seat, moment.occupancy, moment.at_s, intervention="i-1")

    again.restore(rules.snapshot(), shift_s=5.0)

    told = again.interruptions(moment.seat, moment.occupancy, moment.at_s + 65)
    assert (told.since_last_s, told.in_last_hour) == (60.0, 1)
