"""IT's page says each thing once and truly: problems, tests that nobody sees, whom it shows."""

from typing import TYPE_CHECKING

import pytest

from tests.support.room_states import aim, camera, desk, health
from tests.support.staged_screens import StagedScreens

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    OpensPage = Callable[..., Page]

LOAD = "load: degraded to pose 7.5 Hz, expression 15 Hz: 4% of the frames were dropped"
WORSE = "load: degraded to pose 5 Hz, expression 5 Hz: 31% of the frames were dropped"
PAUSED = "pause: asked for by teacher/t1: fire drill"


def test_a_problem_is_told_once(screens: StagedScreens, open_page: "OpensPage") -> None:
    """The status has it in older words; what keeps the cameras closed is in the status alone."""
    state = desk()
    (box,) = state["boxes"]
    screens.show("box", state)
    page = open_page("/box")
    for status, problems, told in (
        (("degraded", LOAD), [WORSE], [WORSE]),
        (("degraded", LOAD), [], [LOAD]),
        (("paused", f"{PAUSED}; {LOAD}"), [WORSE], [f"{PAUSED}; {LOAD}"]),
        (("paused", PAUSED), [WORSE], [PAUSED, WORSE]),
        (("ready", ""), [], []),
    ):
        box |= {
            "status": dict(zip(("state", "reason"), status, strict=True)),
            "health": health(problems=problems),
        }
        screens.show("box", state)
        said = f".box:has(.problems:not(:has(li:nth-child({len(told) + 1}))))"
        for line in told:
            said += f":has(.problems li span:text-is('{line}'))"
        page.wait_for_selector(said)


def test_shares_are_of_what_could_be_there(screens: StagedScreens, open_page: "OpensPage") -> None:
    """Seats together look at more frames than cameras send; of those a share has a meter."""
    frames = {"sent": 1000, "looked-at": 4000, "pose": 2000, "expression": 4000}
    state = desk()
    state["boxes"][0]["health"] = health(cameras={"front": camera(frames=frames)})
    screens.show("box", state)
    page = open_page("/box")
    page.wait_for_selector(".funnel li")

    meters = page.locator(".funnel li").evaluate_all(
        "rows => rows.map((row) => row.querySelector('meter'))"
        ".map((meter) => meter && meter.value / meter.max)"
    )
    assert meters[:4] == [None, None, 0.5, 1.0]


def test_a_test_that_nobody_sees_says_so(screens: StagedScreens, open_page: "OpensPage") -> None:
    """Until the next thing that is told."""
    screens.show("box", desk())
    page = open_page("/box")
    page.click(".seat-words button >> nth=0")
    page.wait_for_selector(".telling [data-tone=good]:has-text('Test message sent.')")

    detail = "unattended: nobody is logged in on terminal pc-01"
    screens.answers["/box/test-alert"] = (200, {"status": "done", "detail": detail})
    page.click(".seat-words button:not([aria-disabled]) >> nth=0")
    page.wait_for_selector(".telling [data-tone=mind]:has-text('Sent, but nobody is at this')")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("enrol the browser with a code", "press \u201cBegin\u201d there")),
        ("de", ("mit einem Code anmelden", "auf \u201eAnfangen\u201c drücken")),
    ],
)
def test_a_test_that_nobody_sees_says_what_to_do(
    screens: StagedScreens, open_page: "OpensPage", language: str, words: tuple[str, str]
) -> None:
    """In the words that stand on the buttons of the seat's page."""
    screens.show("box", desk())
    detail = "unattended: nobody is logged in on terminal pc-01"
    screens.answers["/box/test-alert"] = (200, {"status": "done", "detail": detail})
    page = open_page("/box", language=language)
    page.click(".seat-words button >> nth=0")
    page.wait_for_selector(".telling [data-tone=mind]")
    said = page.inner_text(".telling")

    assert all(word in said for word in words)


def test_whoever_says_no_leaves_the_canvas_at_once(
    screens: StagedScreens, open_page: "OpensPage"
) -> None:
    """With the box's reason; where nothing is said any more, that is said."""
    screens.show("box", desk())
    page = open_page("/box")
    page.wait_for_selector("#aim-why:has-text('Choose a camera')")
    screens.show("box", desk(aim=aim()))
    page.wait_for_selector(".canvas .figure")

    why = "consent was refused on seat a1"
    screens.show("box", desk(aim=aim(people=[], remaining_s=0, ended=why)))
    page.wait_for_selector("#aim-why:has-text('nobody is shown. Consent was refused on seat')")
    assert page.locator(".canvas .figure").count() == 0
    assert page.locator("#aim-start").is_visible()
    screens.show("box", desk())
    page.wait_for_selector("#aim-why:has-text('Choose a camera')")

    screens.show("box", desk(aim=aim()))
    page.wait_for_selector(".canvas .figure")
    screens.show("box", desk())
    page.wait_for_selector("#aim-why:has-text('Nothing has come from the box')")
    assert page.locator(".canvas .figure").count() == 0


def test_what_is_told_lies_beside_the_fields_of_the_regions(
    screens: StagedScreens, open_page: "OpensPage"
) -> None:
    """A sentence that stays covers no number that somebody types."""
    screens.show("box", desk(aim=aim()))
    screens.answers["/box/test-alert"] = (200, {"status": "refused", "detail": "an exam is on"})
    page = open_page("/box")
    page.click(".seat-words button >> nth=0")
    page.wait_for_selector(".telling [data-tone=mind]")
    page.locator(".sides input").last.evaluate("it => it.scrollIntoView({ block: 'end' })")

    told = page.locator(".telling").bounding_box()
    assert told is not None
    for field in page.locator(".sides input").all():
        place = field.bounding_box()
        assert place is not None
        assert place["x"] + place["width"] <= told["x"] or place["y"] + place["height"] <= told["y"]
