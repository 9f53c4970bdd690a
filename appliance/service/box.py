"""One running box and its life."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import structlog

from appliance.cameras.reader import ReaderHealth
from appliance.domain.commands import CommandState
from appliance.domain.frames import CameraKey
from appliance.domain.seats import TerminalKey
from appliance.domain.terminals import TerminalPresence
from appliance.host.breadcrumbs import Breadcrumbs
from appliance.host.door import Door
from appliance.host.heartbeats import Heartbeats
from appliance.host.systemd import SystemdNotifier, runtime_folder
from appliance.metering.meter import CpuMeter
from appliance.mqtt.router import InboundHandlers
from appliance.pipeline import TickResult
from appliance.ports import Clock
from appliance.scheduling.ticker import Ticker
from appliance.service.acts import Acts
from appliance.service.assembly import (
    build_aiming,
    build_broker,
    build_ladder,
    build_lanes,
    load_models,
    load_quarantine,
    new_ids,
    open_storage,
)
from appliance.service.background_tuning import BackgroundTuning
from appliance.service.cameras import Cameras
from appliance.service.classroom import Classroom
from appliance.service.contexts import TaskContexts
from appliance.service.continuity import Continuity
from appliance.service.control.closures import Closures
from appliance.service.control.desk import Desk
from appliance.service.control.frame_tap import FrameTap
from appliance.service.control.funnel import FunnelParts
from appliance.service.control.lessons import build_lessons
from appliance.service.control.pausing import Pausing
from appliance.service.control.questions import questions
from appliance.service.control.switch import Switch
from appliance.service.control.watch import ControlWatch
from appliance.service.stages import build_pipeline
from appliance.service.supervisor import Supervisor
from appliance.settings.layout import (
    box_identity,
    live_seats,
    replayed_cameras,
    seat_cameras,
    seat_terminals,
    terminal_seats,
)
from appliance.settings.tree import Settings
from appliance.storage.pause import PauseFile


class Part(Protocol):
    """A part of a running box."""

    def start(self) -> object:
        """Begin; called once, after the parts before it have begun."""
        ...

    def stop(self) -> object:
        """End; called once, after the parts behind it have ended."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxWatchers:
    """Who else wants to know what happens, for programs on top of the box."""

    on_tick: Callable[[TickResult], None] = lambda _: None
    """Each token of the cameras that were due, on the ticker's thread."""

    on_camera: Callable[[CameraKey, ReaderHealth], None] = lambda *_: None
    """A camera's reader changed its state."""

    on_presence: Callable[[TerminalPresence], None] = lambda _: None
    """A terminal came or went."""

    on_command: Callable[[str, TerminalKey, CommandState, str], None] = lambda *_: None
    """How far a command has come."""


class Box:
    """Everything that runs; ``connect``, ``watch``, ``stop``, in that order, once."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock,
        notifier: SystemdNotifier,
        watchers: BoxWatchers | None = None,
        tune: bool = False,
        breadcrumbs: Breadcrumbs | None = None,
        meter: CpuMeter | None = None,
    ) -> None:
        """Load the models, open the databases and connect the parts; no thread runs yet.

        Args:
            settings: Already free of contradictions.
            clock: Wall and monotonic time.
            notifier: Speaks to systemd.
            watchers: Who else wants to know.
            tune: Once ready, time the engines of which nothing is known on this board.
            breadcrumbs: Tell the next process where this one has crashed; None tells nobody.
            meter: Takes the processor time of decoding, models, perception and ticks.

        Raises:
            ModelLoadError: A model is missing, damaged or cannot be compiled.
            StorageError: The databases cannot be used at all.
        """
        heard = BoxWatchers() if watchers is None else watchers
        started_s = clock.monotonic_s()
        beats = Heartbeats(monotonic=clock.monotonic_s)
        contexts = TaskContexts(clock=clock)
        crumbs = Breadcrumbs() if breadcrumbs is None else breadcrumbs
        settled = threading.Event()  # lanes tell the ticker that a frame is done with

        self.models = load_models(settings, meter=meter)
        self.storage = open_storage(settings, clock=clock, beats=beats)
        quarantine = load_quarantine(settings, crumbs, clock=clock)
        self.broker = build_broker(settings, self.models, store=self.storage.outbox, clock=clock)
        pipeline = build_pipeline(
            settings,
            self.models,
            consent=self.storage.consent,
            context=contexts.get,
            new_id=new_ids(clock),
        )
        desk = Desk(
            broker=self.broker,
            audit=self.storage.audit,
            cameras=seat_cameras(settings),
            terminals=seat_terminals(settings),
            new_id=new_ids(clock),
            clock=clock,
            on_tick=heard.on_tick,
            on_presence=heard.on_presence,
        )
        acts = Acts(
            pipeline=pipeline,
            cameras=seat_cameras(settings),
            terminals=seat_terminals(settings),
            features=self.storage.features,
            decisions=self.storage.decisions,
            publisher=self.broker,
            occupancy_changed=self.storage.consent.occupancy_changed,
            on_tick=desk.ticked,
        )
        self.ladder = build_ladder(settings)
        tap = FrameTap(monotonic=clock.monotonic_s)
        self.lanes = build_lanes(
            settings,
            pipeline,
            ladder=self.ladder,
            settled=settled.set,
            allowed=self.storage.consent.granted,
            watched=tap.wants,
            clock=clock,
            beats=beats,
            breadcrumbs=crumbs,
            meter=meter,
        )
        ticker = Ticker(
            cameras=[CameraKey(key) for key in settings.cameras],
            replayed=replayed_cameras(settings),
            settled=settled,
            settled_s=self.lanes.settled_s,
            tick=acts.tick if meter is None else meter.timed("tick", acts.tick),
            beat=beats.beat,
        )
        self.cameras = Cameras(
            settings,
            lanes=self.lanes,
            ticker=ticker,
            clock=clock,
            beats=beats,
            breadcrumbs=crumbs,
            quarantined=quarantine.reasons(),
            on_camera=heard.on_camera,
            tap=tap.offer,
            meter=meter,
        )
        closures = Closures(pause=self.cameras.pause, resume=self.cameras.resume)
        aiming = build_aiming(
            settings,
            self.models,
            tap=tap,
            closures=closures,
            storage=self.storage,
            occupancy=pipeline.occupancy,
            publish=self.broker.publish_aim,
            health=self.cameras.health,
            clock=clock,
            breadcrumbs=crumbs,
        )
        pausing = Pausing(
            closures=closures,
            file=PauseFile(settings.box.state_dir),
            audit=self.storage.audit,
            clock=clock,
        )
        follow = [pausing.follow]
        if settings.box.pause_switch is not None:
            follow.append(Switch(settings.box.pause_switch, closures).follow)
        if (lessons := build_lessons(settings, closures=closures, clock=clock)) is not None:
            follow.append(lessons.follow)
        watch = ControlWatch(follow, beat=beats.beat)
        classroom = Classroom(
            pipeline=pipeline,
            storage=self.storage,
            pausing=pausing,
            contexts=contexts,
            seats=terminal_seats(settings),
            unlock_all=self.broker.unlock_all,
            trials=desk.trials,
            aim=aiming.take,
            on_presence=desk.heard,
        )
        self.broker.listen(
            InboundHandlers(
                on_feedback=classroom.take_feedback,
                on_context=classroom.take_context,
                on_presence=classroom.take_presence,
                on_verdict=classroom.take_verdict,
                on_control=classroom.take_control,
                on_command_state=heard.on_command,
            ),
            on_move=desk.moved,
        )
        continuity = Continuity(
            pipeline=pipeline,
            checkpoints=self.storage.checkpoints,
            clock=clock,
            seats=live_seats(settings),
        )
        tuning = BackgroundTuning(settings, self.models, wanted=tune)
        supervisor = Supervisor(
            models=self.models,
            pipeline=pipeline,
            lanes=self.lanes,
            ladder=self.ladder,
            cameras=self.cameras,
            acts=acts,
            broker=self.broker,
            storage=self.storage,
            continuity=continuity,
            beats=beats,
            breadcrumbs=crumbs,
            quarantine=quarantine,
            notifier=notifier,
            closures=closures,
            tuning=lambda: tuning.running,
            clock=clock,
            started_s=started_s,
            state_dir=settings.box.state_dir,
        )
        door = Door(
            runtime_folder() or settings.box.state_dir,
            {
                **questions(
                    report=supervisor.report,
                    condition=supervisor.condition,
                    pausing=pausing,
                    aim=aiming.ask,
                ),
                **desk.questions(
                    FunnelParts(
                        report=supervisor.report,
                        status=lambda: supervisor.condition().state.value,
                        cameras=self.cameras.health,
                        found=pipeline.finds,
                        closures=closures,
                        consent=self.storage.consent,
                        context=contexts.get,
                    ),
                    enabled=settings.intervention.enabled,
                ),
            },
            identity=box_identity(settings),
        )

        # In the order in which they start; they stop backwards.
        self._parts: tuple[Part, ...] = (
            self.storage,
            watch,
            self.broker,
            continuity,
            ticker,
            self.lanes,
            self.cameras,
            aiming,
            supervisor,
            door,
            tuning,
        )
        self._listening = 1 + self._parts.index(continuity)
        self._running: list[Part] = []
        self._notifier = notifier
        self._log = structlog.get_logger()

    def connect(self) -> None:
        """Connect to the broker; from here on terminals and teachers are heard."""
        self._start(self._parts[: self._listening])

    def watch(self) -> None:
        """Open the cameras and start to work."""
        self._start(self._parts[self._listening :])

    def wait(self, stop: threading.Event) -> None:
        """Return when ``stop`` is set, or when every camera was a clip and has ended."""
        while not stop.wait(0.2) and not self.cameras.ended.is_set():
            pass

    def stop(self) -> None:
        """Finish what was begun, say good-bye, close everything."""
        self._notifier.stopping()
        self._log.info("box_stopping")
        self._stop_parts()
        self._log.info("box_stopped")

    def _start(self, parts: tuple[Part, ...]) -> None:
        for part in parts:
            try:
                part.start()
            except BaseException:
                self._stop_parts()
                raise
            self._running.append(part)

    def _stop_parts(self) -> None:
        while self._running:
            self._running.pop().stop()
