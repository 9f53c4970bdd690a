"""A seat's page on its own: locks end and answers wait, whatever becomes of the server."""

import time
from typing import TYPE_CHECKING

import pytest

from tests.support.page_checks import comes_true, reach, settled
from tests.support.seat_states import FIRST, SECOND, STATES, lock, prompt, rest, seated
from tests.support.staged_screens import StagedScreens
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    OpensPage = Callable[..., Page]

SHORT_S = 3.0


def test_a_lock_ends_with_the_server_gone_and_stays_over(open_page: "OpensPage") -> None:
    """By the page's own clock; a server that comes back and still shows it is not believed."""
    locked = seated(hold=lock(left_s=SHORT_S, whole_s=SHORT_S))
    with StagedScreens() as before:
        before.show("seat", locked)
        page = open_page("/seat", on=before)
        page.wait_for_selector(".cover[open]")
        began_s = time.monotonic()
        wait_until(lambda: ("/seat/shown", {"id": FIRST}) in before.posts)
    page.wait_for_selector(".cover", state="detached")
    assert time.monotonic() - began_s <= SHORT_S + 2.0
    page.wait_for_selector(".toast:visible >> text=interrupted")
    assert page.locator(".columns").is_visible()

    with StagedScreens(port=before.port) as again:
        again.show("seat", locked)
        page.wait_for_selector(".toast >> text=interrupted", state="hidden")
        settled(page)
        assert page.locator(".cover").count() == 0
        page.reload()
        page.wait_for_selector(".columns")
        settled(page)
        assert page.locator(".cover").count() == 0
        assert ("/seat/shown", {"id": FIRST}) not in again.posts
        page.goto("about:blank")


def test_an_answer_is_told_again_to_a_server_that_comes_back(open_page: "OpensPage") -> None:
    """The one before may have died with it; the box counts each kind once."""
    with StagedScreens() as before:
        before.show("seat", seated(prompts=(prompt("hint"),)))
        page = open_page("/seat", on=before)
        page.click(".prompt button >> nth=1")
        wait_until(lambda: answers_of(before))
        said = answers_of(before)
        assert len(said) == 1
    page.wait_for_selector(".toast:visible >> text=interrupted")

    with StagedScreens(port=before.port) as again:
        again.show("seat", seated())
        page.wait_for_selector(".toast >> text=interrupted", state="hidden")
        wait_until(lambda: answers_of(again))
        settled(page)
        assert answers_of(again) == said
        page.goto("about:blank")


def answers_of(screens: StagedScreens) -> list[object]:
    """Return the answers that a page has told."""
    return [one for path, one in screens.posts if path == "/seat/answer"]


@pytest.mark.parametrize(
    "said",
    [
        {"status": "failed", "detail": "there is no connection to the broker"},
        {"status": "timeout", "detail": ""},
        {"status": "refused", "detail": "stale: it may be from before the box has started"},
    ],
)
@pytest.mark.parametrize(
    ("button", "no"),
    [
        ("button:has-text('Take it back')", ("/seat/consent", {"granted": False})),
        ("button:has-text('Pause me')", ("/seat/pause", {"paused": True})),
    ],
)
def test_a_no_that_no_box_has_heard_is_said_until_one_has(
    screens: StagedScreens,
    open_page: "OpensPage",
    button: str,
    no: tuple[str, dict[str, object]],
    said: dict[str, object],
) -> None:
    """The server has it, but not the box: it stays kept, and says so."""
    screens.answers |= {no[0]: (200, said)}
    screens.show("seat", seated())
    page = open_page("/seat")
    page.click(button)
    page.wait_for_selector(".word:has-text('kept')")
    wait_until(lambda: screens.posts.count(no) >= 3)
    assert page.locator(".word:has-text('kept')").is_visible()
    screens.answers |= {no[0]: (200, {"status": "done", "detail": ""})}
    page.wait_for_selector(".word:has-text('kept')", state="hidden")
    heard = screens.posts.count(no)
    settled(page)
    assert screens.posts.count(no) == heard


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "A teacher has ended your pause."),
        ("de", "Eine Lehrkraft hat deine Pause beendet."),
    ],
)
def test_a_pause_that_a_teacher_has_ended_is_told_once(
    screens: StagedScreens, open_page: "OpensPage", language: str, words: str
) -> None:
    """Read out with the change, and gone with the state."""
    screens.show("seat", STATES["paused-seat"])
    page = open_page("/seat", language=language)
    page.wait_for_selector("[data-sight=paused]")
    assert not page.locator(f"text={words}").is_visible()
    screens.show("seat", STATES["pause-ended"])
    page.wait_for_selector(f".box-card >> text={words}")
    page.wait_for_selector(f"#polite:has-text('{words}')", state="attached")
    comes_true(page, "document.getElementById('polite').textContent === ''")
    screens.show("seat", {**STATES["pause-ended"], "exam": True})
    settled(page)
    assert page.inner_text("#polite") == ""
    screens.show("seat", seated())
    page.wait_for_selector(f".box-card >> text={words}", state="hidden")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("You are not observed", "The Classroom Box is away, so nobody is observed")),
        ("de", ("Du wirst nicht beobachtet", "Die Classroom Box ist nicht da")),
    ],
)
def test_without_a_box_nobody_is_observed_and_a_no_is_kept(
    screens: StagedScreens, open_page: "OpensPage", language: str, words: tuple[str, str]
) -> None:
    """Whatever the last view said; when the box is back, its view counts again."""
    screens.answers["/seat/pause"] = (200, {"status": "timeout", "detail": ""})
    screens.show("seat", seated())
    page = open_page("/seat", language=language)
    page.wait_for_selector("[data-sight=observed]")

    screens.show("seat", seated() | {"away": True})
    page.wait_for_selector("[data-sight=not-observed]")
    said = page.inner_text(".box-card")
    assert all(word in said for word in words)
    page.wait_for_selector(f"#polite:has-text('{words[0]}')", state="attached")
    page.click(".box-card button:has(.icon-pause)")
    page.wait_for_selector("[data-l10n-id=kept-later]")
    assert page.locator("[data-l10n-id=consent-take-back]").is_visible()

    screens.answers.clear()
    screens.show("seat", seated())
    page.wait_for_selector("[data-sight=observed]")
    page.wait_for_selector("[data-l10n-id=kept-later]", state="hidden")


def test_a_reload_and_a_slow_server_lengthen_nothing(
    screens: StagedScreens, open_page: "OpensPage"
) -> None:
    """Half a minute is the longest; the state may only shorten what is left."""
    screens.show("seat", seated(hold=lock(left_s=90.0, whole_s=90.0)))
    page = open_page("/seat")
    page.wait_for_selector(".cover[open]")
    assert 28 <= left_s(page) <= 30
    screens.show("seat", seated(hold=lock(left_s=8.0, whole_s=90.0)))
    wait_until(lambda: left_s(page) <= 8)
    screens.show("seat", seated(hold=lock(left_s=30.0), teacher_called=True))
    page.wait_for_selector("text=Your teacher knows")
    assert left_s(page) <= 8
    page.reload()
    page.wait_for_selector(".cover[open]")
    assert left_s(page) <= 8
    screens.show("seat", seated())  # the teacher has unlocked
    page.wait_for_selector(".cover", state="detached")


def left_s(page: "Page") -> int:
    """Return what the cover counts."""
    return int(page.inner_text(".cover .number"))


def test_a_lock_holds_the_focus_and_gives_it_back(
    screens: StagedScreens, open_page: "OpensPage"
) -> None:
    """Escape does nothing to it, twice; what is read out comes once."""
    screens.show("seat", seated())
    page = open_page("/seat")
    reach(page, "[data-eyes-choice=dim]")
    screens.show("seat", seated(hold=lock()))
    wait_until(lambda: page.evaluate("document.activeElement.id") == "hold-title")
    page.wait_for_selector(".cover [aria-live=assertive]:has-text('30')", state="attached")
    for key in ("Escape", "Escape", "Tab"):
        page.keyboard.press(key)
    assert page.locator(".cover[open]").count() == 1
    assert page.evaluate("document.activeElement.closest('.cover') !== null")
    page.click(".cover button")
    page.wait_for_selector(".cover .accepted")
    assert page.evaluate("document.activeElement.id") == "hold-title"
    for _ in range(3):  # the page below is out of reach
        page.keyboard.press("Tab")
        assert page.evaluate("!document.activeElement.closest('main, header')")
    screens.show("seat", seated())
    page.wait_for_selector(".cover", state="detached")
    assert page.evaluate("document.activeElement.dataset.eyesChoice") == "dim"
    told = [one["kind"] for path, one in screens.posts if path == "/seat/answer"]
    assert told == ["accepted"]


def test_where_nothing_is_locked_the_page_stays_usable(
    screens: StagedScreens, open_page: "OpensPage"
) -> None:
    """The notice counts beside everything else, and goes by itself."""
    held = rest(cover="notice", left_s=SHORT_S)
    screens.show("seat", seated(hold=held, prompts=(prompt("hint", id=SECOND),)))
    page = open_page("/seat")
    page.wait_for_selector("#notices .prompt")
    page.click(".prompts button:has-text('Not now')")
    wait_until(lambda: ("/seat/shown", {"id": FIRST}) in screens.posts)
    page.wait_for_selector("#notices .prompt", state="detached")
    assert page.locator(".cover").count() == 0


def test_answers_wait_for_the_server_and_come_once(open_page: "OpensPage") -> None:
    """They are kept over a reload of the tab's memory, told to the student, and sent in order."""
    asks = seated(prompts=(prompt("hint"), prompt("test", id=SECOND)))
    with StagedScreens() as before:
        before.show("seat", asks)
        page = open_page("/seat", on=before)
        page.wait_for_selector(".prompt")
        wait_until(lambda: len(before.posts) == 2)
    page.wait_for_selector(".toast:visible")
    page.click(f"li[data-key='{FIRST}'] >> text=Not now")
    page.click(f"li[data-key='{SECOND}'] .primary")
    page.wait_for_selector(".toast:visible >> text=/3.? answers are kept/")
    assert len(before.posts) == 2

    with StagedScreens(port=before.port) as again:
        again.show("seat", seated())
        page.wait_for_selector(".toast:visible", state="detached", timeout=20_000)
        wait_until(lambda: len(set(answers(again))) == 3)
        page.reload()
        page.wait_for_selector(".quiet-now")
        settled(page)
        told = list(dict.fromkeys(answers(again)))  # one told twice counts once: id and kind say so
        assert told == [(FIRST, "dismissed"), (SECOND, "accepted"), (SECOND, "completed")]
        page.goto("about:blank")


def answers(screens: StagedScreens) -> list[tuple[object, object]]:
    """Return what was answered."""
    return [(one["id"], one["kind"]) for path, one in screens.posts if path == "/seat/answer"]
