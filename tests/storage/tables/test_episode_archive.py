"""What was decided during an episode is found by its id, and nothing of anybody else."""

from pathlib import Path

from appliance.domain.interventions import Action
from appliance.domain.policy.choices import PolicyAction
from appliance.storage.store import Storage
from appliance.storage.tables.episode_archive import read_episode
from tests.support.choices import make_choice
from tests.support.disk import PRIVACY, old_database, settle
from tests.support.rows import SEAT, TERMINAL, make_alert, make_intervention


def test_a_choice_that_was_carried_out_stands_there_once(folder: Path, storage: Storage) -> None:
    """As what was done; the id of both is the same."""
    storage.decisions.record_alert(make_alert(episode="e1"))
    storage.choices.record(make_choice("c1", at_s=120.0, action=PolicyAction.HINT))
    storage.choices.record(make_choice("c2", at_s=130.0, action=PolicyAction.HINT))
    storage.decisions.record_intervention(make_intervention("c1"), terminal=TERMINAL)
    settle(storage)

    found = read_episode(folder, "e1") or ()

    assert {(one.id, one.action) for one in found} == {
        ("c1", Action.MANDATORY_REST),
        ("c2", PolicyAction.HINT),
    }


def test_no_episode_is_not_one_without_decisions(folder: Path, storage: Storage) -> None:
    """Nor is one of somebody who was erased."""
    storage.decisions.record_alert(make_alert(episode="e1"))
    settle(storage)
    assert read_episode(folder, "e1") == ()
    assert read_episode(folder, "e2") is None

    storage.erasure.erase(actor="teacher", seat=SEAT)

    assert read_episode(folder, "e1") is None


def test_a_database_from_before_the_choices_has_episodes(tmp_path: Path) -> None:
    """After an update and before the service has started."""
    connection = old_database(tmp_path / PRIVACY, version=2)
    connection.execute(
        "INSERT INTO alerts VALUES ('e', 1.0, 'a01', 'o', 'fatigued', 1.0, 2.0, NULL, 0.8, 0.0,"
        " 0.8, 9)"
    )
    connection.execute(
        "INSERT INTO decisions VALUES ('c', 1.0, 2.0, 'e', 'a01', 'o', 't', 'fatigued',"
        " 'hint', '4', 'why', 0.8, 130.0)"
    )
    connection.commit()

    assert [one.id for one in read_episode(tmp_path, "e") or ()] == ["c"]
