"""Gathers how each seat stands from the parts that know it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from appliance.cameras.reader import ReaderHealth
from appliance.domain.frames import CameraKey
from appliance.domain.seats import SeatKey
from appliance.service.control.board.calibrations import Calibrations
from appliance.service.control.board.exams import Exams
from appliance.service.control.board.seen import SeatsSeen
from appliance.service.control.board.standing import SeatStanding
from appliance.service.control.closures import Closures
from appliance.service.control.seat_pauses import SeatPauses
from appliance.service.control.tally import Tally
from appliance.storage.tables.consent import Consents


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingParts:
    """Who is asked."""

    places: Mapping[SeatKey, CameraKey]
    """Which camera sees which seat."""

    cameras: Callable[[], Mapping[CameraKey, ReaderHealth]]
    closures: Closures
    pauses: SeatPauses
    consent: Consents
    tally: Tally
    seen: SeatsSeen
    exams: Exams
    calibrations: Calibrations
    live_states: bool
    """Teachers see states."""


def standings(parts: StandingParts) -> Iterator[SeatStanding]:
    """Return how every seat stands now."""
    closed, cameras, counts = parts.closures.reasons(), parts.cameras(), parts.tally.seats()
    for seat, camera in parts.places.items():
        seen, health = parts.seen.of(seat), cameras.get(camera)
        calibration, left_s = parts.calibrations.state(seat)
        live = parts.live_states and parts.consent.granted(seat)
        yield SeatStanding(
            seat=seat,
            closed=closed,
            paused=parts.pauses.paused(seat),
            camera=None if health is None else health.state,
            granted=parts.consent.granted(seat),
            withdrawn=parts.consent.refused(seat),
            on_file=parts.consent.on_file(seat),
            logged_in=bool(counts[seat].logged_in),
            online=bool(counts[seat].online),
            status=seen.status,
            exam=parts.exams.on(seat),
            calibration=calibration,
            calibrating_left_s=left_s,
            alert=seen.alert,
            teacher_called=parts.seen.teacher_called(seat),
            state=seen.state if live else None,
            since_s=seen.since_s if live else None,
        )
