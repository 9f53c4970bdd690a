"""Everybody can use every page: axe-core, narrow and zoomed, right to left, both languages."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.page_checks import lacking, settled, too_wide, violations
from tests.support.room_states import (
    aim,
    coded_desk,
    desk,
    lesson,
    live_lesson,
    no_lesson,
    paused_lesson,
    person,
    sick_desk,
)
from tests.support.staged_screens import StagedScreens

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    OpensPage = Callable[..., Page]

LOST_BOX = {"id": "box-1", "state": "lost", "reason": "no word"}
STRANGER = aim(faults=["dark"], people=[person("a1", 0.18, ["turned"]), person(None, 0.5, [])])
PAGES: Mapping[str, list[Mapping[str, Any]]] = {
    "/teacher": [
        live_lesson(),
        paused_lesson(),
        lesson(connected=False, boxes=[LOST_BOX]),
        lesson(seats=[], alerts=[], boxes=[], chart=[]),
        no_lesson(),
    ],
    "/box": [
        coded_desk() | {"aim": aim()},
        sick_desk() | {"aim": STRANGER},
        desk(boxes=[], certificates=[], terminals=[], audit=[]),
    ],
    "/box/sheet": [coded_desk(), desk()],
    "/": [{}],
    "/sign-in": [{}],
    "/enrol": [{}],
}


def showing(screens: StagedScreens, path: str, state: Mapping[str, Any]) -> None:
    """Have the page of a path show a state."""
    screens.show("teacher" if path == "/teacher" else "box", state)


@pytest.mark.long
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(screens: StagedScreens, open_page: "OpensPage", path: str) -> None:
    """In any state, in light and in dark."""
    showing(screens, path, PAGES[path][0])
    page = open_page(path, bypass_csp=True)  # axe-core is a script without a hash
    for state in PAGES[path]:
        showing(screens, path, state)
        settled(page)
        assert violations(page) == []


def test_axe_finds_nothing_in_what_opens(screens: StagedScreens, open_page: "OpensPage") -> None:
    """A seat's sheet with something told in it, the chart with its table, an error of a form."""
    screens.answers |= {"/teacher/request": (200, {"status": "refused", "detail": "on file"})}
    screens.answers |= {"/sign-in": (401, {})}
    screens.show("teacher", live_lesson())
    page = open_page("/teacher", bypass_csp=True)
    page.click("#chart-button")
    page.click("#chart summary")
    assert violations(page) == []
    page.click(".tile >> nth=0")
    page.click("#pause-seat")
    page.wait_for_selector("dialog .notice")
    assert violations(page) == []

    page = open_page("/sign-in", bypass_csp=True)
    page.fill("#name", "ada")
    page.fill("#password", "wrong")
    page.click("#go")
    page.wait_for_selector("#wrong .notice")
    assert violations(page) == []


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_wider_than_a_phone(
    screens: StagedScreens, open_page: "OpensPage", path: str
) -> None:
    """German, whose words are long: 320 px, and 200 % on a tablet, in every state."""
    showing(screens, path, PAGES[path][0])
    page = open_page(path, language="de", width=320, height=700)
    for state in PAGES[path]:
        showing(screens, path, state)
        for width in (320, 512):
            page.set_viewport_size({"width": width, "height": 700})
            settled(page)
            assert too_wide(page) == 0
        assert lacking(page) == []


def test_a_sheet_fits_a_phone(screens: StagedScreens, open_page: "OpensPage") -> None:
    """With its buttons in reach."""
    screens.show("teacher", lesson())
    page = open_page("/teacher", language="de", width=320, height=600)
    page.click(".tile >> nth=0")
    box = page.locator("dialog").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 320
    page.locator("#consent-refuse").scroll_into_view_if_needed()
    page.click("#consent-refuse")
    page.wait_for_selector("dialog .notice[data-tone=good]")


@pytest.mark.parametrize("path", ["/teacher", "/box", "/sign-in"])
def test_a_language_from_right_to_left_needs_nothing_of_its_own(
    screens: StagedScreens, open_page: "OpensPage", path: str
) -> None:
    """Mirrored, and as narrow as any; what it lacks is said in English."""
    showing(screens, path, PAGES[path][0])
    page = open_page(path, language="ar", width=320, height=700)
    settled(page)
    assert page.evaluate("document.dir") == "rtl"
    assert too_wide(page) == 0
    assert lacking(page) == []
    brand = page.locator(".brand").bounding_box()
    assert brand is not None
    assert brand["x"] + brand["width"] > 160  # on the right
