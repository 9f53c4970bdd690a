"""What a test asks of a page in a browser: can it be used, and does it stay unharmed."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.staged_screens import StagedScreens
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast"]
"""All that can differ in the dark."""

FAR = 120
"""Presses of Tab after which something counts as out of reach."""


EVIL = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>{ $seat }"]\'</li>'


def settled(page: "Page") -> None:
    """Wait until a state that was just sent is painted: streams wait a twentieth of a second."""
    page.wait_for_timeout(120)


def comes_true(page: "Page", expression: str) -> None:
    """Wait for a condition of the page.

    Playwright's ``wait_for_function`` evaluates it once by the debugger and then by the page's own
    ``eval``, which our policy forbids: it fails wherever the condition does not hold at once.
    """
    wait_until(lambda: page.evaluate(expression))


def violations(page: "Page") -> list[str]:
    """Return what axe-core finds in light and in dark."""
    script = pytest.importorskip("axe_playwright_python.base").AXE_SCRIPT
    if not page.evaluate("'axe' in window"):
        page.evaluate(script)
    found: list[str] = []
    for scheme, rules in (("light", RULES), ("dark", COLOURS)):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        comes_true(page, "document.getAnimations().length === 0")  # colours fade over
        found += page.evaluate(
            """async ([scheme, runOnly]) => {
              const { violations } = await axe.run({ runOnly, resultTypes: ["violations"] });
              return violations.flatMap(({ id, nodes }) =>
                nodes.map(({ html }) => `${scheme} ${id}: ${html.slice(0, 99)}`));
            }""",
            [scheme, rules],
        )
    return found


def lacking(page: "Page") -> list[str]:
    """Return keys that no catalogue has, and named elements without any words."""
    found: list[str] = page.evaluate(
        """async () => [
          ...(await import("/static/house/l10n.js")).missing,
          ...[...document.querySelectorAll("[data-l10n-id]")]
            .filter((one) => !one.textContent && !one.ariaLabel && !one.alt)
            .map((one) => one.dataset.l10nId),
        ]"""
    )
    return found


def too_wide(page: "Page") -> int:
    """Return by how many pixels a page must be scrolled sideways."""
    by: int = page.evaluate(
        "Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)"
    )
    return by


def reach(page: "Page", selector: str) -> None:
    """Press Tab until an element has the focus, and can be seen to have it."""
    for _ in range(FAR):
        page.keyboard.press("Tab")
        if page.evaluate("it => document.activeElement.matches(it)", selector):
            return
    pytest.fail(f"{selector} is out of reach")


def pressed(page: "Page", screens: StagedScreens, selector: str, key: str = "Enter") -> object:
    """Go to a control, press a key and return what was posted then."""
    before = len(screens.posts)
    reach(page, selector)
    page.keyboard.press(key)
    wait_until(lambda: len(screens.posts) > before)
    return screens.posts[-1][1]


def spoilt(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return a state whose every text, and every name in it, is hostile."""
    return {key: _spoilt(value, named=key in _NAMED) for key, value in state.items()}


def _spoilt(value: object, *, named: bool = False) -> object:
    if isinstance(value, str):
        return EVIL + value
    if isinstance(value, list):
        return [_spoilt(one) for one in value]
    if isinstance(value, Mapping):
        evil = EVIL if named else ""
        return {f"{evil}{key}": _spoilt(one, named=key in _NAMED) for key, one in value.items()}
    return value


_NAMED = ("cameras", "seats", "dropped", "states")
"""Their keys come from outside, too."""


def unharmed(page: "Page") -> bool:
    """Tell whether nothing of it has become an element or has run."""
    page.wait_for_timeout(300)
    made = page.locator("img[src=x], script:not([src])").count()
    return made == 0 and page.evaluate("window.hacked === undefined")
