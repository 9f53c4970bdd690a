"""What students and teachers are told of each seat, and what they may change about it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from appliance.cameras.reader import ReaderHealth
from appliance.domain.frames import CameraKey
from appliance.mqtt.seat_news import SeatNews
from appliance.pipeline import Pipeline
from appliance.ports import Clock
from appliance.service.control.board.calibrations import Calibrations
from appliance.service.control.board.exams import Exams
from appliance.service.control.board.notices import Notices
from appliance.service.control.board.seen import SeatsSeen
from appliance.service.control.board.standings import StandingParts, standings
from appliance.service.control.closures import Closures
from appliance.service.control.seat_pauses import Permitted, SeatPauses
from appliance.service.control.tally import Tally
from appliance.settings.layout import seat_cameras, seat_terminals
from appliance.settings.tree import Settings
from appliance.storage.store import Storage


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardParts:
    """What the boards are made of."""

    seen: SeatsSeen
    """Told of each token."""

    exams: Exams
    """Which seats write one."""

    calibrations: Calibrations
    """Which seats are in their two minutes."""


def build_board(
    settings: Settings, *, permitted: Permitted, pipeline: Callable[[], Pipeline], clock: Clock
) -> BoardParts:
    """Return what is known of the seats beside the stages.

    Args:
        settings: Of the box.
        permitted: Knows who may be looked at.
        pipeline: Knows who sits there; it is built with the exams, so it comes later.
        clock: Wall and monotonic time.
    """
    seats = seat_cameras(settings)
    return BoardParts(
        seen=SeatsSeen(seats, clock=clock),
        exams=Exams(settings.box.state_dir, seats=seats, clock=clock),
        calibrations=Calibrations(
            permitted=permitted.granted,
            occupancy=lambda seat: pipeline().occupancy(seat),
            begin_anew=lambda seat: pipeline().begin_anew(seat),
            clock=clock,
        ),
    )


def build_notices(
    settings: Settings,
    board: BoardParts,
    *,
    storage: Storage,
    closures: Closures,
    pauses: SeatPauses,
    cameras: Callable[[], Mapping[CameraKey, ReaderHealth]],
    tally: Tally,
    news: SeatNews,
    clock: Clock,
) -> Notices:
    """Return what tells terminals and teachers; the arguments are those who know."""
    parts = StandingParts(
        places=seat_cameras(settings),
        cameras=cameras,
        closures=closures,
        pauses=pauses,
        consent=storage.consent,
        tally=tally,
        seen=board.seen,
        exams=board.exams,
        calibrations=board.calibrations,
        live_states=settings.teacher.live_states,
    )
    return Notices(
        terminals=seat_terminals(settings),
        standings=lambda: standings(parts),
        news=news,
        clock=clock,
    )
