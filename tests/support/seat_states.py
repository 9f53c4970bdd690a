"""States of a seat's page, as the server sends them."""

from collections.abc import Mapping
from typing import Any

FIRST = "01980000-0000-7000-8000-00000000000a"
SECOND = "01980000-0000-7000-8000-00000000000b"

CONTENT: Mapping[str, Any] = {
    "title": "Fractions: three quarters on a number line",
    "paragraphs": [
        "Draw a line from 0 to 1 and cut it into four equal parts.",
        "Each part is one quarter. Now walk three of them from the left: how far are you?",
    ],
    "picture": "/seat/content/picture/hint/fractions",
    "link": "https://lms.school.example/fractions",
}


def view(**changes: object) -> dict[str, Any]:
    """Return what a box tells a seat that it observes."""
    row = {
        "sight": "observed",
        "reason": "",
        "consent": "given",
        "calibration": "done",
        "calibrating_left_s": None,
        "teacher_called": False,
    }
    return {**row, **changes}


def seated(
    *,
    prompts: tuple[Mapping[str, Any], ...] = (),
    hold: Mapping[str, Any] | None = None,
    **changes: object,
) -> dict[str, Any]:
    """Return somebody who works and is observed; further words change what the box tells."""
    return {
        "here": True,
        "connected": True,
        "away": False,
        "exam": False,
        "pause_ended": False,
        "view": view(**changes),
        "prompts": list(prompts),
        "hold": hold,
    }


def unseen(reason: str, consent: str = "given") -> dict[str, Any]:
    """Return somebody who is not observed."""
    return seated(sight="not-observed", reason=reason, consent=consent)


def waiting() -> dict[str, Any]:
    """Return a seat before somebody begins."""
    return seated(sight="not-observed", reason="nobody", consent="not-given") | {"here": False}


def exam() -> dict[str, Any]:
    """Return a seat in an exam."""
    return seated() | {"exam": True}


def prompt(kind: str, **changes: object) -> dict[str, Any]:
    """Return a prompt that is asked."""
    row = {
        "id": FIRST,
        "kind": kind,
        "topic": "",
        "step": None,
        "timer_s": None,
        "eye_settings": False,
        "stage": "asked",
    }
    return {**row, **changes}


def rest_for_eyes(**changes: object) -> dict[str, Any]:
    """Return a break of five minutes with the page's settings beside it."""
    return prompt("focus_break", timer_s=300.0, eye_settings=True, **changes)


def lock(**changes: object) -> dict[str, Any]:
    """Return a lock of half a minute."""
    row = {
        "id": FIRST,
        "kind": "lock_screen",
        "left_s": 30.0,
        "whole_s": 30.0,
        "escape": False,
        "cover": "page",
    }
    return {**row, **changes}


def rest(**changes: object) -> dict[str, Any]:
    """Return a rest of five minutes that one may leave."""
    row = {"kind": "mandatory_rest", "left_s": 300.0, "whole_s": 300.0, "escape": True}
    return lock(**row) | changes


_STATES: Mapping[str, dict[str, Any]] = {
    "waiting": waiting(),
    "observed": seated(),
    **{
        f"unseen-{reason}": unseen(reason, "not-given" if reason == "no-consent" else "given")
        for reason in ("no-consent", "not-seen", "camera", "starting", "switch", "no-lesson")
    },
    "paused-room": seated(sight="paused", reason="room-paused"),
    "paused-seat": seated(sight="paused", reason="seat-paused"),
    "on-file": seated(consent="on-file"),
    "withdrawn": unseen("no-consent", "withdrawn"),
    "uncalibrated": seated(calibration="none"),
    "calibrating": seated(calibration="running", calibrating_left_s=75.0),
    "exam": exam(),
    "called": seated(teacher_called=True),
    "no-broker": seated() | {"connected": False},
    "pause-ended": seated() | {"pause_ended": True},
    "box-away": seated() | {"away": True},
    "no-view": seated() | {"view": None},
    "break": seated(prompts=(rest_for_eyes(),)),
    "break-plain": seated(prompts=(prompt("focus_break"),)),
    "break-running": seated(prompts=(rest_for_eyes(stage="accepted"),)),
    "hint": seated(prompts=(prompt("hint", topic="Fractions"),)),
    "hint-open": seated(prompts=(prompt("hint", topic="Fractions", stage="accepted"),)),
    "content": seated(prompts=(prompt("push_content", topic="Fractions"),)),
    "easier": seated(prompts=(prompt("adjust_difficulty", step=-1),)),
    "harder": seated(prompts=(prompt("adjust_difficulty", step=1),)),
    "unlock": seated(prompts=(prompt("unlock_screen"),)),
    "test": seated(prompts=(prompt("test"),)),
    "two": seated(prompts=(rest_for_eyes(), prompt("hint", id=SECOND)), teacher_called=True),
    "lock": seated(hold=lock()),
    "lock-veyon": seated(hold=lock(cover="veyon")),
    "lock-notice": seated(hold=lock(cover="notice")),
    "rest": seated(hold=rest()),
    "rest-notice": seated(hold=rest(cover="notice")),
}


def _told_apart(name: str, state: dict[str, Any]) -> dict[str, Any]:
    prompts = [{**one, "id": f"{one['id']}-{name}"} for one in state["prompts"]]
    hold = state["hold"]
    if hold is not None:
        hold = {**hold, "id": f"{hold['id']}-{name}"}
    return {**state, "prompts": prompts, "hold": hold}


STATES: Mapping[str, Mapping[str, Any]] = {
    name: _told_apart(name, state) for name, state in _STATES.items()
}
"""All that a page can be told, by name; no two have the same ids."""
