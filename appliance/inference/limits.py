"""How long a request may take, and what becomes of an engine whose request never ends."""

from appliance.errors import StuckEngineError

TIME_LIMIT_S = 5.0
"""A request this late is stuck, not slow: the slowest model takes 15 ms (docs/DESIGN.md, 10)."""

GRACE_S = 1.0
"""Time to end after being told to; a run time looks between two operators, 10 ms at most."""


class Poison:
    """Shared by the sessions of one engine; once set it stays, because the native call stays."""

    def __init__(self, model: str) -> None:
        """Begin harmless."""
        self._model = model
        self._cause = ""

    @property
    def cause(self) -> str:
        """Why the engine refuses all work; empty while it does not."""
        return self._cause

    def spread(self, runtime: str, *, after_s: float) -> None:
        """Make every session refuse from now on."""
        self._cause = (
            f"{self._model}: a request on {runtime} did not end within {after_s:g} s and could "
            "not be ended; the engine is out of use until the process starts again"
        )

    def check(self) -> None:
        """Refuse to work with a poisoned engine.

        Raises:
            StuckEngineError: It is one.
        """
        if self._cause:
            raise StuckEngineError(self._cause)
