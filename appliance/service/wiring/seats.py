"""Who knows how each seat is, connected to who says it."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from appliance.domain.seats import SeatKey
from appliance.mqtt.client import BrokerClient
from appliance.mqtt.contract.seats import ConsentWord
from appliance.pipeline import Pipeline
from appliance.ports import Clock
from appliance.service.acts import Acts
from appliance.service.cameras import Cameras
from appliance.service.control.closures import Closures
from appliance.service.control.lessons import LessonFollower
from appliance.service.control.seat_pauses import SeatPauses
from appliance.service.seats.exams import Exams
from appliance.service.seats.stays import SeatStays
from appliance.service.seats.telling import SeatTelling
from appliance.service.seats.words import SeatFacts
from appliance.service.wiring.sensors import SensorParts
from appliance.settings.layout import all_seats, seat_cameras, seat_terminals
from appliance.settings.tree import Settings
from appliance.storage.store import Storage

Event = TypeVar("Event")


def in_turn(
    first: Callable[[Event], object], second: Callable[[Event], object]
) -> Callable[[Event], None]:
    """Return what tells both, one after the other."""

    def tell(event: Event) -> None:
        first(event)
        second(event)

    return tell


def build_exams(settings: Settings, *, clock: Clock) -> Exams:
    """Return what keeps the exams that teachers announce; see ``Exams``."""
    return Exams(seats=all_seats(settings), state_dir=settings.box.state_dir, clock=clock)


def build_stays(settings: Settings, *, storage: Storage, clock: Clock) -> SeatStays:
    """Return who follows what happens on each seat; see ``SeatStays``."""
    return SeatStays(
        terminals=seat_terminals(settings),
        refused=storage.consent.taken_back,
        live_states=settings.teacher.live_states,
        clock=clock,
    )


def build_telling(
    settings: Settings,
    *,
    stays: SeatStays,
    exams: Exams,
    lessons: LessonFollower | None,
    closures: Closures,
    pauses: SeatPauses,
    cameras: Cameras,
    sensors: SensorParts | None,
    acts: Acts,
    storage: Storage,
    pipeline: Pipeline,
    broker: BrokerClient,
    clock: Clock,
) -> SeatTelling:
    """Return who says to students and teachers how each seat is; the rest is who knows it.

    Without a timetable, ``lessons`` None, there is always a lesson.
    """
    placed = seat_cameras(settings)

    def consent(seat: SeatKey) -> ConsentWord:
        on_file = storage.consent.on_file(seat)
        if storage.consent.granted(seat):
            return ConsentWord.ON_FILE if on_file else ConsentWord.GIVEN
        # What the school holds is taken back for everybody, anything else by one student.
        no = storage.consent.taken_back(seat) if on_file else stays.said_no(seat)
        return ConsentWord.WITHDRAWN if no else ConsentWord.NOT_GIVEN

    def facts() -> Mapping[SeatKey, SeatFacts]:
        health, status, closed = cameras.health(), acts.status(), closures.reasons()
        readers = {seat: health[camera] for seat, camera in placed.items()}
        if sensors is not None:
            readers |= sensors.watch.readers()
            status = sensors.watch.current(status)
        return {
            seat: SeatFacts(
                stay=stays.now(seat),
                closed=closed,
                lesson=lessons is None or lessons.lesson,
                paused=pauses.paused(seat),
                reader=reader,
                status=status.get(seat),
                consent=consent(seat),
                calibrated_s=pipeline.calibrated_s(seat),
                exam=exams.on(seat),
            )
            for seat, reader in readers.items()
        }

    return SeatTelling(
        terminals=seat_terminals(settings), facts=facts, publisher=broker, clock=clock
    )
