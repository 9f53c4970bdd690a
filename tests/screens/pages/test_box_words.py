"""What a box says in English is said in the page's language where it is always the same."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import appliance
from appliance.screens.http.assets import STATIC
from tests.support.room_states import aim, desk, health, lesson
from tests.support.seat_states import seated
from tests.support.staged_screens import StagedScreens

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    OpensPage = Callable[..., Page]

ROOT = Path(appliance.__file__).parent
REFUSALS = {
    "the school holds the consent of this seat; ask a teacher": ("on paper", "auf Papier"),
    "somebody else has paused this seat; a teacher can resume it": ("Somebody else", "Jemand"),
    "nobody is logged in on this seat, so nobody can consent": ("Nobody has begun", "niemand"),
}
SAID = {
    "it is the whole room's exam; end it for the room": "Prüfung des ganzen Raums",
    "there is no connection to the broker": "keine Verbindung zum Broker",
    "stale: it is older than its ttl_s": "kam zu spät",
    "no such seat on this box": "Keine Box hat diesen Platz",
}


@pytest.mark.parametrize("sentence", [*REFUSALS, *SAID])
def test_the_box_still_says_it_so(sentence: str) -> None:
    """Another word there, and a page would say it in English again."""
    sources = [*(ROOT / "service").rglob("*.py"), *(ROOT / "mqtt").glob("*.py")]

    assert any(sentence in source.read_text() for source in sources)


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_student_reads_why_the_box_said_no(
    screens: StagedScreens, open_page: "OpensPage", refusal: str
) -> None:
    """In both languages, and nothing of the box's English in the other."""
    screens.answers["/seat/consent"] = (200, {"status": "refused", "detail": refusal})
    screens.show("seat", seated(consent="not-given"))
    for language, words in zip(("en", "de"), REFUSALS[refusal], strict=True):
        page = open_page("/seat", language=language)
        page.click("[data-l10n-id=consent-give]")
        page.wait_for_selector(f".word:has-text('{words}')")


@pytest.mark.parametrize("said", [*SAID, "the disk is full of something new"])
def test_a_teacher_reads_it_in_german(
    screens: StagedScreens, open_page: "OpensPage", said: str
) -> None:
    """What the page does not know stays as it is, marked as English."""
    screens.answers["/teacher/request"] = (200, {"status": "refused", "detail": said})
    screens.show("teacher", lesson())
    page = open_page("/teacher", language="de")
    page.click("#unlock-all")
    detail = page.locator(".telling .detail")
    detail.wait_for()

    assert (SAID.get(said) or said) in detail.inner_text()
    assert detail.get_attribute("lang") == (None if said in SAID else "en")


def test_it_reads_pauses_and_ends_in_german(screens: StagedScreens, open_page: "OpensPage") -> None:
    """With the name in it; a pause with somebody's own words stays theirs."""
    state = desk(aim=aim(people=[], remaining_s=0, ended="consent was refused on seat a1"))
    own = "pause: asked for by teacher/t1: fire drill"
    state["boxes"][0] |= {
        "status": {"state": "paused", "reason": "pause: asked for by teacher/t1"},
        "health": health(problems=[own]),
    }
    screens.show("box", state)
    page = open_page("/box", language="de")
    page.wait_for_selector(".problems li:has-text('Angehalten, verlangt von')")
    page.wait_for_selector("#aim-why:has-text('wurde die Einwilligung verweigert')")
    assert "teacher/t1" in page.inner_text(".problems")
    assert "asked for" not in page.inner_text(".problems")
    state["boxes"][0] |= {"status": {"state": "paused", "reason": own}, "health": health()}
    screens.show("box", state)
    page.wait_for_selector(f".problems [lang=en]:text-is('{own}')")


def test_every_sentence_of_a_student_is_one_of_the_tests() -> None:
    """The page's list and this one are the same."""
    page = (STATIC / "seat" / "status.js").read_text()

    assert all(f'"{refusal}": "failed-' in page for refusal in REFUSALS)
