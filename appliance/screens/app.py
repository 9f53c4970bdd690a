"""The application: every area's routes behind one guard."""

from collections.abc import Collection, Iterable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import BaseRoute
from starlette.types import Lifespan

from appliance.screens.http.guard import Guard
from appliance.screens.http.refusals import answer_refusal
from appliance.screens.http.streams import OpenStreams
from appliance.screens.http.visitors import Visitors


def build_app(
    routes: Iterable[BaseRoute],
    *,
    visitors: Visitors,
    streams: OpenStreams,
    hosts: Collection[str],
    secure: bool,
    lifespan: Lifespan[Starlette] | None = None,
) -> Starlette:
    """Put the areas together.

    Args:
        routes: Those of every area.
        visitors: Who may be known.
        streams: Those of this server.
        hosts: ``Host`` headers that are this server's.
        secure: It is reached by HTTPS.
        lifespan: What runs beside it, in its loop.
    """
    guard = Middleware(Guard, visitors=visitors, streams=streams, hosts=hosts, secure=secure)
    app = Starlette(
        routes=list(routes),
        middleware=[guard],
        exception_handlers={HTTPException: answer_refusal},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    return app
