"""What can be asked at the door of a running box."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict

from appliance.domain.seats import SeatKey
from appliance.errors import DoorError
from appliance.host.door import Answer, Asks
from appliance.mqtt.contract.box import BoxHealth
from appliance.mqtt.contract.codec import to_plain
from appliance.service.control.pausing import Pausing
from appliance.service.status import BoxCondition
from appliance.storage.erasure import ErasureReport

OPERATOR = "operator"
"""Who comes to the door: root, or the service's own user."""


def questions(
    *,
    report: Callable[[], BoxHealth],
    condition: Callable[[], BoxCondition],
    pausing: Pausing,
    aim: Callable[[Answer], Iterator[Answer]],
    agree: Callable[[SeatKey], None],
    erase: Callable[[SeatKey], ErasureReport],
    seats: Collection[SeatKey],
) -> Asks:
    """Return every question with the function that answers it.

    Args:
        report: Tells how the box is now.
        condition: Tells what it says it is.
        pausing: Closes and opens the cameras for people.
        aim: Measures for whoever points a camera.
        agree: Records that whoever sits on a seat now may be looked at.
        erase: Forgets everything about a seat.
        seats: Those that there are.
    """

    def status(_: Answer) -> Iterator[Answer]:
        now = condition()
        yield {
            "state": now.state.value,
            "since_s": now.since_s,
            "closed": dict(now.closed),
            "problems": list(now.problems),
            "health": to_plain(report()),
        }

    def pause(question: Answer) -> Iterator[Answer]:
        yield {"lacking": pausing.pause(actor=OPERATOR, why=str(question.get("why", "")))}

    def resume(_: Answer) -> Iterator[Answer]:
        yield {"still": pausing.resume(actor=OPERATOR)}

    def seat_of(question: Answer) -> SeatKey:
        seat = SeatKey(str(question.get("seat", "")))
        if seat not in seats:
            msg = f"the running box has no seat {seat!r}; restart it if you have just added it"
            raise DoorError(msg)
        return seat

    def consent(question: Answer) -> Iterator[Answer]:
        agree(seat_of(question))
        yield {}

    def forget(question: Answer) -> Iterator[Answer]:
        yield asdict(erase(seat_of(question)))

    return {
        "status": status,
        "pause": pause,
        "resume": resume,
        "aim": aim,
        "consent": consent,
        "erase": forget,
    }
