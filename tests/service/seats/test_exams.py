"""An exam counts at once, outlives the process, and ends with a word or with the school day."""

from pathlib import Path

import pytest

from appliance.domain.seats import SeatKey
from appliance.errors import StorageError
from appliance.service.seats.exams import EXAM_FILE, LONGEST_S, Exams
from tests.support.clocks import ManualClock
from tests.support.rooms import A01, A02

TEACHER = "teacher/t1"


def started(folder: Path, clock: ManualClock) -> Exams:
    """Return what a start of the box finds."""
    exams = Exams(seats=[A01, A02], state_dir=folder, clock=clock)
    exams.follow()
    return exams


def where(exams: Exams) -> list[SeatKey]:
    """Return the seats with an exam."""
    return [seat for seat in (A01, A02) if exams.on(seat)]


def test_it_is_a_seats_or_everybodys(tmp_path: Path) -> None:
    """The end of the room's ends those of its seats too; the end of a seat's that one alone."""
    exams = started(tmp_path, ManualClock())
    seen = [where(exams)]
    exams.begin(A01, actor=TEACHER)
    seen.append(where(exams))
    exams.begin(None, actor=TEACHER)
    seen.append(where(exams))
    exams.end(A01, actor=TEACHER)
    seen.append(where(exams))
    exams.begin(A02, actor=TEACHER)
    exams.end(None, actor=TEACHER)
    seen.append(where(exams))

    assert seen == [[], [A01], [A01, A02], [A01, A02], []]
    assert list(tmp_path.iterdir()) == []


def test_it_survives_a_restart(tmp_path: Path) -> None:
    """With who announced it, for ``classbox status``."""
    started(tmp_path, ManualClock()).begin(A01, actor=TEACHER)

    again = started(tmp_path, ManualClock())

    assert where(again) == [A01]
    assert again.running()["a01"].endswith(f"announced by {TEACHER}")


@pytest.mark.parametrize("restart", [False, True])
def test_it_ends_after_eight_hours(tmp_path: Path, *, restart: bool) -> None:
    """To the second, also where the box was restarted in between; and its file goes with it."""
    clock = ManualClock()
    exams = started(tmp_path, clock)
    exams.begin(None, actor=TEACHER)
    clock.advance(LONGEST_S / 2)
    if restart:
        clock.monotonic = 5.0  # another boot
        exams = started(tmp_path, clock)
    clock.advance(LONGEST_S / 2 - 1)
    last = where(exams)
    clock.advance(1)

    assert (last, where(exams)) == ([A01, A02], [])
    exams.follow()
    assert (exams.running(), list(tmp_path.iterdir())) == ({}, [])


def test_a_wall_clock_that_leaps_ends_nothing(tmp_path: Path) -> None:
    """Monotonic time counts; after a start with a clock in the past all of its time is left."""
    clock = ManualClock()
    exams = started(tmp_path, clock)
    exams.begin(A01, actor=TEACHER)
    clock.wall += 10 * LONGEST_S
    forwards = where(exams)
    clock.wall -= 30 * LONGEST_S
    again = started(tmp_path, clock)
    clock.monotonic += LONGEST_S - 1

    assert (forwards, where(again)) == ([A01], [A01])


@pytest.mark.parametrize("content", [b"", b"{", b"\xff"])
def test_a_file_that_cannot_be_read_is_an_exam(tmp_path: Path, content: bytes) -> None:
    """A full disk keeps a name without words: nothing interrupts, from now on at most 8 hours."""
    (tmp_path / f"{EXAM_FILE}-a02").write_bytes(content)
    clock = ManualClock()
    exams = started(tmp_path, clock)
    first = where(exams)
    clock.advance(LONGEST_S)

    assert (first, where(exams)) == ([A02], [])


def test_what_cannot_be_kept_counts_and_is_tried_again(tmp_path: Path) -> None:
    """Whoever asks hears that a restart would end it; when the folder is back it is written."""
    folder = tmp_path / "state"
    exams = started(folder, ManualClock())
    lacking = exams.begin(A01, actor=TEACHER)
    counts = where(exams)
    folder.mkdir()
    exams.follow()

    assert lacking.startswith("not stored: it ends with a restart of the box")
    assert counts == [A01]
    assert where(started(folder, ManualClock())) == [A01]


def test_one_whose_file_stays_goes_on(tmp_path: Path) -> None:
    """Otherwise a restart would bring back what somebody was told is over."""
    exams = started(tmp_path, ManualClock())
    exams.begin(A01, actor=TEACHER)
    file = tmp_path / f"{EXAM_FILE}-a01"
    file.unlink()
    file.mkdir()

    with pytest.raises(StorageError):
        exams.end(A01, actor=TEACHER)
    assert where(exams) == [A01]
