"""What is said of a seat: the first reason that holds, and nothing of what was seen in anybody."""

import dataclasses
import json
from dataclasses import replace
from typing import Any

import pytest

from appliance.cameras.reader import CameraState
from appliance.domain.affect import Affect
from appliance.domain.tokens import SeatStatus
from appliance.mqtt.contract.codec import to_plain
from appliance.mqtt.contract.seats import CalibrationState, ConsentWord, SeatView, Sight
from appliance.service.control.closures import Closure
from appliance.service.seats.stays import Stay
from appliance.service.seats.words import SeatFacts, board_of, view_of
from tests.support.facts import LIVE
from tests.support.rooms import A01

STAY = Stay(online=True, logged_in=True)
WATCHED = SeatFacts(
    stay=STAY,
    closed={},
    lesson=True,
    paused=False,
    reader=LIVE,
    status=SeatStatus.PRESENT,
    consent=ConsentWord.GIVEN,
    calibrated_s=None,
    exam=False,
)
OUT = Stay(online=True)
CONNECTING, LOST = (
    replace(LIVE, state=CameraState.CONNECTING),
    replace(LIVE, state=CameraState.LOST, last_error="no route"),
)
ENTIRELY_WRONG: dict[str, Any] = {
    "lesson": False,
    "closed": {Closure.PAUSE: "x", Closure.SWITCH: "y"},
    "paused": True,
    "reader": LOST,
    "status": SeatStatus.NO_CONSENT,
    "consent": ConsentWord.NOT_GIVEN,
}
ORDER: list[tuple[str, str, dict[str, Any]]] = [
    ("no-lesson", "not-observed", {"lesson": True}),
    ("room-paused", "paused", {"closed": {Closure.SWITCH: "y"}}),
    ("switch", "not-observed", {"closed": {}}),
    ("seat-paused", "paused", {"paused": False}),
    ("camera", "not-observed", {"reader": CONNECTING}),
    ("starting", "not-observed", {"reader": LIVE}),
    ("no-consent", "not-observed", {"consent": ConsentWord.GIVEN}),
    ("starting", "not-observed", {"status": SeatStatus.AMBIGUOUS}),
    ("not-seen", "not-observed", {"status": SeatStatus.PRESENT}),
    ("", "observed", {}),
]
"""From everything wrong at once: the reason, its word for the eye, and what puts it right."""


def test_reasons_come_in_order() -> None:
    """Whoever puts one thing right after the other reads the next."""
    facts, seen = replace(WATCHED, **ENTIRELY_WRONG), []
    for _, _, right in ORDER:
        view = view_of(facts)
        seen.append((view.reason.value, view.sight.value))
        facts = replace(facts, **right)

    assert seen == [(reason, sight) for reason, sight, _ in ORDER]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": None}, "starting"),
        ({"reader": replace(LIVE, state=CameraState.PAUSED)}, "starting"),
        ({"reader": replace(LIVE, black=True)}, "camera"),
        ({"reader": replace(LIVE, state=CameraState.ENDED)}, "camera"),
        ({"status": SeatStatus.CAMERA_LOST}, "camera"),
        ({"closed": {Closure.TIMETABLE: "exam, opens 10:00"}}, "switch"),
        ({"status": SeatStatus.ABSENT}, "not-seen"),
        ({"status": SeatStatus.ABSENT, "stay": OUT}, "nobody"),
        ({"consent": ConsentWord.WITHDRAWN, "stay": OUT}, "nobody"),
        ({"consent": ConsentWord.ON_FILE, "stay": OUT}, ""),
    ],
)
def test_each_reason_has_its_cause(changes: dict[str, Any], reason: str) -> None:
    """A camera that fails is no absence, and where the school has agreed nobody need log in."""
    assert view_of(replace(WATCHED, **changes)).reason.value == reason


@pytest.mark.parametrize(
    ("seen_s", "word", "left_s"),
    [
        (None, CalibrationState.NONE, None),
        (0.0, CalibrationState.RUNNING, 120.0),
        (0.2, CalibrationState.RUNNING, 120.0),
        (5.0, CalibrationState.RUNNING, 115.0),
        (119.8, CalibrationState.RUNNING, 5.0),
        (120.0, CalibrationState.DONE, None),
    ],
)
def test_the_two_minutes_are_counted(
    seen_s: float | None, word: CalibrationState, left_s: float | None
) -> None:
    """In steps, so that a room of students does not flood the broker."""
    view = view_of(replace(WATCHED, calibrated_s=seen_s))

    assert (view.calibration, view.calibrating_left_s) == (word, left_s)


def test_a_view_never_says_what_was_seen_in_a_student() -> None:
    """Whatever is known: its fields hold no state, no episode and no number of a model."""
    stay = Stay(
        online=True, logged_in=True, called=True, alert="e-77", state=Affect.FATIGUED, since_s=77.7
    )
    text = json.dumps(to_plain(view_of(replace(WATCHED, stay=stay, exam=True))))

    assert {field.name for field in dataclasses.fields(SeatView)} == {
        "sight", "reason", "consent", "calibration", "calibrating_left_s", "exam", "teacher_called",
    }  # fmt: skip
    assert not [word for word in (*Affect, "e-77", "77.7", "alert") if word in text]
    assert json.loads(text)["teacher_called"]


def test_a_board_has_what_a_teacher_may_know() -> None:
    """A state only of somebody who is looked at, and nothing outside of a lesson."""
    stay = replace(STAY, alert="e1", state=Affect.FATIGUED, since_s=5.0)
    seen = board_of(A01, replace(WATCHED, stay=stay))
    away = board_of(A01, replace(WATCHED, stay=replace(stay, online=False), paused=True))

    assert seen is not None
    assert away is not None
    assert (seen.terminal, seen.alert, seen.state, seen.since_s) == ("online", "e1", "fatigued", 5)
    assert (away.terminal, away.sight, away.state, away.since_s) == (
        "offline", Sight.PAUSED, None, None,
    )  # fmt: skip
    assert board_of(A01, replace(WATCHED, stay=stay, lesson=False)) is None
