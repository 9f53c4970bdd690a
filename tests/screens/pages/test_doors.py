"""Who came to a wrong door, was signed out, or signs a screen out: in words, in a browser."""

from typing import TYPE_CHECKING

import pytest

from appliance.screens.http.visitors import Role
from tests.support.page_checks import comes_true, lacking, too_wide, violations
from tests.support.room_states import coded_desk, desk
from tests.support.staged_screens import COOKIES, StagedScreens
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    OpensPage = Callable[..., Page]

BUTTON = ".sign-out >> nth=0"


@pytest.mark.parametrize(
    ("role", "path", "words"),
    [
        (Role.TEACHER, "/box", ("This page is for IT", "as teacher, a teacher.", "/teacher")),
        (Role.IT, "/teacher", ("This page is for teachers", "as it, for IT.", "/box")),
    ],
)
def test_a_page_of_others_says_whose_it_is(
    screens: StagedScreens,
    open_page: "OpensPage",
    role: Role,
    path: str,
    words: tuple[str, str, str],
) -> None:
    """And who is signed in, and leads to the own page or out."""
    page = open_page("/sign-in", bypass_csp=True)
    page.context.add_cookies([{"name": COOKIES[role], "value": role, "url": screens.origin}])
    answer = page.goto(f"{screens.origin}{path}")
    page.wait_for_selector("html[data-texts]")

    assert answer is not None
    assert answer.status == 403
    said = page.inner_text("main").replace("\u2068", "").replace("\u2069", "")
    assert words[0] in said
    assert words[1] in said
    assert page.get_attribute("#own", "href") == words[2]
    assert violations(page) == []
    page.click("#leave")
    page.wait_for_url("**/sign-in")
    assert screens.posts == [("/sign-out", {})]


@pytest.mark.parametrize(
    "words",
    [
        ("en", "There is no page at this address", "Go to your own page", "Back to the start"),
        ("de", "Unter dieser Adresse gibt es keine Seite", "Zur eigenen Seite", "Zurück zum"),
    ],
)
@pytest.mark.parametrize(
    ("role", "own"),
    [(None, "/"), (Role.SEAT, "/seat"), (Role.TEACHER, "/teacher"), (Role.IT, "/box")],
)
def test_a_mistyped_address_leads_on(
    screens: StagedScreens,
    open_page: "OpensPage",
    role: Role | None,
    own: str,
    words: tuple[str, str, str, str],
) -> None:
    """To the own page of whoever is known here, else to the door."""
    page = open_page("/sign-in", language=words[0], width=320, bypass_csp=True)
    if role is not None:
        page.context.add_cookies([{"name": COOKIES[role], "value": role, "url": screens.origin}])
    answer = page.goto(f"{screens.origin}/teacherr" if role else f"{screens.origin}/box/x")
    page.wait_for_selector("html[data-texts]")

    assert answer is not None
    assert answer.status == 404
    assert page.inner_text("h1") == words[1]
    assert page.get_attribute("#own", "href") == own
    assert words[2 if role else 3] in page.inner_text("#own")
    assert too_wide(page) == 0
    assert (violations(page), lacking(page)) == ([], [])


def test_a_page_of_others_fits_a_phone(screens: StagedScreens, open_page: "OpensPage") -> None:
    """In German, whose words are long."""
    page = open_page("/sign-in", language="de", width=320, height=600)
    page.context.add_cookies([{"name": "person", "value": "teacher", "url": screens.origin}])
    page.goto(f"{screens.origin}/box")
    page.wait_for_selector("html[data-texts]")

    assert "Diese Seite ist für die IT" in page.inner_text("main")
    assert too_wide(page) == 0
    assert lacking(page) == []


def test_who_is_another_role_now_is_told_so(screens: StagedScreens, open_page: "OpensPage") -> None:
    """A page that was open meanwhile does not wait for a stream that never comes."""
    page = open_page("/sign-in")
    page.context.add_cookies([{"name": "person", "value": "it", "url": screens.origin}])
    page.goto(f"{screens.origin}/teacher")
    page.wait_for_selector("html[data-texts]")
    with page.expect_navigation():  # nobody waits for what the page goes away from
        page.evaluate("void import('/static/house/stream.js').then((one) => one.stillWelcome())")

    page.wait_for_selector("#own[href='/box']")


@pytest.mark.parametrize(
    ("language", "happened", "do"),
    [
        ("en", "IT has signed it out, its 180 days are over", "a new code and type"),
        (
            "de",
            "Die IT hat ihn abgemeldet, seine 180 Tage sind um",
            "einen neuen Code holen",
        ),
    ],
)
def test_who_was_signed_out_reads_what_happened_and_what_to_do(
    open_page: "OpensPage", language: str, happened: str, do: str
) -> None:
    """One sentence each."""
    page = open_page("/enrol?ended", language=language)
    page.wait_for_selector(f"#wrong:has-text('{happened}')")

    assert do in page.inner_text("#wrong")
    assert page.inner_text("#wrong").count(". ") == 1


def test_a_browser_that_was_signed_out_is_told_so(
    screens: StagedScreens, open_page: "OpensPage"
) -> None:
    """With what to do; the field still has the focus, and an error takes the words' place."""
    page = open_page("/enrol")
    comes_true(page, "document.activeElement.id === 'code'")
    assert page.inner_text("#wrong") == ""
    page.context.add_cookies([{"name": "seat", "value": "gone", "url": screens.origin}])
    page.goto(f"{screens.origin}/seat")
    page.wait_for_selector("#wrong:has-text('no longer a seat\u2019s screen')")
    assert "for a new code" in page.inner_text("#wrong")
    comes_true(page, "document.activeElement.id === 'code'")
    page.keyboard.press("Enter")
    page.wait_for_selector("#wrong:has-text('10 letters')")
    screens.answers["/enrol"] = (429, {})
    page.keyboard.type("7KQ2MPXRRT")
    page.keyboard.press("Enter")
    page.wait_for_selector("#wrong:has-text('an hour at most')")


def test_the_question_to_sign_out_goes_back_in_sight(
    screens: StagedScreens, open_page: "OpensPage"
) -> None:
    """It counts, says that nothing was done, and then asks anew."""
    screens.show("box", desk())
    page = open_page("/box")
    page.clock.install()
    page.click(BUTTON)
    assert "10" in page.inner_text(BUTTON)
    page.clock.run_for(3000)
    assert "7" in page.inner_text(BUTTON)
    page.clock.run_for(8000)
    wait_until(lambda: "Really" not in page.inner_text(BUTTON))
    assert "was not signed out" in page.inner_text("body > .telling")
    assert screens.posts == []
    page.click(BUTTON)
    assert "Really" in page.inner_text(BUTTON)
    page.click(BUTTON)
    wait_until(lambda: screens.posts == [("/box/revoke", {"terminal": "terminal-01"})])
    page.wait_for_selector(".telling:has-text('signed out')")


def test_the_question_says_that_an_open_code_ends_too(
    screens: StagedScreens, open_page: "OpensPage"
) -> None:
    """Before it is asked again; and so does what is told afterwards."""
    screens.show("box", coded_desk(1))
    page = open_page("/box")
    page.click(BUTTON)
    page.wait_for_selector(".telling:has-text('code is then good no more')")
    page.click(BUTTON)
    page.wait_for_selector(".telling:has-text('code that was open')")


@pytest.mark.parametrize(
    ("language", "word"), [("en", "signed a screen out"), ("de", "Bildschirm abgemeldet")]
)
def test_the_record_has_the_words_of_the_page(
    screens: StagedScreens, open_page: "OpensPage", language: str, word: str
) -> None:
    """One word for one thing; what no catalogue has stays as it came."""
    acts = [
        {"at_s": 1.0, "who": "ivo", "what": what, "about": "pc-02", "outcome": "done"}
        for what in ("revoke", "strange-act")
    ]
    screens.show("box", desk(audit=acts))
    page = open_page("/box", language=language)
    page.wait_for_selector("#audit td")

    said = page.inner_text("#audit tbody")
    assert word in said
    assert "revoke" not in said
    assert "strange-act" in said
