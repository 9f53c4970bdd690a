"""Asking the boxes of a room for something, and hearing what became of it."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from appliance.domain.terminals import ControlReply, ControlStatus
from appliance.errors import ContractError
from appliance.mqtt.contract.box import ControlResponse
from appliance.mqtt.contract.classroom import ControlRequestMessage
from appliance.mqtt.contract.envelope import CONTROL_TTL_S, Stamper, parse_message
from appliance.mqtt.contract.schemas import Contracts
from appliance.mqtt.contract.topics import RoomTopics
from appliance.mqtt.wire.messages import Delivery, Publication
from appliance.ports import Clock

ANSWER_S = 10.0
"""How long somebody at a page waits; a box answers within a fraction of a second."""

SETTLE_S = 1.0
"""How long a "no" waits for another box's "done": each box of a room answers, and refuses what is
about another's seat or camera."""

NOT_SENT = "there is no connection to the broker"


@dataclass(slots=True)
class _OpenRequest:
    heard: threading.Event = field(default_factory=threading.Event)
    by_box: dict[str, ControlReply] = field(default_factory=dict)


class Asker:
    """Asks under one client's name; any thread may ask, several at once.

    Give ``take`` what comes on ``topic``, to which the owner's connection subscribes at QoS 1.
    """

    def __init__(
        self,
        *,
        topics: RoomTopics,
        client: str,
        stamper: Stamper,
        send: Callable[[Publication], object],
        contracts: Contracts,
        clock: Clock,
        own_seat: bool = False,
    ) -> None:
        """Begin with nothing asked.

        Args:
            topics: Of the room.
            client: Own id; the broker lets nobody else ask under it.
            stamper: Of this client: one for all that it says.
            send: Sends now or never, None or False when it could not (``Link.send``). What waited
                for a connection would come about when nobody expects it any more.
            contracts: The schemas.
            clock: Monotonic time for waiting.
            own_seat: The client is a terminal: what it asks is about its own seat, unnamed.
        """
        self.topic = topics.control_response(client)
        """Where the answers come."""
        self._requests = topics.control_request(client)
        self._stamper = stamper
        self._send = send
        self._contracts = contracts
        self._clock = clock
        self._own_seat = own_seat
        self._lock = threading.Lock()
        self._open: dict[str, _OpenRequest] = {}

    @property
    def waiting(self) -> int:
        """Requests that somebody waits for now."""
        return len(self._open)

    def ask(
        self,
        body: ControlRequestMessage,
        *,
        boxes: int | None = None,
        timeout_s: float = ANSWER_S,
    ) -> ControlReply | None:
        """Ask, and wait for the answer; not on a thread that receives.

        Args:
            body: What is asked.
            boxes: How many boxes will answer. None: not known, so the first "done" is taken, or
                what else was said when a second has brought none.
            timeout_s: How long to wait.

        Returns:
            What became of it; None when not all have answered in time, and it may still come about.
            About a seat or a camera, one "done" is what counts, about the room the worst that was
            said.

        Raises:
            ContractError: What is asked breaks the contract; nothing was sent.
        """
        message = self._stamper.stamp(body, ttl_s=CONTROL_TTL_S)
        payload = message.to_json()
        self._contracts.check(json.loads(payload), schema=body.TYPE)
        asked = _OpenRequest()
        with self._lock:
            self._open[message.id] = asked
        try:
            publication = Publication(
                topic=self._requests, payload=payload.encode(), lifetime_s=CONTROL_TTL_S
            )
            if not self._send(publication):
                return ControlReply(status=ControlStatus.FAILED, detail=NOT_SENT)
            return self._await(asked, body, boxes=boxes, timeout_s=timeout_s)
        finally:
            with self._lock:
                del self._open[message.id]

    def take(self, delivery: Delivery) -> bool:
        """Take an answer; False when the delivery is something else's."""
        if delivery.topic != self.topic:
            return False
        if delivery.retained:  # an answer to something of long ago
            return True
        try:
            message = parse_message(delivery.payload, self._contracts)
        except ContractError:
            return True
        if not isinstance(message.body, ControlResponse) or message.corr is None:
            return True
        reply = ControlReply(status=message.body.status, detail=message.body.detail)
        with self._lock:
            asked = self._open.get(message.corr)
            if asked is not None:
                asked.by_box[message.src] = reply
                asked.heard.set()
        return True

    def _await(
        self,
        asked: _OpenRequest,
        body: ControlRequestMessage,
        *,
        boxes: int | None,
        timeout_s: float,
    ) -> ControlReply | None:
        about_one = self._own_seat or body.seat is not None or body.camera is not None
        until_s = self._clock.monotonic_s() + timeout_s
        answer: ControlReply | None = None
        while asked.heard.wait(max(0.0, until_s - self._clock.monotonic_s())):
            asked.heard.clear()
            with self._lock:
                heard = dict(asked.by_box)
            answer = _verdict(heard, about_one=about_one)
            done = answer.status is ControlStatus.DONE and (about_one or boxes is None)
            if done or len(heard) == boxes:
                return answer
            if boxes is None:
                until_s = min(until_s, self._clock.monotonic_s() + SETTLE_S)
        return answer if boxes is None or about_one else None


_ONE_ORDER = (ControlStatus.DONE, ControlStatus.FAILED, ControlStatus.REFUSED)
_ROOM_ORDER = (ControlStatus.FAILED, ControlStatus.REFUSED, ControlStatus.DONE)


def _verdict(heard: Mapping[str, ControlReply], *, about_one: bool) -> ControlReply:
    order = _ONE_ORDER if about_one else _ROOM_ORDER
    return min(heard.values(), key=lambda reply: order.index(reply.status))
