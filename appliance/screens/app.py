"""The application: every area's routes behind one guard."""

from collections.abc import Callable, Collection, Iterable
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import Lifespan

from appliance.screens.http.guard import Guard
from appliance.screens.http.refusals import answer_refusal
from appliance.screens.http.streams import OpenStreams
from appliance.screens.http.visitors import Visitors, wants_page


def build_app(
    routes: Iterable[BaseRoute],
    *,
    visitors: Visitors,
    streams: OpenStreams,
    hosts: Collection[str],
    secure: bool,
    no_page: Callable[[Request], Response] | None = None,
    lifespan: Lifespan[Starlette] | None = None,
) -> Starlette:
    """Put the areas together.

    Args:
        routes: Those of every area.
        visitors: Who may be known.
        streams: Those of this server.
        hosts: ``Host`` headers that are this server's.
        secure: It is reached by HTTPS.
        no_page: Answers somebody who reads, at an address where there is nothing.
        lifespan: What runs beside it, in its loop.
    """

    async def refuse(request: Request, error: Exception) -> Response:
        lost = isinstance(error, HTTPException) and error.status_code == HTTPStatus.NOT_FOUND
        if lost and no_page is not None and wants_page(request):
            return no_page(request)
        return await answer_refusal(request, error)

    guard = Middleware(Guard, visitors=visitors, streams=streams, hosts=hosts, secure=secure)
    app = Starlette(
        routes=list(routes),
        middleware=[guard],
        exception_handlers={HTTPException: refuse},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    return app
