"""What the broker allows a running box, for ``classbox check`` and ``classbox doctor``."""

from collections.abc import Callable, Iterator

from appliance.host.door import Answer
from appliance.mqtt.wire.probe import ProvedPermission


def permissions(
    prove: Callable[[], list[ProvedPermission]],
) -> Callable[[Answer], Iterator[Answer]]:
    """Return what answers ``permissions`` at the door: one line for each, by delivery.

    Args:
        prove: Finds them out on the box's own session.
    """

    def answer(_: Answer) -> Iterator[Answer]:
        for one in prove():
            yield {
                "access": one.permission.access.value,
                "topics": one.permission.topics,
                "trial": one.permission.trial,
                "proof": one.proof.value,
            }

    return answer
