"""How people steer the box: over MQTT, at its door, by its switch and by its timetable."""

from collections.abc import Callable
from dataclasses import dataclass

from appliance.domain.commands import CommandState
from appliance.domain.interventions import TaskContext
from appliance.domain.seats import SeatKey, TerminalKey
from appliance.host.breadcrumbs import Breadcrumbs
from appliance.host.door import Door
from appliance.host.heartbeats import Heartbeats
from appliance.host.systemd import runtime_folder
from appliance.mqtt.client import BrokerClient
from appliance.mqtt.router import InboundHandlers
from appliance.pipeline import Pipeline
from appliance.ports import Clock
from appliance.service.acts import Acts
from appliance.service.assembly import build_aiming
from appliance.service.cameras import Cameras
from appliance.service.classroom import Classroom
from appliance.service.contexts import TaskContexts
from appliance.service.continuity import Continuity
from appliance.service.control.aiming.session import Aiming
from appliance.service.control.aiming.tap import FrameTap
from appliance.service.control.closures import Closures
from appliance.service.control.desk import Desk
from appliance.service.control.forgetting import Forgetting
from appliance.service.control.funnel import FunnelParts
from appliance.service.control.lessons import build_lessons
from appliance.service.control.pausing import Pausing
from appliance.service.control.questions import OPERATOR, questions
from appliance.service.control.seat_pauses import Permitted, SeatPauses
from appliance.service.control.switch import Switch
from appliance.service.control.watch import ControlWatch
from appliance.service.models import Models
from appliance.service.seats.exams import Exams
from appliance.service.seats.stays import SeatStays
from appliance.service.seats.telling import SeatTelling
from appliance.service.supervisor import Supervisor
from appliance.service.wiring.seats import build_telling
from appliance.service.wiring.sensors import SensorParts
from appliance.settings.layout import all_seats, box_identity, terminal_seats
from appliance.settings.tree import Settings
from appliance.storage.pause import PauseFile
from appliance.storage.store import Storage


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlParts:
    """What the people around a box have to do with."""

    closures: Closures
    """What keeps the cameras closed."""

    pausing: Pausing
    """Closes and opens them for people."""

    pauses: SeatPauses
    """Keeps single seats from being looked at."""

    watch: ControlWatch
    """Looks at what may close them without anybody speaking to the box."""

    aiming: Aiming
    """Measures for whoever points a camera."""

    classroom: Classroom
    """Hears what people say."""

    telling: SeatTelling
    """Says to students and teachers how each seat is."""

    exams: Exams
    """Keeps where nothing may lock or interrupt."""

    forgetting: Forgetting
    """Erases."""


def build_seat_pauses(settings: Settings, *, storage: Storage, clock: Clock) -> SeatPauses:
    """Return what keeps single seats from being looked at; see ``SeatPauses``."""
    return SeatPauses(
        seats=all_seats(settings),
        state_dir=settings.box.state_dir,
        audit=storage.audit,
        clock=clock,
    )


def build_control(
    settings: Settings,
    models: Models,
    *,
    storage: Storage,
    broker: BrokerClient,
    pipeline: Pipeline,
    cameras: Cameras,
    pauses: SeatPauses,
    permitted: Permitted,
    acts: Acts,
    continuity: Continuity,
    desk: Desk,
    tap: FrameTap,
    contexts: TaskContexts,
    exams: Exams,
    stays: SeatStays,
    sensors: SensorParts | None,
    on_command: Callable[[str, TerminalKey, CommandState, str], None],
    clock: Clock,
    beats: Heartbeats,
    breadcrumbs: Breadcrumbs,
) -> ControlParts:
    """Connect what is asked of the box to what does it, and let the broker's client hear it.

    Args:
        settings: Of the box.
        models: Loaded already.
        storage: Knows who has consented, and keeps the record.
        broker: Hears people and answers.
        pipeline: Whose occupancies begin and end.
        cameras: Closed and opened.
        pauses: Of single seats.
        permitted: Knows who may be looked at.
        acts: Brings what is decided to the disk.
        continuity: Keeps what a restart goes on with.
        desk: Keeps count of the chain to the student.
        tap: Where aiming finds frames.
        contexts: What students are doing.
        exams: Where nothing may lock or interrupt.
        stays: What has happened on each seat.
        sensors: What looks in this box's stead.
        on_command: Told how far a command has come.
        clock: Wall and monotonic time.
        beats: Signs of life.
        breadcrumbs: Where aiming is, in case a native call never returns.
    """
    closures = Closures(pause=cameras.pause, resume=cameras.resume)
    aiming = build_aiming(
        settings,
        models,
        tap=tap,
        closures=closures,
        storage=storage,
        permitted=permitted,
        occupancy=pipeline.occupancy,
        publish=broker.publish_aim,
        health=cameras.health,
        clock=clock,
        breadcrumbs=breadcrumbs,
    )
    pausing = Pausing(
        closures=closures,
        file=PauseFile(settings.box.state_dir),
        audit=storage.audit,
        clock=clock,
    )
    follow = [pausing.follow, *pauses.follows, exams.follow]
    if settings.box.pause_switch is not None:
        follow.append(Switch(settings.box.pause_switch, closures).follow)
    if (lessons := build_lessons(settings, closures=closures, clock=clock)) is not None:
        follow.append(lessons.follow)
    telling = build_telling(
        settings,
        stays=stays,
        exams=exams,
        lessons=lessons,
        closures=closures,
        pauses=pauses,
        cameras=cameras,
        sensors=sensors,
        acts=acts,
        storage=storage,
        pipeline=pipeline,
        broker=broker,
        clock=clock,
    )
    forgetting = Forgetting(
        pipeline=pipeline,
        held=acts.held,
        broker=broker,
        checkpoint=continuity.save,
        erasure=storage.erasure,
    )
    classroom = Classroom(
        pipeline=pipeline,
        storage=storage,
        pausing=pausing,
        pauses=pauses,
        contexts=contexts,
        seats=terminal_seats(settings),
        unlock=broker.unlock,
        erase=lambda seat, actor: forgetting.erase(seat, actor=actor),
        trials=desk.trials,
        aim=aiming.take,
        exams=exams,
        unseen=telling.objection,
        on_presence=desk.heard,
        on_command=on_command,
    )
    handlers = InboundHandlers(
        on_feedback=classroom.take_feedback,
        on_context=classroom.take_context,
        on_presence=classroom.take_presence,
        on_verdict=classroom.take_verdict,
        on_control=classroom.take_control,
        on_command_state=classroom.take_command_state,
    )
    if sensors is not None:
        handlers = sensors.listening(handlers)
    broker.listen(handlers, on_move=desk.moved)
    return ControlParts(
        closures=closures,
        pausing=pausing,
        pauses=pauses,
        watch=ControlWatch(follow, beat=beats.beat),
        aiming=aiming,
        classroom=classroom,
        telling=telling,
        exams=exams,
        forgetting=forgetting,
    )


def build_door(
    settings: Settings,
    control: ControlParts,
    *,
    supervisor: Supervisor,
    storage: Storage,
    pipeline: Pipeline,
    cameras: Cameras,
    desk: Desk,
    context: Callable[[SeatKey], TaskContext | None],
    research: str,
) -> Door:
    """Return where commands beside the service ask; the arguments are those who answer.

    ``context`` says what a seat's student is doing, exams that teachers have announced among it;
    ``research`` says what is left to chance; empty where nothing is.
    """
    return Door(
        runtime_folder() or settings.box.state_dir,
        {
            **questions(
                report=supervisor.report,
                condition=supervisor.condition,
                research=research,
                pausing=control.pausing,
                pauses=control.pauses,
                exams=control.exams.running,
                aim=control.aiming.ask,
                agree=lambda seat: control.classroom.agree(seat, actor=OPERATOR),
                erase=lambda seat: control.forgetting.erase(seat, actor=OPERATOR),
                seats=all_seats(settings),
            ),
            **desk.questions(
                FunnelParts(
                    report=supervisor.report,
                    status=lambda: supervisor.condition().state.value,
                    cameras=cameras.health,
                    found=pipeline.finds,
                    closures=control.closures,
                    consent=storage.consent,
                    paused=control.pauses.paused,
                    context=context,
                ),
                enabled=settings.intervention.enabled,
            ),
        },
        identity=box_identity(settings),
    )
