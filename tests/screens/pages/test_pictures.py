"""Takes the pictures for the documents, into the folder that ``CLASSBOX_SHOTS`` names."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from tests.support.room_states import aim, coded_desk, desk, lesson
from tests.support.seat_states import CONTENT, STATES
from tests.support.staged_screens import StagedScreens

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    OpensPage = Callable[..., Page]

FOLDER = os.environ.get("CLASSBOX_SHOTS", "")
LARGEST = 80_000
LOSSLESS, LESS = 101, 90
"""Qualities; the second one for slopes of colour, such as those of a lock."""

COMMANDS = (
    *("break", "hint", "hint-open", "content", "easier", "harder"),
    *("unlock", "test", "called", "lock", "rest"),
)

PICTURES: dict[str, tuple[str, Mapping[str, Any], dict[str, Any]]] = {
    "seat": ("/seat", STATES["observed"], {}),
    "seat-hint": ("/seat", STATES["hint-open"], {}),
    "seat-lock": ("/seat", STATES["lock"], {}),
    "seat-rest": ("/seat", STATES["rest"], {}),
    "seat-german": ("/seat", STATES["break"], {"language": "de"}),
    "teacher": ("/teacher", lesson(), {}),
    "teacher-dark": ("/teacher", lesson(), {"color_scheme": "dark"}),
    "teacher-phone": ("/teacher", lesson(), {"width": 390, "height": 844}),
    "box": ("/box", desk(aim=aim()), {"width": 1280, "height": 1024}),
    "box-sheet": ("/box/sheet", coded_desk(6), {}),
    **{
        f"commands/{name}-{language}": ("/seat", STATES[name], {"language": language})
        for name in COMMANDS
        for language in ("en", "de")
    },
}


@pytest.mark.skipif(not FOLDER, reason="takes pictures; set CLASSBOX_SHOTS")
@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_small(screens: StagedScreens, open_page: "OpensPage", name: str) -> None:
    """Each shows a page as it is when it has settled."""
    path, state, options = PICTURES[name]
    screens.content = CONTENT
    screens.show({"/seat": "seat", "/teacher": "teacher"}.get(path, "box"), state)
    page = open_page(path, **options)
    page.wait_for_timeout(500)
    drawn = cv2.imdecode(np.frombuffer(page.screenshot(), np.uint8), cv2.IMREAD_COLOR)
    assert drawn is not None
    target = Path(FOLDER) / f"{name}.webp"
    target.parent.mkdir(parents=True, exist_ok=True)
    for quality in (LOSSLESS, LESS):
        cv2.imwrite(str(target), drawn, [cv2.IMWRITE_WEBP_QUALITY, quality])
        if target.stat().st_size <= LARGEST:
            return
    pytest.fail(f"{target}: {target.stat().st_size} bytes")
