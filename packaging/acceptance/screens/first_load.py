"""How heavy the student's page is, and how soon it can be used, on a slow core."""

import statistics
import time

from playwright.sync_api import Page

SLOWED = 4
"""Times that Chromium slows its processor down: one core of a PC of a decade ago."""

TIMES = 7
READY = "html[data-texts] main button:visible"
"""The texts are in place and there is something to press."""


def first_load(page: Page) -> dict[str, float]:
    """Load an enrolled page anew, each time without anything kept from before.

    Returns:
        Bytes that came over the network, kB, and seconds until it could be used.
    """
    times, kilobytes = [], 0.0
    for _ in range(TIMES):
        fresh = page.context.new_page()
        answers: list[float] = []
        steered = page.context.new_cdp_session(fresh)
        steered.send("Network.enable")
        steered.send("Network.clearBrowserCache")
        steered.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
        steered.on(
            "Network.loadingFinished", lambda it, to=answers: to.append(it["encodedDataLength"])
        )
        began_s = time.monotonic()
        fresh.goto(page.url, wait_until="commit")
        fresh.wait_for_selector(READY)
        times.append(time.monotonic() - began_s)
        fresh.wait_for_timeout(500)
        kilobytes = max(kilobytes, sum(answers) / 1000)
        fresh.close()
    return {
        "first_load_kb": kilobytes,
        "usable_p50_s": statistics.median(times),
        "usable_worst_s": max(times),
    }
