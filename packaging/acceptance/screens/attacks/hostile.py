"""A box that somebody else has taken over: its certificate, and words that it should never say."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Self

from acceptance.flood.school import BOX, TOPICS
from appliance.domain.affect import Affect
from appliance.domain.frames import CameraKey
from appliance.domain.seats import SeatKey, TerminalKey
from appliance.domain.terminals import ControlStatus
from appliance.errors import ContractError
from appliance.host.clock import SystemClock
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
    ModelInfo,
    OtherSeat,
)
from appliance.mqtt.contract.commands import Hint, PushContent
from appliance.mqtt.contract.envelope import Body, Stamper, parse_message
from appliance.mqtt.contract.schemas import Contracts
from appliance.mqtt.contract.seats import BoardSeat, CalibrationState, ConsentWord, SeatView, Sight
from appliance.mqtt.wire.address import BrokerAddress
from appliance.mqtt.wire.link import Link
from appliance.mqtt.wire.messages import Delivery, Publication

CAMERA = CameraKey("front")
CONNECT_S = 20.0
SHARE, DURATION_S, SINCE_S = 0.37, 462.0, 1111111111.0
"""Of states that may not be told: numbers that stand for nothing else."""


class HostileBox:
    """Speaks with the box's certificate; a context manager. Requests are answered with ``says``."""

    def __init__(self, address: BrokerAddress) -> None:
        """Prepare it."""
        self.says = ""
        """Detail of every answer to a request."""
        self.status = ControlStatus.FAILED
        self.refused = 0
        """Words that the contract does not let through."""
        self.spoilt = 0
        """Words and names that it does."""
        self._contracts = Contracts.load()
        self._stamper = Stamper(
            src=f"box/{BOX}", clock=SystemClock(), clock_state=lambda: "unknown"
        )
        self._box = TOPICS.box(BOX)
        self._link = Link(
            address=address,
            client_id=BOX,
            clock=SystemClock(),
            subscriptions={TOPICS.control_requests: 1},
            on_delivery=self._answer,
            on_turn=lambda: None,
            session_expiry_s=0,
            queue_limit=4096,
        )

    def __enter__(self) -> Self:
        """Connect."""
        self._link.start()
        until_s = time.monotonic() + CONNECT_S
        while not self._link.connected and time.monotonic() < until_s:
            time.sleep(0.05)
        return self

    def __exit__(self, *_: object) -> None:
        """Leave."""
        self._link.stop(timeout_s=1.0)

    def say(
        self,
        topic: str,
        body: Body,
        *,
        ttl_s: int | None = 120,
        retain: bool = False,
        evil: str | None = None,
    ) -> None:
        """Publish something, with everything in it as hostile as the contract lets it be."""
        text = self._stamper.stamp(body, ttl_s=ttl_s).to_json()
        if evil is not None:
            text = self._spoilt(text, evil)
        self._post(topic, text.encode(), ttl_s=ttl_s, retain=retain)

    def lesson(self, profile: str | None, seats: Sequence[str], *, evil: str | None = None) -> None:
        """Say everything that a box with a lesson says."""
        self.say(
            self._box.status,
            BoxStatus(state=BoxState.READY, reason="x"),
            ttl_s=None,
            retain=True,
            evil=evil,
        )
        if profile is not None:
            self.info(profile, evil=evil)
        self.say(self._box.health, _health(seats), ttl_s=60, evil=evil)
        for seat in seats:
            self.board(seat, state=None, evil=evil)
            self.say(
                TOPICS.terminal(TerminalKey(seat)).view,
                SeatView(sight=Sight.OBSERVED, consent=ConsentWord.GIVEN),
                retain=True,
                evil=evil,
            )

    def info(self, profile: str, *, evil: str | None = None) -> None:
        """Say which states the school wants to know of."""
        body = BoxInfo(
            software="1.0",
            contract="1.5.0",
            profile=profile,
            models={"face": ModelInfo(version="1", sha256="0" * 64)},
            libraries={"numpy": "1"},
        )
        self.say(self._box.info, body, ttl_s=None, retain=True, evil=evil)

    def view(self, seat: str, left_s: float) -> None:
        """Tell a student how long the calibration still takes, seconds."""
        body = SeatView(
            sight=Sight.OBSERVED,
            consent=ConsentWord.GIVEN,
            calibration=CalibrationState.RUNNING,
            calibrating_left_s=left_s,
        )
        self.say(TOPICS.terminal(TerminalKey(seat)).view, body, retain=True)

    def board(self, seat: str, *, state: Affect | None, evil: str | None = None) -> None:
        """Say how a student is."""
        body = BoardSeat(
            seat=SeatKey(seat),
            sight=Sight.OBSERVED,
            consent=ConsentWord.GIVEN,
            terminal="online",
            state=state,
            since_s=None if state is None else SINCE_S,
            alert=None if state is None else f"{state}-{seat}",
        )
        self.say(TOPICS.board(SeatKey(seat)), body, retain=True, evil=evil)

    def alert(
        self,
        seat: str,
        affect: Affect,
        *,
        others: Mapping[str, Affect] | None = None,
        phase: AlertPhase = AlertPhase.RAISED,
        evil: str | None = None,
    ) -> None:
        """Call a teacher."""
        body = AlertMessage(
            episode=f"{affect}-{seat}",
            seat=SeatKey(seat),
            affect=affect,
            priority=AlertPriority.HIGHEST,
            phase=phase,
            intensity=SHARE,
            duration_s=DURATION_S,
            evidence=EvidenceData(mean_score=SHARE, tokens_above=25),
            rule="4",
            reason=f"{affect} {SHARE}",
            others=tuple(
                OtherSeat(
                    seat=SeatKey(other),
                    episode=f"{its}-{other}",
                    affect=its,
                    priority=AlertPriority.NORMAL,
                )
                for other, its in (others or {}).items()
            ),
        )
        self.say(TOPICS.alert(SeatKey(seat)), body, evil=evil)

    def command(self, seat: str, text: str, topic: str) -> None:
        """Have a page show something."""
        where = TOPICS.terminal(TerminalKey(seat)).command
        for body in (Hint(text=text, topic=topic), PushContent(text=text, topic=topic)):
            if self._is_one(json.loads(self._stamper.stamp(body, ttl_s=60).to_json())):
                self.say(where, body, ttl_s=60)

    def aim(self, seats: Sequence[str], *, evil: str | None = None) -> None:
        """Measure a camera."""
        self.say(TOPICS.aim(CAMERA), _aim(seats), ttl_s=5, evil=evil)

    def _answer(self, delivery: Delivery) -> None:
        client = TOPICS.asking_client(delivery.topic)
        if client is not None:
            asked = json.loads(delivery.payload)
            body = ControlResponse(status=self.status, detail=self.says)
            message = self._stamper.stamp(body, ttl_s=30, corr=asked["id"])
            self._post(
                TOPICS.control_response(client), message.to_json().encode(), ttl_s=30, retain=False
            )

    def _post(self, topic: str, payload: bytes, *, ttl_s: int | None, retain: bool) -> None:
        self._link.send(Publication(topic=topic, payload=payload, lifetime_s=ttl_s, retain=retain))

    def _spoilt(self, text: str, evil: str) -> str:
        """Return a message with a hostile word in every place where the contract allows it."""
        whole = json.loads(text)

        def spoil(part: object, put: Callable[[object], None]) -> None:
            if isinstance(part, str):
                put(evil)
                if self._is_one(whole):
                    self.spoilt += 1
                else:
                    put(part)
                    self.refused += 1
            elif isinstance(part, list):
                for place, its in enumerate(part):
                    spoil(its, partial(part.__setitem__, place))
            elif isinstance(part, dict):
                for key, its in list(part.items()):
                    spoil(its, partial(part.__setitem__, key))
                for key in list(part):
                    part[evil] = part.pop(key)
                    if self._is_one(whole):
                        self.spoilt += 1
                    else:
                        part[key] = part.pop(evil)

        spoil(whole["data"], lambda _: None)
        return json.dumps(whole)

    def _is_one(self, whole: object) -> bool:
        try:
            parse_message(json.dumps(whole).encode(), self._contracts)
        except ContractError:
            return False
        return True


def _health(seats: Sequence[str]) -> BoxHealth:
    return BoxHealth(
        uptime_s=60.0,
        cameras={
            CAMERA: CameraHealth(
                state="retrying", fps=1.0, dropped={"late": 1}, frames={"sent": 9}, detail="x"
            )
        },
        seats=dict.fromkeys(seats, "observed"),
        degrade_reason="x",
        problems=("x",),
    )


def _aim(seats: Sequence[str]) -> AimFrame:
    return AimFrame(
        camera=CAMERA,
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
        faults=("dark",),
        seats=dict.fromkeys(seats, AimSeatData(region=(0.0, 0.0, 0.5, 1.0), people=0)),
    )
