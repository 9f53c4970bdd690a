"""What holds for every request and every answer, whatever area they belong to."""

import time
import traceback
from collections.abc import Collection, Mapping
from http import HTTPStatus
from types import TracebackType

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from appliance.screens.http.refusals import refused
from appliance.screens.http.streams import STREAMS, OpenStreams
from appliance.screens.http.visitors import VISITORS, Visitors

log = structlog.get_logger()

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'"
)
"""Content Security Policy, Level 3 (https://www.w3.org/TR/CSP3/)."""

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",  # for browsers that do not know frame-ancestors
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), display-capture=(), "
    "usb=(), serial=(), payment=(), fullscreen=(self)",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""On every answer.

Source: https://cheatsheetseries.owasp.org/cheatsheets/HTTP_Headers_Cheat_Sheet.html
"""

TRANSPORT = "max-age=31536000"
"""Strict-Transport-Security (RFC 6797); not for subdomains, which are the school's."""


class Guard:
    """ASGI middleware around all areas: hosts, headers, what went wrong, what is logged."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        visitors: Visitors,
        streams: OpenStreams,
        hosts: Collection[str],
        secure: bool,
    ) -> None:
        """Stand before an application.

        Args:
            app: What answers.
            visitors: Who may be known.
            streams: Those of this server.
            hosts: ``Host`` headers that are this server's.
            secure: It is reached by HTTPS.
        """
        self._app = app
        self._known = {VISITORS: visitors, STREAMS: streams}
        self._hosts = frozenset(host.lower() for host in hosts)
        self._headers = {**HEADERS, "Strict-Transport-Security": TRANSPORT} if secure else HEADERS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope.update(self._known)
        status, began_s = 0, time.monotonic()

        async def send_guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        failure = _Failure()
        with failure:
            if _has_two_ends(scope):
                await refused(400, headers={"Connection": "close"})(scope, receive, send_guarded)
            # By name, so that another site cannot point its own name to this machine and read along
            # (https://owasp.org/www-community/attacks/DNS_Rebinding).
            elif Headers(scope=scope).get("host", "").lower() in self._hosts:
                await self._app(scope, receive, send_guarded)
            else:
                await refused(421)(scope, receive, send_guarded)
        if failure.happened and not status:
            await refused(500)(scope, receive, send_guarded)
        _tell(scope, status, time.monotonic() - began_s)


class _Failure:
    """The border of a request: what was not foreseen is logged and goes no further."""

    def __init__(self) -> None:
        """Begin with none."""
        self.happened = False

    def __enter__(self) -> None:
        """Begin a request."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        _error: BaseException | None,
        place: TracebackType | None,
    ) -> bool:
        """Log where it happened, and not its text, in which there may be what somebody typed."""
        if kind is None or not issubclass(kind, Exception):
            return False
        *_, frame = traceback.extract_tb(place)
        where = f"{frame.filename.rpartition('/')[2]}:{frame.lineno}"
        log.error("request_failed", error=kind.__name__, place=where)
        self.happened = True
        return True


def _has_two_ends(scope: Scope) -> bool:
    """Tell whether a proxy before us may take a part of the body for the next request.

    Source: RFC 9112, 6.1
    """
    headers = Headers(scope=scope)
    return "transfer-encoding" in headers and (
        "content-length" in headers or scope["http_version"] != "1.1"
    )


def _tell(scope: Scope, status: int, took_s: float) -> None:
    """Log a request by the pattern of its route: its own path may hold a code."""
    path = getattr(scope.get("route"), "path", "unknown")
    told = scope["method"] == "POST" or status >= HTTPStatus.BAD_REQUEST
    write = log.info if told else log.debug
    write("request", method=scope["method"], path=path, status=status, took_ms=int(took_s * 1000))
