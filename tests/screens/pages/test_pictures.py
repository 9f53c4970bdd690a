"""Takes the pictures of docs/SCREENS.md: ``CLASSBOX_SHOTS=docs/screens pytest …``."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.room_states import aim, coded_desk, desk, lesson, live_lesson
from tests.support.seat_states import CONTENT, STATES
from tests.support.staged_screens import StagedScreens

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    OpensPage = Callable[..., Page]

FOLDER = os.environ.get("CLASSBOX_SHOTS", "")
LARGEST = 100_000
DARK: dict[str, Any] = {"color_scheme": "dark"}
PHONE: dict[str, Any] = {"width": 390, "height": 844}
COMMANDS = ("break", "hint", "hint-open", "content", "easier", "harder", "unlock", "test", "lock")
SEATS: dict[str, tuple[str, dict[str, Any]]] = {
    **{name: (name, {"language": "en"}) for name in ("waiting", "observed", "exam", "rest")},
    **{name: (name, {"language": "en"}) for name in COMMANDS},
    **{f"{name}-de": (name, {"language": "de"}) for name in (*COMMANDS, "rest")},
    "lock-notice": ("lock-notice", {}),
    "two-dark": ("two", {**DARK, **PHONE}),
    "calibrating-dark": ("calibrating", DARK),
    "paused-phone": ("paused-seat", PHONE),
    "hint-phone": ("hint-open", {**PHONE, **DARK}),
}
"""Of a seat: every command in both languages, and what else there is to see."""

PICTURES: dict[str, tuple[str, Any, str, dict[str, Any]]] = {
    "teacher": ("/teacher", lesson(), "", {}),
    "teacher-dark": ("/teacher", lesson(), "", {"color_scheme": "dark"}),
    "teacher-phone": ("/teacher", lesson(), "", {"width": 390, "height": 844}),
    "teacher-seat": ("/teacher", lesson(), ".tile >> nth=3", {}),
    "teacher-chart": ("/teacher", live_lesson(), "#chart-button", {}),
    "box": ("/box", desk(), "", {}),
    "box-aim": ("/box", desk(aim=aim()), ".parts a[href='#aim']", {"language": "de"}),
    "box-sheet": ("/box/sheet", coded_desk(6), "", {}),
    "sign-in": ("/sign-in", {}, "", {}),
    **{
        f"seat-{name}": ("/seat", STATES[state], "", {"width": 1280, "height": 800, **options})
        for name, (state, options) in SEATS.items()
    },
}


@pytest.mark.skipif(not FOLDER, reason="takes pictures; set CLASSBOX_SHOTS")
@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_small(screens: StagedScreens, open_page: "OpensPage", name: str) -> None:
    """Each shows a page as it is when it has settled."""
    path, state, clicked, options = PICTURES[name]
    screens.show({"/teacher": "teacher", "/seat": "seat"}.get(path, "box"), state)
    screens.content = CONTENT
    page = open_page(path, **options)
    if clicked:
        page.click(clicked)
    page.wait_for_timeout(500)
    target = Path(FOLDER) / f"{name}.png"
    target.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=target)
    assert target.stat().st_size <= LARGEST
