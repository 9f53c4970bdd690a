"""What every live camera offers, whatever it is connected by."""

from typing import Protocol

from appliance.domain.arrays import UInt8Array


class FeedError(Exception):
    """A feed could not be opened or read: why, and what to change, without its credentials."""


class Feed(Protocol):
    """One open camera. It is opened, read and closed on one thread, and waits for no other."""

    def grab(self) -> None:
        """Take the next picture off the wire.

        Raises:
            FeedError: The feed ended, is silent for too long, or its picture is refused.
        """
        ...

    def retrieve(self) -> UInt8Array | None:
        """Return the picture taken last, BGR (H, W, 3); None when it cannot be decoded."""
        ...

    def close(self) -> None:
        """Hang up; a second call does nothing."""
        ...
