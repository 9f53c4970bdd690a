"""The routes by which people and terminals come in and go out."""

import time
from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from appliance.screens.http.cookies import SessionCookie
from appliance.screens.http.limits import BackOff, RateLimit
from appliance.screens.http.pages import Pages
from appliance.screens.http.refusals import Refusal
from appliance.screens.http.streams import STREAMS, OpenStreams
from appliance.screens.http.visitors import (
    Endpoint,
    Role,
    Visitor,
    address_of,
    fields_of,
    for_anybody,
    for_person,
    person_of,
    seat_of,
    visitor_of,
)
from appliance.screens.people.accounts import Accounts, plain_name
from appliance.screens.people.audit import AuditLog
from appliance.screens.people.enrolment import EnrolmentCodes
from appliance.screens.people.passwords import LONGEST
from appliance.screens.people.sessions import Sessions
from appliance.screens.people.workshop import HashWorkshop

HOME: Mapping[Role, str] = {Role.SEAT: "/seat", Role.TEACHER: "/teacher", Role.IT: "/box"}

MINUTE_S, HOUR_S = 60.0, 3600.0
SIGN_INS = 5
"""Failures of an address in a minute."""

SIGN_INS_OF_A_NAME = 30
"""Failures of a name in a minute, wherever they come from: a whole class may try together."""

CODES = 10
"""Failures of an address in an hour."""

CODES_IN_ALL = 10_000
"""Failures in an hour, wherever they come from.

Not for the codes' sake: of 30^10 = 5.9 * 10^14, an hour of guesses finds one of 32 open codes with
5.4 * 10^-10, one of 200 with 3.4 * 10^-9; a whole year with 200 open at any time with 3 * 10^-5. It
bounds the hashing: a guess costs about 1 ms for each open code, so 40 cost a tenth of a core. Who
guesses must not close the door for whoever has a code: it takes 1,000 addresses, ``CODES`` each.
"""

CODES_NOTED = 100
"""Failures on record in an hour: more would push what people did out of it."""

LONGEST_CODE = 64


class Doors:
    """Handlers of signing in and out, of enrolling, and of the page that leads there."""

    def __init__(
        self,
        *,
        accounts: Accounts,
        sessions: Sessions,
        codes: EnrolmentCodes,
        audit: AuditLog,
        pages: Pages,
        seat_cookie: SessionCookie,
        person_cookie: SessionCookie,
        workshop: HashWorkshop,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Connect.

        Args:
            accounts: Who has a password.
            sessions: Who is in.
            codes: What makes a browser a terminal.
            audit: Where it is noted.
            pages: Fills the shells.
            seat_cookie: Of a terminal.
            person_cookie: Of a teacher or of IT.
            workshop: Where hashes are made.
            monotonic: Clock of the limits.
        """
        self._accounts = accounts
        self._sessions = sessions
        self._codes = codes
        self._audit = audit
        self._pages = pages
        self._seat_cookie = seat_cookie
        self._person_cookie = person_cookie
        self._workshop = workshop
        self._sign_ins = RateLimit(SIGN_INS, MINUTE_S, monotonic=monotonic)
        self._names = RateLimit(SIGN_INS_OF_A_NAME, MINUTE_S, monotonic=monotonic)
        self._back_off = BackOff(monotonic=monotonic)
        self._codes_of_address = RateLimit(CODES, HOUR_S, monotonic=monotonic)
        self._codes_in_all = RateLimit(CODES_IN_ALL, HOUR_S, monotonic=monotonic)
        self._codes_noted = RateLimit(CODES_NOTED, HOUR_S, monotonic=monotonic)

    def routes(self) -> list[Route]:
        """Return all of them."""
        return [
            Route("/", self._page("people/door"), methods=["GET"]),
            Route("/sign-in", self._page("people/sign-in"), methods=["GET"]),
            Route("/sign-in", for_anybody(self._sign_in), methods=["POST"]),
            Route("/sign-out", for_person(self._sign_out), methods=["POST"]),
            Route("/enrol", self._page("people/enrol"), methods=["GET"]),
            Route("/enrol", for_anybody(self._enrol), methods=["POST"]),
        ]

    def elsewhere(self, request: Request, visitor: Visitor) -> Response:
        """Say whose page it is that somebody has asked for, and lead on."""
        return self._pages.shell(request, "people/elsewhere", visitor, status=403)

    def lost(self, request: Request) -> Response:
        """Say that there is no page at an address, and lead on."""
        return self._pages.shell(request, "people/elsewhere", visitor_of(request), status=404)

    def _page(self, page: str) -> Endpoint:
        async def show(request: Request) -> Response:
            return self._pages.shell(request, page, visitor_of(request))

        return show

    async def _sign_in(self, request: Request) -> Response:
        fields = fields_of(request)
        name, password = fields.get("name"), fields.get("password")
        if not isinstance(name, str) or not isinstance(password, str) or len(password) > LONGEST:
            raise Refusal(400, "fields")
        name, address = plain_name(name[:LONGEST]), address_of(request)
        both = f"{address} {name}"
        if wait_s := self._back_off.wait_s(both):
            raise Refusal(429, retry_after_s=wait_s)
        _take_all({self._sign_ins: address, self._names: name})
        account = await self._workshop.run(lambda: self._accounts.check(name, password))
        if account is None:
            self._back_off.failed(both)
            known = self._accounts.of(name) is not None  # else it may be a password
            self._audit.note(who=name if known else "?", what="sign-in", outcome="refused")
            raise Refusal(401, "wrong")
        self._sign_ins.give_back(address)
        self._names.give_back(name)
        self._back_off.succeeded(both)
        await self._leave(request, person_of(request))
        secret = await self._workshop.run(lambda: self._sessions.begin_person(account))
        answer = JSONResponse({"go": HOME[account.role]})
        self._person_cookie.give(answer, secret)
        self._audit.note(who=account.name, what="sign-in")
        return answer

    async def _sign_out(self, request: Request, visitor: Visitor) -> Response:
        await self._leave(request, visitor)
        self._audit.note(who=visitor.name, what="sign-out")
        answer = JSONResponse({"go": "/sign-in"})
        self._person_cookie.take(answer)
        return answer

    async def _enrol(self, request: Request) -> Response:
        code = fields_of(request).get("code")
        if not isinstance(code, str) or len(code) > LONGEST_CODE:
            raise Refusal(400, "fields")
        address = address_of(request)
        _take_all({self._codes_of_address: address, self._codes_in_all: ""})
        terminal = await self._workshop.run(lambda: self._codes.redeem(code))
        if terminal is None:
            if not self._codes_noted.take(""):
                self._audit.note(who=address, what="enrol", outcome="refused")
            raise Refusal(403, "code")
        self._codes_of_address.give_back(address)
        self._codes_in_all.give_back("")
        await self._leave(request, seat_of(request))
        secret = await self._workshop.run(lambda: self._sessions.begin_seat(terminal))
        answer = JSONResponse({"go": HOME[Role.SEAT]})
        self._seat_cookie.give(answer, secret)
        self._audit.note(who=address, what="enrol", about=terminal)
        return answer

    async def _leave(self, request: Request, visitor: Visitor | None) -> None:
        """End a session and what it follows: nobody goes on under an old cookie."""
        if visitor is None:
            return
        await self._workshop.run(lambda: self._sessions.end(visitor.session))
        streams: OpenStreams = request.scope[STREAMS]
        streams.end_session(visitor.session)


def _take_all(limits: Mapping[RateLimit, str]) -> None:
    """Count one with each limit.

    Raises:
        Refusal: It is too often for one of them; the others do not count it.
    """
    taken: list[RateLimit] = []
    for limit, key in limits.items():
        if wait_s := limit.take(key):
            for other in taken:
                other.give_back(limits[other])
            raise Refusal(429, retry_after_s=wait_s)
        taken.append(limit)
