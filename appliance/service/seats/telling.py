"""Says what holds for each seat: at each change, at most once a second, and every 50 s."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from appliance.domain.seats import SeatKey, TerminalKey
from appliance.mqtt.contract.seats import BoardSeat, SeatView, SightReason
from appliance.ports import Clock
from appliance.service.seats.words import SeatFacts, board_of, view_of, why_unseen

RENEWED_S = 50.0
"""What has not changed is said again after so long: well before it expires (120 s)."""

_OBJECTIONS = {
    SightReason.NO_LESSON: "there is no lesson",
    SightReason.ROOM_PAUSED: "the room is paused",
    SightReason.SWITCH: "the cameras are closed",
    SightReason.SEAT_PAUSED: "this seat is paused",
    SightReason.STARTING: "the box does not see this seat yet; ask again in a moment",
    SightReason.CAMERA: "the camera of this seat does not work",
    SightReason.NO_CONSENT: "nobody has agreed to be looked at on this seat",
    SightReason.NOBODY: "nobody is logged in on this seat",
    SightReason.NOT_SEEN: "the camera does not see one person on this seat",
}


class SeatPublisher(Protocol):
    """Sends what is said of seats; ``BrokerClient`` is one."""

    def publish_view(self, terminal: TerminalKey, view: SeatView) -> None:
        """Set what a terminal's student may know."""
        ...

    def publish_board(self, seat: SeatKey, board: BoardSeat | None) -> None:
        """Set what teachers may know of a seat; None takes it away."""
        ...


@dataclass(slots=True)
class _Told:
    view: SeatView | None = None
    view_s: float = 0.0
    board: BoardSeat | None = None
    board_s: float = 0.0
    cleared: bool = False


class SeatTelling:
    """Compares what holds with what was said last; asked once a second, by one thread."""

    def __init__(
        self,
        *,
        terminals: Mapping[SeatKey, TerminalKey],
        facts: Callable[[], Mapping[SeatKey, SeatFacts]],
        publisher: SeatPublisher,
        clock: Clock,
    ) -> None:
        """Begin with nothing said.

        Args:
            terminals: The terminal of each seat.
            facts: Tells how each seat is now.
            publisher: Sends it.
            clock: Monotonic time.
        """
        self._terminals = terminals
        self._facts = facts
        self._publisher = publisher
        self._clock = clock
        self._told = {seat: _Told() for seat in terminals}

    def objection(self, seat: SeatKey) -> str:
        """Return for people why nobody is looked at on a seat; empty where somebody is."""
        return _OBJECTIONS.get(why_unseen(self._facts()[seat]), "")

    def tell(self) -> None:
        """Say what is news, and what was said too long ago."""
        now_s = self._clock.monotonic_s()
        for seat, facts in self._facts().items():
            told, view, board = self._told[seat], view_of(facts), board_of(seat, facts)
            if view != told.view or now_s - told.view_s >= RENEWED_S:
                self._publisher.publish_view(self._terminals[seat], view)
                told.view, told.view_s = view, now_s
            if board is None:
                if not told.cleared:  # also once after a start: the run before may have left one
                    self._publisher.publish_board(seat, None)
                told.board, told.cleared = None, True
            elif board != told.board or now_s - told.board_s >= RENEWED_S:
                self._publisher.publish_board(seat, board)
                told.board, told.board_s, told.cleared = board, now_s, False
