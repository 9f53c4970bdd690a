"""What a student and a teacher are told of a seat; a student never what was seen."""

from dataclasses import replace
from typing import Any

import pytest

from appliance.cameras.reader import CameraState
from appliance.domain.affect import Affect
from appliance.domain.tokens import SeatStatus
from appliance.mqtt.contract.codec import to_plain
from appliance.service.control.board.standing import SeatStanding, board_of, view_of
from appliance.service.control.closures import Closure
from tests.support.standings import OBSERVED


@pytest.mark.parametrize(
    ("standing", "sight", "reason"),
    [
        (OBSERVED, "observed", ""),
        (replace(OBSERVED, closed={Closure.TIMETABLE: ""}), "not-observed", "no-lesson"),
        (replace(OBSERVED, closed={Closure.PAUSE: ""}), "paused", "room-paused"),
        (replace(OBSERVED, closed={Closure.SWITCH: ""}), "paused", "switch"),
        (replace(OBSERVED, paused=True), "paused", "seat-paused"),
        (replace(OBSERVED, camera=None), "not-observed", "starting"),
        (replace(OBSERVED, camera=CameraState.PAUSED), "not-observed", "starting"),
        (replace(OBSERVED, camera=CameraState.LOST), "not-observed", "camera"),
        (replace(OBSERVED, status=SeatStatus.CAMERA_LOST), "not-observed", "camera"),
        (replace(OBSERVED, granted=False), "not-observed", "no-consent"),
        (replace(OBSERVED, granted=False, logged_in=False), "not-observed", "nobody"),
        (replace(OBSERVED, status=None), "not-observed", "starting"),
        (replace(OBSERVED, status=SeatStatus.ABSENT), "not-observed", "not-seen"),
        (replace(OBSERVED, status=SeatStatus.AMBIGUOUS), "not-observed", "not-seen"),
    ],
)
def test_the_first_reason_that_holds_is_told_to_both(
    standing: SeatStanding, sight: str, reason: str
) -> None:
    """In the same words."""
    view, board = view_of(standing), board_of(standing)

    assert (view.sight, view.reason) == (board.sight, board.reason) == (sight, reason)


def test_the_timetable_comes_first() -> None:
    """Whoever has paused the room in the last lesson need not read it at night."""
    closed = {Closure.PAUSE: "", Closure.SWITCH: "", Closure.TIMETABLE: ""}

    assert view_of(replace(OBSERVED, closed=closed, paused=True)).reason == "no-lesson"


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({}, "given"),
        ({"on_file": True}, "on-file"),
        ({"granted": False}, "not-given"),
        ({"granted": False, "withdrawn": True, "on_file": True}, "withdrawn"),
    ],
)
def test_consent_is_said_as_it_counts(changes: dict[str, Any], word: str) -> None:
    """A no counts also where the school holds a yes."""
    standing = replace(OBSERVED, **changes)

    assert view_of(standing).consent == board_of(standing).consent == word


def test_a_student_is_told_no_state_and_no_alert() -> None:
    """Whatever the teacher may see."""
    standing = replace(OBSERVED, alert="episode-1", state=Affect.FATIGUED, since_s=1.0)

    board = board_of(standing)
    assert (board.state, board.alert) == (Affect.FATIGUED, "episode-1")
    assert not {"state", "since_s", "alert"} & set(to_plain(view_of(standing)))
    assert "fatigued" not in str(to_plain(view_of(standing)))
