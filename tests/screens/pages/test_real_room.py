"""The pages on ``classbox screens run`` itself, with a broker and what a box says."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.support.certificates import Authority
from tests.support.page_checks import comes_true
from tests.support.pages import PASSWORD
from tests.support.served_room import ServedRoom
from tests.support.shipped_broker import shipped_broker
from tests.support.spoken_box import SpokenBox, aim_of, alert_of, board_of
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.broker, pytest.mark.long]


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[ServedRoom]:
    """One room, with a teacher and somebody of IT."""
    folder = tmp_path_factory.mktemp("room")
    with (
        shipped_broker(folder / "broker", authority, name="mosquitto.conf") as broker,
        ServedRoom(folder=folder, broker=broker, authority=authority) as served,
    ):
        served.signed_in("ada", "teacher")
        served.signed_in("ivo", "it")
        yield served


@pytest.fixture(scope="module")
def box(room: ServedRoom) -> Iterator[SpokenBox]:
    """A fatigue-only box in a lesson."""
    with SpokenBox(room.address("box-1")) as spoken:
        spoken.status()
        spoken.info("fatigue-only")
        spoken.board(board_of("a1"), board_of("a2"))
        spoken.health("a1", "a2")
        yield spoken


def signed_in(browser: "Browser", room: ServedRoom, name: str) -> "Page":
    """Sign in at the door, by the form."""
    page = browser.new_context(ignore_https_errors=True, locale="en").new_page()
    page.goto(f"https://127.0.0.1:{room.port}/sign-in")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.click("#go")
    return page


def test_a_teacher_sees_and_asks_and_answers(
    browser: "Browser", room: ServedRoom, box: SpokenBox
) -> None:
    """From the sign-in to what the box hears."""
    page = signed_in(browser, room, "ada")
    page.wait_for_url("**/teacher")
    page.wait_for_selector(".tile >> nth=1")
    page.wait_for_selector("#health:has-text('The box is well.')")

    page.click("#pause-room")
    page.wait_for_selector(".telling [data-tone=good]")
    box.alert(alert_of("a2"))
    page.wait_for_selector(".alert:has-text('tired')")
    page.click("[data-what=useful]")
    page.wait_for_selector(".alert.answered")
    page.context.close()
    wait_until(lambda: bool(box.verdicts()))
    assert [each["command"] for each in box.requests()].count("pause") == 1


def test_it_makes_codes_that_let_a_browser_in(
    browser: "Browser", room: ServedRoom, box: SpokenBox
) -> None:
    """From the table over the sheet, whose pictures are there, to a seat's page."""
    page = signed_in(browser, room, "ivo")
    page.wait_for_url("**/box")
    page.wait_for_selector(".box:has-text('well')")
    page.click("#codes-all")
    page.wait_for_selector(".codes code >> nth=1")
    page.click("#aim-start")
    page.wait_for_selector(".telling [data-tone=good]:has-text('The box looks.')")

    box.aim(aim_of("front", "a1"))
    page.wait_for_selector(".region")
    page.click("#sheet")
    page.wait_for_selector(".paper img >> nth=1")
    comes_true(page, "[...document.images].every((one) => one.complete && one.naturalWidth > 0)")
    code = page.locator(".paper code").first.inner_text()
    page.context.close()

    seat = browser.new_context(ignore_https_errors=True, locale="en").new_page()
    seat.goto(f"https://127.0.0.1:{room.port}/enrol#{code}")
    seat.wait_for_selector("html[data-texts]")
    seat.click("#go")
    seat.wait_for_url("**/seat")
    seat.context.close()
