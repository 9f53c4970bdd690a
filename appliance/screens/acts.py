"""What comes of an act of a teacher or of IT: done off the server's thread, noted, answered."""

from collections.abc import Callable, Mapping
from typing import Protocol

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from appliance.domain.terminals import ControlReply, ControlStatus
from appliance.errors import ContractError, StorageError
from appliance.screens.allowed import ShowsAllowed
from appliance.screens.http.refusals import Refusal

log = structlog.get_logger()

TIMEOUT = "timeout"
"""No box has answered; what was asked may still come about."""

NOT_NOTED = "not on the screens' own record"


class NotesActs(Protocol):
    """Keeps who did what; ``AuditLog.note`` of the screens."""

    def __call__(self, *, who: str, what: str, about: str = "", outcome: str = "done") -> None:
        """Add a line; a StorageError says that it could not."""
        ...


async def answer_act(
    act: Callable[[], ControlReply | None],
    *,
    note: NotesActs,
    who: str,
    what: str,
    about: str = "",
    allowed: ShowsAllowed,
) -> Response:
    """Do something that waits, note it under the account's name and say what came of it.

    The broker vouches for a client that all of a kind share, so only this record has the name.

    Args:
        act: Returns what a box says, None when none has in time.
        note: Keeps it.
        who: Account.
        what: The act.
        about: Seat, camera or the like; may be empty.
        allowed: Keeps names of states from pages.
    """

    def do() -> Mapping[str, str]:
        reply = act()
        status = TIMEOUT if reply is None else reply.status.value
        # Whatever profile holds, a state of somebody is no outcome of a request.
        detail = "" if reply is None else str(allowed(reply.detail, None))
        try:
            note(who=who, what=what, about=about, outcome=": ".join(filter(None, (status, detail))))
        except StorageError as error:
            log.warning("act_not_noted", what=what, reason=str(error))
            detail = "; ".join(filter(None, (detail, NOT_NOTED)))
        return {"status": status, "detail": detail}

    try:
        return JSONResponse(await run_in_threadpool(do))
    except ContractError:
        raise Refusal(400, "invalid") from None


def done_if(*, succeeded: bool, why_not: str) -> ControlReply:
    """Return the reply of something that has or has not come about."""
    if succeeded:
        return ControlReply(status=ControlStatus.DONE)
    return ControlReply(status=ControlStatus.FAILED, detail=why_not)


def text_of(fields: Mapping[str, object], name: str) -> str | None:
    """Return a text of a POST; None where it is left out or empty.

    Raises:
        Refusal: It is something else.
    """
    value = fields.get(name)
    if value is not None and not isinstance(value, str):
        raise Refusal(400, name)
    return value or None


def truth_of(fields: Mapping[str, object], name: str) -> bool:
    """Return a yes or no of a POST.

    Raises:
        Refusal: It is left out or something else.
    """
    value = fields.get(name)
    if not isinstance(value, bool):
        raise Refusal(400, name)
    return value
