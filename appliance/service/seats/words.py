"""From what is known of a seat to the words of the contract; nothing else is said of a student."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from appliance.cameras.reader import CameraState, ReaderHealth
from appliance.domain.seats import SeatKey
from appliance.domain.tokens import SeatStatus
from appliance.mqtt.contract.seats import (
    BoardSeat,
    CalibrationState,
    ConsentWord,
    SeatView,
    Sight,
    SightReason,
)
from appliance.service.control.closures import Closure
from appliance.service.seats.stays import Stay
from appliance.windows.baselines import KNOWN_AWAKE_S

STEP_S = 5.0
"""What is left of the two minutes is said in steps of this: a page counts down by itself."""

_ASKED_FOR = frozenset({SightReason.ROOM_PAUSED, SightReason.SEAT_PAUSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatFacts:
    """Everything that is said of one seat is made of this."""

    stay: Stay
    """What has happened to whoever sits there."""

    closed: Mapping[Closure, str]
    """What keeps the cameras closed."""

    lesson: bool
    """Whether there is one."""

    paused: bool
    """Somebody asked not to look at the seat."""

    reader: ReaderHealth
    """Of the seat's camera."""

    status: SeatStatus | None
    """Of its last token; None before the first."""

    consent: ConsentWord
    """Who has agreed."""

    calibrated_s: float | None
    """How much of the two minutes has been seen; None where nobody has begun them."""

    exam: bool
    """A teacher has announced one."""


def why_unseen(facts: SeatFacts) -> SightReason:
    """Return the first reason, in the contract's order, for which nobody is looked at."""
    reader, status = facts.reader, facts.status
    agreed = facts.consent in {ConsentWord.GIVEN, ConsentWord.ON_FILE}
    starting = reader.state in {CameraState.CONNECTING, CameraState.PAUSED} or status is None
    failing = reader.away or reader.black or reader.state is CameraState.ENDED
    logged_in = facts.stay.logged_in
    rules = (
        (not facts.lesson, SightReason.NO_LESSON),
        (Closure.PAUSE in facts.closed, SightReason.ROOM_PAUSED),
        (bool(facts.closed), SightReason.SWITCH),
        (facts.paused, SightReason.SEAT_PAUSED),
        (failing, SightReason.CAMERA),
        (starting, SightReason.STARTING),
        (not agreed and logged_in, SightReason.NO_CONSENT),
        (not agreed, SightReason.NOBODY),
        # Of the token before somebody agreed, or before a pause ended.
        (status is SeatStatus.NO_CONSENT, SightReason.STARTING),
        (status is SeatStatus.CAMERA_LOST, SightReason.CAMERA),
        (status is SeatStatus.ABSENT and not logged_in, SightReason.NOBODY),
        (status is not SeatStatus.PRESENT, SightReason.NOT_SEEN),
    )
    return next((reason for applies, reason in rules if applies), SightReason.NONE)


def view_of(facts: SeatFacts) -> SeatView:
    """Return what the student may know."""
    reason = why_unseen(facts)
    calibration = _calibration(facts)
    left_s = None
    if calibration is CalibrationState.RUNNING and facts.calibrated_s is not None:
        left_s = STEP_S * math.ceil((KNOWN_AWAKE_S - facts.calibrated_s) / STEP_S)
    return SeatView(
        sight=_sight(reason),
        reason=reason,
        consent=facts.consent,
        calibration=calibration,
        calibrating_left_s=left_s,
        exam=facts.exam,
        teacher_called=facts.stay.called,
    )


def board_of(seat: SeatKey, facts: SeatFacts) -> BoardSeat | None:
    """Return what teachers may know; None outside of a lesson."""
    if not facts.lesson:
        return None
    reason, stay = why_unseen(facts), facts.stay
    seen = reason is SightReason.NONE
    return BoardSeat(
        seat=seat,
        sight=_sight(reason),
        reason=reason,
        consent=facts.consent,
        terminal="online" if stay.online else "offline",
        calibration=_calibration(facts),
        exam=facts.exam,
        lesson=True,
        alert=stay.alert,
        state=stay.state if seen else None,
        since_s=stay.since_s if seen else None,
    )


def _sight(reason: SightReason) -> Sight:
    if reason is SightReason.NONE:
        return Sight.OBSERVED
    return Sight.PAUSED if reason in _ASKED_FOR else Sight.NOT_OBSERVED


def _calibration(facts: SeatFacts) -> CalibrationState:
    if facts.calibrated_s is None:
        return CalibrationState.NONE
    over = facts.calibrated_s >= KNOWN_AWAKE_S
    return CalibrationState.DONE if over else CalibrationState.RUNNING
