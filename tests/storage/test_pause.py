"""A pause is on disk before it is confirmed, and no damage to the file takes it back."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.errors import StorageError
from appliance.storage.pause import LONGEST_WHY, PAUSE_FILE, PauseFile, PauseNote

NOTE = PauseNote.take(actor="operator", why="exam  week\n", since_s=12.5)


def test_what_was_kept_is_read_and_taken_away(tmp_path: Path) -> None:
    """By another object too, as after a restart; nobody else may read it."""
    assert PauseFile(tmp_path).read() is None
    PauseFile(tmp_path).write(NOTE)

    assert PauseFile(tmp_path).read() == PauseNote(actor="operator", why="exam week", since_s=12.5)
    assert (tmp_path / PAUSE_FILE).stat().st_mode & 0o777 == 0o600
    PauseFile(tmp_path).remove()
    assert PauseFile(tmp_path).read() is None
    PauseFile(tmp_path).remove()  # a second time is no error


def test_a_reason_stays_short() -> None:
    """It stands in every status message."""
    assert len(PauseNote.take(actor="operator", why="x" * 1000, since_s=0.0).why) == LONGEST_WHY


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b'{"actor": 1}'])
def test_a_damaged_file_is_a_pause(tmp_path: Path, content: bytes) -> None:
    """Whatever is left of it: it exists."""
    (tmp_path / PAUSE_FILE).write_bytes(content)

    assert PauseFile(tmp_path).read() == PauseNote()


def test_what_cannot_be_read_is_a_pause(tmp_path: Path) -> None:
    """Such as a folder of that name."""
    (tmp_path / PAUSE_FILE).mkdir()

    assert PauseFile(tmp_path).read() == PauseNote()


def test_a_disk_without_room_for_words_takes_the_pause(tmp_path: Path) -> None:
    """The name alone counts; a limit on the size of files stands for the full disk."""
    program = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from appliance.storage.pause import PauseFile, PauseNote\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"
        "PauseFile(Path(sys.argv[1])).write(PauseNote(actor='operator', why='exam'))\n"
    )
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 0
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True)

    assert (tmp_path / PAUSE_FILE).read_bytes() == b""
    assert PauseFile(tmp_path).read() == PauseNote()


def test_a_folder_that_takes_nothing_is_said(tmp_path: Path) -> None:
    """The caller must not confirm what is not kept."""
    with pytest.raises(StorageError, match="No such file"):
        PauseFile(tmp_path / "gone").write(NOTE)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    """Root writes into the service's folder: the service could point it anywhere."""
    victim = tmp_path / "victim"
    victim.write_text("precious", encoding="utf-8")
    state = tmp_path / "state"
    state.mkdir()
    (state / f"{PAUSE_FILE}.new").symlink_to(victim)
    (state / PAUSE_FILE).symlink_to(victim)

    with pytest.raises(StorageError):
        PauseFile(state).write(NOTE)

    assert victim.read_text(encoding="utf-8") == "precious"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_the_file_belongs_to_whoever_owns_the_folder(tmp_path: Path) -> None:
    """The service has to take away what sudo classbox pause has made."""
    os.chown(tmp_path, 1234, 1234)
    PauseFile(tmp_path).write(NOTE)

    assert (tmp_path / PAUSE_FILE).stat().st_uid == 1234
