"""The composition root: one running box, its threads and its life."""

import os
import platform
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import ParamSpec, TypeVar

import cv2
import structlog

from appliance.cameras.reader import CameraState, ReaderHealth
from appliance.domain.commands import CommandState
from appliance.domain.frames import CameraKey, Frame
from appliance.domain.ids import RANDOM_BYTES, uuid7
from appliance.domain.seats import OccupancyKey, SeatKey, TerminalKey
from appliance.domain.teacher_messages import TeacherMessage
from appliance.domain.terminals import TerminalPresence
from appliance.domain.tokens import SeatStatus
from appliance.errors import StorageError
from appliance.host.heartbeats import Heartbeats
from appliance.host.memory import return_freed_memory, share_one_arena
from appliance.host.readings import read_board, read_clock_state
from appliance.host.systemd import SystemdNotifier
from appliance.metering.meter import CpuMeter
from appliance.mqtt.client import BrokerClient
from appliance.mqtt.contract.box import BoxInfo, BoxState, ModelInfo
from appliance.mqtt.contract.schemas import CONTRACT_VERSION
from appliance.mqtt.router import InboundHandlers
from appliance.pipeline import Pipeline, TickResult
from appliance.ports import Clock, InferenceEngine
from appliance.scheduling.ladder import Ladder, LadderState
from appliance.scheduling.lanes import Lanes
from appliance.scheduling.load import SeatLoad
from appliance.scheduling.ticker import Ticker
from appliance.service.assembly import (
    Models,
    broker_address,
    build_fuser,
    build_monitor,
    build_policy,
    build_readers,
    build_seats,
    build_teacher_budget,
    build_windows,
    count_lanes,
    is_clip,
    replayed_cameras,
    seat_cameras,
    seat_terminals,
    seats_with_consent,
)
from appliance.service.background_tuning import BackgroundTuning
from appliance.service.classroom import Classroom
from appliance.service.continuity import Continuity
from appliance.service.report import BoxFacts, find_problems, write_report
from appliance.settings.tree import Settings
from appliance.storage.store import Storage

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

HEALTH_S = 5.0
"""Between two health messages; half of the shortest time in which somebody would look again."""

SILENT_S = 90.0
"""A thread this quiet is stuck: the longest wait is two decisions, 30 s each, on a hung disk."""

EXIT_STUCK = 70
"""sysexits.h EX_SOFTWARE; systemd starts the box again (docs/DESIGN.md, 2, native failures)."""


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
        meter: CpuMeter | None = None,
    ) -> None:
        """Load the models, open the databases and connect the parts; no thread runs yet.

        Args:
            settings: Already free of contradictions.
            clock: Wall and monotonic time.
            notifier: Speaks to systemd.
            watchers: Who else wants to know.
            tune: Once ready, time the engines of which nothing is known on this board.
            meter: Takes the processor time of decoding, models, perception and ticks.

        Raises:
            ModelLoadError: A model is missing, damaged or cannot be compiled.
            StorageError: The databases cannot be used at all.
        """
        self._settings = settings
        self._clock = clock
        self._notifier = notifier
        self._watchers = BoxWatchers() if watchers is None else watchers
        self._log = structlog.get_logger()
        self._started_s = clock.monotonic_s()
        self._cameras = seat_cameras(settings)
        self._terminals = seat_terminals(settings)
        lanes = count_lanes(settings)
        cv2.setNumThreads(1)  # the lanes are the threads; OpenCV's own would fight with them
        share_one_arena()
        self._models = Models(settings, lanes=lanes, meter=meter)
        return_freed_memory()
        self._tuning = BackgroundTuning(settings, self._models, lanes=lanes) if tune else None
        self._beats = Heartbeats(monotonic=clock.monotonic_s)
        self._storage = Storage.open(
            settings.box.state_dir,
            clock=clock,
            retention_days=settings.storage.retention_days,
            commit_s=settings.storage.commit_s,
            embeddings=settings.storage.embeddings,
            fatigue_only=settings.policy.fatigue_only,
            beat=self._beats.beat,
        )
        self._pipeline = Pipeline(
            perceivers=build_seats(settings, self._models),
            windows=build_windows(settings, new_key=lambda: OccupancyKey(self._new_id())),
            fuser=build_fuser(settings, self._models),
            monitor=build_monitor(settings, new_id=self._new_id),
            policy=build_policy(settings, new_id=self._new_id),
            teacher=build_teacher_budget(settings),
            consent=self._storage.consent,
            context=lambda seat: self._classroom.context(seat),  # noqa: PLW0108 - built further down
            enabled=settings.intervention.enabled,
        )
        self._replayed = replayed_cameras(settings)
        degrade = settings.box.degrade
        self._ladder = Ladder(held=None if degrade == "auto" else degrade)
        self._lanes = Lanes(
            seats=self._cameras,
            look=_metered(meter, "perception", self._pipeline.look),
            read=_metered(meter, "perception", self._pipeline.read),
            settled=lambda: self._ticker.wake(),  # noqa: PLW0108 - built further down
            beat=self._beats.beat,
            monotonic=clock.monotonic_s,
            lanes=lanes,
            step=lambda: self._ladder.step,
            allowed=self._storage.consent.granted,
        )
        self._ticker = Ticker(
            cameras=[CameraKey(key) for key in settings.cameras],
            replayed=self._replayed,
            settled_s=self._lanes.settled_s,
            tick=_metered(meter, "tick", self._tick),
            beat=self._beats.beat,
        )
        self._readers = build_readers(
            settings,
            deliver=self._delivery,
            plan=self._lanes.plan,
            meter=meter,
            monotonic=clock.monotonic_s,
            beat=self._beats.beat,
            state_changed=self._camera_changed,
        )
        self._classroom = Classroom(
            pipeline=self._pipeline,
            storage=self._storage,
            readers=self._readers.values(),
            seats={terminal: seat for seat, terminal in self._terminals.items()},
            clock=clock,
            unlock_all=lambda: self._broker.unlock_all(),  # noqa: PLW0108 - built further down
            on_presence=self._watchers.on_presence,
        )
        self._broker = BrokerClient(
            address=broker_address(settings),
            site=settings.box.site,
            room=settings.box.room,
            box=settings.box.id,
            terminals={terminal: seat for seat, terminal in self._terminals.items()},
            store=self._storage.outbox,
            clock=clock,
            clock_state=read_clock_state,
            handlers=InboundHandlers(
                on_feedback=self._classroom.take_feedback,
                on_context=self._classroom.take_context,
                on_presence=self._classroom.take_presence,
                on_verdict=self._classroom.take_verdict,
                on_control=self._classroom.take_control,
                on_command_state=self._watchers.on_command,
            ),
        )
        live = {seat for seat, key in self._cameras.items() if not is_clip(settings, key)}
        self._continuity = Continuity(
            pipeline=self._pipeline,
            checkpoints=self._storage.checkpoints,
            clock=clock,
            seats=live,
        )
        self._seat_status: dict[SeatKey, SeatStatus] = {}
        self._reported: Mapping[SeatKey, SeatLoad] = {}  # by the last health message
        self._reported_s = 0.0  # its uptime
        self._unrecorded: set[str] = set()  # contacts that are not to be sent
        self._ended = threading.Event()
        self._stopping = threading.Event()
        self._told: tuple[BoxState, str] | None = None
        self._supervisor = threading.Thread(target=self._supervise, name="supervisor", daemon=True)

    def connect(self) -> None:
        """Connect to the broker; from here on terminals and teachers are heard."""
        self._storage.consent.configure(seats_with_consent(self._settings))
        self._broker.start()
        self._broker.publish_info(self._info())
        self._continuity.resume()

    def watch(self) -> None:
        """Open the cameras and start to work."""
        self._lanes.start()
        self._ticker.start()
        for reader in self._readers.values():
            reader.start()
        self._supervisor.start()
        self._notifier.ready()
        self._log.info("box_started", cameras=len(self._readers), seats=len(self._cameras))
        if self._tuning is not None:
            self._tuning.start()

    def wait(self, stop: threading.Event) -> None:
        """Return when ``stop`` is set, or when every camera was a clip and has ended."""
        while not stop.wait(0.2) and not self._ended.is_set():
            pass

    def stop(self) -> None:
        """Finish what was begun, say good-bye, close everything."""
        self._notifier.stopping()
        self._log.info("box_stopping")
        self._stopping.set()
        for reader in self._readers.values():
            reader.stop()
        self._lanes.stop()
        self._ticker.stop()
        if self._tuning is not None:
            self._tuning.stop()
        if self._supervisor.is_alive():
            self._supervisor.join(timeout=10)
        if not self._broker.stop():
            self._log.warning("farewell_not_delivered")
        self._storage.close()
        self._log.info("box_stopped")

    def load(self) -> Mapping[SeatKey, SeatLoad]:
        """Return what was looked at and what was dropped."""
        return self._lanes.load()

    def close_cameras(self, cameras: Collection[CameraKey]) -> None:
        """Close some cameras until somebody resumes the box, for programs that take load off it."""
        for camera in cameras:
            self._readers[camera].pause()

    def ladder(self) -> LadderState:
        """Return the step of the degrade ladder and why the box stands there."""
        return self._ladder.state

    def engines(self) -> Mapping[str, InferenceEngine]:
        """Return the engine of each model, by its folder's name."""
        return self._models.engines

    def engine_forms(self) -> Mapping[str, str]:
        """Return run time and number format of each model."""
        return self._models.forms

    @property
    def storage(self) -> Storage:
        """The databases, for programs that report on them."""
        return self._storage

    @property
    def broker(self) -> BrokerClient:
        """The client, for programs that report on it."""
        return self._broker

    def _delivery(self, camera: CameraKey) -> Callable[[Frame], object]:
        """Return the way a camera's frames go: replay waits, live never does."""
        if camera not in self._replayed:
            return self._lanes.put

        def replay(frame: Frame) -> None:
            self._ticker.wait_for(camera)
            self._lanes.put(frame, block=True)

        return replay

    def _camera_changed(self, camera: CameraKey, state: CameraState) -> None:
        """Follow one reader, on its own thread."""
        self._watchers.on_camera(camera, self._readers[camera].health())
        name = f"camera[{camera}].reader"
        if state is CameraState.ENDED:
            self._beats.forget(name)
            if not self._stopping.is_set():
                self._lanes.drain(camera)
                self._ticker.finish(camera)
        if all(reader.health().state is CameraState.ENDED for reader in self._readers.values()):
            self._ended.set()

    def _tick(self, ends: Mapping[CameraKey, float]) -> None:
        """Close one token and act on what it leads to; on the ticker's thread."""
        due = {seat: ends[camera] for seat, camera in self._cameras.items() if camera in ends}
        result = self._pipeline.tick(due)
        status = dict(zip(result.tokens.seats, result.tokens.status, strict=True))
        self._seat_status |= {seat: status[seat] for seat in due}
        self._storage.features.append(result.tokens, result.readings)
        self._classroom.follow(result)
        self._act(result)
        self._watchers.on_tick(result)

    def _act(self, result: TickResult) -> None:
        """Store, then send: after a power cut the box knows what it meant to do."""
        for alert in result.alerts:
            if alert.opened or alert.cleared:
                self._log.info(
                    "alert_raised" if alert.opened else "alert_cleared",
                    seat=alert.seat,
                    affect=alert.affect,
                    intensity=round(alert.intensity, 3),
                    mean_score=round(alert.evidence.mean_score, 3),
                )
                self._storage.decisions.record_alert(alert)
        for refusal in result.refusals:
            self._log.info(
                "action_refused", seat=refusal.seat, rule=refusal.rule, cause=refusal.cause
            )
        for intervention in result.interventions:
            terminal = self._terminals[intervention.seat]
            self._log.info(
                "intervention",
                seat=intervention.seat,
                action=intervention.action,
                rule=intervention.rule,
                reason=intervention.reason,
            )
            try:
                self._storage.decisions.record_intervention(intervention, terminal=terminal)
            except StorageError as error:
                # What is not on record is not done: nobody could explain it afterwards.
                self._log.error("intervention_not_sent", error=str(error))
                self._unrecorded.add(intervention.id)
                continue
            self._broker.send(intervention, terminal=terminal)
        for message in result.messages:
            self._tell(message)

    def _tell(self, message: TeacherMessage) -> None:
        """Send teachers a message, without contacts that are not on record."""
        contacts = tuple(one for one in message.contacts if one.id not in self._unrecorded)
        self._unrecorded.difference_update(one.id for one in message.contacts)
        if not contacts and not message.alerts:
            return
        if not message.clears:
            self._log.info(
                "teacher_told",
                contacts=[one.seat for one in contacts],
                seats=[alert.seat for alert in message.alerts],
            )
        self._broker.tell(TeacherMessage(contacts=contacts, alerts=message.alerts))

    def _supervise(self) -> None:
        """Tell systemd and the broker how the box is, once a second and every few seconds."""
        next_report_s = self._clock.monotonic_s()
        while not self._stopping.wait(1.0):
            try:
                self._give_up_if_poisoned()
                self._follow_load()
                facts = self._facts()
                self._give_up_if_stuck(facts.silent)
                self._notifier.watchdog()
                self._tell_status(find_problems(facts))
                if self._clock.monotonic_s() >= next_report_s:
                    next_report_s = self._clock.monotonic_s() + HEALTH_S
                    self._broker.publish_health(write_report(facts))
                    self._reported, self._reported_s = facts.load, facts.uptime_s
                    self._continuity.save()
            except Exception:  # noqa: BLE001 - border of the thread: without it no watchdog ping
                self._log.exception("supervision_failed")

    def _follow_load(self) -> None:
        """Look less often when the lanes cannot keep up, and again when they can."""
        if self._ladder.assess(self._clock.monotonic_s(), self._lanes.counts()):
            state = self._ladder.state
            self._log.info("degrade_step", step=state.step, reason=state.reason)

    def _give_up_if_poisoned(self) -> None:
        """End the process when a request never ended: its engine refuses everything from now on."""
        if cause := self._models.stuck():
            self._log.critical("engine_stuck", error=cause)
            # A normal exit would wait for the stuck call.
            os._exit(EXIT_STUCK)

    def _give_up_if_stuck(self, silent: tuple[str, ...]) -> None:
        """End the process when native code holds a thread that all seats need.

        A reader may hang in its camera's driver and the writer on its disk: that is told in
        health and stops nobody else.
        """
        vital = [name for name in silent if name.startswith(("lane[", "ticker"))]
        if vital:
            self._log.critical("box_stuck", threads=vital)
            # The stuck call cannot be interrupted, and a normal exit would wait for it.
            os._exit(EXIT_STUCK)

    def _facts(self) -> BoxFacts:
        uptime_s = self._clock.monotonic_s() - self._started_s
        return BoxFacts(
            uptime_s=uptime_s,
            cameras={key: reader.health() for key, reader in self._readers.items()},
            load=self._lanes.load(),
            reported=self._reported,
            since_s=uptime_s - self._reported_s if self._reported else 0.0,
            ladder=self._ladder.state,
            seats=dict(self._seat_status),
            board=read_board(self._settings.box.state_dir),
            broker=self._broker.health(),
            storage=self._storage.health(),
            silent=tuple(self._beats.silent_for(SILENT_S)),
        )

    def _tell_status(self, problems: tuple[str, ...]) -> None:
        reason = "; ".join(problems)
        if self._classroom.paused:
            state = BoxState.PAUSED
        else:
            state = BoxState.DEGRADED if problems else BoxState.READY
        if (state, reason) != self._told:
            self._told = state, reason
            self._log.info("box_status", state=state.value, reason=reason)
            self._broker.publish_status(state, reason=reason)
            self._notifier.status(f"{state.value} {reason}".strip())

    def _info(self) -> BoxInfo:
        return BoxInfo(
            software=version("classbox"),
            contract=CONTRACT_VERSION,
            profile=self._settings.policy.profile.value,
            models={
                spec.name: ModelInfo(version=spec.version, sha256=spec.digest)
                for spec in self._models.specs()
            },
            libraries={
                "python": platform.python_version(),
                **{name: version(name) for name in ("onnxruntime", "openvino", "paho-mqtt")},
            },
        )

    def _new_id(self) -> str:
        return uuid7(wall_s=self._clock.wall_s(), randomness=os.urandom(RANDOM_BYTES))


def _metered(
    meter: CpuMeter | None, stage: str, call: Callable[Arguments, Result]
) -> Callable[Arguments, Result]:
    return call if meter is None else meter.timed(stage, call)
