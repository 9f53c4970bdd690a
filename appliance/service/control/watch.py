"""What nobody tells the box is looked at again and again."""

import threading
from collections.abc import Callable, Sequence

import structlog

EVERY_S = 1.0
"""Unless something has to be noticed sooner."""


class ControlWatch:
    """A part of the box that asks again and again, as whether the cameras may be open."""

    def __init__(
        self,
        follow: Sequence[Callable[[], None]],
        *,
        beat: Callable[[str], None],
        name: str = "control",
        every_s: float = EVERY_S,
    ) -> None:
        """Prepare the thread.

        Args:
            follow: Each looks at one thing, and closes or opens for it, or tells it.
            beat: Sign of life.
            name: Of the thread.
            every_s: Between two looks.
        """
        self._every_s = every_s
        self._follow = tuple(follow)
        self._beat = beat
        self._stopping = threading.Event()
        self._log = structlog.get_logger()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Look once before this returns, so that no camera opens that must not."""
        self._look()
        self._thread.start()

    def stop(self) -> None:
        """End it."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=2)

    def _run(self) -> None:
        while not self._stopping.wait(self._every_s):
            self._beat(self._thread.name)
            self._look()

    def _look(self) -> None:
        for follow in self._follow:
            try:
                follow()
            except Exception:  # noqa: BLE001 - border of the thread: the next look may succeed
                self._log.exception("control_watch_failed")
