"""Locks by Veyon: where an agent is, it locks and unlocks; elsewhere Veyon shows a message."""

import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Protocol
from uuid import uuid4

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from appliance.domain.seats import TerminalKey
from appliance.errors import LockError
from appliance.mqtt.contract.commands import LOCK_S
from appliance.screens.allowed import ShowsAllowed, only_allowed
from appliance.screens.http.refusals import Refusal
from appliance.screens.http.streams import StateFeed, event_stream
from appliance.screens.http.visitors import Visitor, for_seat
from appliance.settings.screens import LockKind

log = structlog.get_logger()

MOST_AT_ONCE = 16
"""Messages on their way, a thread each; of more, Veyon shows none and the pages do alone."""


class Messages(Protocol):
    """Shows a message on a computer's screen; promises in tests/screens/locks/test_webapi.py."""

    def show_message(self, computer: str, text: str) -> None:
        """Show a text; an error of ours when it could not be shown."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cover:
    id: str
    until_s: float


class VeyonLock:
    """``Lock`` that tells agents over streams and other computers over Veyon's WebAPI.

    Veyon's own lock has no end. So it is the agent on the student's computer that begins it and
    ends it, by its own clock; this server never locks a computer itself.
    """

    def __init__(
        self,
        *,
        agents: Collection[TerminalKey],
        hosts: Mapping[TerminalKey, str],
        messages: Messages | None,
        monotonic_s: Callable[[], float] = time.monotonic,
        allowed: ShowsAllowed = only_allowed,
    ) -> None:
        """Begin with free screens.

        Args:
            agents: Terminals that may be locked, once their agent is connected.
            hosts: Name or address of the computers that are shown a message instead.
            messages: Who shows it; None where nobody does.
            monotonic_s: Clock.
            allowed: Keeps names of states from what is shown.
        """
        self._hosts = dict(hosts)
        self._messages = messages
        self._monotonic_s = monotonic_s
        self._allowed = allowed
        self._covers: dict[TerminalKey, _Cover] = {}
        self._feeds = {terminal: StateFeed(partial(self._state, terminal)) for terminal in agents}
        self._mutex = threading.Lock()
        self._on_the_way: set[TerminalKey] = set()

    @property
    def kind(self) -> LockKind:
        """See ``Lock.kind``."""
        return LockKind.VEYON

    @property
    def agents(self) -> Collection[TerminalKey]:
        """Terminals whose agent is connected now."""
        return [terminal for terminal, feed in self._feeds.items() if feed.followers]

    def routes(self) -> list[Route]:
        """Return the stream that agents follow."""
        return [Route("/seat/agent", for_seat(self._stream))]

    def cover(self, terminal: TerminalKey, text: str, hold_s: float) -> LockKind:
        """See ``Lock.cover``."""
        hold_s = min(hold_s, LOCK_S)
        feed = self._feeds.get(terminal)
        if feed is not None and feed.followers:
            if self._cover_of(terminal) is None:
                until_s = self._monotonic_s() + hold_s
                self._covers[terminal] = _Cover(id=str(uuid4()), until_s=until_s)
                feed.changed()
            return LockKind.VEYON
        self._send(terminal, text)
        return LockKind.PAGE

    def release(self, terminal: TerminalKey) -> None:
        """See ``Lock.release``."""
        if self._covers.pop(terminal, None) is not None:
            self._feeds[terminal].changed()

    def close(self) -> None:
        """See ``Lock.close``; agents that hear of it no more end their locks by themselves."""
        for terminal in list(self._covers):
            self.release(terminal)

    async def _stream(self, _request: Request, visitor: Visitor) -> Response:
        feed = self._feeds.get(TerminalKey(visitor.name))
        if feed is None:
            raise Refusal(403, "no-agent")
        return event_stream(feed)

    def _state(self, terminal: TerminalKey) -> Mapping[str, object]:
        now_s, cover = self._monotonic_s(), self._cover_of(terminal)
        told = None if cover is None else {"id": cover.id, "left_s": cover.until_s - now_s}
        return {"now_s": now_s, "cover": told}

    def _cover_of(self, terminal: TerminalKey) -> _Cover | None:
        cover = self._covers.get(terminal)
        return None if cover is None or cover.until_s <= self._monotonic_s() else cover

    def _send(self, terminal: TerminalKey, text: str) -> None:
        host, messages = self._hosts.get(terminal), self._messages
        said = str(self._allowed(text, None))  # as on a page: a student is told no state
        if host is None or messages is None or not said:
            return
        with self._mutex:
            if terminal in self._on_the_way or len(self._on_the_way) >= MOST_AT_ONCE:
                log.warning("veyon_message_left_out", terminal=terminal)
                return
            self._on_the_way.add(terminal)
        threading.Thread(
            target=self._show,
            args=(messages, terminal, host, said),
            name=f"locks[{terminal}].message",
            daemon=True,
        ).start()

    def _show(self, messages: Messages, terminal: TerminalKey, host: str, text: str) -> None:
        try:
            messages.show_message(host, text)
        except LockError as error:
            log.warning("veyon_message_not_shown", terminal=terminal, problem=str(error))
        except Exception:
            log.exception("veyon_message_failed")  # the border of a thread
        finally:
            with self._mutex:
                self._on_the_way.discard(terminal)
