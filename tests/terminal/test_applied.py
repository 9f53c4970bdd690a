"""What was shown is known after a restart, and nothing else is touched on the way."""

import os
import socket
import stat
from pathlib import Path

import pytest

from appliance.errors import StorageError
from appliance.mqtt.contract.classroom import AckStatus, CommandAck
from appliance.terminal.applied import (
    APPLIED_FILE,
    INTERRUPTED,
    LONGEST_LIFE_S,
    REMEMBERED,
    AppliedCommands,
)

STARTED = CommandAck(status=AckStatus.STARTED)
DONE = CommandAck(status=AckStatus.SUCCEEDED)
NOW_S = 1000.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a state folder that is not there yet."""
    return tmp_path / "state" / "classbox" / "pc-01"


def reopen(folder: Path, *, now_s: float = NOW_S) -> AppliedCommands:
    """Read the folder as the next process does, and let go of it."""
    applied = AppliedCommands(folder, now_s=now_s)
    applied.close()
    return applied


def test_a_restart_knows_what_was_shown(folder: Path) -> None:
    """How it ended, and of what was on the screen at the end that it is not begun again."""
    first = AppliedCommands(folder, now_s=NOW_S)
    for command, ack in (("a", STARTED), ("b", STARTED), ("a", DONE)):
        first.keep(command, ack)
    first.close()
    second = reopen(folder)

    assert (second.ack_of("a"), second.ack_of("b"), second.ack_of("c")) == (DONE, INTERRUPTED, None)
    assert not second.may_have_shown(NOW_S - 1, now_s=NOW_S)


def test_it_is_private_and_bounded(folder: Path) -> None:
    """The newest are kept; nobody else may read which commands a student had."""
    applied = AppliedCommands(folder, now_s=NOW_S)
    for number in range(REMEMBERED + 2):
        applied.keep(str(number), DONE)
    applied.close()
    again = reopen(folder)

    assert [again.ack_of(str(each)) for each in (0, 1, 2)] == [None, None, DONE]
    assert stat.S_IMODE((folder / APPLIED_FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [each.name for each in folder.iterdir()] == [APPLIED_FILE]


def _long(path: Path) -> None:
    path.write_bytes(b" " * (1 << 21))


def _listen(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(Path.touch, id="empty"),
        pytest.param(lambda path: path.write_text('{"commands": [["a", "sta'), id="cut-off"),
        pytest.param(lambda path: path.write_bytes(b"\xff\x00"), id="bytes"),
        pytest.param(lambda path: path.write_text("[" * 100_000), id="deep"),
        pytest.param(lambda path: path.write_text('{"forgot_s": null}'), id="without-commands"),
        pytest.param(_long, id="too-long"),
        pytest.param(os.mkfifo, id="pipe"),
        pytest.param(_listen, id="socket"),
        pytest.param(Path.mkdir, id="folder"),
        pytest.param(lambda path: path.symlink_to("/etc/passwd"), id="link"),
    ],
)
def test_a_damaged_file_is_moved_aside_and_nothing_older_is_shown(
    folder: Path, damage: object
) -> None:
    """Until the longest lifetime has passed, a further restart included."""
    folder.mkdir(parents=True, mode=0o700)
    assert callable(damage)
    damage(folder / APPLIED_FILE)
    reopen(folder)
    applied = reopen(folder, now_s=NOW_S + 60)

    assert sorted(each.name for each in folder.iterdir()) == [
        APPLIED_FILE,
        f"{APPLIED_FILE}.corrupt-1000",
    ]
    assert applied.may_have_shown(NOW_S - 1, now_s=NOW_S + 60)
    assert not applied.may_have_shown(NOW_S + 1, now_s=NOW_S + 60)
    # Also when the clock was wrong by years and is set right.
    assert not applied.may_have_shown(NOW_S - 1, now_s=NOW_S + LONGEST_LIFE_S)
    assert not applied.may_have_shown(NOW_S - 1, now_s=NOW_S - LONGEST_LIFE_S)


def test_no_link_is_followed_where_it_writes(tmp_path: Path, folder: Path) -> None:
    """What a link points to stays as it was."""
    applied = AppliedCommands(folder, now_s=NOW_S)
    theirs = tmp_path / "theirs"
    theirs.write_text("theirs")
    for name in (APPLIED_FILE, f"{APPLIED_FILE}.new"):
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(theirs)
    applied.keep("a", DONE)
    applied.close()

    assert theirs.read_text() == "theirs"
    assert not (folder / APPLIED_FILE).is_symlink()
    assert reopen(folder).ack_of("a") == DONE


def test_a_folder_that_is_a_link_is_refused(tmp_path: Path, folder: Path) -> None:
    """Somebody else may have put it there."""
    folder.parent.mkdir(parents=True)
    folder.symlink_to(tmp_path)

    with pytest.raises(StorageError, match="cannot be used: Not a directory; name another one"):
        AppliedCommands(folder, now_s=NOW_S)


def test_a_folder_that_others_can_write_is_refused(folder: Path) -> None:
    """They could take the file away, so that everything is shown again."""
    folder.mkdir(parents=True)
    folder.chmod(0o770)

    with pytest.raises(StorageError, match="can be written by them; name a folder of your own"):
        AppliedCommands(folder, now_s=NOW_S)


def test_two_terminals_do_not_share_a_folder(folder: Path) -> None:
    """Each would forget what the other showed; after the end of one the other may."""
    first = AppliedCommands(folder, now_s=NOW_S)
    with pytest.raises(StorageError, match="in use by another terminal; end that one first"):
        AppliedCommands(folder, now_s=NOW_S)
    first.close()

    assert reopen(folder).ack_of("a") is None


def test_what_cannot_be_kept_is_not_noted(folder: Path) -> None:
    """Whoever asked hears of it."""
    applied = AppliedCommands(folder, now_s=NOW_S)
    folder.rmdir()

    with pytest.raises(StorageError, match="No such file"):
        applied.keep("a", STARTED)
    assert applied.ack_of("a") is None
    applied.close()


def test_without_a_folder_it_remembers_while_the_process_lives() -> None:
    """The demo leaves nothing behind."""
    applied = AppliedCommands(None, now_s=NOW_S)
    applied.keep("a", DONE)
    applied.close()

    assert applied.ack_of("a") == DONE


def test_what_was_only_offered_is_new_after_a_restart(folder: Path) -> None:
    """Nobody saw it, so it is no duplicate when it comes again."""
    first = AppliedCommands(folder, now_s=NOW_S)
    first.keep("offered", CommandAck(status=AckStatus.RECEIVED))
    assert not first.was_shown("offered")
    first.keep("shown", STARTED)
    first.close()
    second = reopen(folder)

    assert second.ack_of("offered") is None
    assert [second.was_shown(each) for each in ("offered", "shown", "other")] == [
        False,
        True,
        False,
    ]


def test_what_expired_was_never_shown(folder: Path) -> None:
    """An answer to it is nobody's."""
    applied = AppliedCommands(folder, now_s=NOW_S)
    applied.keep("late", CommandAck(status=AckStatus.EXPIRED))
    applied.close()
    assert not applied.was_shown("late")
