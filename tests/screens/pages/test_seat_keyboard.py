"""Every action of a student with the keyboard alone, and what a screen reader hears of it."""

import re
from typing import TYPE_CHECKING

from tests.support.page_checks import pressed, reach, settled
from tests.support.seat_states import (
    CONTENT,
    FIRST,
    SECOND,
    STATES,
    prompt,
    rest,
    rest_for_eyes,
    seated,
    unseen,
    waiting,
)
from tests.support.staged_screens import StagedScreens
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    OpensPage = Callable[..., Page]

LISTEN = """() => {
    window.said = [];
    const hear = (place) => new MutationObserver(() => {
        if (place.textContent) window.said.push(place.textContent);
    }).observe(place, { childList: true, subtree: true, characterData: true });
    hear(document.getElementById("polite"));
}"""


def focused(page: "Page") -> str:
    """Return the words of what has the focus."""
    words: str = page.evaluate("document.activeElement.innerText")
    return words


def kinds(screens: StagedScreens) -> list[tuple[object, object]]:
    """Return what was answered: id and kind."""
    return [(one["id"], one["kind"]) for path, one in screens.posts if path == "/seat/answer"]


def answered(screens: StagedScreens, count: int) -> list[tuple[object, object]]:
    """Wait for so many answers and return them."""
    wait_until(lambda: len(kinds(screens)) >= count)
    return kinds(screens)


def test_a_seat_needs_no_pointer(screens: StagedScreens, open_page: "OpensPage") -> None:
    """Beginning, pausing, agreeing, taking it back, the two minutes, leaving."""
    screens.show("seat", waiting())
    page = open_page("/seat")
    page.wait_for_selector(".welcome .primary")
    assert pressed(page, screens, ".welcome .primary") == {"here": True}
    screens.show("seat", unseen("no-consent", "not-given"))
    page.wait_for_selector(".columns")
    wait_until(lambda: focused(page) == "For you now")

    assert pressed(page, screens, ".box-card button:has(.icon-check)") == {"granted": True}
    screens.show("seat", seated(calibration="none"))
    wait_until(lambda: focused(page) == "Take it back")  # in the place of the other
    assert pressed(page, screens, ".box-card button:has(.icon-target)", "Space") == {}
    page.locator("#brand").click()  # from the top again
    assert pressed(page, screens, ".box-card button:has(.icon-pause)") == {"paused": True}
    screens.show("seat", seated(sight="paused", reason="seat-paused"))
    wait_until(lambda: focused(page) == "Go on")
    page.keyboard.press("Enter")
    wait_until(lambda: screens.posts[-1] == ("/seat/pause", {"paused": False}))
    reach(page, "[data-eyes-choice=dim]")
    page.keyboard.press("Space")
    assert page.get_attribute("html", "data-eyes") == "dim"
    page.keyboard.press("Space")
    page.locator("#brand").click()
    reach(page, "#language")
    assert pressed(page, screens, "#leave button") == {"here": False}
    screens.show("seat", waiting())
    wait_until(lambda: focused(page) == "Begin")


def test_a_hint_is_read_and_rated_without_a_pointer(
    screens: StagedScreens, open_page: "OpensPage"
) -> None:
    """The focus goes from step to step, and to the heading when nothing is left."""
    screens.content = CONTENT
    screens.show("seat", seated(prompts=(prompt("hint", topic="Fractions"),)))
    page = open_page("/seat")
    reach(page, ".prompt .primary")
    page.keyboard.press("Enter")
    wait_until(lambda: focused(page) == "A hint for you")
    reach(page, ".content a")
    assert page.get_attribute(".content a", "rel") == "noopener noreferrer"
    assert page.get_attribute(".content img", "alt", timeout=2000)
    reach(page, ".prompt .primary")
    page.keyboard.press("Enter")
    wait_until(lambda: focused(page) == "Did that help you?")
    reach(page, ".rating input")
    for key in ("Space", "ArrowRight", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    reach(page, ".prompt .primary")
    page.keyboard.press("Enter")
    wait_until(lambda: focused(page) == "Thank you!")
    assert answered(screens, 3) == [(FIRST, one) for one in ("accepted", "completed", "rated")]
    assert screens.posts[-1][1]["rating"] == 4
    assert all(one[1].get("after_s", 0) >= 0 for one in screens.posts)  # type: ignore[operator]
    page.wait_for_selector(".prompt", state="detached")
    assert focused(page) == "For you now"


def test_each_answer_goes_to_its_own_prompt(screens: StagedScreens, open_page: "OpensPage") -> None:
    """The newer one is above; after a no, the focus is on the other."""
    two = (rest_for_eyes(), prompt("adjust_difficulty", id=SECOND, step=-1))
    screens.show("seat", seated(prompts=two))
    page = open_page("/seat")
    wait_until(lambda: "2" in page.title())
    reach(page, ".prompt .row > .button:not(.primary)")
    page.keyboard.press("Enter")
    wait_until(lambda: focused(page) == "Time for a short break?")
    assert answered(screens, 1) == [(SECOND, "dismissed")]
    reach(page, ".prompt .primary")
    page.keyboard.press("Enter")
    wait_until(lambda: focused(page) == "Your break")
    assert answered(screens, 2)[1] == (FIRST, "accepted")
    assert plain(page.inner_text(".prompt [role=timer]")) in ("5:00", "4:59")
    screens.show("seat", seated())  # a server that has forgotten it
    settled(page)
    reach(page, ".prompt .primary")
    page.keyboard.press("Enter")
    reach(page, ".prompt .button.quiet")
    page.keyboard.press("Enter")
    assert answered(screens, 3)[2:] == [(FIRST, "completed")]
    page.wait_for_selector(".quiet-now")


def test_what_asks_nothing_is_closed(screens: StagedScreens, open_page: "OpensPage") -> None:
    """A teacher's unlocking and a test."""
    screens.show("seat", seated(prompts=(prompt("unlock_screen"), prompt("test", id=SECOND))))
    page = open_page("/seat")
    for _ in range(2):
        reach(page, ".prompt .primary")
        page.keyboard.press("Enter")
    assert answered(screens, 3) == [
        (SECOND, "accepted"),
        (SECOND, "completed"),
        (FIRST, "accepted"),
    ]


def test_a_rest_is_left_with_its_button_or_with_escape(
    screens: StagedScreens, open_page: "OpensPage"
) -> None:
    """And the focus goes back to where it was."""
    screens.show("seat", seated())
    page = open_page("/seat")
    for identity, key in ((FIRST, "Escape"), (SECOND, "Enter")):
        page.locator("#brand").click()
        reach(page, ".box-card button:has(.icon-pause)")
        screens.show("seat", seated(hold=rest(id=identity)))
        wait_until(lambda: focused(page) == "A real break")
        page.keyboard.press("Tab")
        assert focused(page) == "I want to go on now"
        page.keyboard.press(key)
        page.wait_for_selector(".cover", state="detached")
        assert focused(page) == "Pause me"
    assert answered(screens, 2) == [(FIRST, "dismissed"), (SECOND, "dismissed")]


def test_what_is_new_is_said_once(screens: StagedScreens, open_page: "OpensPage") -> None:
    """However often the same state comes; a change of what the box sees is said, too."""
    screens.show("seat", seated())
    page = open_page("/seat")
    page.wait_for_selector(".box-card[class]")
    settled(page)
    page.evaluate(LISTEN)
    asks = seated(prompts=(prompt("hint"),))
    for state in (asks, asks, asks | {"view": seated(teacher_called=True)["view"]}):
        screens.show("seat", state)
        settled(page)
    assert said(page) == ["New: Need a hint?"]
    screens.show("seat", seated(sight="paused", reason="room-paused"))
    wait_until(lambda: "Paused" in said(page))
    assert len(said(page)) == 2


def plain(words: str) -> str:
    """Return words without the marks that keep directions apart."""
    return re.sub("[\u2068\u2069]", "", words)


def said(page: "Page") -> list[str]:
    """Return what was announced."""
    words: list[str] = page.evaluate("window.said")
    return [plain(one) for one in words]


def test_what_the_box_refuses_is_said_beside_the_button(
    screens: StagedScreens, open_page: "OpensPage"
) -> None:
    """In words, in a live region of its own."""
    screens.answers["/seat/consent"] = (200, {"status": "refused", "detail": "on file"})
    screens.answers["/seat/pause"] = (500, {})
    screens.show("seat", STATES["unseen-no-consent"])
    page = open_page("/seat")
    page.click(".box-card button:has(.icon-check)")
    page.wait_for_selector("[role=status]:has-text('The box said no. Ask your teacher.')")
    page.click(".box-card button:has(.icon-pause)")
    page.wait_for_selector("[role=status]:has-text('This is kept')")  # a no is not lost
    screens.answers.clear()
    wait_until(lambda: len([one for one in screens.posts if one[0] == "/seat/pause"]) > 1)
    page.wait_for_selector("text=This is kept", state="hidden")
