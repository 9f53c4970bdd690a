"""Tells each terminal and the teachers how each seat stands: at each change, and now and then."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from appliance.domain.seats import SeatKey, TerminalKey
from appliance.mqtt.contract.seats import BoardSeat, SeatView, SightReason
from appliance.ports import Clock
from appliance.service.control.board.standing import SeatStanding, board_of, view_of

AGAIN_S = 50.0
"""Between two equal messages, of 120 s of life: one may be lost."""


class Telling(Protocol):
    """Where it is told; ``mqtt.seat_news.SeatNews`` is one."""

    def tell_view(self, terminal: TerminalKey, view: SeatView) -> None:
        """Set what a terminal knows."""
        ...

    def tell_board(self, board: BoardSeat) -> None:
        """Set what teachers know of a seat."""
        ...

    def clear_board(self, seat: SeatKey) -> None:
        """Let teachers know nothing of a seat any more."""
        ...


@dataclass(slots=True)
class _Told:
    view: SeatView
    board: BoardSeat | None
    at_s: float


class Notices:
    """Looks at every seat when asked to ``follow``; for one thread."""

    def __init__(
        self,
        *,
        terminals: Mapping[SeatKey, TerminalKey],
        standings: Callable[[], Iterable[SeatStanding]],
        news: Telling,
        clock: Clock,
    ) -> None:
        """Connect.

        Args:
            terminals: The terminal of each seat.
            standings: How every seat stands now.
            news: Where it is told.
            clock: Monotonic time.
        """
        self._terminals = terminals
        self._standings = standings
        self._news = news
        self._clock = clock
        self._told: dict[SeatKey, _Told] = {}

    def follow(self) -> None:
        """Tell what has changed, and what was told long ago."""
        now_s = self._clock.monotonic_s()
        for one in self._standings():
            view = view_of(one)
            board = None if view.reason is SightReason.NO_LESSON else board_of(one)
            told = self._told.get(one.seat)
            if told is not None and now_s - told.at_s < AGAIN_S:
                same = _without_countdown(view) == _without_countdown(told.view)
                if same and board == told.board:
                    continue
            self._news.tell_view(self._terminals[one.seat], view)
            if board is not None:
                self._news.tell_board(board)
            elif told is None or told.board is not None:
                self._news.clear_board(one.seat)
            self._told[one.seat] = _Told(view, board, now_s)


def _without_countdown(view: SeatView) -> SeatView:
    """A countdown goes on by itself at the page."""
    return replace(view, calibrating_left_s=None)
