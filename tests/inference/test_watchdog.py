"""The watchdog looks at what is alive, on one thread, and goes when it is no longer needed."""

import gc
import threading
import weakref

from appliance.inference.watchdog import Watchdog
from tests.support.waiting import wait_until

NEVER_S = 3600.0


class Request:
    """Counts how often it was looked at."""

    def __init__(self) -> None:
        """Start at zero."""
        self.looks = 0

    def look(self, now_s: float) -> None:
        """Count."""
        assert now_s > 0
        self.looks += 1


def patrols() -> list[threading.Thread]:
    """Return the watchdog threads of this process."""
    return [thread for thread in threading.enumerate() if thread.name == "inference.watchdog"]


def test_one_thread_looks_at_everything() -> None:
    """However many are watched."""
    before = len(patrols())
    watchdog = Watchdog(period_s=0.001)
    assert len(patrols()) == before
    requests = [Request() for _ in range(5)]
    for request in requests:
        watchdog.watch(request)

    wait_until(lambda: all(request.looks > 1 for request in requests), timeout_s=10)
    assert len(patrols()) == before + 1


def test_a_request_that_is_gone_is_forgotten() -> None:
    """Watching does not keep it alive."""
    watchdog = Watchdog(period_s=NEVER_S)
    kept, dropped = Request(), Request()
    watchdog.watch(kept)
    watchdog.watch(dropped)
    trace = weakref.ref(dropped)

    del dropped
    gc.collect()
    watchdog.look()

    assert trace() is None
    assert kept.looks == 1


def test_its_thread_ends_with_it() -> None:
    """A program that loads models again and again does not collect threads."""
    watchdog = Watchdog(period_s=0.001)
    watchdog.watch(Request())
    thread = patrols()[-1]

    del watchdog
    wait_until(lambda: not thread.is_alive(), timeout_s=10)
