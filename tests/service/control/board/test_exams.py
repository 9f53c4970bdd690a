"""An exam lasts as long as a teacher says, over a restart, and never for ever."""

from pathlib import Path

import pytest

from appliance.domain.interventions import TaskContext
from appliance.domain.seats import SeatKey, TerminalKey
from appliance.domain.terminals import ControlCommand, ControlRequest, ControlRole, ControlStatus
from appliance.errors import StorageError
from appliance.service.control.board.exams import EXAM_FILE, LONGEST_S, Exams
from tests.support.clocks import ManualClock

A01, A02 = SeatKey("a01"), SeatKey("a02")


def exams(folder: Path, clock: ManualClock) -> Exams:
    """Return those of a box's run."""
    return Exams(folder, seats=[A01, A02], clock=clock)


def asked(*, on: bool, seat: SeatKey | None = None) -> ControlRequest:
    """Return what a teacher asks."""
    return ControlRequest(
        id="1",
        command=ControlCommand.EXAM,
        role=ControlRole.TEACHER,
        client="teacher-1",
        seat=seat,
        granted=None,
        on=on,
    )


def test_a_room_and_a_seat_are_told_apart(tmp_path: Path) -> None:
    """The end for the room ends every seat's; the end for a seat says that the room goes on."""
    known = exams(tmp_path, ManualClock())

    known.take(asked(on=True, seat=A01))
    assert [known.on(A01), known.on(A02), known.where()] == [True, False, ["a01"]]
    known.take(asked(on=True))
    reply = known.take(asked(on=False, seat=A01))
    assert (reply.status, "whole room" in reply.detail) == (ControlStatus.DONE, True)
    assert [known.on(A01), known.on(A02), known.where()] == [True, True, ["room"]]
    known.take(asked(on=False))
    assert [known.on(A01), known.on(A02), known.where()] == [False, False, []]


def test_a_restart_goes_on_with_it_and_eight_hours_end_it(tmp_path: Path) -> None:
    """To the second."""
    clock = ManualClock()
    exams(tmp_path, clock).take(asked(on=True))

    again = exams(tmp_path, clock)
    clock.advance(LONGEST_S - 1)
    assert again.on(A01)
    clock.advance(1)
    assert not again.on(A01)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"": "soon"}'])
def test_a_damaged_file_is_an_exam_of_the_room(tmp_path: Path, text: str) -> None:
    """Nobody is locked by mistake."""
    (tmp_path / EXAM_FILE).write_text(text, encoding="utf-8")

    assert exams(tmp_path, ManualClock()).where() == ["room"]


def test_a_file_from_a_wrong_clock_ends_all_the_same(tmp_path: Path) -> None:
    """At most eight hours after the start."""
    clock = ManualClock()
    (tmp_path / EXAM_FILE).write_text('{"": 9e12, "gone": 1}', encoding="utf-8")
    known = exams(tmp_path, clock)
    clock.advance(LONGEST_S)

    assert not known.on(A01)


def test_what_cannot_be_kept_counts_and_is_said(tmp_path: Path) -> None:
    """Until a restart."""
    known = exams(tmp_path, ManualClock())
    (tmp_path / f"{EXAM_FILE}.new").mkdir()

    with pytest.raises(StorageError, match="ends with a restart"):
        known.take(asked(on=True))
    assert known.on(A02)


def test_it_counts_like_the_word_of_the_terminal(tmp_path: Path) -> None:
    """Also of one that says nothing; and so does whatever else must not be interrupted."""
    known = exams(tmp_path, ManualClock())
    told = {A01: TaskContext(terminal=TerminalKey("pc-01"), topic="fractions")}
    quiet: set[SeatKey] = set()
    context = known.context(told.get, quiet=lambda seat: seat in quiet)

    assert context(A01) == told[A01]
    assert context(A02) is None
    quiet.add(A02)
    known.take(asked(on=True, seat=A01))
    first, second = context(A01), context(A02)
    assert first is not None
    assert (first.topic, first.exam) == ("fractions", True)
    assert second is not None
    assert second.exam
