"""Who says no last is obeyed: at once, for ever, and whatever the disk does."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.errors import StorageError
from appliance.service.control.closures import Closure, Closures
from appliance.service.control.pausing import UNSTORED, Pausing
from appliance.storage.export import PRIVACY_FILE
from appliance.storage.pause import PAUSE_FILE, PauseFile, PauseNote
from appliance.storage.store import Storage
from tests.support.clocks import ManualClock
from tests.support.disk import rows


class Room:
    """Cameras, a state folder with real databases, and what pauses."""

    def __init__(self, folder: Path) -> None:
        """Begin as a fresh start of the box does."""
        self.folder = folder
        self.open = True
        self.clock = ManualClock()
        self.storage = Storage.open(folder, clock=self.clock)
        self.storage.start()
        self.closures = Closures(pause=self._close, resume=self._open)
        self.pausing = Pausing(
            closures=self.closures,
            file=PauseFile(folder),
            audit=self.storage.audit,
            clock=self.clock,
        )
        self.pausing.follow()

    def _close(self) -> None:
        self.open = False

    def _open(self) -> None:
        self.open = True

    def audited(self) -> list[tuple[str, str, str]]:
        """Return what is on record."""
        found = rows(self.folder / PRIVACY_FILE, "SELECT event, actor, detail FROM audit")
        return [(str(event), str(actor), str(detail)) for event, actor, detail in found]


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """Return a room whose cameras are open."""
    made = Room(tmp_path)
    yield made
    made.storage.stop()


def restart(room: Room) -> Room:
    """Return the room as the next process finds it."""
    room.storage.stop()
    return Room(room.folder)


def test_a_pause_outlives_the_box_and_a_resume_too(room: Room) -> None:
    """Both are on record with who asked for them."""
    assert room.pausing.pause(actor="teacher/t1", why="exam") == ""
    assert not room.open

    second = restart(room)
    assert not second.open
    assert second.closures.reasons() == {Closure.PAUSE: "asked for by teacher/t1: exam"}
    assert second.pausing.resume(actor="operator") == ""
    assert second.open

    third = restart(second)
    assert third.open
    assert third.audited() == [
        ("control_pause", "teacher/t1", "exam"),
        ("control_resume", "operator", ""),
    ]
    third.storage.stop()


@pytest.mark.parametrize("restarted", [False, True])
def test_a_second_pause_without_a_why_keeps_the_first_ones(room: Room, *, restarted: bool) -> None:
    """Another why replaces it; who asked is on record each time."""
    room.pausing.pause(actor="teacher/t1", why="exam")
    room = restart(room) if restarted else room

    room.pausing.pause(actor="operator")
    assert room.closures.reasons() == {Closure.PAUSE: "asked for by teacher/t1: exam"}
    assert str(PauseFile(room.folder).read()) == "asked for by teacher/t1: exam"
    room.pausing.pause(actor="operator", why="lens")
    assert room.closures.reasons() == {Closure.PAUSE: "asked for at the box: lens"}

    room.pausing.resume(actor="operator")
    room.pausing.pause(actor="operator")
    assert room.closures.reasons() == {Closure.PAUSE: "asked for at the box"}
    assert ("control_pause", "operator", "") in room.audited()
    if restarted:
        room.storage.stop()


@pytest.mark.parametrize("damage", ["lost", "destroyed"])
def test_a_pause_outlives_its_database(room: Room, damage: str) -> None:
    """What damages privacy.db opens no camera."""
    room.pausing.pause(actor="teacher/t1")
    room.storage.stop()
    database = room.folder / PRIVACY_FILE
    if damage == "lost":
        database.unlink()
    else:
        database.write_bytes(b"\xff" * 8192)

    second = Room(room.folder)

    assert not second.open
    second.storage.stop()


def test_what_cannot_be_kept_holds_in_memory_and_is_kept_when_it_can_be(room: Room) -> None:
    """The answer says so, and so does the status, until the disk takes it."""
    (room.folder / f"{PAUSE_FILE}.new").mkdir()
    (room.folder / PAUSE_FILE).symlink_to("nowhere/at/all")

    lacking = room.pausing.pause(actor="operator")
    assert UNSTORED in lacking
    assert not room.open
    assert UNSTORED in room.closures.reasons()[Closure.PAUSE]

    room.pausing.follow()
    assert UNSTORED in room.closures.reasons()[Closure.PAUSE]

    (room.folder / f"{PAUSE_FILE}.new").rmdir()
    (room.folder / PAUSE_FILE).unlink()
    room.pausing.follow()
    assert room.closures.reasons() == {Closure.PAUSE: "asked for at the box"}
    second = restart(room)
    assert not second.open
    second.storage.stop()


def test_a_resume_that_cannot_be_put_on_record_opens_nothing(room: Room) -> None:
    """Nor does it take the pause off the disk."""
    room.pausing.pause(actor="teacher/t1")
    room.storage.stop()

    with pytest.raises(StorageError, match="closed"):
        room.pausing.resume(actor="teacher/t1")

    assert not room.open
    assert PauseFile(room.folder).read() is not None


def test_a_pause_that_cannot_be_put_on_record_counts(room: Room) -> None:
    """It says what is missing."""
    room.storage.stop()

    assert "not on record" in room.pausing.pause(actor="teacher/t1")
    assert not room.open
    assert PauseFile(room.folder).read() is not None


def test_a_file_that_somebody_else_makes_closes_and_its_loss_opens_nothing(room: Room) -> None:
    """A command beside a box that does not answer; a folder that is gone."""
    PauseFile(room.folder).write(PauseNote.take(actor="operator", why="", since_s=0.0))
    room.pausing.follow()
    assert not room.open

    room.folder.rename(room.folder.with_name("gone"))  # at once: its database is being written
    room.pausing.follow()
    assert not room.open


def test_what_else_closes_is_said(room: Room) -> None:
    """A teacher who resumes in a break must know why nothing happens."""
    room.closures.close(Closure.TIMETABLE, why="opens Monday 08:00")
    room.pausing.pause(actor="teacher/t1")

    assert room.pausing.resume(actor="teacher/t1") == "timetable: opens Monday 08:00"
    assert not room.open


def test_a_link_in_its_place_is_a_pause_wherever_it_leads(room: Room, tmp_path: Path) -> None:
    """Also into nothing: somebody has put something there."""
    room.storage.stop()
    (tmp_path / PAUSE_FILE).symlink_to(tmp_path / "nowhere")

    again = Room(tmp_path)

    assert not again.open
    again.storage.stop()
