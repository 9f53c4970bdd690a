"""What comes from outside stays text, and a fatigue-only school is sent no other state's name."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from appliance.screens.http.visitors import Role
from tests.support.page_checks import EVIL, spoilt, unharmed
from tests.support.room_states import aim, coded_desk, lesson, live_lesson, sick_desk
from tests.support.staged_screens import COOKIES, StagedScreens

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, Page

    OpensPage = Callable[..., Page]

OTHER_STATES = ("focused", "confused", "bored", "fokussiert", "verwirrt", "gelangweilt")


def test_nothing_that_a_room_says_becomes_markup(
    screens: StagedScreens, open_page: "OpensPage"
) -> None:
    """Seats, reasons, states, verdicts, boxes: the seat's name is shown as it came."""
    screens.show("teacher", spoilt(live_lesson()))
    page = open_page("/teacher")
    page.wait_for_selector(".tile")
    page.click("#chart-button")
    page.click(".tile >> nth=0")
    page.wait_for_selector("dialog[open]")
    assert unharmed(page)
    assert page.locator("#seats .name").first.text_content() == f"{EVIL}a1"
    assert f"{EVIL}a1" in re.sub("[\u2068\u2069]", "", page.locator("#seat-name").inner_text())


def test_nothing_that_a_box_says_becomes_markup(
    screens: StagedScreens, open_page: "OpensPage"
) -> None:
    """Cameras, problems, terminals, accounts, what the record keeps."""
    screens.show("box", spoilt({**sick_desk(), "codes": coded_desk()["codes"], "aim": aim()}))
    page = open_page("/box")
    page.wait_for_selector("#audit td")
    assert unharmed(page)
    assert f"{EVIL}ivo" in page.locator("#audit").inner_text()

    page = open_page("/box/sheet")
    page.wait_for_selector(".paper")
    assert unharmed(page)


def test_what_a_box_answers_becomes_no_markup(
    screens: StagedScreens, open_page: "OpensPage"
) -> None:
    """Its words are shown as they came; nor does a code from an address run."""
    screens.answers["/teacher/request"] = (200, {"status": "failed", "detail": EVIL})
    screens.show("teacher", lesson())
    page = open_page("/teacher")
    page.click("#pause-room")
    page.wait_for_selector(".telling .notice")
    assert unharmed(page)
    assert EVIL in page.locator("body > .telling").inner_text()

    page = open_page(f"/enrol#{EVIL}")
    assert unharmed(page)


def test_every_script_has_its_hash_and_comes_from_here(
    screens: StagedScreens, open_page: "OpensPage"
) -> None:
    """Modules that others import, too: nothing else is asked for."""
    screens.show("teacher", lesson())
    asked: list[str] = []
    page = open_page("/sign-in")
    page.on("request", lambda request: asked.append(request.url))
    page.context.add_cookies(
        [{"name": COOKIES[Role.TEACHER], "value": "teacher", "url": screens.origin}]
    )
    page.goto(f"{screens.origin}/teacher")
    page.wait_for_selector(".tile")
    hashed = page.evaluate(
        "[...document.querySelectorAll('[integrity]')].map((one) => one.src || one.href)"
    )
    files = {url for url in asked if url.endswith((".js", ".css"))}
    assert len(files) > 10
    assert files <= set(hashed)
    assert all(url.startswith(f"{screens.origin}/") for url in asked)


@pytest.fixture
def fatigue_only() -> Iterator[StagedScreens]:
    """Screens of a school that may know of fatigue alone."""
    with StagedScreens(states_named=False) as running:
        yield running


@pytest.mark.parametrize("path", ["/teacher", "/box"])
def test_a_fatigue_only_page_is_sent_no_other_state(
    browser: "Browser", fatigue_only: StagedScreens, path: str
) -> None:
    """Neither in a file or text that it loads nor in anything that it shows, in both languages."""
    fatigue_only.show("teacher", live_lesson())
    fatigue_only.show("box", sick_desk())
    for language in ("en", "de"):
        received, page = received_by(browser, fatigue_only, path, language)
        shown = page.content().lower()
        page.context.close()
        assert len(received) > 10
        for word in OTHER_STATES:
            assert word not in shown
            assert [url for url, body in received.items() if word in body.lower()] == []


def test_where_states_may_be_named_their_names_are_sent(
    browser: "Browser", screens: StagedScreens
) -> None:
    """So the test above looks where they would be."""
    screens.show("teacher", live_lesson())
    received, page = received_by(browser, screens, "/teacher", "de")
    page.context.close()
    assert any(OTHER_STATES[-1] in body for body in received.values())


def received_by(
    browser: "Browser", screens: StagedScreens, path: str, language: str
) -> tuple[dict[str, str], "Page"]:
    """Open a page, use it, and return what it received beside its stream."""
    context = browser.new_context(locale=language)
    role = Role.TEACHER if path == "/teacher" else Role.IT
    context.add_cookies([{"name": COOKIES[role], "value": role, "url": screens.origin}])
    page = context.new_page()
    answers: list[Any] = []
    page.on("response", lambda answer: answers.extend([answer]))
    page.goto(f"{screens.origin}{path}")
    page.wait_for_selector("#seats .tile, #audit td")
    page.wait_for_load_state("load")
    if path == "/teacher":
        page.click("#chart-button")
        page.click(".tile >> nth=2")
    bodies = {one.url: one.text() for one in answers if not one.url.endswith("/stream")}
    return bodies, page
