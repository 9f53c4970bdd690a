"""The teacher's routes: the page, its stream, requests and verdicts."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from appliance.domain.seats import SeatKey
from appliance.domain.terminals import ControlCommand, Verdict
from appliance.mqtt.asking import NOT_SENT
from appliance.mqtt.contract.classroom import ControlRequestMessage
from appliance.screens.acts import NotesActs, answer_act, done_if, text_of, truth_of
from appliance.screens.allowed import ShowsAllowed, only_allowed
from appliance.screens.http.pages import Pages
from appliance.screens.http.refusals import Refusal
from appliance.screens.http.streams import event_stream
from appliance.screens.http.visitors import Visitor, fields_of, for_teacher
from appliance.screens.room.console import TeacherConsole

PAGE = "teacher/page"

_FOR_ROOM_OR_SEAT = frozenset(
    {
        ControlCommand.PAUSE,
        ControlCommand.RESUME,
        ControlCommand.UNLOCK_ALL,
        ControlCommand.EXAM,
    }
)
_FOR_A_SEAT = frozenset({ControlCommand.CONSENT, ControlCommand.TEST_ALERT})
"""Nothing else may be asked from a page: erasing and exporting are IT's, on the box itself."""


class TeacherRoutes:
    """Handlers over one console."""

    def __init__(
        self,
        *,
        console: TeacherConsole,
        pages: Pages,
        note: NotesActs,
        allowed: ShowsAllowed = only_allowed,
    ) -> None:
        """Connect.

        Args:
            console: The room.
            pages: Fills the shell.
            note: Keeps who did what.
            allowed: Keeps names of states from pages.
        """
        self._console = console
        self._pages = pages
        self._note = note
        self._allowed = allowed

    def routes(self) -> list[Route]:
        """Return all of them."""
        return [
            Route("/teacher", for_teacher(self._page), methods=["GET"]),
            Route("/teacher/stream", for_teacher(self._stream), methods=["GET"]),
            Route("/teacher/request", for_teacher(self._request), methods=["POST"]),
            Route("/teacher/verdict", for_teacher(self._verdict), methods=["POST"]),
        ]

    async def _page(self, request: Request, visitor: Visitor) -> Response:
        return self._pages.shell(request, PAGE, visitor)

    async def _stream(self, _request: Request, _visitor: Visitor) -> Response:
        return event_stream(self._console.feed)

    async def _request(self, request: Request, visitor: Visitor) -> Response:
        fields = fields_of(request)
        command = _command_of(text_of(fields, "command"))
        seat = text_of(fields, "seat")
        if seat is None and command in _FOR_A_SEAT:
            raise Refusal(400, "seat")
        if seat is not None and not self._console.knows(seat):
            raise Refusal(404, "seat")
        consent, exam = command is ControlCommand.CONSENT, command is ControlCommand.EXAM
        granted = truth_of(fields, "granted") if consent else None
        body = ControlRequestMessage(
            command=command,
            seat=None if seat is None else SeatKey(seat),
            granted=granted,
            on=truth_of(fields, "on") if exam else None,
            reference=text_of(fields, "reference") if granted else None,
        )
        return await answer_act(
            lambda: self._console.ask(body),
            note=self._note,
            who=visitor.name,
            what=_what(body),
            about=seat or "",
            allowed=self._allowed,
        )

    async def _verdict(self, request: Request, visitor: Visitor) -> Response:
        fields = fields_of(request)
        try:
            verdict = Verdict(text_of(fields, "verdict") or "")
        except ValueError:
            raise Refusal(400, "verdict") from None
        alert = self._console.alert(text_of(fields, "alert") or "")
        if alert is None:
            raise Refusal(404, "alert")
        return await answer_act(
            lambda: done_if(succeeded=self._console.judge(alert, verdict), why_not=NOT_SENT),
            note=self._note,
            who=visitor.name,
            what=f"alert-{verdict}",
            about=alert.seat,
            allowed=self._allowed,
        )


def _command_of(word: str | None) -> ControlCommand:
    allowed = {command.value: command for command in _FOR_ROOM_OR_SEAT | _FOR_A_SEAT}
    if word not in allowed:
        raise Refusal(400, "command")
    return allowed[word]


def _what(body: ControlRequestMessage) -> str:
    """Return the act as the record has it; a paper form's reference is the box's to keep."""
    if body.granted is not None:
        return "consent-given" if body.granted else "consent-withdrawn"
    if body.on is not None:
        return "exam-on" if body.on else "exam-off"
    return body.command.value
