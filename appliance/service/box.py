"""One running box and its life."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import structlog

from appliance.cameras.reader import ReaderHealth
from appliance.deciding import TickResult
from appliance.domain.commands import CommandState
from appliance.domain.frames import CameraKey
from appliance.domain.seats import TerminalKey
from appliance.domain.terminals import TerminalPresence
from appliance.host.breadcrumbs import Breadcrumbs
from appliance.host.clock import boot_time
from appliance.host.heartbeats import Heartbeats
from appliance.host.systemd import SystemdNotifier
from appliance.metering.meter import CpuMeter
from appliance.ports import Clock
from appliance.scheduling.ticker import Ticker
from appliance.service.assembly import (
    build_broker,
    build_ladder,
    build_lanes,
    load_models,
    load_quarantine,
    new_ids,
    new_seed,
    open_storage,
)
from appliance.service.background_tuning import BackgroundTuning
from appliance.service.cameras import Cameras
from appliance.service.contexts import TaskContexts, quiet_where
from appliance.service.continuity import Continuity
from appliance.service.control.aiming.tap import FrameTap
from appliance.service.control.seat_pauses import Permitted
from appliance.service.control.watch import ControlWatch
from appliance.service.policy.build import build_learned_policy
from appliance.service.stages import build_pipeline
from appliance.service.supervisor import Supervisor
from appliance.service.wiring.acts import build_acts, build_desk
from appliance.service.wiring.control import build_control, build_door, build_seat_pauses
from appliance.service.wiring.learning import build_learning
from appliance.service.wiring.seats import build_exams, build_stays, in_turn
from appliance.service.wiring.sensors import build_leases, build_sensors
from appliance.settings.layout import (
    live_seats,
    replayed_cameras,
    seat_terminals,
    sensed_seats,
)
from appliance.settings.tree import Settings


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
        contexts, exams = TaskContexts(clock=clock), build_exams(settings, clock=clock)
        context = quiet_where(exams.on, contexts.get, terminals=seat_terminals(settings))
        crumbs = Breadcrumbs() if breadcrumbs is None else breadcrumbs
        settled = threading.Event()  # lanes tell the ticker that a frame is done with

        self.models = load_models(settings, meter=meter)
        self.storage = open_storage(settings, clock=clock, beats=beats)
        quarantine = load_quarantine(settings, crumbs, clock=clock)
        self.broker = build_broker(settings, self.models, store=self.storage.outbox, clock=clock)
        policy = build_learned_policy(
            settings.policy,
            fusion=self.models.fusion.spec.digest,
            new_id=new_ids(clock),
            new_seed=new_seed,
            monotonic=clock.monotonic_s,
        )
        pauses = build_seat_pauses(settings, storage=self.storage, clock=clock)
        permitted = Permitted(consent=self.storage.consent, pauses=pauses)
        sensors = build_sensors(
            settings,
            fusion=self.models.fusion.spec,
            permitted=permitted,
            awake=settled.set,
            clock=clock,
        )
        pipeline = build_pipeline(
            settings,
            self.models,
            sensors=None if sensors is None else sensors.seats,
            consent=permitted,
            context=context,
            new_id=new_ids(clock),
            decider=policy.decider,
        )
        stays = build_stays(settings, storage=self.storage, clock=clock)
        desk = build_desk(
            settings,
            broker=self.broker,
            storage=self.storage,
            exam=exams.on,
            clock=clock,
            on_tick=in_turn(stays.ticked, heard.on_tick),
            on_presence=in_turn(stays.heard, heard.on_presence),
        )
        continuity = Continuity(
            pipeline=pipeline,
            checkpoints=self.storage.checkpoints,
            clock=clock,
            seats=live_seats(settings) | sensed_seats(settings),
            boot=boot_time,
        )
        acts = build_acts(
            settings,
            pipeline=pipeline,
            storage=self.storage,
            continuity=continuity,
            broker=self.broker,
            desk=desk,
        )
        self.ladder = build_ladder(settings)
        tap = FrameTap(monotonic=clock.monotonic_s)
        self.lanes = build_lanes(
            settings,
            pipeline,
            ladder=self.ladder,
            settled=settled.set,
            allowed=permitted.granted,
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
            waiting=None if sensors is None else sensors.seats.waiting,
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
        control = build_control(
            settings,
            self.models,
            storage=self.storage,
            broker=self.broker,
            pipeline=pipeline,
            cameras=self.cameras,
            pauses=pauses,
            permitted=permitted,
            acts=acts,
            continuity=continuity,
            desk=desk,
            tap=tap,
            contexts=contexts,
            exams=exams,
            stays=stays,
            sensors=sensors,
            on_command=heard.on_command,
            clock=clock,
            beats=beats,
            breadcrumbs=crumbs,
        )
        tuning = BackgroundTuning(settings, self.models, wanted=tune)
        leases = build_leases(
            settings,
            sensors,
            permitted=permitted,
            closures=control.closures,
            broker=self.broker,
            clock=clock,
            beat=beats.beat,
        )
        learning = build_learning(
            settings,
            policy,
            storage=self.storage,
            lanes=self.lanes,
            ladder=self.ladder,
            tuning=tuning,
            clock=clock,
            beats=beats,
        )
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
            closures=control.closures,
            pauses=pauses,
            tuning=lambda: tuning.running,
            policy=learning.watch,
            sensors=None if sensors is None else sensors.watch,
            clock=clock,
            started_s=started_s,
            state_dir=settings.box.state_dir,
        )
        door = build_door(
            settings,
            control,
            supervisor=supervisor,
            storage=self.storage,
            pipeline=pipeline,
            cameras=self.cameras,
            desk=desk,
            context=context,
            research=policy.research,
        )

        # In the order in which they start; they stop backwards.
        self._parts: tuple[Part, ...] = (
            self.storage,
            control.watch,
            self.broker,
            continuity,
            *learning.running,
            ticker,
            *leases,
            self.lanes,
            self.cameras,
            control.aiming,
            supervisor,
            ControlWatch([control.telling.tell], beat=beats.beat, name="seats"),
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
            part = self._running.pop()
            try:
                part.stop()
            except Exception:  # noqa: BLE001 - the others have to end, too
                self._log.exception("stop_failed", part=type(part).__name__)
