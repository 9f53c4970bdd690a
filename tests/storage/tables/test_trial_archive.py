"""The record of what was done, read beside a service."""

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from appliance.domain.interventions import Action
from appliance.domain.policy.choices import PolicyAction
from appliance.domain.policy.trials import ChoiceCounts
from appliance.errors import StorageError
from appliance.storage.tables.choice_archive import ChoiceArchive
from appliance.storage.tables.trial_archive import read_trials
from tests.support.disk import FEATURES, PRIVACY
from tests.support.trial_boxes import AlertStory, fill_alerts, fill_choices, make_state_dir
from training.policy.logged import Logged, draw_logged

DELTA = 0.02


@pytest.fixture
def logged() -> Logged:
    """Some stays."""
    return draw_logged(np.random.default_rng(1), stays=6)


@pytest.fixture
def state_dir(tmp_path: Path) -> Path:
    """Empty databases."""
    return make_state_dir(tmp_path / "state")


def test_choices_come_back_with_the_parts_of_their_outcome(state_dir: Path, logged: Logged) -> None:
    """In the order of time within each stay."""
    fill_choices(state_dir, logged)

    trial = read_trials(state_dir, delta=DELTA).trial

    assert trial.experience.actions == pytest.approx(logged.experience.actions)
    assert trial.drops == pytest.approx(logged.trial.drops, nan_ok=True)
    assert trial.bases == pytest.approx(logged.trial.bases)
    assert np.isnan(trial.experience.rewards).tolist() == np.isnan(trial.drops[:, 0]).tolist()
    assert (np.diff(trial.wall_s) > 0).all()


@pytest.mark.parametrize(
    ("reason", "bound", "base"),
    [
        ("override", 0.5, PolicyAction.HINT),
        ("randomised", 0.0201, PolicyAction.HINT),
        ("randomised", DELTA, PolicyAction.NOTHING),
        ("not_sure", 0.01, PolicyAction.NOTHING),
        ("little_evidence", 0.5, PolicyAction.NOTHING),
    ],
)
def test_what_would_be_done_without_chance(
    state_dir: Path, logged: Logged, reason: str, bound: float, base: PolicyAction
) -> None:
    """The learned action where it replaced the rule's, or would have."""
    fill_choices(state_dir, logged)
    execute(
        state_dir,
        "UPDATE choices SET reason = ?, bound = ?, rule_action = 0, learned_action = ?",
        reason,
        bound,
        PolicyAction.HINT.value,
    )

    assert set(read_trials(state_dir, delta=DELTA).trial.bases) == {base}


def test_an_erased_choice_is_not_read(state_dir: Path, logged: Logged) -> None:
    """Nor one whose outcome is not known yet."""
    fill_choices(state_dir, logged)
    execute(state_dir, "UPDATE choices SET erased = 1 WHERE id = 'c0'")
    execute(state_dir, "DELETE FROM outcomes WHERE choice = 'c1'")

    assert len(read_trials(state_dir, delta=DELTA).trial) == len(logged.experience) - 2


def test_draws_are_counted_whatever_their_reason(state_dir: Path, logged: Logged) -> None:
    """By their probability; an erased one is told apart, and one without an outcome is there."""
    fill_choices(state_dir, logged)
    execute(state_dir, "UPDATE choices SET propensity = 1, reason = 'rule' WHERE id > 'c1'")
    execute(state_dir, "DELETE FROM outcomes WHERE choice = 'c1'")
    execute(state_dir, "UPDATE choices SET reason = 'rule' WHERE id = 'c0'")
    execute(state_dir, "UPDATE choices SET reason = 'randomised' WHERE id = 'c1'")
    execute(state_dir, "UPDATE choices SET erased = 1 WHERE id = 'c2'")

    counts = read_trials(state_dir, delta=DELTA).counts

    made = len(logged.experience) - 1
    assert counts == ChoiceCounts(
        made=made, erased=1, finished=made, drawn=2, drawn_finished=1, changed=1
    )
    assert ChoiceArchive(state_dir).counts() == counts


def test_a_stay_goes_on_where_the_clock_begins_anew(state_dir: Path, logged: Logged) -> None:
    """In the order of time it is two pieces; counted it is one, as in what was shown."""
    fill_choices(state_dir, logged)
    execute(state_dir, "UPDATE choices SET seat = 's0', occupancy = 'o0'")

    record = read_trials(state_dir, delta=DELTA)

    assert len(set(record.trial.experience.stays)) > 1
    assert set(record.trial.visits) == {0}
    assert record.stays == 1


def test_a_score_is_read_around_the_alert(state_dir: Path) -> None:
    """30 s before, and the 30 s that end two minutes later; halved is more than half."""
    stories = [
        AlertStory(stay=0, before=0.75, after=0.375),
        AlertStory(stay=1, before=0.875, after=0.375),
    ]
    fill_alerts(state_dir, [*stories, AlertStory(stay=2, before=0.5, after=0.125, acted=True)])

    record = read_trials(state_dir, delta=DELTA)

    found = {(one.before, one.after): (one.halved, one.acted) for one in record.courses}
    assert found == {
        (0.75, 0.375): (False, False),
        (0.875, 0.375): (True, False),
        (0.5, 0.125): (True, True),
    }
    assert record.hours == pytest.approx(3 * 760 / 5 / 3600)
    assert record.stays == 3


def test_two_states_are_read_as_well(state_dir: Path) -> None:
    """A box that is fatigue-only has stored two probabilities."""
    fill_alerts(state_dir, [AlertStory(stay=0, before=0.75, after=0.25)], fatigue_only=True)

    (course,) = read_trials(state_dir, delta=DELTA).courses

    assert (course.before, course.after) == (0.75, 0.25)


def test_too_few_readings_tell_no_course(state_dir: Path) -> None:
    """Less than 80 % of a window is missing, not zero."""
    fill_alerts(state_dir, [AlertStory(stay=0)])
    execute(state_dir, "DELETE FROM tokens WHERE at_s < 978", name=FEATURES)

    assert read_trials(state_dir, delta=DELTA).courses == ()


def test_answers_stand_beside_what_was_shown(state_dir: Path) -> None:
    """And a call for a teacher is shown to no student."""
    fill_alerts(state_dir, [AlertStory(stay=number, acted=True) for number in range(3)])
    execute(state_dir, "INSERT INTO feedback VALUES ('d0', 'completed', 'pc', NULL, 1, 1)")
    execute(state_dir, "INSERT INTO feedback VALUES ('d1', 'dismissed', 'pc', NULL, 1, 1)")
    execute(state_dir, "UPDATE decisions SET action = 'contact_teacher' WHERE id = 'd2'")

    shown = read_trials(state_dir, delta=DELTA).shown

    assert {one.action for one in shown} == {Action.FOCUS_BREAK}
    assert sorted((one.accepted, one.dismissed) for one in shown) == [(False, True), (True, False)]


def test_an_empty_box_has_an_empty_record(state_dir: Path) -> None:
    """And no error."""
    record = read_trials(state_dir, delta=DELTA)

    assert (len(record.trial), record.shown, record.courses, record.hours) == (0, (), (), 0.0)


def test_a_missing_database_is_named(tmp_path: Path) -> None:
    """By its path."""
    with pytest.raises(StorageError, match=r"privacy\.db: there is no such database"):
        read_trials(tmp_path, delta=DELTA)


def execute(state_dir: Path, statement: str, *values: str | float, name: str = PRIVACY) -> None:
    """Change a database beside everybody."""
    with closing(sqlite3.connect(state_dir / name)) as database, database:
        database.execute(statement, values)
