"""A browser and staged screens, one of each for all tests of the pages."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from appliance.screens.http.visitors import Role
from tests.support.browsers import chromium
from tests.support.staged_screens import COOKIES, StagedScreens

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

    OpensPage = Callable[..., Page]

ROLES = {"/seat": Role.SEAT, "/teacher": Role.TEACHER, "/box": Role.IT, "/box/sheet": Role.IT}


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """Debian's Chromium."""
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def _served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StagedScreens]:
    texts = tmp_path_factory.mktemp("texts")
    (texts / "ar.ftl").write_text("# name: العربية\n# direction: rtl\n\nsign-in-go = دخول\n")
    with StagedScreens(texts=texts) as running:
        yield running


@pytest.fixture
def screens(_served: StagedScreens) -> StagedScreens:
    """Screens that show nothing yet, with nothing posted."""
    _served.posts.clear()
    _served.answers.clear()
    _served.content = None
    return _served


@pytest.fixture
def open_page(browser: "Browser", screens: StagedScreens) -> "Iterator[OpensPage]":
    """Open a path in a browser of its own; whatever its console complains about fails the test."""
    contexts = []
    complaints: list[str] = []

    def opened(
        path: str,
        *,
        language: str = "en",
        width: int = 1024,
        height: int = 768,
        on: StagedScreens = screens,
        **more: object,
    ) -> "Page":
        options: dict[str, Any] = {"locale": language, **more}
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        role = ROLES.get(path.partition("#")[0])
        if role is not None:
            context.add_cookies([{"name": COOKIES[role], "value": role, "url": on.origin}])
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda told: complaints.append(told.text) if _bad(told) else None)
        page.goto(f"{on.origin}{path}")
        page.wait_for_selector("html[data-texts]")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def _bad(told: "ConsoleMessage") -> bool:
    # An answer of 400 and more is said by the browser itself; the pages say it to people.
    return told.type == "error" and not told.text.startswith(
        ("Failed to load resource", "Error with Permissions-Policy")
    )
