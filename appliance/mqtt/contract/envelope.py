"""The envelope, the list of message types, and both directions of JSON."""

import json
import math
import os
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar, NoReturn, Protocol

from appliance.domain.ids import RANDOM_BYTES, uuid7
from appliance.errors import ContractError
from appliance.mqtt.contract.aim import AimFrame
from appliance.mqtt.contract.box import (
    AlertMessage,
    BoxEcho,
    BoxHealth,
    BoxInfo,
    BoxStatus,
    ControlResponse,
)
from appliance.mqtt.contract.classroom import (
    AlertAck,
    CommandAck,
    ContextMessage,
    ControlRequestMessage,
    FeedbackMessage,
    PresenceMessage,
)
from appliance.mqtt.contract.codec import from_plain, to_plain
from appliance.mqtt.contract.commands import (
    AdjustDifficulty,
    FocusBreak,
    Hint,
    LockScreen,
    MandatoryRest,
    PushContent,
    UnlockScreen,
)
from appliance.mqtt.contract.schemas import ENVELOPE, Contracts
from appliance.mqtt.contract.seats import BoardSeat, SeatView
from appliance.mqtt.contract.sensors import SensorHealth, SensorInfo, SensorLease, SensorStatus
from appliance.ports import Clock

MAX_PAYLOAD_BYTES = 65536
"""Larger messages are refused unread; mosquitto.conf sets the same limit."""

UUID7_PATTERN = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")

AIM_TTL_S = 5  # a picture that is older says nothing about where the camera points now
ACK_TTL_S = 300  # docs/DESIGN.md, 7
ALERT_TTL_S = 120  # docs/DESIGN.md, 7
CONTEXT_TTL_S = 900  # docs/DESIGN.md, 7: 15 min
CONTROL_TTL_S = 30  # docs/DESIGN.md, 7
DAY_TTL_S = 86400  # docs/DESIGN.md, 7: feedback and alert acknowledgements
HEALTH_TTL_S = 60  # docs/DESIGN.md, 7
SEAT_TTL_S = 120  # docs/DESIGN.md, 7: view and board


class Body(Protocol):
    """The ``data`` of a message type: a frozen dataclass that knows its type's name."""

    TYPE: ClassVar[str]


BODIES: dict[str, type[Body]] = {
    kind.TYPE: kind
    for kind in (
        BoxStatus,
        BoxInfo,
        BoxHealth,
        BoxEcho,
        AlertMessage,
        AlertAck,
        FocusBreak,
        Hint,
        PushContent,
        AdjustDifficulty,
        LockScreen,
        MandatoryRest,
        UnlockScreen,
        CommandAck,
        FeedbackMessage,
        ContextMessage,
        PresenceMessage,
        ControlRequestMessage,
        ControlResponse,
        AimFrame,
        SeatView,
        BoardSeat,
        SensorStatus,
        SensorInfo,
        SensorHealth,
        SensorLease,
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One envelope with its data."""

    type: str
    """Names the schema."""

    id: str
    """UUIDv7; a duplicate has the same."""

    corr: str | None
    """Id of the message that this one answers."""

    ts: str
    """RFC 3339, UTC, milliseconds, by the sender's clock."""

    clock: str
    """``synced``, ``unsynced`` or ``unknown``."""

    boot: str
    """UUIDv7 of the sender's process."""

    seq: int
    """Counts the sender's messages from 0."""

    src: str
    """``box/…``, ``sensor/…``, ``seat/…``, ``teacher/…`` or ``it/…``."""

    ttl_s: int | None
    """Lifetime from ``ts``, seconds; None: until replaced."""

    body: Body | None
    """What ``data`` says; None for a type that this version does not know."""

    def to_json(self) -> str:
        """Write the envelope as compact JSON."""
        if self.body is None:
            msg = f"{self.type}: a message without data cannot be sent"
            raise ValueError(msg)
        envelope = {
            "v": 1,
            "type": self.type,
            "id": self.id,
            "corr": self.corr,
            "ts": self.ts,
            "clock": self.clock,
            "boot": self.boot,
            "seq": self.seq,
            "src": self.src,
            "ttl_s": self.ttl_s,
            "data": to_plain(self.body),
        }
        return json.dumps(envelope, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def parse_message(
    payload: bytes | str, contracts: Contracts, *, envelope_only: bool = False
) -> Message:
    """Read a message that came in, and trust nothing of it before its schema has passed.

    Args:
        payload: What the broker delivered.
        contracts: The schemas.
        envelope_only: Leave ``data`` unread, to answer a message whose data are wrong.

    Returns:
        The message; its ``body`` is None when the type is unknown, which a newer sender may use.

    Raises:
        ContractError: Too long, not JSON, or not as the schema says.
    """
    if len(payload) > MAX_PAYLOAD_BYTES:
        msg = f"message: expected at most {MAX_PAYLOAD_BYTES} bytes, got {len(payload)}"
        raise ContractError(msg)
    try:
        document = json.loads(payload, parse_constant=_refuse_constant, parse_float=_read_float)
        # "\ud800" alone is legal JSON that no file, log or database can encode.
        json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        msg = "message: expected JSON in UTF-8"
        raise ContractError(msg) from error
    contracts.check(document, schema=ENVELOPE)
    kind = None if envelope_only else BODIES.get(document["type"])
    if kind is not None:
        contracts.check(document, schema=kind.TYPE)
    return Message(
        type=document["type"],
        id=document["id"],
        corr=document["corr"],
        ts=document["ts"],
        clock=document["clock"],
        boot=document["boot"],
        seq=document["seq"],
        src=document["src"],
        ttl_s=document["ttl_s"],
        body=None if kind is None else from_plain(kind, document["data"]),
    )


class Stamper:
    """Puts envelopes around data for one sender; any thread may call."""

    def __init__(self, *, src: str, clock: Clock, clock_state: Callable[[], str]) -> None:
        """Begin a boot.

        Args:
            src: Sender as in the envelope, for example ``box/box-1``.
            clock: Wall time of ``ts`` and of ids.
            clock_state: Says ``synced``, ``unsynced`` or ``unknown``.
        """
        self._src = src
        self._clock = clock
        self._clock_state = clock_state
        self.boot = self.new_id()
        """UUIDv7 of this process, in each of its messages."""
        self._lock = threading.Lock()
        self._seq = 0

    def new_id(self) -> str:
        """Return a fresh UUIDv7."""
        return uuid7(wall_s=self._clock.wall_s(), randomness=os.urandom(RANDOM_BYTES))

    def stamp(
        self,
        body: Body,
        *,
        ttl_s: int | None,
        corr: str | None = None,
        message_id: str | None = None,
    ) -> Message:
        """Make the next message.

        Args:
            body: Data of the message.
            ttl_s: Lifetime, seconds; None: until replaced.
            corr: Id of the message answered.
            message_id: UUIDv7 that somebody else already knows; a fresh one by default.

        Raises:
            ValueError: ``message_id`` is not a UUIDv7, so every receiver would refuse the message.
        """
        if message_id is not None and not UUID7_PATTERN.fullmatch(message_id):
            msg = f"message_id: expected a UUIDv7 as domain.ids.uuid7 makes it, got {message_id!r}"
            raise ValueError(msg)
        with self._lock:
            seq, self._seq = self._seq, self._seq + 1
        return Message(
            type=body.TYPE,
            id=self.new_id() if message_id is None else message_id,
            corr=corr,
            ts=format_time(self._clock.wall_s()),
            clock=self._clock_state(),
            boot=self.boot,
            seq=seq,
            src=self._src,
            ttl_s=ttl_s,
            body=body,
        )


def format_time(wall_s: float) -> str:
    """Write a wall time as RFC 3339, UTC, with milliseconds."""
    moment = datetime.fromtimestamp(wall_s, tz=UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _read_float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):  # 1e400 is legal JSON, and infinity passes every minimum
        msg = f"{text[:20]} is too large"
        raise ValueError(msg)
    return value


def _refuse_constant(name: str) -> NoReturn:
    # Python reads NaN and Infinity, which are not JSON, and NaN passes every range check.
    msg = f"{name} is not JSON"
    raise ValueError(msg)
