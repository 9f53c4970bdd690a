"""The state of a teacher's room on a clock that a test moves."""

from appliance.domain.seats import SeatKey
from appliance.mqtt.contract.box import BoxInfo
from appliance.mqtt.contract.envelope import Body
from appliance.mqtt.contract.seats import BoardSeat
from appliance.screens.connection import HeardMessage
from appliance.screens.room.lesson import RoomLesson
from tests.support.clocks import HeldClock
from tests.support.messages import stamper
from tests.support.spoken_box import TOPICS


class HeldRoom:
    """A lesson's state on a clock that a test moves."""

    def __init__(self) -> None:
        """Begin with an empty room."""
        self.clock = HeldClock()
        self.lesson = RoomLesson(topics=TOPICS, clock=self.clock)
        self._stamper = stamper("box/box-1")

    def hear(self, topic: str, body: Body | None, *, expiry_s: int | None = None) -> bool:
        """Take a message as the connection hands it on."""
        message = None if body is None else self._stamper.stamp(body, ttl_s=None)
        return self.lesson.take(HeardMessage(topic=topic, message=message, expiry_s=expiry_s))

    def board(self, *boards: BoardSeat, expiry_s: int = 120) -> None:
        """Hear boards."""
        for board in boards:
            self.hear(TOPICS.board(board.seat), board, expiry_s=expiry_s)

    def alert(self, body: Body, *, seat: str = "a1") -> None:
        """Hear an alert on a seat's topic."""
        self.hear(TOPICS.alert(SeatKey(seat)), body)

    def profile(self, profile: str, *, box: str = "box-1") -> None:
        """Hear what a box may show."""
        info = BoxInfo(software="1", contract="1.5.0", profile=profile)
        self.hear(TOPICS.box(box).info, info)

    def clear(self, *seats: str) -> None:
        """Hear that boards are taken away."""
        for seat in seats:
            self.hear(TOPICS.board(SeatKey(seat)), None)

    def wait(self, seconds: float) -> None:
        """Let time pass, second by second, as the connection does."""
        until_s = self.clock.now_s + seconds
        while self.clock.now_s < until_s:
            self.clock.now_s += 1.0
            self.lesson.tick()

    def shown(self, key: str) -> list[dict[str, object]]:
        """Return a list of the state."""
        found = self.lesson.state(connected=True)[key]
        assert isinstance(found, list)
        return found
