"""A publication on its way to the broker."""

from dataclasses import dataclass

from appliance.mqtt.wire.messages import Publication
from appliance.mqtt.wire.session import Receipt


@dataclass(slots=True)
class HeldPublication:
    """What is sent again over every connection until the broker has it or nobody wants it."""

    publication: Publication
    """What."""

    deadline_s: float | None
    """Monotonic end of its lifetime; None: for ever."""

    receipt: Receipt | None = None
    """Of this connection; None while it has not been sent over it."""

    def over(self, now_s: float) -> bool:
        """Tell whether its lifetime has ended."""
        return self.deadline_s is not None and self.deadline_s <= now_s

    def arrived(self) -> bool:
        """Tell whether the broker has it."""
        return self.receipt is not None and self.receipt.arrived
