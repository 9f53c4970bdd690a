"""What a page tells of an act goes again: by a button or a key, with its cause, or in time."""

from typing import TYPE_CHECKING

import pytest

from tests.support.page_checks import comes_true, settled
from tests.support.room_states import desk, lesson
from tests.support.staged_screens import StagedScreens
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    OpensPage = Callable[..., Page]

TOLD = ".telling .notice"
REFUSED = (200, {"status": "refused", "detail": ""})


def told_an_error(screens: StagedScreens, open_page: "OpensPage", language: str = "en") -> "Page":
    """Open IT's page with its clock held, and have a test refused."""
    screens.show("box", desk())
    screens.answers["/box/test-alert"] = REFUSED
    page = open_page("/box", language=language)
    page.clock.install()
    page.click(".seat-words button >> nth=0")
    page.wait_for_selector(f"{TOLD}[data-tone=mind]")
    return page


@pytest.mark.parametrize(("language", "close"), [("en", "Close"), ("de", "Schließen")])
def test_an_error_leaves_after_a_minute(
    screens: StagedScreens, open_page: "OpensPage", language: str, close: str
) -> None:
    """And has a button for who has read it before."""
    page = told_an_error(screens, open_page, language)
    page.mouse.move(1, 1)
    page.clock.run_for(55_000)
    assert page.locator(TOLD).count() == 1
    page.clock.run_for(6_000)
    assert page.locator(TOLD).count() == 0

    page.click(".seat-words button >> nth=0")
    page.click(f"{TOLD} button:has-text('{close}')")
    assert page.locator(TOLD).count() == 0


def test_nothing_leaves_while_it_is_pointed_at_or_has_the_focus(
    screens: StagedScreens, open_page: "OpensPage"
) -> None:
    """Who reads slowly is in no hurry; afterwards it leaves."""
    page = told_an_error(screens, open_page)
    page.hover(TOLD)
    page.clock.run_for(120_000)
    assert page.locator(TOLD).count() == 1
    page.focus(f"{TOLD} button")
    page.mouse.move(1, 1)
    page.clock.run_for(120_000)
    assert page.locator(TOLD).count() == 1
    page.locator(f"{TOLD} button").blur()
    page.clock.run_for(2_000)
    assert page.locator(TOLD).count() == 0


def test_escape_takes_what_is_told_and_leaves_the_dialog(
    screens: StagedScreens, open_page: "OpensPage"
) -> None:
    """In a seat's sheet, too: the key is for what has the focus."""
    screens.show("teacher", lesson())
    screens.answers["/teacher/request"] = REFUSED
    page = open_page("/teacher")
    page.click("#seats .tile >> nth=0")
    page.click("#pause-seat")
    page.focus(f"dialog {TOLD} button")
    page.keyboard.press("Escape")
    wait_until(lambda: page.locator(TOLD).count() == 0)
    settled(page)
    assert page.locator("dialog[open]").count() == 1


def test_no_connection_is_taken_back_when_there_is_one(open_page: "OpensPage") -> None:
    """Its cause is gone with the next state that comes."""
    with StagedScreens() as before:
        before.show("box", desk())
        page = open_page("/box", on=before)
        page.wait_for_selector(".seat-words button")
    page.click(".seat-words button >> nth=0")
    page.wait_for_selector(f"{TOLD}:has-text('cannot be reached')")
    page.mouse.move(1, 1)
    with StagedScreens(port=before.port) as again:
        again.show("box", desk())
        comes_true(page, f"document.querySelector('{TOLD}') === null")
        page.goto("about:blank")
