"""What can be asked at the door of a running box."""

from collections.abc import Callable, Iterator

from appliance.host.door import Answer, Asks
from appliance.mqtt.contract.box import BoxHealth
from appliance.mqtt.contract.codec import to_plain
from appliance.service.control.pausing import Pausing
from appliance.service.status import BoxCondition

OPERATOR = "operator"
"""Who comes to the door: root, or the service's own user."""


def questions(
    *,
    report: Callable[[], BoxHealth],
    condition: Callable[[], BoxCondition],
    research: str,
    pausing: Pausing,
    aim: Callable[[Answer], Iterator[Answer]],
) -> Asks:
    """Return every question with the function that answers it.

    Args:
        report: Tells how the box is now.
        condition: Tells what it says it is.
        research: What is left to chance; empty where nothing is.
        pausing: Closes and opens the cameras for people.
        aim: Measures for whoever points a camera.
    """

    def status(_: Answer) -> Iterator[Answer]:
        now = condition()
        yield {
            "state": now.state.value,
            "since_s": now.since_s,
            "closed": dict(now.closed),
            "problems": list(now.problems),
            "research": research,
            "health": to_plain(report()),
        }

    def pause(question: Answer) -> Iterator[Answer]:
        yield {"lacking": pausing.pause(actor=OPERATOR, why=str(question.get("why", "")))}

    def resume(_: Answer) -> Iterator[Answer]:
        yield {"still": pausing.resume(actor=OPERATOR)}

    return {"status": status, "pause": pause, "resume": resume, "aim": aim}
