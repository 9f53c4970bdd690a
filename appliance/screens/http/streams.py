"""Server-Sent Events: whoever follows a feed gets its whole state, now and at every change.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
import contextlib
import json
import threading
from collections.abc import Callable, Container, Mapping

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

PING_S = 4.0
"""Between two events at most; a page that hears nothing for three of them shows that."""

LEAST_GAP_S = 0.05
"""Between two states to one page; what changes meanwhile is in the second."""

SLOWEST_READER_S = 10.0
"""A page that does not take what was sent is let go of; it comes back by itself."""

STREAMS = "classbox.streams"
"""Key of the scope: the ``OpenStreams`` of this server."""

SESSION = "classbox.session"
"""Key of the scope: the session that asks, empty for nobody."""

MOST_OF_A_SESSION = 4
"""Tabs and windows; the oldest is ended when one more is opened."""

MOST_IN_ALL = 200
"""A room has 40 terminals and a few people."""

_PING = b"event: ping\ndata: {}\n\n"
_HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store, no-transform",
    "X-Accel-Buffering": "no",  # a proxy of the school must not hold events back
}


class StateFeed:
    """What one page, or one kind of page, shows; any thread may say that it has changed."""

    def __init__(
        self,
        read: Callable[[], Mapping[str, object]],
        *,
        standing: Callable[[], object] = tuple,
    ) -> None:
        """Begin without followers.

        Args:
            read: Returns the whole state, for JSON; called in the thread of the server, so it
                waits for nobody.
            standing: Returns those facts of the state whose changes nobody announces, to be
                compared by ``look``; called like ``read``.
        """
        self.read = read
        self.standing = standing
        self._lock = threading.Lock()
        self._followers: set[EventStream] = set()

    @property
    def followers(self) -> int:
        """Pages that follow."""
        return len(self._followers)

    def changed(self) -> None:
        """Have everybody who follows get a fresh state; several calls at once become one."""
        with self._lock:
            for follower in self._followers:
                follower.wake()

    def look(self) -> None:
        """Have those get a fresh state who were told other facts than those that hold now.

        Each is compared with what it was told: a fact may change and change back between two looks,
        with a page that came meanwhile.
        """
        standing = self.standing()
        with self._lock:
            for follower in self._followers:
                if follower.standing != standing:
                    follower.wake()

    def join(self, follower: "EventStream") -> None:
        """Take in a page."""
        with self._lock:
            self._followers.add(follower)

    def leave(self, follower: "EventStream") -> None:
        """Forget a page; a second call does nothing."""
        with self._lock:
            self._followers.discard(follower)


class OpenStreams:
    """The streams of a server, bounded by session and in all; used in the server's thread only."""

    def __init__(self, *, of_a_session: int = MOST_OF_A_SESSION, in_all: int = MOST_IN_ALL) -> None:
        """Begin with none.

        Args:
            of_a_session: Streams of one session at most.
            in_all: Streams at most.
        """
        self._of_a_session = of_a_session
        self._in_all = in_all
        self._open: dict[EventStream, str] = {}  # in the order of opening
        self._stopping = False

    def __len__(self) -> int:
        """Return how many are open."""
        return len(self._open)

    def open(self, stream: "EventStream", session: str) -> None:
        """Take in a stream; what is too much ends with the oldest."""
        self._open[stream] = session
        own = [one for one, whose in self._open.items() if whose == session]
        for one in (*own[: -self._of_a_session], *list(self._open)[: -self._in_all]):
            self.close(one)
        if self._stopping:
            self.close(stream)

    def close(self, stream: "EventStream") -> None:
        """End a stream; one that is not open is left alone."""
        if self._open.pop(stream, None) is not None:
            stream.end()

    def end_session(self, session: str) -> None:
        """End all streams of a session, which has ended itself."""
        for one, whose in list(self._open.items()):
            if whose == session:
                self.close(one)

    def end_others(self, sessions: Container[str]) -> None:
        """End the streams of all sessions but these: they have ended, whoever has ended them."""
        for session in set(self._open.values()):
            if session and session not in sessions:
                self.end_session(session)

    def end_all(self) -> None:
        """End every stream, and each that comes: the server stops."""
        self._stopping = True
        for one in list(self._open):
            self.close(one)


class EventStream(Response):
    """A response that goes on until the page leaves or the stream is ended."""

    def __init__(
        self, feed: StateFeed, *, on_open: Callable[[], None], on_close: Callable[[], None]
    ) -> None:
        """Answer with a feed; see ``event_stream``."""
        super().__init__(headers=_HEADERS)
        del self.headers["content-length"]  # nobody knows how long it will be
        self._feed = feed
        self.standing: object = None
        """The facts that nobody announces, as this page was told."""
        self._on_open = on_open
        self._on_close = on_close
        self._ended = False
        self._due = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send states and pings until somebody ends it."""
        streams: OpenStreams = scope.get(STREAMS, OpenStreams())
        listening = asyncio.create_task(self._listen(receive))
        streams.open(self, scope.get(SESSION, ""))
        self._feed.join(self)
        self._on_open()
        try:
            with contextlib.suppress(TimeoutError):  # the page does not take what is sent to it
                await self._speak(send)
        finally:
            listening.cancel()
            self._feed.leave(self)
            streams.close(self)
            self._on_close()

    def wake(self) -> None:
        """Have the state sent; any thread may call."""
        with contextlib.suppress(RuntimeError):  # the server has stopped
            self._loop.call_soon_threadsafe(self._due.set)

    def end(self) -> None:
        """End it; in the thread of the server only."""
        self._ended = True
        self._due.set()

    async def _listen(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self.end()

    async def _speak(self, send: Send) -> None:
        start = {
            "type": "http.response.start",
            "status": self.status_code,
            "headers": self.raw_headers,
        }
        await send(start)
        told, next_ping_s = b"", self._loop.time() + PING_S
        self._due.set()
        while not self._ended:
            event = _PING
            if self._due.is_set():
                self._due.clear()
                state = self._state()
                event, told = (_PING, told) if state == told else (state, state)
            if event is not _PING or self._loop.time() >= next_ping_s:
                await self._send(send, event)
                next_ping_s = self._loop.time() + PING_S
            if event is not _PING:
                await asyncio.sleep(LEAST_GAP_S)
            with contextlib.suppress(TimeoutError):
                # Not wait_for, which makes a task each time.
                async with asyncio.timeout(next_ping_s - self._loop.time()):
                    await self._due.wait()
        await self._send(send, b"", more=False)

    def _state(self) -> bytes:
        self.standing = self._feed.standing()
        # No line break can be inside: JSON writes it as \n.
        state = json.dumps(self._feed.read(), ensure_ascii=False, separators=(",", ":"))
        return f"event: state\ndata: {state}\n\n".encode()

    async def _send(self, send: Send, body: bytes, *, more: bool = True) -> None:
        message = {"type": "http.response.body", "body": body, "more_body": more}
        async with asyncio.timeout(SLOWEST_READER_S):
            await send(message)


def _nothing() -> None:
    """Do nothing."""


def event_stream(
    feed: StateFeed,
    *,
    on_open: Callable[[], None] = _nothing,
    on_close: Callable[[], None] = _nothing,
) -> Response:
    """Answer a request with the states of a feed; call it in a handler.

    The event ``state`` carries the whole state as JSON at the beginning and whenever another one
    is read; ``ping`` comes when there was nothing else for 4 s.

    Args:
        feed: What to follow.
        on_open: Called when the stream begins, in the thread of the server.
        on_close: Called once when it has ended, whoever ended it.
    """
    return EventStream(feed, on_open=on_open, on_close=on_close)
