"""What can be asked at the door of a running box."""

from collections.abc import Callable, Iterable, Iterator

from appliance.host.door import Answer, Asks
from appliance.mqtt.contract.box import BoxHealth
from appliance.mqtt.contract.codec import to_plain


def questions(
    *,
    report: Callable[[], BoxHealth],
    funnel: Callable[[Answer], Iterable[Answer]],
    permissions: Callable[[Answer], Iterable[Answer]],
    test_alert: Callable[[Answer], Iterable[Answer]],
) -> Asks:
    """Return every question with the function that answers it.

    Args:
        report: Tells how the box is now.
        funnel: Tells how far things come on their way from the cameras to the terminals.
        permissions: Proves what the broker allows.
        test_alert: Sends a test command and follows it.
    """

    def health(_: Answer) -> Iterator[Answer]:
        yield to_plain(report())

    return {
        "health": health,
        "funnel": funnel,
        "permissions": permissions,
        "test-alert": test_alert,
    }
