"""What came of a decision: not known yet, never known, or not of it alone."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from appliance.commands.policy.outcome import changed
from appliance.domain.affect import Affect
from appliance.domain.commands import CommandState
from appliance.domain.interventions import Action
from appliance.domain.policy.choices import ChoiceReason, PolicyAction, StoredChoice
from appliance.storage.store import Storage
from appliance.storage.tables.choice_archive import ChoiceArchive
from tests.support.backups import call
from tests.support.choices import make_choice, make_outcome
from tests.support.clocks import NOON_S
from tests.support.disk import settle
from tests.support.rows import OTHER_STUDENT, TERMINAL, make_entry, make_intervention

BREAK, LOCK = "0199-drawn-break", "0199-rules-lock"


@pytest.mark.parametrize(
    ("action", "followed_s"), [(PolicyAction.NOTHING, 120), (PolicyAction.REST, 600)]
)
def test_what_is_still_followed_is_not_called_lost(
    storage: Storage, config: Path, action: PolicyAction, followed_s: int
) -> None:
    """Nothing is followed for two minutes, what was shown for ten; only then is it never known."""
    storage.choices.record(make_choice(BREAK, action=action))
    settle(storage)
    record = ChoiceArchive(config.parent / "state").record(BREAK)
    stored = record.choice
    assert isinstance(stored, StoredChoice)
    until = datetime.fromtimestamp(NOON_S + followed_s + 1, UTC).astimezone()

    early, late = (
        changed(record, stored, tuple(Affect), now_s=NOON_S + followed_s + more)
        for more in (-1, +1)
    )

    assert early == [f"the change is not known yet; it will be by {until:%H:%M:%S}"]
    assert late == ["the change is not known: two minutes were not over, or nobody sat there"]


def test_a_lock_right_after_a_drawn_break_is_told_on_both_sides(
    storage: Storage, config: Path
) -> None:
    """The break's change is not its own; the row waits for its own pause and for nothing else."""
    storage.choices.record(make_choice(BREAK, reason=ChoiceReason.RANDOMISED))
    lock = replace(make_intervention(LOCK), action=Action.REMINDER_LOCK_30S, rule="2", at_s=409.0)
    for one in (
        replace(make_intervention(BREAK), action=Action.FOCUS_BREAK, rule="randomised"),
        lock,
        replace(lock, id="of-another", occupancy=OTHER_STUDENT),
        replace(lock, id="much-later", at_s=521.0),
        replace(lock, id="to-teacher", at_s=411.0, action=Action.CONTACT_TEACHER),
        replace(lock, id="never-seen", at_s=412.0),
    ):
        storage.decisions.record_intervention(one, terminal=TERMINAL)
    storage.outbox.put(make_entry("never-seen"))
    storage.outbox.update("never-seen", state=CommandState.EXPIRED, at_s=1.0)
    storage.choices.settle(make_outcome(BREAK))
    settle(storage)

    of_the_break, of_the_lock = (
        json.loads(call("why", identity, "--json", "--config", str(config)).stdout)
        for identity in (BREAK, LOCK)
    )

    assert of_the_break["what_came_of_it"].endswith(
        "; meanwhile a reminder with the screen locked for 30 seconds was shown by row 2 of Table "
        "1 9 s later, so the change is not of this decision alone"
    )
    assert of_the_lock["what_was_allowed"] == (
        "it: no exam, nothing unsaved, and the row's own pause of 10 min was over; a tip to take a "
        "short break 9 s before did not hold it back: that holds back what is learned or drawn, "
        "while a row of Table 1 waits for its own pause alone"
    )
