"""Connections of browsers: encrypted, bounded, and closed when nobody speaks."""

import asyncio
import contextlib
import errno
import socket
import ssl
from asyncio.sslproto import SSLProtocol
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import structlog
from uvicorn.protocols.http.h11_impl import H11Protocol

from appliance.errors import PagesError

log = structlog.get_logger()

LOST_S = 8
"""What was sent and is not acknowledged for so long ends a connection: a pulled cable."""

HEADERS_S = 10.0
"""Until a request has been sent whole, from the beginning of the connection or the last answer."""

RECORD = 16 * 1024
"""Bytes of a TLS record at most (RFC 8446, 5.1)."""

HANDSHAKE_S = 5.0
GOODBYE_S = 1.0
WAITING = 128

MOST = 320
"""Forty terminals with six each, and people; see ``make screens-attacks`` for what they cost."""

MOST_OF_AN_ADDRESS = 128
"""A browser opens up to six; a whole room may come from one address."""


class BoundedListener(socket.socket):
    """Takes so many connections in and no more, counted before TLS, which costs memory."""

    _taken: tuple[tuple[str, socket.socket], ...] = ()

    def accept(self) -> tuple[socket.socket, Any]:
        """Take one in.

        Raises:
            ConnectionAbortedError: There are too many, so it was closed; asyncio goes on.
        """
        one, address = super().accept()
        own = address[0]
        self._taken = tuple(each for each in self._taken if each[1].fileno() >= 0)
        held = sum(whose == own for whose, _ in self._taken)
        room = len(self._taken) < MOST or self._make_room(held)
        if held >= MOST_OF_AN_ADDRESS or not room:
            one.close()
            raise ConnectionAbortedError
        self._taken += ((own, one),)
        return one, address

    def _make_room(self, held: int) -> bool:
        """End the oldest of the address with most, for one that holds fewer; False without any."""
        most, count = Counter(whose for whose, _ in self._taken).most_common(1)[0]
        if count <= held + 1:
            return False
        oldest = next(each for each in self._taken if each[0] == most)
        with contextlib.suppress(OSError):  # it has gone meanwhile
            oldest[1].shutdown(socket.SHUT_RDWR)
        self._taken = tuple(each for each in self._taken if each is not oldest)
        return True


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that browsers can connect to.

    Raises:
        PagesError: The address is not this machine's, is in use or not allowed.
    """
    name = host.strip("[]")
    family = socket.AF_INET6 if ":" in name else socket.AF_INET
    listener = BoundedListener(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Handed down to each connection (tcp(7)).
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, LOST_S * 1000)
        # asyncio does so only for sockets that were made with the number of TCP, which accepted
        # ones are not; without it each answer waits 40 ms for the browser's word on its head.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listener.bind((name, port))
        listener.listen(WAITING)
    except OSError as error:
        listener.close()
        msg = f"{host}:{port} cannot be listened on: {error.strerror}"
        raise PagesError(msg, next_step=_instead(error)) from error
    return listener


def _instead(error: OSError) -> str:
    """Return what to do about an address that cannot be listened on."""
    if error.errno == errno.EADDRINUSE:
        step = "end what listens there (sudo ss -ltnp names it), or set another screens.port"
        return f"{step}, in screens.origin too"
    if error.errno == errno.EACCES:
        return "run: sudo classbox setup, for the right to it, or set a screens.port above 1023"
    return "set screens.host to an address of this machine; 0.0.0.0 is every one"


class PatientLoop(asyncio.SelectorEventLoop):
    """Gives up on whoever does not get through a TLS handshake; asyncio would wait a minute.

    And reads what browsers send in small pieces: asyncio keeps 256 KiB for each connection.
    """

    def __init__(self) -> None:
        """Begin."""
        super().__init__()
        SSLProtocol.max_size = RECORD

    async def create_server(self, *args: object, **options: object) -> asyncio.Server:
        """Listen, with limits of time where there is TLS."""
        if options.get("ssl") is not None:
            options |= {"ssl_handshake_timeout": HANDSHAKE_S, "ssl_shutdown_timeout": GOODBYE_S}
        create = cast("Callable[..., Awaitable[asyncio.Server]]", super().create_server)
        return await create(*args, **options)


class BoundedProtocol(H11Protocol):
    """HTTP/1.1 that waits for nobody who sends a request letter by letter."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        super().connection_made(cast("asyncio.Transport", transport))
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._expect_nothing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what has come."""
        super().data_received(data)
        if self._answers:
            self._expect_nothing()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        if not self._answers and not self.transport.is_closing():
            self._expect()

    @property
    def _answers(self) -> bool:
        return not getattr(self.cycle, "response_complete", True)

    def _expect(self) -> None:
        self._expect_nothing()
        self._deadline = self.loop.call_later(HEADERS_S, self.transport.abort)

    def _expect_nothing(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class ServedCertificate:
    """The certificate that browsers see; a renewed one is taken without a restart."""

    def __init__(self, cert_file: Path, key_file: Path) -> None:
        """Read both files.

        Raises:
            PagesError: They are no certificate and its key.
        """
        self._files = (cert_file, key_file)
        self._versions: tuple[object, ...] = ()
        self.context = _context()
        if not self.renew():
            msg = f"{cert_file} and {key_file} cannot be used"
            raise PagesError(msg, next_step="run: classbox screens check")

    def renew(self) -> bool:
        """Take the files again if they have changed; whoever is connected stays so.

        Returns:
            Whether what is there can be used; else the earlier one is shown on.
        """
        try:
            stats = [file.stat() for file in self._files]
            versions = tuple((one.st_ino, one.st_mtime_ns, one.st_size) for one in stats)
            if versions == self._versions:
                return True
            self._load(_context())  # one is renewed after the other: they may not match yet
            self._load(self.context)
        except (OSError, ValueError) as error:
            log.warning("certificate_not_taken", reason=type(error).__name__)
            return False
        self._versions = versions
        log.info("certificate_taken")
        return True

    def _load(self, context: ssl.SSLContext) -> None:
        cert_file, key_file = self._files
        context.load_cert_chain(cert_file, key_file, password=lambda: "")


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
