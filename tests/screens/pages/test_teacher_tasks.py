"""Ten tasks of a teacher, each within two clicks; typing a form's reference is not a click."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.page_checks import violations
from tests.support.room_states import alert, exam_lesson, lesson, now_s, paused_lesson
from tests.support.staged_screens import StagedScreens
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    OpensPage = Callable[..., Page]

MOST_CLICKS = 2
TILE = "#seats .tile:has(.name:text-is('{}'))"

TASKS: Mapping[str, tuple[Mapping[str, Any], list[str], str, Mapping[str, Any]]] = {
    "pause the room": (lesson(), ["#pause-room"], "/teacher/request", {"command": "pause"}),
    "resume the room": (
        paused_lesson(),
        ["#pause-room"],
        "/teacher/request",
        {"command": "resume"},
    ),
    "answer an alert": (
        lesson(),
        ["#alerts li:first-child [data-what=useful]"],
        "/teacher/verdict",
        {"alert": "alert-c2", "verdict": "useful"},
    ),
    "unlock all": (lesson(), ["#unlock-all"], "/teacher/request", {"command": "unlock-all"}),
    "exam on": (lesson(), ["#exam-mode"], "/teacher/request", {"command": "exam", "on": True}),
    "exam off": (
        exam_lesson(),
        ["#exam-mode"],
        "/teacher/request",
        {"command": "exam", "on": False},
    ),
    "pause one seat": (
        lesson(),
        [TILE.format("a1"), "#pause-seat"],
        "/teacher/request",
        {"command": "pause", "seat": "a1"},
    ),
}
"""What is shown, what is clicked, and what must arrive once."""


def clicks(page: "Page", selectors: list[str]) -> int:
    """Click them one by one; return how many clicks that were."""
    for selector in selectors:
        page.click(selector)
    return len(selectors)


@pytest.mark.parametrize("task", TASKS)
def test_a_task_takes_at_most_two_clicks(
    screens: StagedScreens, open_page: "OpensPage", task: str
) -> None:
    """What is posted is the task and nothing else."""
    state, selectors, path, body = TASKS[task]
    screens.show("teacher", state)
    page = open_page("/teacher")

    assert clicks(page, selectors) <= MOST_CLICKS
    wait_until(lambda: bool(screens.posts))
    page.wait_for_selector(".telling .notice[data-tone=good]")
    assert screens.posts == [(path, body)]


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Over: the seat is paused"), ("de", "Vorbei: Der Platz ist")]
)
def test_an_alert_whose_seat_is_paused_says_that_it_is_over(
    screens: StagedScreens, open_page: "OpensPage", language: str, words: str
) -> None:
    """It does not ask to look in, and can still be answered."""
    screens.show("teacher", lesson(alerts=[alert("c2", priority="highest")]))
    page = open_page("/teacher", language=language, bypass_csp=True)
    page.wait_for_selector("#alerts li .tag[data-tone=bad]")

    over = alert("c2", priority="highest", phase="cleared")
    screens.show("teacher", lesson(alerts=[over]))
    page.wait_for_selector(f"#alerts li .tag:has-text('{words}')")
    assert page.locator("#alerts .tag[data-tone=bad]").count() == 0
    assert page.locator("#alerts [data-what=useful]").is_visible()
    assert violations(page) == []


def test_consent_on_paper_takes_two_clicks_and_the_reference(
    screens: StagedScreens, open_page: "OpensPage"
) -> None:
    """Without a reference nothing is sent; with one it goes along."""
    screens.show("teacher", lesson())
    page = open_page("/teacher")
    page.click(TILE.format("a4"))
    page.click("#consent-give")
    assert page.locator("#reference").evaluate("it => it === document.activeElement")
    assert screens.posts == []
    page.keyboard.press("Escape")

    count = clicks(page, [TILE.format("a4")])
    page.fill("#reference", "2026-117")
    count += clicks(page, ["#consent-give"])

    wait_until(lambda: bool(screens.posts))
    assert count <= MOST_CLICKS
    said = {"command": "consent", "seat": "a4", "granted": True, "reference": "2026-117"}
    assert screens.posts == [("/teacher/request", said)]


def test_who_is_not_observed_is_one_click_away_with_the_reason(
    screens: StagedScreens, open_page: "OpensPage"
) -> None:
    """Only they are shown."""
    screens.show("teacher", lesson())
    page = open_page("/teacher")

    assert clicks(page, ["#show-unobserved"]) <= MOST_CLICKS
    names = page.locator("#seats .name").all_inner_texts()
    assert names == ["a4", "b2", "b6", "c1", "c5", "d3"]
    assert "no consent" in page.locator(TILE.format("a4")).inner_text()
    assert page.locator("#show-unobserved .count").inner_text() == "6"


def test_whether_the_box_is_well_takes_no_click(
    screens: StagedScreens, open_page: "OpensPage"
) -> None:
    """The line says it, and says when it is not."""
    screens.show("teacher", lesson())
    page = open_page("/teacher")
    page.wait_for_selector("#health:has-text('The box is well.')")

    lost = {"id": "box-1", "state": "lost", "reason": ""}
    screens.show("teacher", lesson(boxes=[lost]))
    page.wait_for_selector("#health:has-text('does not answer')")


def test_one_answer_counts_for_all_seats_of_a_card(
    screens: StagedScreens, open_page: "OpensPage"
) -> None:
    """Seats whose alerts came together share a card and its buttons."""
    screens.show("teacher", lesson())
    page = open_page("/teacher")
    card = "#alerts li:has([data-what='seat d1'])"
    assert page.locator(f"{card} .seat-name").all_inner_texts() == ["d1", "d2"]

    page.click(f"{card} [data-what=not-now]")
    wait_until(lambda: len(screens.posts) == 2)
    assert sorted(str(body["alert"]) for _, body in screens.posts) == ["alert-d1", "alert-d2"]


REFUSALS: list[tuple[int, Mapping[str, Any], str]] = [
    (200, {"status": "refused", "detail": "on file"}, "The box refused this. on file"),
    (200, {"status": "timeout", "detail": ""}, "The box did not answer."),
    (401, {}, "You are signed out."),
    (429, {}, "That was too fast."),
]


def test_what_was_not_done_is_said(screens: StagedScreens, open_page: "OpensPage") -> None:
    """In the page's words, with the box's own where it has any."""
    screens.show("teacher", lesson())
    page = open_page("/teacher")
    for status, answer, words in REFUSALS:
        screens.answers["/teacher/request"] = status, answer
        page.click("#pause-room:not([aria-disabled])")
        page.wait_for_selector(f".telling .notice:not([data-tone=good]):has-text('{words}')")


def test_nothing_is_left_after_the_lesson(screens: StagedScreens, open_page: "OpensPage") -> None:
    """Even what a server forgot to leave out is not shown, and an open sheet closes."""
    screens.show("teacher", lesson())
    page = open_page("/teacher")
    page.click("#chart-button")
    page.click(TILE.format("a1"))
    page.wait_for_selector("dialog[open]")

    screens.show("teacher", lesson(lesson=False))
    page.wait_for_selector("#over:not([hidden])")
    assert page.locator("dialog[open], .tile, .alert, .plot svg").count() == 0
    assert "a1" not in page.locator("body").inner_text()


def test_a_lost_connection_is_said_and_taken_back(
    screens: StagedScreens, open_page: "OpensPage"
) -> None:
    """The room stays as it was, with the time of that."""
    screens.show("teacher", lesson())
    page = open_page("/teacher")
    page.wait_for_selector(".tile")
    assert page.locator("#lost").inner_text() == ""

    screens.show("teacher", lesson(connected=False))
    page.wait_for_selector("#lost:has-text('no connection to the box')")
    screens.show("teacher", lesson())
    page.wait_for_selector("#lost:empty", state="attached")


@pytest.mark.parametrize(("most", "ticks"), [(1, "01"), (3, "0123"), (6, "0246")])
def test_the_chart_counts_whole_seats(
    screens: StagedScreens, open_page: "OpensPage", most: int, ticks: str
) -> None:
    """Each number once, up to the highest; what never happened has no line and no name."""
    points = [
        {"t_s": now_s() - 60 + 30 * at, "observed": at and most, "paused": 0, "alerts": 0}
        for at in range(3)
    ]
    screens.show("teacher", lesson(chart=points))
    page = open_page("/teacher")
    page.click("#chart-button")
    page.wait_for_selector(".plot svg")

    assert page.locator(".plot .tick[text-anchor=end]").all_text_contents() == list(ticks)
    assert page.locator(".plot .line").count() == 1
    assert page.locator(".legend li").all_inner_texts() == [f"Observed\n{most}"]
    assert page.locator("#chart thead th").count() == 4
