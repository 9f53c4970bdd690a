"""Everybody can use a seat's page, in each state that it can be told."""

from typing import TYPE_CHECKING

import pytest

from tests.support.page_checks import (
    EVIL,
    lacking,
    settled,
    too_wide,
    unharmed,
    violations,
)
from tests.support.seat_states import CONTENT, STATES, lock, prompt, seated
from tests.support.staged_screens import StagedScreens

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, Page, Request

    OpensPage = Callable[..., Page]

LARGEST = 100_000
"""Bytes of the first load."""


@pytest.mark.long
def test_axe_finds_nothing_in_any_state(screens: StagedScreens, open_page: "OpensPage") -> None:
    """In light and in dark; those that differ in one sentence alone, once."""
    screens.content = CONTENT
    screens.show("seat", STATES["observed"])
    page = open_page("/seat", bypass_csp=True)  # axe-core is a script without a hash
    found = {}
    for name, state in STATES.items():
        if name.startswith("unseen-") and name != "unseen-camera":
            continue
        screens.show("seat", state)
        settled(page)
        found[name] = violations(page)
    assert {name: some for name, some in found.items() if some} == {}


@pytest.mark.parametrize("eyes", ["warm", "dim", "warm dim large"])
def test_colours_for_tired_eyes_keep_their_contrast(
    screens: StagedScreens, open_page: "OpensPage", eyes: str
) -> None:
    """Pressed, and with a hint that is read and rated."""
    screens.content = CONTENT
    screens.show("seat", STATES["hint-open"])
    page = open_page("/seat", bypass_csp=True)
    for name in eyes.split():
        page.click(f"[data-eyes-choice={name}]")
    assert page.get_attribute("html", "data-eyes") == eyes
    page.wait_for_selector(".content img")
    assert violations(page) == []
    page.click(".prompt .primary")
    page.check(".rating input >> nth=3")
    assert violations(page) == []
    page.reload()
    page.wait_for_selector(f"html[data-eyes='{eyes}']")


def test_no_state_is_wider_than_a_phone(screens: StagedScreens, open_page: "OpensPage") -> None:
    """German, whose words are long: 320 px, and 200 % on a tablet; every text is there."""
    screens.content = CONTENT
    screens.show("seat", STATES["observed"])
    page = open_page("/seat", language="de", width=320, height=700)
    wide = []
    for name, state in STATES.items():
        screens.show("seat", state)
        for width in (320, 512) if name in ("two", "hint-open", "lock", "waiting") else (320,):
            page.set_viewport_size({"width": width, "height": 700})
            settled(page)
            wide += [f"{name} {width}"] if too_wide(page) else []
        assert lacking(page) == []
    page.click("[data-eyes-choice=large]")
    wide += ["large"] if too_wide(page) else []
    assert wide == []


def test_a_language_from_right_to_left_needs_nothing_of_its_own(
    screens: StagedScreens, open_page: "OpensPage"
) -> None:
    """Mirrored: the picture of a prompt is on the right of its words."""
    screens.show("seat", STATES["two"])
    page = open_page("/seat", language="ar", width=1280)
    page.wait_for_selector(".prompt")
    assert page.evaluate("document.dir") == "rtl"
    face, words = page.locator(".prompt-icon").first, page.locator(".prompt h3").first
    at, beside = face.bounding_box(), words.bounding_box()
    assert at is not None
    assert beside is not None
    assert at["x"] >= beside["x"] + beside["width"]
    for name in ("two", "lock", "lock-notice", "rest", "waiting"):
        for width in (1280, 320):
            page.set_viewport_size({"width": width, "height": 700})
            screens.show("seat", STATES[name])
            settled(page)
            assert too_wide(page) == 0
    assert lacking(page) == []


def test_nothing_moves_for_who_wants_no_motion(
    screens: StagedScreens, open_page: "OpensPage"
) -> None:
    """The ring of a lock jumps from second to second; for everybody else it glides."""
    watch = """async () => {
        let most = 0;
        for (let at = 0; at < 40; at += 1) {
            await new Promise(requestAnimationFrame);
            const last = document.getAnimations().map((one) => one.effect.getTiming().duration);
            most = Math.max(most, ...last);
        }
        return most;
    }"""
    screens.show("seat", seated(hold=lock()))
    assert open_page("/seat").evaluate(watch) > 100
    assert open_page("/seat", reduced_motion="reduce").evaluate(watch) < 1


def test_nothing_that_a_school_wrote_becomes_markup(
    screens: StagedScreens, open_page: "OpensPage"
) -> None:
    """A topic, a text, a picture, a link: shown as they came, or not at all."""
    screens.content = {
        "title": EVIL,
        "paragraphs": [EVIL],
        "picture": "https://evil.example/x.png",
        "link": "javascript:window.hacked=1",
    }
    screens.show("seat", seated(prompts=(prompt("hint", topic=EVIL),)))
    page = open_page("/seat")
    page.wait_for_selector(".prompt")
    assert EVIL in page.inner_text(".prompt")
    page.click(".prompt .primary")
    page.wait_for_selector(".content-title")
    assert page.inner_text(".content-title") == EVIL
    assert page.inner_text(".content p") == EVIL
    assert page.locator(".content :is(a, img)").count() == 0
    assert unharmed(page)


def test_no_other_words_of_the_server_become_markup(
    screens: StagedScreens, open_page: "OpensPage"
) -> None:
    """Nor is an id shown, or a kind that the page does not know."""
    strange = prompt(EVIL, id=EVIL)
    hint = prompt("hint", id=f"{EVIL}2")
    screens.show("seat", seated(prompts=(strange, hint), reason=EVIL, sight=EVIL, consent=EVIL))
    page = open_page("/seat")
    page.wait_for_selector(".prompt")
    assert unharmed(page)
    assert page.locator(".prompt").count() == 1
    assert "hacked" not in page.inner_text("body")


def test_the_first_load_is_small_and_from_here_alone(
    browser: "Browser", screens: StagedScreens
) -> None:
    """And nothing that runs or paints comes without its hash."""
    screens.show("seat", STATES["two"])
    context = browser.new_context()
    context.add_cookies([{"name": "seat", "value": "seat", "url": screens.origin}])
    page = context.new_page()
    asked: list[Request] = []
    page.on("request", lambda request: asked.extend([request]))
    page.goto(f"{screens.origin}/seat")
    page.wait_for_selector(".prompt")
    page.wait_for_selector("#language")
    hashed = page.evaluate(
        "[...document.querySelectorAll('[integrity]')].map((one) => one.src || one.href)"
    )
    sizes = [one.sizes() for one in asked if not one.url.endswith(("/stream", "/shown"))]
    context.close()

    assert all(one.url.startswith(f"{screens.origin}/") for one in asked)
    files = {one.url for one in asked if one.url.endswith((".js", ".css"))}
    assert len(files) > 10
    assert files <= set(hashed)
    weight = sum(one["responseBodySize"] + one["responseHeadersSize"] for one in sizes)
    assert 20_000 < weight <= LARGEST, f"{weight} bytes in {len(sizes)} answers"
