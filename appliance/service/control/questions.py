"""What can be asked at the door of a running box."""

from collections.abc import Callable, Iterator

from appliance.host.door import Answer, Asks
from appliance.mqtt.contract.box import BoxHealth
from appliance.mqtt.contract.codec import to_plain


def questions(
    *, report: Callable[[], BoxHealth], aim: Callable[[Answer], Iterator[Answer]]
) -> Asks:
    """Return every question with the function that answers it.

    Args:
        report: Tells how the box is now.
        aim: Measures for whoever points a camera.
    """

    def health(_: Answer) -> Iterator[Answer]:
        yield to_plain(report())

    return {"health": health, "aim": aim}
