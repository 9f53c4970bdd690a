"""What is retained about each seat: for its own terminal, and for teachers."""

from collections.abc import Callable

from appliance.domain.seats import SeatKey, TerminalKey
from appliance.mqtt.contract.envelope import SEAT_TTL_S, Body, Stamper
from appliance.mqtt.contract.seats import BoardSeat, SeatView
from appliance.mqtt.contract.topics import RoomTopics
from appliance.mqtt.wire.messages import Publication


class SeatNews:
    """Sets and clears retained messages that die with the box; any thread may call."""

    def __init__(
        self, *, topics: RoomTopics, stamper: Stamper, post: Callable[[Publication], None]
    ) -> None:
        """Connect.

        Args:
            topics: Of the room.
            stamper: Of the box.
            post: Sends now or later.
        """
        self._topics = topics
        self._stamper = stamper
        self._post = post

    def tell_view(self, terminal: TerminalKey, view: SeatView) -> None:
        """Set what a terminal knows of itself."""
        self._retain(self._topics.terminal(terminal).view, view)

    def tell_board(self, board: BoardSeat) -> None:
        """Set what teachers know of a seat."""
        self._retain(self._topics.board(board.seat), board)

    def clear_board(self, seat: SeatKey) -> None:
        """Take away what teachers know of a seat, by an empty message (MQTT 5, 3.3.1.3)."""
        topic = self._topics.board(seat)
        self._post(Publication(topic=topic, payload=b"", retain=True, lifetime_s=SEAT_TTL_S))

    def _retain(self, topic: str, body: Body) -> None:
        message = self._stamper.stamp(body, ttl_s=SEAT_TTL_S)
        payload = message.to_json().encode()
        self._post(Publication(topic=topic, payload=payload, retain=True, lifetime_s=SEAT_TTL_S))
