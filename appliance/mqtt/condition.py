"""How the connection to the broker is, in one piece for the health report."""

from collections.abc import Mapping

from appliance.mqtt.contract.box import BrokerHealth
from appliance.mqtt.inbox import Inbox
from appliance.mqtt.outbox import Outbox
from appliance.mqtt.wire.link import Link


def broker_health(
    *,
    link: Link,
    outbox: Outbox,
    inbox: Inbox,
    floods: Mapping[str, int],
    invalid: int,
    last_echo_s: float | None,
    deaf: str,
) -> BrokerHealth:
    """Read the counters of all parts.

    Args:
        link: To the broker.
        outbox: Commands and alerts on their way.
        inbox: What has come and waits for its handler.
        floods: Messages that were not heard, by the sender who sent far too many.
        invalid: Messages that break the contract.
        last_echo_s: Age of the last echo, seconds; None before the first.
        deaf: What to say while the box does not hear itself; empty while it does.
    """
    drops = {
        "queue-full": link.dropped,
        "outbox-full": outbox.refused,
        "inbox-full": inbox.dropped,
        "flood": sum(floods.values()),
        "invalid": invalid,
    }
    return BrokerHealth(
        connected=link.connected,
        published=outbox.published,
        acknowledged=outbox.acknowledged,
        alerts=outbox.alerts,
        expired=outbox.expired,
        reconnects=max(0, link.connections - 1),
        dropped=sum(drops.values()),
        drops=drops,
        floods=dict(floods),
        unsaved=outbox.unsaved,
        callback_errors=link.callback_errors + inbox.errors,
        outbox=len(outbox),
        last_echo_s=last_echo_s,
        last_error=link.last_error or deaf,
    )
