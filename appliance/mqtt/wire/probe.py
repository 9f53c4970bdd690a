"""One look at the broker, for ``classbox check``."""

from appliance.mqtt.wire.address import BrokerAddress
from appliance.mqtt.wire.session import Session


def probe_broker(address: BrokerAddress, *, client_id: str) -> None:
    """Connect once and leave.

    Args:
        address: Broker and credentials.
        client_id: Another than the running box's, which the broker would throw out; where the
            broker takes the user name for it, the box is thrown out and comes back by itself.

    Raises:
        BrokerError: The broker cannot be reached or refuses; the message says which.
    """
    session = Session(
        address=address,
        client_id=client_id,
        session_expiry_s=0,
        will=None,
        on_delivery=lambda _: None,
        on_event=lambda: None,
    )
    try:
        session.open({})
    finally:
        session.close()
