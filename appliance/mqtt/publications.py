"""What a box says of itself and its seats: each message with its topic, lifetime and retention."""

from appliance.domain.frames import CameraKey
from appliance.domain.seats import SeatKey, TerminalKey
from appliance.domain.terminals import ControlReply
from appliance.domain.token_packets import SensorKey
from appliance.mqtt.contract.aim import AimFrame
from appliance.mqtt.contract.box import (
    MAX_TEXT,
    BoxEcho,
    BoxHealth,
    BoxInfo,
    BoxState,
    BoxStatus,
    ControlResponse,
)
from appliance.mqtt.contract.envelope import (
    AIM_TTL_S,
    CONTROL_TTL_S,
    HEALTH_TTL_S,
    SEAT_TTL_S,
    Message,
    Stamper,
)
from appliance.mqtt.contract.seats import BoardSeat, SeatView
from appliance.mqtt.contract.sensors import LEASE_TTL_S, SensorLease
from appliance.mqtt.contract.topics import RoomTopics
from appliance.mqtt.wire.messages import Publication


class Publications:
    """Puts topic and envelope around each; any thread may call."""

    def __init__(self, *, topics: RoomTopics, box: str, stamper: Stamper) -> None:
        """Take the room's topics, the box's id and who stamps."""
        self._topics = topics
        self._own = topics.box(box)
        self._stamper = stamper

    def status(self, state: BoxState, *, reason: str = "") -> Publication:
        """Retained state of the service."""
        body = BoxStatus(state=state, reason=reason[:MAX_TEXT])
        return _publication(self._own.status, self._stamper.stamp(body, ttl_s=None), retain=True)

    def info(self, info: BoxInfo) -> Publication:
        """Retained versions and hashes."""
        return _publication(self._own.info, self._stamper.stamp(info, ttl_s=None), retain=True)

    def health(self, health: BoxHealth) -> Publication:
        """Health report."""
        message = self._stamper.stamp(health, ttl_s=HEALTH_TTL_S)
        return _publication(self._own.health, message, qos=0)

    def echo(self, count: int) -> Publication:
        """Proof of life to the box itself."""
        message = self._stamper.stamp(BoxEcho(count=count), ttl_s=HEALTH_TTL_S)
        return _publication(self._own.echo, message)

    def aim(self, frame: AimFrame) -> Publication:
        """What was measured of a camera's picture."""
        message = self._stamper.stamp(frame, ttl_s=AIM_TTL_S)
        return _publication(self._topics.aim(CameraKey(frame.camera)), message, qos=0)

    def view(self, terminal: TerminalKey, view: SeatView) -> Publication:
        """What a terminal's student may know, retained while it lives."""
        message = self._stamper.stamp(view, ttl_s=SEAT_TTL_S)
        return _publication(self._topics.terminal(terminal).view, message, retain=True)

    def board(self, seat: SeatKey, board: BoardSeat | None) -> Publication:
        """What teachers may know of a seat, likewise; None takes the retained message away."""
        topic = self._topics.board(seat)
        if board is None:
            return Publication(topic=topic, payload=b"", retain=True)
        return _publication(topic, self._stamper.stamp(board, ttl_s=SEAT_TTL_S), retain=True)

    def lease(self, sensor: SensorKey, lease: SensorLease) -> Publication:
        """At whom a sensor may look for the next seconds; never retained."""
        message = self._stamper.stamp(lease, ttl_s=LEASE_TTL_S)
        return _publication(self._topics.sensor(sensor).lease, message)

    def response(self, reply: ControlReply, client: str, request: str | None) -> Publication:
        """Answer a client; ``request`` is the id of what was asked."""
        body = ControlResponse(status=reply.status, detail=reply.detail[:MAX_TEXT])
        message = self._stamper.stamp(body, ttl_s=CONTROL_TTL_S, corr=request)
        return _publication(self._topics.control_response(client), message)


def _publication(
    topic: str, message: Message, *, qos: int = 1, retain: bool = False
) -> Publication:
    return Publication(
        topic=topic,
        payload=message.to_json().encode(),
        qos=qos,
        retain=retain,
        lifetime_s=message.ttl_s,
    )
