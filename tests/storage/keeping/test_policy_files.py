"""Weights as files: whole, one back, and damaged ones out of the way."""

import os
import stat
from pathlib import Path

import pytest

from appliance.errors import PolicyError, StorageError
from appliance.storage.keeping.policy_files import PolicyFiles


def read(content: bytes) -> str:
    """Return what a learner would make of it."""
    if content.startswith(b"damaged"):
        msg = "the weights are damaged"
        raise PolicyError(msg)
    return content.decode()


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    """By another process, too; and nobody else may look into it."""
    PolicyFiles(tmp_path).save(b"first")
    files = PolicyFiles(tmp_path)
    files.save(b"second")

    assert files.load(read) == "second"
    assert stat.S_IMODE(files.current.stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "learned.policy",
        "learned.policy.previous",
    ]


def test_at_first_there_is_nothing(tmp_path: Path) -> None:
    """So the warm start is used, and there is nothing to roll back to."""
    files = PolicyFiles(tmp_path)

    assert files.load(read) is None
    assert not files.roll_back()


def test_rolling_back_returns_to_the_one_before_once(tmp_path: Path) -> None:
    """And a second time to the warm start: what the first began from is not kept."""
    files = PolicyFiles(tmp_path)
    for content in (b"first", b"second", b"third"):
        files.save(content)

    assert files.roll_back()
    assert files.load(read) == "second"
    assert not files.roll_back()
    assert files.load(read) is None


def test_a_damaged_one_is_moved_aside_and_the_one_before_is_used(tmp_path: Path) -> None:
    """It can be looked into, and does not stand in the way of the next."""
    files = PolicyFiles(tmp_path)
    files.save(b"first")
    files.save(b"damaged")

    assert files.load(read) == "first"
    assert files.moved_aside == ["learned.policy.corrupt"]
    assert (tmp_path / "learned.policy.corrupt").read_bytes() == b"damaged"
    files.save(b"third")
    assert files.load(read) == "third"
    assert files.roll_back()
    assert files.load(read) == "first"


def test_two_damaged_ones_leave_the_warm_start(tmp_path: Path) -> None:
    """Both are out of the way."""
    files = PolicyFiles(tmp_path)
    files.save(b"damaged")
    files.save(b"damaged, too")

    assert files.load(read) is None
    assert not files.current.exists()
    assert not files.previous.exists()


@pytest.mark.parametrize("step", ["fsync", "first rename", "second rename"])
def test_whenever_the_process_dies_something_whole_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """The newest or the one before, never half of one."""
    files = PolicyFiles(tmp_path)
    files.save(b"first")
    renames = 0
    replace = Path.replace

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    def rename(path: Path, target: Path) -> Path:
        nonlocal renames
        renames += 1
        if renames == ("first rename", "second rename").index(step) + 1:
            raise KeyboardInterrupt
        return replace(path, target)

    if step == "fsync":
        monkeypatch.setattr(os, "fsync", die)
    else:
        monkeypatch.setattr(Path, "replace", rename)
    with pytest.raises(KeyboardInterrupt):
        files.save(b"second")
    monkeypatch.undo()

    assert PolicyFiles(tmp_path).load(read) == "first"
    files.save(b"third")
    assert files.load(read) == "third"


def test_a_disk_that_takes_nothing_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And says so."""
    files = PolicyFiles(tmp_path)
    files.save(b"first")

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(StorageError, match=r"cannot be written to .*No space left"):
        files.save(b"second")
    monkeypatch.undo()

    assert files.load(read) == "first"
    assert [path.name for path in tmp_path.iterdir()] == ["learned.policy"]


def test_what_cannot_be_opened_is_said(tmp_path: Path) -> None:
    """A folder in its place is neither damaged nor missing."""
    files = PolicyFiles(tmp_path)
    files.current.mkdir()

    with pytest.raises(StorageError, match="cannot be read"):
        files.load(read)
    with pytest.raises(StorageError, match="cannot be deleted"):
        files.forget()


def test_forgetting_leaves_nothing(tmp_path: Path) -> None:
    """Whoever is erased is not in the weights either."""
    files = PolicyFiles(tmp_path)
    files.save(b"first")
    files.save(b"second")
    files.forget()

    assert list(tmp_path.iterdir()) == []
    files.forget()
