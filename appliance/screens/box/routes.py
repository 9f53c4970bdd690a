"""IT's routes: the page, its stream, pointing cameras, and letting browsers in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from appliance.domain.terminals import ControlReply, ControlStatus
from appliance.errors import ConfigError
from appliance.screens.acts import NotesActs, answer_act, text_of, truth_of
from appliance.screens.allowed import ShowsAllowed, only_allowed
from appliance.screens.box.desk import ItDesk
from appliance.screens.http.pages import Pages
from appliance.screens.http.refusals import Refusal
from appliance.screens.http.streams import event_stream
from appliance.screens.http.visitors import Visitor, fields_of, for_it
from appliance.screens.people.enrolment import IssuedCode, qr_svg

PAGE, SHEET = "box/page", "box/sheet"


@dataclass(frozen=True, slots=True, kw_only=True)
class LettingIn:
    """What this server knows of who may be let in as which terminal."""

    terminals: Callable[[], Sequence[str]]
    """Every terminal whose identity it holds."""

    issue: Callable[[Sequence[str]], Sequence[IssuedCode]]
    """Makes codes; takes some milliseconds each."""

    issued: Callable[[], Sequence[IssuedCode]]
    """Returns those that are open."""

    revoke: Callable[[str], int]
    """Ends the sessions and the code of a terminal; returns how many sessions."""


class ItRoutes:
    """Handlers over one desk."""

    def __init__(
        self,
        *,
        desk: ItDesk,
        letting_in: LettingIn,
        pages: Pages,
        note: NotesActs,
        allowed: ShowsAllowed = only_allowed,
    ) -> None:
        """Connect.

        Args:
            desk: The boxes.
            letting_in: Codes and sessions of terminals.
            pages: Fills the shells.
            note: Keeps who did what.
            allowed: Keeps names of states from pages.
        """
        self._desk = desk
        self._letting_in = letting_in
        self._pages = pages
        self._note = note
        self._allowed = allowed

    def routes(self) -> list[Route]:
        """Return all of them."""
        return [
            Route("/box", for_it(self._page), methods=["GET"]),
            Route("/box/stream", for_it(self._stream), methods=["GET"]),
            Route("/box/sheet", for_it(self._sheet), methods=["GET"]),
            Route("/box/qr/{code}.svg", for_it(self._qr), methods=["GET"]),
            Route("/box/aim", for_it(self._aim), methods=["POST"]),
            Route("/box/codes", for_it(self._codes), methods=["POST"]),
            Route("/box/revoke", for_it(self._revoke), methods=["POST"]),
            Route("/box/test-alert", for_it(self._test_alert), methods=["POST"]),
        ]

    async def _page(self, request: Request, visitor: Visitor) -> Response:
        return self._pages.shell(request, PAGE, visitor)

    async def _sheet(self, request: Request, visitor: Visitor) -> Response:
        return self._pages.shell(request, SHEET, visitor)

    async def _stream(self, _request: Request, _visitor: Visitor) -> Response:
        return event_stream(self._desk.feed)

    async def _qr(self, request: Request, _visitor: Visitor) -> Response:
        wanted = request.path_params["code"]
        url = next((one.url for one in self._letting_in.issued() if one.code == wanted), None)
        if url is None:
            raise Refusal(404)
        return Response(await run_in_threadpool(qr_svg, url), media_type="image/svg+xml")

    async def _aim(self, request: Request, visitor: Visitor) -> Response:
        fields = fields_of(request)
        camera, on = text_of(fields, "camera"), truth_of(fields, "on")
        if camera is None or (on and camera not in self._desk.boxes.cameras()):
            raise Refusal(404, "camera")
        return await answer_act(
            lambda: self._desk.aim(camera, on=on),
            note=self._note,
            who=visitor.name,
            what="aim" if on else "aim-end",
            about=camera,
            allowed=self._allowed,
        )

    async def _codes(self, request: Request, visitor: Visitor) -> Response:
        known = self._letting_in.terminals()
        wanted = fields_of(request).get("terminals")
        if wanted is None:
            chosen = list(known)
        elif isinstance(wanted, list) and wanted and all(one in known for one in wanted):
            chosen = [str(one) for one in wanted]
        else:
            raise Refusal(404, "terminal")
        try:
            issued = await run_in_threadpool(self._issue, chosen, visitor.name)
        except ConfigError:  # a terminal's folder has gone meanwhile
            raise Refusal(404, "terminal") from None
        self._desk.feed.changed()
        return JSONResponse({"codes": code_rows(issued)})

    async def _revoke(self, request: Request, visitor: Visitor) -> Response:
        terminal = text_of(fields_of(request), "terminal")
        if terminal is None or terminal not in self._letting_in.terminals():
            raise Refusal(404, "terminal")

        def revoke() -> ControlReply:
            ended = self._letting_in.revoke(terminal)
            return ControlReply(status=ControlStatus.DONE, detail=f"{ended} sessions ended")

        answer = await answer_act(
            revoke,
            note=self._note,
            who=visitor.name,
            what="revoke",
            about=terminal,
            allowed=self._allowed,
        )
        self._desk.feed.changed()
        return answer

    async def _test_alert(self, request: Request, visitor: Visitor) -> Response:
        seat = text_of(fields_of(request), "seat")
        if seat is None or seat not in self._desk.boxes.seats():
            raise Refusal(404, "seat")
        return await answer_act(
            lambda: self._desk.test_alert(seat),
            note=self._note,
            who=visitor.name,
            what="test-alert",
            about=seat,
            allowed=self._allowed,
        )

    def _issue(self, terminals: Sequence[str], who: str) -> Sequence[IssuedCode]:
        issued = self._letting_in.issue(terminals)
        for one in issued:
            self._note(who=who, what="code", about=one.terminal)
        return issued


def code_rows(codes: Sequence[IssuedCode]) -> list[dict[str, object]]:
    """Return codes for JSON; each names where its picture is."""
    return [
        {
            "terminal": one.terminal,
            "code": one.code,
            "url": one.url,
            "ends_s": one.ends_s,
            "qr": f"/box/qr/{one.code}.svg",
        }
        for one in codes
    ]
