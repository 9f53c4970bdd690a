"""Every action of teachers and IT with the keyboard alone."""

import json
from typing import TYPE_CHECKING

import pytest

from tests.support.page_checks import comes_true, pressed, reach
from tests.support.room_states import aim, desk, lesson
from tests.support.staged_screens import StagedScreens
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    OpensPage = Callable[..., Page]


def test_a_teacher_needs_no_pointer(screens: StagedScreens, open_page: "OpensPage") -> None:
    """From the toolbar over a seat's sheet to an alert's answer."""
    screens.show("teacher", lesson())
    page = open_page("/teacher")
    page.wait_for_selector(".tile")

    assert pressed(page, screens, "#pause-room") == {"command": "pause"}
    assert pressed(page, screens, "#unlock-all", "Space") == {"command": "unlock-all"}
    assert pressed(page, screens, "#exam-mode") == {"command": "exam", "on": True}
    reach(page, "#chart-button")
    page.keyboard.press("Enter")
    page.wait_for_selector(".plot svg")
    reach(page, "summary")
    page.keyboard.press("Enter")
    assert page.locator("#chart tbody tr").first.is_visible()
    reach(page, "#show-unobserved")
    page.keyboard.press("Space")
    reach(page, ".tile")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open]")

    seat = {"seat": "a4"}
    assert pressed(page, screens, "#pause-seat") == {"command": "pause", **seat}
    assert pressed(page, screens, "#exam-seat") == {"command": "exam", "on": True, **seat}
    assert pressed(page, screens, "#unlock-seat") == {"command": "unlock-all", **seat}
    assert pressed(page, screens, "#test-seat") == {"command": "test-alert", **seat}
    reach(page, "#reference")
    page.keyboard.type("2026-117")
    page.keyboard.press("Enter")
    wait_until(lambda: screens.posts[-1][1].get("reference") == "2026-117")
    refusal = {"command": "consent", "granted": False, **seat}
    assert pressed(page, screens, "#consent-refuse") == refusal
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.matches('.tile')")  # where the sheet was opened

    verdict = {"alert": "alert-c2", "verdict": "wrong"}
    assert pressed(page, screens, "[data-what=wrong]") == verdict


def test_the_sheet_keeps_what_is_typed_while_the_room_changes(
    screens: StagedScreens, open_page: "OpensPage"
) -> None:
    """States come every second; neither text nor focus may go."""
    screens.show("teacher", lesson())
    page = open_page("/teacher")
    page.click(".tile >> nth=3")
    page.fill("#reference", "2026-1")
    changed = lesson(exam=True)
    changed["seats"][3] |= {"exam": True, "sight": "paused", "reason": "seat-paused"}
    screens.show("teacher", changed)
    page.wait_for_selector("dialog :text('on for this seat')")
    page.keyboard.type("17")
    assert page.input_value("#reference") == "2026-117"


def test_it_needs_no_pointer(screens: StagedScreens, open_page: "OpensPage") -> None:
    """Test messages, codes, signing out, aiming, regions."""
    screens.show("box", desk())
    screens.answers["/box/codes"] = (200, {"codes": [{}]})
    page = open_page("/box")
    page.wait_for_selector("tbody .choice")

    assert pressed(page, screens, ".seat-words button") == {"seat": "a1"}
    assert pressed(page, screens, "#codes-all") == {"terminals": None}
    reach(page, "tbody .choice input")
    page.keyboard.press("Space")
    reach(page, ".sign-out")
    page.keyboard.press("Enter")  # asks once more
    page.wait_for_selector(".sign-out:has-text('Really')")
    page.keyboard.press("Enter")
    wait_until(lambda: screens.posts[-1] == ("/box/revoke", {"terminal": "terminal-01"}))
    assert pressed(page, screens, "#aim-start") == {"camera": "back", "on": True}
    screens.show("box", desk(aim=aim()))
    page.wait_for_selector(".region")
    page.locator("h1").click()  # from the top again
    assert pressed(page, screens, "#codes-chosen") == {"terminals": ["terminal-01"]}
    assert pressed(page, screens, "#aim-stop") == {"camera": "front-left", "on": False}

    reach(page, ".region")
    for key in ("ArrowRight", "ArrowDown", "Shift+ArrowLeft", "ArrowLeft", "ArrowUp", "Tab"):
        page.keyboard.press(key)
    assert "region = [0.02, 0.09, 0.33, 0.99]" in page.input_value("#toml")
    reach(page, ".sides input")
    page.keyboard.press("Control+A")
    page.keyboard.type("5.5")
    reach(page, "#copy-toml")
    assert "region = [0.055, 0.09, 0.33, 0.99]" in page.input_value("#toml")
    page.keyboard.press("Enter")
    page.wait_for_selector(".telling .notice")
    page.locator("h1").click()
    reach(page, "#reset-regions")
    page.keyboard.press("Enter")
    assert "region = [0.02, 0.1, 0.34, 1.0]" in page.input_value("#toml")


def test_a_region_follows_the_pointer_and_stays_in_the_picture(
    screens: StagedScreens, open_page: "OpensPage"
) -> None:
    """Dragged by its middle it moves, by its corner it grows; a new frame does not undo that."""
    screens.show("box", desk(aim=aim()))
    page = open_page("/box")
    page.locator(".canvas").scroll_into_view_if_needed()
    canvas = page.locator(".canvas").bounding_box()
    assert canvas is not None

    def drag(begin: tuple[float, float], by: tuple[float, float]) -> None:
        x, y = canvas["x"] + begin[0] * canvas["width"], canvas["y"] + begin[1] * canvas["height"]
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + by[0] * canvas["width"], y + by[1] * canvas["height"], steps=4)
        page.mouse.up()

    drag((0.8, 0.5), (0.5, -0.5))  # a3: beyond the edge
    drag((0.32, 0.97), (-0.1, -0.2))  # a1: its corner
    screens.show("box", desk(aim=aim(remaining_s=200)))
    page.wait_for_selector("#aim [data-l10n-args*='\"seconds\":20']")

    regions = [json.loads(line[9:]) for line in page.input_value("#toml").splitlines()[1::3]]
    assert regions[2] == pytest.approx([0.68, 0.0, 1.0, 0.9], abs=0.01)
    assert regions[0] == pytest.approx([0.02, 0.1, 0.24, 0.8], abs=0.01)


def test_signing_in_needs_no_pointer(screens: StagedScreens, open_page: "OpensPage") -> None:
    """The first field has the focus; an error is said and leads back to the field."""
    page = open_page("/sign-in")
    comes_true(page, "document.activeElement.id === 'name'")
    page.keyboard.type("ada")
    page.keyboard.press("Enter")
    page.wait_for_selector("#wrong:has-text('Please fill in name and password.')")
    assert page.evaluate("document.activeElement.id") == "password"
    screens.answers["/sign-in"] = (401, {})
    page.keyboard.type("no")
    page.keyboard.press("Enter")
    page.wait_for_selector("#wrong:has-text('Name or password is wrong.')")
    assert page.evaluate("document.activeElement.id") == "password"
    screens.answers["/sign-in"] = (200, {"go": "/enrol"})
    page.keyboard.type("correct")
    page.keyboard.press("Enter")
    page.wait_for_url("**/enrol")
    assert screens.posts[-1] == ("/sign-in", {"name": "ada", "password": "correct"})


def test_signing_in_never_leads_to_another_site(
    screens: StagedScreens, open_page: "OpensPage"
) -> None:
    """Whatever came as the answer."""
    page = open_page("/sign-in")
    page.fill("#name", "ada")
    page.fill("#password", "x")
    for go in ("https://evil.example/", "//evil.example", "/\\evil.example", None):
        screens.answers["/sign-in"] = (200, {"go": go})
        page.evaluate("document.getElementById('wrong').replaceChildren()")
        page.click("#go:not([aria-disabled])")
        page.wait_for_selector("#wrong .notice")
        assert page.url == f"{screens.origin}/sign-in"


def test_a_code_comes_from_the_fragment_and_leaves_the_history(
    screens: StagedScreens, open_page: "OpensPage"
) -> None:
    """Typed or scanned, with dashes and small letters, it is posted plain."""
    screens.answers["/enrol"] = (200, {"go": "/sign-in"})
    page = open_page("/enrol#7kq2m-pxrrt")
    comes_true(page, "document.activeElement.id === 'code'")
    assert page.input_value("#code") == "7KQ2MPXRRT"
    assert page.url == f"{screens.origin}/enrol"
    page.fill("#code", "7KQ")
    page.keyboard.press("Enter")
    page.wait_for_selector("#wrong:has-text('10 letters')")
    page.fill("#code", "7kq2m-pxrrt")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in")
    assert screens.posts == [("/enrol", {"code": "7KQ2MPXRRT"})]
