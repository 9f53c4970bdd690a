"""Choices are read page by page beside a store that writes and erases."""

from pathlib import Path

import pytest

from appliance.domain.policy.choices import ErasedChoice
from appliance.errors import StorageError
from appliance.storage.store import Storage
from appliance.storage.tables import choice_archive
from appliance.storage.tables.choice_archive import ChoiceArchive
from tests.support.choices import make_choice, make_outcome
from tests.support.disk import PRIVACY, old_database, settle
from tests.support.rows import OTHER_SEAT, SEAT


@pytest.mark.parametrize("page", [1, 2, 7, 100])
def test_every_choice_is_read_once_and_in_order(
    folder: Path, storage: Storage, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    """Whatever the size of a page; ids do not matter."""
    monkeypatch.setattr(choice_archive, "PAGE", page)
    names = [f"{number * 5 % 7}" for number in range(7)]
    storage.choices.record_many([make_choice(name) for name in names])
    storage.choices.settle(make_outcome("3"))
    settle(storage)

    found = list(ChoiceArchive(folder).choices())

    assert [one.choice.id for one in found if not isinstance(one, ErasedChoice)] == names
    assert [one.outcome is None for one in found if not isinstance(one, ErasedChoice)] == [
        name != "3" for name in names
    ]


def test_an_erasure_between_two_pages_need_not_wait(
    folder: Path, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is complete while somebody replays, and what is read next is erased."""
    monkeypatch.setattr(choice_archive, "PAGE", 2)
    storage.choices.record_many([make_choice(f"k{number}") for number in range(4)])
    storage.choices.record_many([make_choice("other", seat=OTHER_SEAT)])
    settle(storage)
    choices = ChoiceArchive(folder).choices()
    first = next(choices)

    storage.erasure.erase(actor="teacher", seat=SEAT)

    assert not isinstance(first, ErasedChoice)
    next(choices)
    rest = list(choices)
    assert [isinstance(one, ErasedChoice) for one in rest] == [True, True, False]
    assert ChoiceArchive(folder).count() == (5, 4)


def test_a_newer_database_is_refused_and_a_missing_one_named(tmp_path: Path) -> None:
    """Nothing is guessed."""
    with pytest.raises(StorageError, match=r"privacy\.db: there is no such database"):
        ChoiceArchive(tmp_path).count()
    old_database(tmp_path / PRIVACY, version=3).execute("PRAGMA user_version = 99")

    with pytest.raises(StorageError, match="newer classbox"):
        ChoiceArchive(tmp_path).find("anything")
