"""What is remembered of the last lock."""

import json
from pathlib import Path

import pytest

from appliance.errors import StorageError
from appliance.terminal.agent.record import LAST_LOCK_FILE, LastLock, LockRecord


def test_the_last_lock_is_known_after_a_crash(tmp_path: Path) -> None:
    """To whoever comes next."""
    LockRecord(tmp_path / "new").write(LastLock(id="one", open=True))

    assert LockRecord(tmp_path / "new").read() == LastLock(id="one", open=True)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"boot": 1}'])
def test_a_record_that_is_none_is_none(tmp_path: Path, content: str) -> None:
    """It says nothing and stops nothing."""
    (tmp_path / LAST_LOCK_FILE).write_text(content)

    assert LockRecord(tmp_path).read() is None


def test_a_lock_before_the_computers_start_is_over(tmp_path: Path) -> None:
    """Nothing on a screen outlives that."""
    record = LockRecord(tmp_path)
    record.write(LastLock(id="one", open=True))
    row = json.loads((tmp_path / LAST_LOCK_FILE).read_text())
    (tmp_path / LAST_LOCK_FILE).write_text(json.dumps({**row, "boot": "earlier"}))

    assert record.read() is None


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    """With what to do."""
    (tmp_path / "file").touch()

    with pytest.raises(StorageError, match=r"file cannot be used .*name another folder"):
        LockRecord(tmp_path / "file")
