"""One session's time limit: what the watchdog looks at while the session's own thread is busy."""

import threading
import time
from collections.abc import Callable

from appliance.errors import InferenceError
from appliance.inference.limits import Poison


class TimeLimit:
    """Ends an overdue request, and gives the engine up when it does not end; see ``Watched``."""

    def __init__(
        self, *, model: str, runtime: str, poison: Poison, time_limit_s: float, grace_s: float
    ) -> None:
        """Remember the limits.

        Args:
            model: Name of the model, for messages.
            runtime: Name of the run time, for messages.
            poison: Of the engine.
            time_limit_s: A request that takes longer is told to end, and is an error.
            grace_s: One that takes this much longer still poisons the engine.
        """
        self._model = model
        self._runtime = runtime
        self._poison = poison
        self._time_limit_s = time_limit_s
        self._grace_s = grace_s
        self._lock = threading.Lock()  # between a request that ends and the watchdog
        self._running: tuple[float, Callable[[], None]] | None = None
        self._began_s = 0.0

    def begin(self, cancel: Callable[[], None]) -> None:
        """Note that a request runs, and how to end it early; any thread may call that."""
        self._began_s = time.monotonic()
        self._running = self._began_s, cancel

    def end(self) -> None:
        """Note that it has ended; after this it is not cancelled any more."""
        with self._lock:
            self._running = None

    def look(self, now_s: float) -> None:
        """Act on an overdue request; see ``Watched``."""
        with self._lock:
            if self._running is None:
                return
            began_s, cancel = self._running
            late_s = now_s - began_s - self._time_limit_s
            if late_s > 0:
                cancel()
            if late_s > self._grace_s:
                self._poison.spread(self._runtime, after_s=self._time_limit_s)

    def check(self, cause: Exception | None) -> None:
        """Refuse the result of a request that has ended too late.

        Raises:
            StuckEngineError: The engine was given up meanwhile.
            InferenceError: It took longer than the limit.
        """
        self._poison.check()
        if time.monotonic() - self._began_s > self._time_limit_s:
            msg = f"{self._model}: {self._runtime} did not end within {self._time_limit_s:g} s"
            raise InferenceError(msg) from cause
