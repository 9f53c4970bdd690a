"""What a box says to people, by hand and over the real wire: boards, alerts, status, health."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self

from appliance.domain.affect import Affect
from appliance.domain.frames import CameraKey
from appliance.domain.seats import SeatKey
from appliance.domain.terminals import ControlStatus
from appliance.mqtt.contract.aim import AimFrame, AimLightData, AimLimitsData, AimSeatData
from appliance.mqtt.contract.box import (
    AlertMessage,
    AlertPhase,
    AlertPriority,
    BoxHealth,
    BoxInfo,
    BoxState,
    BoxStatus,
    CameraHealth,
    ControlResponse,
    EvidenceData,
)
from appliance.mqtt.contract.envelope import Body, Message
from appliance.mqtt.contract.seats import BoardSeat, ConsentWord, Sight
from appliance.mqtt.contract.topics import RoomTopics
from appliance.mqtt.wire.address import BrokerAddress
from appliance.mqtt.wire.messages import Delivery, Publication
from tests.support.links import make_link
from tests.support.messages import stamper
from tests.support.waiting import wait_until

TOPICS = RoomTopics(site="north-school", room="lab-2")
"""Of the shipped ACL."""

VERDICTS = "cb/v1/north-school/lab-2/alert/+/ack"

Request = Mapping[str, Any]
"""A request as it came, parsed JSON."""


def board_of(seat: str) -> BoardSeat:
    """Return a board of a student who is looked at."""
    return BoardSeat(
        seat=SeatKey(seat), sight=Sight.OBSERVED, consent=ConsentWord.GIVEN, terminal="online"
    )


def alert_of(seat: str) -> AlertMessage:
    """Return an alert about somebody who has been tired for three and a half minutes."""
    return AlertMessage(
        episode=f"e-{seat}",
        seat=SeatKey(seat),
        affect=Affect.FATIGUED,
        priority=AlertPriority.NORMAL,
        phase=AlertPhase.RAISED,
        intensity=0.75,
        duration_s=210.0,
        evidence=EvidenceData(mean_score=0.83, tokens_above=25),
    )


def health_of(*seats: str, camera: str = "front") -> BoxHealth:
    """Return the report of a box with one camera."""
    return BoxHealth(
        uptime_s=60.0,
        cameras={camera: CameraHealth(state="live", fps=10.0, frames={"sent": 600})},
        seats=dict.fromkeys(seats, "observed"),
    )


def aim_of(camera: str = "front", *seats: str) -> AimFrame:
    """Return a measurement of an empty picture."""
    return AimFrame(
        camera=camera,
        width_px=1280,
        height_px=720,
        wanted_fps=10.0,
        remaining_s=290,
        light=AimLightData(mean=0.4, black=0.0, white=0.0),
        sharpness=100.0,
        limits=AimLimitsData(
            face_px=40.0,
            lids_px=60.0,
            turned_deg=30.0,
            face_sharpness=0.3,
            face_contrast=10.0,
            sharpness=50.0,
        ),
        seats=dict.fromkeys(seats, AimSeatData(region=(0.0, 0.0, 0.5, 1.0), people=0)),
    )


class SpokenBox:
    """A box's client that says what a test wants said; a context manager."""

    def __init__(
        self, address: BrokerAddress, *, box: str = "box-1", also: Iterable[str] = ()
    ) -> None:
        """Prepare it; requests are answered with ``done`` until ``answer`` is set.

        Args:
            address: Broker, and the credentials of a box.
            box: Its id.
            also: Filters of what to hear beside requests and verdicts.
        """
        self.box = box
        self.topics = TOPICS.box(box)
        self.heard: list[tuple[str, Request]] = []
        """What was heard, by topic, in order."""
        self.answer: Callable[[Request], ControlStatus | None] = lambda _: ControlStatus.DONE
        """Says what comes of a request; None: nothing is answered."""
        self._stamper = stamper(f"box/{box}")
        self._link = make_link(
            address,
            client_id=box,
            subscriptions=dict.fromkeys([TOPICS.control_requests, VERDICTS, *also], 1),
            on_delivery=self._take,
        )

    def __enter__(self) -> Self:
        """Connect."""
        self._link.start()
        wait_until(lambda: self._link.connected)
        return self

    def __exit__(self, *_: object) -> None:
        """Leave."""
        self._link.stop(timeout_s=1.0)

    def say(self, topic: str, body: Body, *, ttl_s: int | None, retain: bool = False) -> Message:
        """Publish anything; return the message."""
        message = self._stamper.stamp(body, ttl_s=ttl_s)
        self._post(topic, message.to_json(), ttl_s=ttl_s, retain=retain)
        return message

    def raw(self, topic: str, text: str, *, retain: bool = False) -> None:
        """Publish any text."""
        self._post(topic, text, ttl_s=60, retain=retain)

    def board(self, *boards: BoardSeat, ttl_s: int = 120) -> None:
        """Set the retained boards of some seats."""
        for body in boards:
            self.say(TOPICS.board(body.seat), body, ttl_s=ttl_s, retain=True)

    def clear(self, *seats: str) -> None:
        """Take boards away, as at the end of a lesson."""
        for seat in seats:
            self._post(TOPICS.board(SeatKey(seat)), "", ttl_s=None, retain=True)

    def alert(self, body: AlertMessage) -> Message:
        """Tell teachers of a seat; return the message."""
        return self.say(TOPICS.alert(body.seat), body, ttl_s=120)

    def status(self, state: BoxState = BoxState.READY, reason: str = "") -> None:
        """Set the retained status."""
        body = BoxStatus(state=state, reason=reason)
        self.say(self.topics.status, body, ttl_s=None, retain=True)

    def info(self, profile: str = "four-state") -> None:
        """Set the retained versions, with the policy profile."""
        body = BoxInfo(software="1.0", contract="1.5.0", profile=profile)
        self.say(self.topics.info, body, ttl_s=None, retain=True)

    def health(self, *seats: str) -> None:
        """Send a report."""
        self.say(self.topics.health, health_of(*seats), ttl_s=60)

    def aim(self, frame: AimFrame) -> None:
        """Send a measurement."""
        self.say(TOPICS.aim(CameraKey(frame.camera)), frame, ttl_s=5)

    def requests(self) -> list[Request]:
        """Return the data of every request heard, in order."""
        return [one["data"] for topic, one in self.heard if topic.endswith("/req")]

    def verdicts(self) -> list[tuple[str, Request]]:
        """Return topic and message of every verdict heard, in order."""
        return [(topic, one) for topic, one in self.heard if topic.endswith("/ack")]

    def _take(self, delivery: Delivery) -> None:
        document = json.loads(delivery.payload)
        self.heard.append((delivery.topic, document))
        client = TOPICS.asking_client(delivery.topic)
        status = None if client is None else self.answer(document["data"])
        if client is not None and status is not None:
            body = ControlResponse(status=status)
            message = self._stamper.stamp(body, ttl_s=30, corr=document["id"])
            self._post(TOPICS.control_response(client), message.to_json(), ttl_s=30)

    def _post(self, topic: str, text: str, *, ttl_s: int | None, retain: bool = False) -> None:
        self._link.send(
            Publication(topic=topic, payload=text.encode(), lifetime_s=ttl_s, retain=retain)
        )
