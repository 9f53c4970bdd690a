"""Who may ask a box for what, and what the record says of it."""

from collections.abc import Container

from appliance.domain.seats import SeatKey
from appliance.domain.terminals import (
    ControlCommand,
    ControlReply,
    ControlRequest,
    ControlRole,
    ControlStatus,
)

_MAY_ASK = {
    ControlRole.TEACHER: frozenset(ControlCommand),
    ControlRole.IT: frozenset({ControlCommand.AIM, ControlCommand.TEST_ALERT}),
    ControlRole.TERMINAL: frozenset(
        {
            ControlCommand.CONSENT,
            ControlCommand.PAUSE,
            ControlCommand.RESUME,
            ControlCommand.CALIBRATE,
        }
    ),
    ControlRole.STRANGER: frozenset[ControlCommand](),
}


def find_objection(
    request: ControlRequest, *, own: SeatKey | None, seats: Container[SeatKey]
) -> str:
    """Return why a request is refused whatever it is about; empty where it is not.

    Args:
        request: What is asked.
        own: The seat of the terminal that asks; None where it is no terminal.
        seats: Those of this box.
    """
    client, role, seat = request.client, request.role, request.seat
    rules = (
        (bool(request.objection), request.objection),
        (role is ControlRole.STRANGER, f"{client} is not in this box's configuration"),
        (request.command not in _MAY_ASK[role], f"{client} may not ask for that"),
        (
            role is ControlRole.TERMINAL and seat not in (None, own),
            "a terminal asks for its own seat only",
        ),
        (seat is not None and seat not in seats, "no such seat on this box"),
        (
            seat is not None and request.command is ControlCommand.AIM,
            "a camera is pointed, not a seat",
        ),
        (not _may_refer(request), "only a teacher who gives consent names a paper form"),
        (
            not (request.reference or "").isprintable(),
            "a reference has nothing but printable characters",
        ),
    )
    return next((reason for applies, reason in rules if applies), "")


def for_the_record(request: ControlRequest, reply: ControlReply) -> str:
    """Return what the audit says of a request beside who asked: no words but a form's reference."""
    said = [reply.status.value]
    if reply.status is not ControlStatus.REFUSED:
        said += [] if request.on is None else ["on" if request.on else "off"]
        said += [] if request.reference is None else [f"form {request.reference}"]
    why = request.objection.partition(":")[0]
    return ", ".join(said) + (f": {why}" if why else "")


def _may_refer(request: ControlRequest) -> bool:
    """Tell whether a request names no paper form, or may name one."""
    gives = request.command is ControlCommand.CONSENT and request.granted is True
    return request.reference is None or (gives and request.role is ControlRole.TEACHER)
