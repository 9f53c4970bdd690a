"""The student's routes: the page, its stream, what it tells and asks, and content."""

from collections.abc import Mapping
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from appliance.domain.interventions import FeedbackKind
from appliance.domain.terminals import ControlCommand
from appliance.mqtt.contract.classroom import ControlRequestMessage
from appliance.screens.acts import NotesActs, answer_act, text_of, truth_of
from appliance.screens.allowed import ShowsAllowed, only_allowed
from appliance.screens.http.pages import Pages
from appliance.screens.http.refusals import Refusal
from appliance.screens.http.streams import event_stream
from appliance.screens.http.texts import Texts
from appliance.screens.http.visitors import Visitor, fields_of, for_seat
from appliance.screens.seats.content import Content, ContentKind, topic_key
from appliance.screens.seats.seat import Seat
from appliance.screens.seats.seats import Seats
from appliance.terminal.answers import HIGHEST_RATING, Answer

PAGE = "seat/page"
LONGEST_TOPIC = 200
LONGEST_ANSWER_S = 86400.0
DONE = {"status": "done"}


class SeatRoutes:
    """Handlers over all seats; each visitor has its own and no other."""

    def __init__(
        self,
        *,
        seats: Seats,
        content: Content,
        pages: Pages,
        texts: Texts,
        note: NotesActs,
        allowed: ShowsAllowed = only_allowed,
    ) -> None:
        """Connect.

        Args:
            seats: The enrolled ones.
            content: Hints and content.
            pages: Fills the shell.
            texts: Knows who reads which language.
            note: Keeps who did what.
            allowed: Keeps names of states from pages.
        """
        self._seats = seats
        self._content = content
        self._pages = pages
        self._texts = texts
        self._note = note
        self._allowed = allowed

    def routes(self) -> list[Route]:
        """Return all of them."""
        return [
            Route("/seat", for_seat(self._page), methods=["GET"]),
            Route("/seat/stream", for_seat(self._stream), methods=["GET"]),
            Route("/seat/shown", for_seat(self._shown), methods=["POST"]),
            Route("/seat/answer", for_seat(self._answer), methods=["POST"]),
            Route("/seat/here", for_seat(self._here), methods=["POST"]),
            Route("/seat/consent", for_seat(self._consent), methods=["POST"]),
            Route("/seat/pause", for_seat(self._pause), methods=["POST"]),
            Route("/seat/calibrate", for_seat(self._calibrate), methods=["POST"]),
            Route("/seat/content", for_seat(self._read), methods=["GET"]),
            Route("/seat/content/picture/{kind}/{topic}", for_seat(self._look), methods=["GET"]),
        ]

    async def _page(self, request: Request, visitor: Visitor) -> Response:
        return self._pages.shell(request, PAGE, visitor)

    async def _stream(self, _request: Request, visitor: Visitor) -> Response:
        seat = self._seat(visitor)
        return event_stream(seat.feed, on_open=seat.opened, on_close=seat.closed)

    async def _shown(self, request: Request, visitor: Visitor) -> Response:
        if not self._seat(visitor).shown(_command_of(fields_of(request))):
            raise Refusal(404, "unknown-command")
        return JSONResponse(DONE)

    async def _answer(self, request: Request, visitor: Visitor) -> Response:
        fields = fields_of(request)
        command, answer = _command_of(fields), _answer_of(fields)
        if not await run_in_threadpool(self._seat(visitor).answer, command, answer):
            raise Refusal(404, "unknown-command")
        return JSONResponse(DONE)

    async def _here(self, request: Request, visitor: Visitor) -> Response:
        here = truth_of(fields_of(request), "here")
        seat = self._seat(visitor)
        await run_in_threadpool(lambda: seat.sit(here=here))
        return JSONResponse(DONE)

    async def _consent(self, request: Request, visitor: Visitor) -> Response:
        granted = truth_of(fields_of(request), "granted")
        return await self._ask(
            visitor,
            ControlRequestMessage(command=ControlCommand.CONSENT, granted=granted),
            what="consent-given" if granted else "consent-withdrawn",
        )

    async def _pause(self, request: Request, visitor: Visitor) -> Response:
        paused = truth_of(fields_of(request), "paused")
        command = ControlCommand.PAUSE if paused else ControlCommand.RESUME
        return await self._ask(visitor, ControlRequestMessage(command=command), what=command)

    async def _calibrate(self, _request: Request, visitor: Visitor) -> Response:
        command = ControlCommand.CALIBRATE
        return await self._ask(visitor, ControlRequestMessage(command=command), what=command)

    async def _ask(self, visitor: Visitor, body: ControlRequestMessage, *, what: str) -> Response:
        seat = self._seat(visitor)
        return await answer_act(
            lambda: seat.ask(body),
            note=self._note,
            who=visitor.name,
            what=what,
            allowed=self._allowed,
        )

    async def _read(self, request: Request, _visitor: Visitor) -> Response:
        kind = _kind_of(request.query_params.get("kind", ""))
        topic = request.query_params.get("topic", "")
        if len(topic) > LONGEST_TOPIC:
            raise Refusal(400, "topic")
        language = self._texts.language_of(request).id
        text = await run_in_threadpool(self._content.find, topic, kind, language=language)
        if text is None:
            raise Refusal(404, "no-content")
        picture = None
        if text.picture is not None:
            picture = f"/seat/content/picture/{kind}/{quote(text.picture)}"
        return JSONResponse(
            {
                "title": text.title,
                "paragraphs": text.paragraphs,
                "picture": picture,
                "link": text.link,
            }
        )

    async def _look(self, request: Request, _visitor: Visitor) -> Response:
        kind = _kind_of(request.path_params["kind"])
        topic = topic_key(request.path_params["topic"])
        picture = await run_in_threadpool(self._content.picture, topic, kind)
        if picture is None:
            raise Refusal(404)
        return Response(
            picture.data, media_type=picture.media_type, headers={"Cache-Control": "no-cache"}
        )

    def _seat(self, visitor: Visitor) -> Seat:
        seat = self._seats.get(visitor.name)
        if seat is None:  # enrolled, and its folder was taken away since
            raise Refusal(404, "no-terminal")
        return seat


def _command_of(fields: Mapping[str, object]) -> str:
    command = text_of(fields, "id")
    if command is None:
        raise Refusal(400, "id")
    return command


def _answer_of(fields: Mapping[str, object]) -> Answer:
    try:
        kind = FeedbackKind(text_of(fields, "kind") or "")
    except ValueError:
        raise Refusal(400, "kind") from None
    rating = fields.get("rating")
    rated = kind is FeedbackKind.RATED
    if type(rating) is not int:
        rating = None
    if rated != (rating is not None and 1 <= rating <= HIGHEST_RATING):
        raise Refusal(400, "rating")
    after_s = fields.get("after_s")
    if isinstance(after_s, bool) or not isinstance(after_s, int | float):
        after_s = None
    if after_s is not None and not 0 <= after_s <= LONGEST_ANSWER_S:
        raise Refusal(400, "after_s")
    return Answer(kind=kind, rating=rating, after_s=after_s)


def _kind_of(word: str) -> ContentKind:
    try:
        return ContentKind(word)
    except ValueError:
        raise Refusal(400, "kind") from None
