"""What goes to the broker and what comes from it, without a word about how."""

import math
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One message for the broker."""

    topic: str
    """Where."""

    payload: bytes = field(repr=False)
    """JSON."""

    qos: int = 1
    """0 or 1; never 2."""

    retain: bool = False
    """State is retained; events and commands never are."""

    lifetime_s: float | None = None
    """Message Expiry from now on, seconds; None: for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastWill:
    """What the broker says for a client that has gone without a word."""

    publication: Publication
    """What; its lifetime is not used."""

    delay_s: int
    """How long the broker waits for the client to come back, seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What the broker handed over."""

    topic: str
    """Where it was published."""

    payload: bytes
    """As it came."""

    expiry_s: int | None
    """Remaining lifetime by Message Expiry, seconds; None: the publisher gave none."""

    retained: bool
    """True when its publisher asked the broker to keep it, also while it is delivered at once."""

    early: bool = False
    """True when it may have waited at the broker since before this process subscribed."""

    sent_after_s: float = -math.inf
    """The broker did not send it before this, own monotonic time; see ``Recency``."""

    @property
    def weight(self) -> int:
        """What it costs to keep: 1, and 1 more for every 2 KiB."""
        return 1 + len(self.payload) // 2048
