"""Links to a broker that subscribe to nothing, unless a test says what."""

from collections.abc import Callable, Mapping

from appliance.host.clock import SystemClock
from appliance.mqtt.wire.address import BrokerAddress
from appliance.mqtt.wire.link import Link
from appliance.mqtt.wire.messages import Delivery
from appliance.ports import Clock


def make_link(
    address: BrokerAddress,
    *,
    client_id: str = "x",
    clock: Clock | None = None,
    subscriptions: Mapping[str, int] | None = None,
    on_delivery: Callable[[Delivery], None] = lambda _: None,
    on_connected: Callable[[], None] = lambda: None,
    on_turn: Callable[[], float | None] = lambda: None,
    session_expiry_s: int = 0,
    queue_limit: int = 512,
    first_backoff_s: float = 0.1,
) -> Link:
    """Build a link that tries again quickly."""
    return Link(
        address=address,
        client_id=client_id,
        clock=clock or SystemClock(),
        subscriptions=subscriptions or {},
        on_delivery=on_delivery,
        on_connected=on_connected,
        on_turn=on_turn,
        session_expiry_s=session_expiry_s,
        queue_limit=queue_limit,
        first_backoff_s=first_backoff_s,
    )
