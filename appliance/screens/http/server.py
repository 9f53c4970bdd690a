"""The one server of pages: a thread with a loop, which ends within seconds."""

import asyncio
import contextlib
import socket
import threading
import time

import structlog
import uvicorn
from starlette.types import ASGIApp

from appliance.errors import PagesError
from appliance.screens.http.connections import BoundedProtocol, PatientLoop, ServedCertificate
from appliance.screens.http.streams import OpenStreams

log = structlog.get_logger()

KEEP_ALIVE_S = 5
GRACE_S = 2
"""For requests that are being answered when the server stops."""

START_S = 30.0
LARGEST_HEAD = 16 * 1024
"""Bytes of a request without its body."""


class _QuietServer(uvicorn.Server):
    """Looks once a second, not ten times, whether its time has come; ``leave`` makes it look."""

    def __init__(self, config: uvicorn.Config) -> None:
        """Prepare it."""
        super().__init__(config)
        self._leaving = asyncio.Event()

    def leave(self) -> None:
        """End it; in its own thread only."""
        self.should_exit = True
        self._leaving.set()

    async def main_loop(self) -> None:
        """Tick: uvicorn counts tenths of a second, and sets the date at each tenth of them."""
        tenths = 0
        while not await self.on_tick(tenths):
            tenths += 10
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await self._leaving.wait()


class PageServer:
    """Serves an application until it is stopped."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        listener: socket.socket,
        certificate: ServedCertificate | None,
        streams: OpenStreams,
    ) -> None:
        """Prepare it.

        Args:
            app: What answers.
            listener: Listens already; closed at the end.
            certificate: None serves plain HTTP.
            streams: Those that are ended first.
        """
        self._listener = listener
        self._streams = streams
        self._config = uvicorn.Config(
            app,
            http=BoundedProtocol,
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=GRACE_S,
            h11_max_incomplete_event_size=LARGEST_HEAD,
            ssl_context_factory=None
            if certificate is None
            else lambda _config, _default: certificate.context,
        )
        self._server = _QuietServer(self._config)
        self._loop: asyncio.AbstractEventLoop | None = None
        # Not the main thread: there uvicorn would take the signals for itself.
        self._thread = threading.Thread(target=self._run, name="screens.http", daemon=True)

    @property
    def alive(self) -> bool:
        """True while pages are served."""
        return self._thread.is_alive() and self._server.started

    def start(self) -> None:
        """Serve in the background.

        Raises:
            PagesError: It did not come about.
        """
        self._thread.start()
        ends_s = time.monotonic() + START_S
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > ends_s:
                msg = "the server of pages did not start"
                raise PagesError(msg, next_step="see the log")
            time.sleep(0.01)

    def stop(self) -> None:
        """End streams, then connections; a second call does nothing."""
        self._server.should_exit = True  # also one that has no loop yet
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._streams.end_all)
            self._loop.call_soon_threadsafe(self._server.leave)
        if self._thread.is_alive():
            self._thread.join(GRACE_S + 3.0)
        self._listener.close()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=PatientLoop) as runner:
            self._loop = runner.get_loop()
            runner.run(self._server.serve(sockets=[self._listener]))
