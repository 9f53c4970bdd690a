"""Time that nobody can set: how long the machine has been running."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BootTime:
    """A moment on the clock that begins with the machine; only within one boot can two be compared.

    Unlike the wall clock it cannot be set, and unlike the monotonic clock it goes on during a
    suspend.
    """

    boot: str
    """Random id of the boot; empty where the system has none."""

    s: float
    """Seconds since then."""
