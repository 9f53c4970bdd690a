"""Takes the pictures for the documents, into the folder that ``CLASSBOX_SHOTS`` names."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from tests.support.room_states import aim, coded_desk, desk, lesson, live_lesson
from tests.support.staged_screens import StagedScreens

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    OpensPage = Callable[..., Page]

FOLDER = os.environ.get("CLASSBOX_SHOTS", "")
LARGEST = 100_000
LOSSLESS = 101
PICTURES: dict[str, tuple[str, dict[str, Any], str, dict[str, Any]]] = {
    "teacher": ("/teacher", lesson(), "", {}),
    "teacher-dark": ("/teacher", lesson(), "", {"color_scheme": "dark"}),
    "teacher-phone": ("/teacher", lesson(), "", {"width": 390, "height": 844}),
    "teacher-seat": ("/teacher", lesson(), ".tile >> nth=3", {}),
    "teacher-chart": ("/teacher", live_lesson(), "#chart-button", {}),
    "box": ("/box", desk(), "", {}),
    "box-aim": ("/box", desk(aim=aim()), ".parts a[href='#aim']", {"language": "de"}),
    "box-sheet": ("/box/sheet", coded_desk(6), "", {}),
    "sign-in": ("/sign-in", {}, "", {}),
}


@pytest.mark.skipif(not FOLDER, reason="takes pictures; set CLASSBOX_SHOTS")
@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_small(screens: StagedScreens, open_page: "OpensPage", name: str) -> None:
    """Each shows a page as it is when it has settled."""
    path, state, clicked, options = PICTURES[name]
    screens.show("teacher" if path == "/teacher" else "box", state)
    page = open_page(path, **options)
    if clicked:
        page.click(clicked)
    page.wait_for_timeout(500)
    drawn = cv2.imdecode(np.frombuffer(page.screenshot(), np.uint8), cv2.IMREAD_COLOR)
    assert drawn is not None
    target = Path(FOLDER) / f"{name}.webp"
    target.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(target), drawn, [cv2.IMWRITE_WEBP_QUALITY, LOSSLESS])
    assert target.stat().st_size <= LARGEST
