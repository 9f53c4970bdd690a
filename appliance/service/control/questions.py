"""What can be asked at the door of a running box."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import asdict

from appliance.domain.seats import SeatKey
from appliance.errors import DoorError
from appliance.host.door import Answer, Asks
from appliance.mqtt.contract.box import BoxHealth
from appliance.mqtt.contract.codec import to_plain
from appliance.service.control.pausing import Pausing
from appliance.service.control.seat_pauses import SeatPauses
from appliance.service.status import BoxCondition
from appliance.storage.erasure import ErasureReport

OPERATOR = "operator"
"""Who comes to the door: root, or the service's own user."""


def questions(
    *,
    report: Callable[[], BoxHealth],
    condition: Callable[[], BoxCondition],
    research: str,
    pausing: Pausing,
    pauses: SeatPauses,
    exams: Callable[[], Mapping[str, str]],
    aim: Callable[[Answer], Iterator[Answer]],
    agree: Callable[[SeatKey], None],
    erase: Callable[[SeatKey], ErasureReport],
    seats: Collection[SeatKey],
) -> Asks:
    """Return every question with the function that answers it.

    Args:
        report: Tells how the box is now.
        condition: Tells what it says it is.
        research: What is left to chance; empty where nothing is.
        pausing: Closes and opens the cameras for people.
        pauses: The same for one seat.
        exams: Tells which exams teachers have announced, by seat or ``room``.
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
            "research": research,
            "exams": dict(exams()),
            "health": to_plain(report()),
        }

    def pause(question: Answer) -> Iterator[Answer]:
        seat, why = _seat_or_room(question, seats), str(question.get("why", ""))
        if seat is None:
            yield {"lacking": pausing.pause(actor=OPERATOR, why=why)}
        else:
            yield {"lacking": pauses.pause(seat, actor=OPERATOR, why=why)}

    def resume(question: Answer) -> Iterator[Answer]:
        seat, still = _seat_or_room(question, seats), ""
        if seat is None:
            still = pausing.resume(actor=OPERATOR)
        else:
            pauses.resume(seat, actor=OPERATOR)
        yield {"still": still, "paused": pauses.seats()}

    def consent(question: Answer) -> Iterator[Answer]:
        agree(_seat(question, seats))
        yield {}

    def forget(question: Answer) -> Iterator[Answer]:
        yield asdict(erase(_seat(question, seats)))

    return {
        "status": status,
        "pause": pause,
        "resume": resume,
        "aim": aim,
        "consent": consent,
        "erase": forget,
    }


def _seat(question: Answer, seats: Collection[SeatKey]) -> SeatKey:
    seat = SeatKey(str(question.get("seat", "")))
    if seat not in seats:
        msg = f"the running service has no seat {seat}; restart it: its configuration has changed"
        raise DoorError(msg)
    return seat


def _seat_or_room(question: Answer, seats: Collection[SeatKey]) -> SeatKey | None:
    """Return the seat that is meant; None for all of them."""
    return None if question.get("seat") is None else _seat(question, seats)
