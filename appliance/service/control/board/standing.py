"""What is said of one seat, from what is known of it at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass

from appliance.cameras.reader import CameraState
from appliance.domain.affect import Affect
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

_BY_CLOSURE = {
    Closure.TIMETABLE: SightReason.NO_LESSON,
    Closure.PAUSE: SightReason.ROOM_PAUSED,
    Closure.SWITCH: SightReason.SWITCH,
}
_PAUSED = frozenset({SightReason.ROOM_PAUSED, SightReason.SEAT_PAUSED, SightReason.SWITCH})
_STARTS = frozenset({None, CameraState.CONNECTING, CameraState.PAUSED})
"""A camera that nothing keeps closed any more is opened at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatStanding:
    """One seat at one moment."""

    seat: SeatKey
    """Which."""

    closed: Mapping[Closure, str]
    """What keeps the cameras closed; empty while they are open."""

    paused: bool
    """Somebody asked not to look at this seat."""

    camera: CameraState | None
    """State of its camera; None before it is opened."""

    granted: bool
    """Whoever sits there has agreed."""

    withdrawn: bool
    """Consent was taken back and nobody has given it since."""

    on_file: bool
    """The school holds the consent."""

    logged_in: bool
    """Somebody is logged in on the terminal."""

    online: bool
    """The terminal says that it is there."""

    status: SeatStatus | None
    """Of its newest token; None before the first of this run."""

    exam: bool
    """A teacher has said so."""

    calibration: CalibrationState
    """Of this stay."""

    calibrating_left_s: float | None
    """Seconds; None unless it is running."""

    alert: str | None
    """Episode of the open alert; None without."""

    teacher_called: bool
    """A teacher was asked to come within the last minutes of this stay."""

    state: Affect | None
    """What is seen, where teachers may see it; None otherwise."""

    since_s: float | None
    """Since when, seconds of wall time."""


def reason_of(one: SeatStanding) -> SightReason:
    """Return why a seat is not observed; the first reason that holds, in the contract's order."""
    for closure, reason in _BY_CLOSURE.items():
        if closure in one.closed:
            return reason
    reasons = (
        (one.paused, SightReason.SEAT_PAUSED),
        (one.camera in _STARTS, SightReason.STARTING),
        (one.camera is not CameraState.LIVE, SightReason.CAMERA),
        (not one.granted and one.logged_in, SightReason.NO_CONSENT),
        (not one.granted, SightReason.NOBODY),
        (one.status is None, SightReason.STARTING),
        (one.status is SeatStatus.CAMERA_LOST, SightReason.CAMERA),
        (one.status is not SeatStatus.PRESENT, SightReason.NOT_SEEN),
    )
    return next((reason for holds, reason in reasons if holds), SightReason.NONE)


def consent_of(one: SeatStanding) -> ConsentWord:
    """Return the last word on consent that counts on a seat."""
    if one.granted:
        return ConsentWord.ON_FILE if one.on_file else ConsentWord.GIVEN
    return ConsentWord.WITHDRAWN if one.withdrawn else ConsentWord.NOT_GIVEN


def view_of(one: SeatStanding) -> SeatView:
    """Return what the student may know: nothing of what was seen."""
    reason = reason_of(one)
    return SeatView(
        sight=_sight(reason),
        reason=reason,
        consent=consent_of(one),
        calibration=one.calibration,
        calibrating_left_s=one.calibrating_left_s,
        exam=one.exam,
        teacher_called=one.teacher_called,
    )


def board_of(one: SeatStanding) -> BoardSeat:
    """Return what a teacher may know during a lesson."""
    reason = reason_of(one)
    return BoardSeat(
        seat=one.seat,
        sight=_sight(reason),
        reason=reason,
        consent=consent_of(one),
        terminal="online" if one.online else "offline",
        calibration=one.calibration,
        exam=one.exam,
        alert=one.alert,
        state=one.state,
        since_s=one.since_s,
    )


def _sight(reason: SightReason) -> Sight:
    if reason is SightReason.NONE:
        return Sight.OBSERVED
    return Sight.PAUSED if reason in _PAUSED else Sight.NOT_OBSERVED
