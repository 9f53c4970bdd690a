"""Who asks, and what a request has to bring to be heard."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NoReturn, Protocol

from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response

from appliance.screens.http.limits import RateLimit
from appliance.screens.http.refusals import Refusal
from appliance.screens.http.streams import SESSION

VISITORS = "classbox.visitors"
"""Key of the scope: a ``Visitors``."""

FIELDS = "classbox.fields"
VISITOR = "classbox.visitor"

PROOF_HEADER = "x-classbox-token"
ENDED = "ended"
"""In the address of a door: the session of this browser is over."""

LONGEST_BODY = 16 * 1024
"""Bytes of a POST."""

SLOWEST_BODY_S = 5.0
"""Until a POST has been sent."""


class Role(StrEnum):
    """What a visitor may do."""

    SEAT = "seat"
    """An enrolled terminal."""

    TEACHER = "teacher"
    IT = "it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Somebody with a session."""

    role: Role
    """What may be done."""

    name: str
    """Terminal or account."""

    token: str = field(repr=False)
    """What a POST of this session has to carry in ``X-Classbox-Token``."""

    session: str = field(repr=False)
    """Which session: the hash of its cookie; counts what it does and ends its streams."""


class FindsVisitors(Protocol):
    """Knows sessions; promises in tests/screens/people/test_doors.py."""

    def find(self, secret: str) -> Visitor | None:
        """Return whose session a cookie is, None when there is no such session any more."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitors:
    """What the server knows when it looks at a request."""

    sessions: FindsVisitors
    """Who has which cookie."""

    seat_cookie: str
    """Name of the cookie of an enrolled terminal."""

    person_cookie: str
    """Name of the cookie of a teacher or of IT."""

    posts: RateLimit
    """By session, or by address for whoever has none."""

    other_door: Callable[[Request, Visitor], Response] | None = None
    """The page for whoever is signed in and asks for one of another role; None answers JSON."""


Handler = Callable[[Request, Visitor], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


def visitor_of(request: Request) -> Visitor | None:
    """Return who asks; inside ``for_seat`` and the like the one who was let in.

    Elsewhere a teacher or IT comes before the terminal, since one browser can be both.
    """
    if (known := request.scope.get(VISITOR)) is not None:
        return known if isinstance(known, Visitor) else None
    return person_of(request) or seat_of(request)


def person_of(request: Request) -> Visitor | None:
    """Return the teacher or IT person who asks."""
    visitors: Visitors = request.scope[VISITORS]
    found = _find(request, visitors.person_cookie)
    return None if found is None or found.role is Role.SEAT else found


def seat_of(request: Request) -> Visitor | None:
    """Return the terminal that asks."""
    visitors: Visitors = request.scope[VISITORS]
    found = _find(request, visitors.seat_cookie)
    return found if found is not None and found.role is Role.SEAT else None


def fields_of(request: Request) -> Mapping[str, object]:
    """Return the JSON object of a POST: text, numbers, booleans, null and lists of those."""
    fields: Mapping[str, object] = request.scope[FIELDS]
    return fields


def for_seat(handler: Handler) -> Endpoint:
    """Let in enrolled terminals only."""
    return _for_role(handler, Role.SEAT, seat_of, door="/enrol")


def for_teacher(handler: Handler) -> Endpoint:
    """Let in teachers only."""
    return _for_role(handler, Role.TEACHER, person_of, door="/sign-in")


def for_it(handler: Handler) -> Endpoint:
    """Let in IT only."""
    return _for_role(handler, Role.IT, person_of, door="/sign-in")


def for_person(handler: Handler) -> Endpoint:
    """Let in teachers and IT."""
    return _for_role(handler, None, person_of, door="/sign-in")


def for_anybody(handler: Endpoint) -> Endpoint:
    """Let in whoever asks, a POST only from an own page and with a body that can be read."""

    async def endpoint(request: Request) -> Response:
        if request.method == "POST":
            await _hear(request, address_of(request))
        return await handler(request)

    return endpoint


def address_of(request: Request) -> str:
    """Return from where somebody asks."""
    return "" if request.client is None else request.client.host


def csrf_token(secret: str) -> str:
    """Return what pages of a session carry; it cannot be turned back into the cookie."""
    return hmac.new(secret.encode(), b"classbox csrf", hashlib.sha256).hexdigest()


def hash_of(secret: str) -> str:
    """Return what is kept of a secret of 256 random bits; no salt is needed for so many."""
    return hashlib.sha256(secret.encode()).hexdigest()


def wants_page(request: Request) -> bool:
    """Tell whether somebody reads the answer, and not a page of ours."""
    return request.method in ("GET", "HEAD") and "text/html" in request.headers.get("accept", "")


def _for_role(
    handler: Handler, role: Role | None, find: Callable[[Request], Visitor | None], *, door: str
) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        visitor = find(request)
        visitors: Visitors = request.scope[VISITORS]
        if visitor is None:
            if not wants_page(request):
                raise Refusal(401)
            # A browser that was a terminal is told so; it keeps its cookie until it is one again.
            ended = role is Role.SEAT and visitors.seat_cookie in request.cookies
            return RedirectResponse(f"{door}?{ENDED}" if ended else door, status_code=303)
        if role is not None and visitor.role is not role:
            if visitors.other_door is None or not wants_page(request):
                raise Refusal(403)
            return visitors.other_door(request, visitor)
        request.scope[VISITOR] = visitor
        request.scope[SESSION] = visitor.session
        if request.method not in ("GET", "HEAD"):
            token = request.headers.get(PROOF_HEADER, "")
            if not hmac.compare_digest(token.encode(), visitor.token.encode()):
                raise Refusal(403, "token")
            await _hear(request, visitor.session)
        return await handler(request, visitor)

    return endpoint


def _find(request: Request, cookie: str) -> Visitor | None:
    secret = request.cookies.get(cookie)
    visitors: Visitors = request.scope[VISITORS]
    return None if secret is None else visitors.sessions.find(secret)


async def _hear(request: Request, key: str) -> None:
    """Check a POST and read its fields."""
    visitors: Visitors = request.scope[VISITORS]
    if wait_s := visitors.posts.take(key):
        raise Refusal(429, retry_after_s=wait_s)
    own = f"{request.url.scheme}://{request.headers.get('host', '')}"
    site = request.headers.get("sec-fetch-site", "same-origin")
    if request.headers.get("origin") != own or site != "same-origin":
        raise Refusal(403, "origin")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refusal(415)
    request.scope[FIELDS] = _fields(await _body(request))


async def _body(request: Request) -> bytes:
    length = request.headers.get("content-length", "0")
    if not length.isdigit() or int(length) > LONGEST_BODY:
        raise Refusal(413)
    body = b""
    try:
        async with asyncio.timeout(SLOWEST_BODY_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > LONGEST_BODY:
                    raise Refusal(413)
    except TimeoutError:
        raise Refusal(408) from None
    except ClientDisconnect:
        raise Refusal(400) from None
    return body


def _fields(body: bytes) -> Mapping[str, object]:
    try:
        found = json.loads(body.decode(), parse_constant=_no_number)
        json.dumps(found, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except (ValueError, RecursionError):
        raise Refusal(400, "not-json") from None
    if not isinstance(found, dict) or not all(map(_flat, found.values())):
        raise Refusal(400, "not-flat")
    return found


def _flat(value: object) -> bool:
    parts = value if isinstance(value, list) else [value]
    return not any(isinstance(part, dict | list) for part in parts)


def _no_number(word: str) -> NoReturn:
    raise ValueError(word)
