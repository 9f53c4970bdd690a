"""One seat: its terminal, its page, and whether somebody is there."""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import structlog

from appliance.domain.seats import TerminalKey
from appliance.domain.terminals import ControlReply
from appliance.errors import StorageError
from appliance.mqtt.contract.classroom import ControlRequestMessage
from appliance.mqtt.contract.schemas import Contracts
from appliance.mqtt.contract.seats import SeatView
from appliance.ports import Clock
from appliance.screens.allowed import ShowsAllowed, only_allowed
from appliance.screens.connection import PersonIdentity
from appliance.screens.http.streams import StateFeed
from appliance.screens.locks.lock import Lock
from appliance.screens.seats.log_in import LogIn
from appliance.screens.seats.own_pause import OwnPause
from appliance.screens.seats.page import SeatPage
from appliance.terminal.answers import Answer
from appliance.terminal.applied import AppliedCommands
from appliance.terminal.terminal import Terminal

log = structlog.get_logger()

GONE_S = 10.0
"""Without a page for so long, the terminal says ``offline``: a reload or a short break of the
network is no absence."""
LEFT_S = 300.0
"""Without a page for so long, nobody is logged in any more: the next one is somebody else."""
TURN_S = 3.0
"""Of the connection of each seat: 32 that turn every second cost one per cent of a core more, and a
lock, which lives for 10 s, still has 5 s to be painted."""
NOTED_EVERY_S = 60.0
"""How often it is noted that a log-in is still true."""


class Seat:
    """Says ``online`` while a page is there, and who is logged in; any thread may call.

    What takes time, connecting and leaving, happens in ``tick`` alone, on one thread.
    """

    def __init__(
        self,
        identity: PersonIdentity,
        *,
        state: Path,
        contracts: Contracts,
        lock: Lock,
        clock: Clock,
        clock_state: Callable[[], str],
        wake: Callable[[], None],
        enrolled: Callable[[], bool] = lambda: True,
        gone_s: float = GONE_S,
        left_s: float = LEFT_S,
        own_topic: Callable[[str], str | None] = lambda _: None,
        boxes_away: Callable[[], bool] = lambda: False,
        allowed: ShowsAllowed = only_allowed,
    ) -> None:
        """Prepare the seat; it connects once its page is there.

        Args:
            identity: Who it is, as setup has handed it out.
            state: Own folder; made where there is none.
            contracts: The schemas.
            lock: Covers the screen beside the page.
            clock: Wall and monotonic time; the second goes on while the machine is suspended.
            clock_state: Says ``synced``, ``unsynced`` or ``unknown`` of the wall time.
            wake: Called when ``tick`` has something to do.
            enrolled: Tells whether any browser may still be its page.
            gone_s: Without a page for so long it is offline.
            left_s: Without a page for so long nobody is logged in.
            own_topic: Returns a topic as the school has written it; None for one it has not.
            boxes_away: Tells whether every box of the room has gone.
            allowed: Keeps names of states from pages.

        Raises:
            StorageError: The folder cannot be used.
        """
        self.terminal = TerminalKey(identity.client)
        self._clock = clock
        self._wake = wake
        self._enrolled = enrolled
        self._gone_s = gone_s
        self._left_s = left_s
        self._boxes_away = boxes_away
        self._allowed = allowed
        self._applied = AppliedCommands(state, now_s=clock.wall_s())
        self._log_in = LogIn(state, now_s=clock.wall_s(), longest_s=left_s + NOTED_EVERY_S)
        self._noted_s = 0.0
        self.feed = StateFeed(self.state, standing=self._standing)
        """What the page follows."""
        self._page = SeatPage(
            terminal=self.terminal,
            clock=clock,
            lock=lock,
            changed=self.feed.changed,
            own_topic=own_topic,
        )
        self._lock = threading.Lock()
        self._streams = 0
        self._alone_since_s = clock.monotonic_s()
        self._online = False
        self._own_pause = OwnPause()
        self._view: SeatView | None = None
        self._view_ends_s = 0.0
        self._terminal = Terminal(
            address=identity.address,
            site=identity.site,
            room=identity.room,
            terminal=self.terminal,
            answers=self._page,
            screen=self._page,
            clock=clock,
            applied=self._applied,
            clock_state=clock_state,
            contracts=contracts,
            on_view=self._look,
            turn_s=TURN_S,
        )

    @property
    def page_there(self) -> bool:
        """True while a page follows."""
        return self._streams > 0

    @property
    def connected(self) -> bool:
        """True while there is a session with the broker."""
        return self._terminal.connected

    @property
    def settled(self) -> bool:
        """True unless the page waits for a connection."""
        return self.connected or not self._online

    def opened(self) -> None:
        """Note that a page has begun to follow."""
        with self._lock:
            self._streams += 1
        self._wake()

    def closed(self) -> None:
        """Note that a page has ceased to follow."""
        with self._lock:
            self._streams -= 1
            self._alone_since_s = self._clock.monotonic_s()
        self._wake()

    def shown(self, command: str) -> bool:
        """Note that the page has painted a command; False for one that is not offered."""
        return self._page.shown(command)

    def answer(self, command: str, answer: Answer) -> bool:
        """Take what the student did; False for a command that was never shown here."""
        known = self._page.has(command) or self._terminal.was_shown(command)
        if known and not self._page.answer(command, answer):
            self._terminal.answer(command, answer)
        return known

    def sit(self, *, here: bool) -> None:
        """Log a student in, or out; again, it changes nothing."""
        with self._lock:
            if here == (self._log_in.nonce is not None):
                return
            if here:
                self._begin_log_in()
            else:
                self._log_in.end()
                self._terminal.log_out()
                self._page.clear()
                self._own_pause.forget()
        self.feed.changed()

    def ask(self, request: ControlRequestMessage) -> ControlReply | None:
        """Ask the box for something, and wait; None when nobody has answered in time."""
        self._own_pause.asks(request.command)
        reply = self._terminal.ask(request)
        self._own_pause.answered(request.command, reply)
        return reply

    def tick(self) -> None:
        """Come, go and log out as the time says; on one thread only."""
        now_s = self._clock.monotonic_s()
        with self._lock:
            alone_s = 0.0 if self._streams > 0 else now_s - self._alone_since_s
            there = self._online or self._log_in.nonce is not None
            sent_away = there and self._streams <= 0 and not self._enrolled()
            # Whoever logged in has gone: the next one has not agreed to anything.
            if self._log_in.nonce is not None and (sent_away or alone_s >= self._left_s):
                self._log_in.end()
                if self._online:
                    self._terminal.log_out()
                self._page.clear()
                self._own_pause.forget()
            if self._streams > 0 and not self._online:
                self._online = True
                self._terminal.appear(self._log_in.nonce)
            elif self._online and (sent_away or alone_s >= self._gone_s):
                self._online = False
                self._terminal.disappear()
            if self._streams > 0 and now_s - self._noted_s >= NOTED_EVERY_S:
                self._noted_s = now_s
                self._log_in.still(now_s=self._clock.wall_s())
            outdated = self._view is not None and now_s >= self._view_ends_s
            if outdated:
                self._view = None
        if self._page.sweep() or outdated:
            self.feed.changed()
        else:
            self.feed.look()

    def state(self) -> Mapping[str, object]:
        """Return everything that the page shows."""
        view = self._view
        shown = {
            "here": self._log_in.nonce is not None,
            "connected": self.connected,
            "away": self._boxes_away(),
            "exam": view is not None and view.exam,
            "pause_ended": self._own_pause.ended(now_s=self._clock.monotonic_s()),
            "view": None if view is None else _view_row(view),
            **self._page.state(),
        }
        allowed = self._allowed(shown, None)
        return allowed if isinstance(allowed, Mapping) else {}

    def close(self) -> None:
        """Say ``offline`` and end; what was offered and not painted comes again later."""
        self._terminal.stop(timeout_s=2.0)
        self._applied.close()

    def _standing(self) -> object:
        ended = self._own_pause.ended(now_s=self._clock.monotonic_s())
        return self.connected, self._boxes_away(), ended

    def _look(self, view: SeatView, ends_s: float) -> None:
        with self._lock:
            self._view, self._view_ends_s = view, ends_s
        self._own_pause.look(view.reason, now_s=self._clock.monotonic_s())
        self.feed.changed()

    def _begin_log_in(self) -> None:
        try:
            self._log_in.begin(self._terminal.log_in())
        except StorageError as error:
            log.warning("log_in_not_kept", terminal=self.terminal, reason=str(error))


def _view_row(view: SeatView) -> dict[str, object]:
    return {
        "sight": view.sight,
        "reason": view.reason,
        "consent": view.consent,
        "calibration": view.calibration,
        "calibrating_left_s": view.calibrating_left_s,
        "teacher_called": view.teacher_called,
    }
