"""One running sensor and its life: the upper half of a box, and what it says to its decider."""

import os
import threading
import time
from collections.abc import Mapping
from importlib.metadata import version

import structlog

from appliance.cameras.reader import CameraState, ReaderHealth
from appliance.domain.frames import CameraKey
from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.domain.token_packets import TOKENS_VERSION, SensorKey
from appliance.host.breadcrumbs import Breadcrumbs
from appliance.host.clock import SleeplessClock
from appliance.host.heartbeats import Heartbeats
from appliance.host.others import OthersWatch
from appliance.host.readings import read_clock_state, read_own_memory_mb
from appliance.host.systemd import SystemdNotifier
from appliance.mqtt.contract.box import MAX_TEXT, ModelInfo
from appliance.mqtt.contract.schemas import CONTRACT_VERSION
from appliance.mqtt.contract.seats import Sight, SightReason
from appliance.mqtt.contract.sensors import (
    SensorCamera,
    SensorHealth,
    SensorInfo,
    SensorSeat,
    SensorState,
)
from appliance.mqtt.contract.topics import RoomTopics
from appliance.ports import Clock
from appliance.scheduling.ticker import Ticker
from appliance.sensing import Sensing
from appliance.service.assembly import (
    broker_address,
    build_ladder,
    build_lanes,
    load_models,
    new_ids,
)
from appliance.service.cameras import Cameras
from appliance.service.control.watch import ControlWatch
from appliance.service.models import expression_model
from appliance.service.report import camera_word
from appliance.service.sensor.indicator import Indicator, indicator_file
from appliance.service.sensor.link import SensorLink
from appliance.service.sensor.packets import PacketMaker
from appliance.service.sensor.permits import LeasedPermits
from appliance.service.stages import build_seats, build_windows
from appliance.settings.layout import replayed_cameras, seat_cameras, seat_terminals
from appliance.settings.tree import Settings

FOLLOW_S = 0.1
"""Between two looks at who may be looked at: a no closes the camera well within a second."""

SLOW_S = 1.0
"""Between two looks at the load and at what others need."""

HEALTH_S = 5.0
STUCK_S = 30.0
"""A thread that has been silent for so long is in a call that does not end."""

EXIT_STUCK = 70
"""As of a box whose engine is stuck: the unit starts another."""


class Sensor:
    """Everything that runs; ``start``, ``stop``, in that order, once."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock,
        notifier: SystemdNotifier,
        indicator: Indicator | None = None,
        others: OthersWatch | None = None,
        breadcrumbs: Breadcrumbs | None = None,
    ) -> None:
        """Load the models of perception and connect the parts; no thread runs yet.

        Args:
            settings: Of role ``sense``.
            clock: Wall and monotonic time.
            notifier: Speaks to systemd.
            indicator: Tells the desktop; None: the usual file.
            others: Tells when other programs need the machine; None asks it.
            breadcrumbs: Where the threads are, in case a native call never returns.

        Raises:
            ModelLoadError: A model is missing, damaged or cannot be compiled.
        """
        self._settings = settings
        self._clock = clock
        self._notifier = notifier
        self._indicator = Indicator(indicator_file()) if indicator is None else indicator
        self._others = OthersWatch(monotonic=clock.monotonic_s) if others is None else others
        crumbs = Breadcrumbs() if breadcrumbs is None else breadcrumbs
        self._beats = Heartbeats(monotonic=clock.monotonic_s)
        settled = threading.Event()
        self._models = load_models(settings)
        self._cameras_of = seat_cameras(settings)
        self._permits = LeasedPermits(
            seats=self._cameras_of,
            profile=settings.policy.profile.value,
            monotonic=clock.monotonic_s,
        )
        new_id = new_ids(clock)
        self._sensing = Sensing(
            perceivers=build_seats(settings, self._models),
            windows=build_windows(settings, new_key=lambda: OccupancyKey(new_id())),
            consent=self._permits,
        )
        self._ladder = build_ladder(settings)
        self._lanes = build_lanes(
            settings,
            self._sensing,
            ladder=self._ladder,
            settled=settled.set,
            allowed=self._permits.granted,
            watched=lambda _camera, _at_s: False,
            clock=clock,
            beats=self._beats,
            breadcrumbs=crumbs,
            meter=None,
        )
        ticker = Ticker(
            cameras=[CameraKey(key) for key in settings.cameras],
            replayed=replayed_cameras(settings),
            settled=settled,
            settled_s=self._lanes.settled_s,
            tick=self._tick,
            beat=self._beats.beat,
        )
        self.cameras = Cameras(
            settings,
            lanes=self._lanes,
            ticker=ticker,
            clock=clock,
            beats=self._beats,
            breadcrumbs=crumbs,
            quarantined={},
            on_camera=lambda *_: None,
            tap=lambda _frame: None,
        )
        self._heard = threading.Event()
        self.link = SensorLink(
            address=broker_address(settings.mqtt),
            topics=RoomTopics(site=settings.box.site, room=settings.box.room),
            sensor=SensorKey(settings.box.id),
            terminals=seat_terminals(settings),
            teachers=settings.mqtt.teachers,
            permits=self._permits,
            awake=self._heard.set,
            clock=SleeplessClock(clock),
            clock_state=read_clock_state,
        )
        self._packets = PacketMaker(
            seats=self._cameras_of,
            sensor=SensorKey(settings.box.id),
            boot=self.link.boot,
            encoder=self._models.engines[expression_model(settings)].spec.title,
            step=lambda: self._ladder.state.step,
            camera_ok=self._camera_works,
        )
        self._open: set[SeatKey] = set()
        self._occupants: dict[SeatKey, str | None] = {}
        self._calibrations: dict[SeatKey, int] = {}
        self._sitting = threading.Lock()  # packets are made on one thread and forgotten on another
        self._state: tuple[SensorState, str] | None = None
        self._next_slow_s = self._next_health_s = 0.0
        self._spent = (clock.monotonic_s(), time.process_time())
        self._log = structlog.get_logger()
        watch = ControlWatch(
            [self._follow, self._follow_slowly],
            beat=self._beats.beat,
            name="sensor",
            every_s=FOLLOW_S,
        )
        # In the order in which they start; no camera opens before the watch has closed them all.
        self._parts = (watch, self.link, ticker, self._lanes, self.cameras)

    def start(self) -> None:
        """Connect, and look as far as somebody lets it."""
        self.link.say_status(SensorState.INIT, "")
        self.link.say_info(self._info())
        for part in self._parts:
            part.start()
        self._notifier.ready()
        self._log.info("sensor_started", cameras=len(self._settings.cameras))

    def stop(self) -> None:
        """Close the cameras, say good-bye."""
        self._notifier.stopping()
        for part in reversed(self._parts):
            part.stop()
        self._indicator.clear()
        self._log.info("sensor_stopped")

    def looks(self) -> frozenset[SeatKey]:
        """Return at whom it may look now."""
        return frozenset(self._open)

    def _tick(self, ends: Mapping[CameraKey, float]) -> None:
        """Close the tokens of the cameras that are due and send what is full."""
        ends_s = {seat: ends[camera] for seat, camera in self._cameras_of.items() if camera in ends}
        with self._sitting:
            packets = list(self._packets.take(self._sensing.close(ends_s)))
        for packet in packets:
            self.link.send(packet)

    def _follow(self) -> None:
        """Close and open, log in and out, as the lease and what was heard have it."""
        leased = self._permits.leased()
        resting = self._others.busy
        for seat in self._cameras_of:
            granted = self._permits.granted(seat) and not resting
            if not granted:
                if seat in self._open or self._occupants.get(seat) is not None:
                    self._forget(seat)
                self._open.discard(seat)
                continue
            self._open.add(seat)
            place = leased.get(seat)
            if place is not None:
                self._sit(seat, place.occupant)
                self._calibrate(seat, place.calibrate)
        needed = {self._cameras_of[seat] for seat in self._open}
        every = {CameraKey(key) for key in self._settings.cameras}
        self.cameras.pause(every - needed)
        self.cameras.resume(needed)
        why = self._why()
        self._indicator.tell(looks=bool(self._open), why=why)
        self._say_state(why)

    def _follow_slowly(self) -> None:
        """Follow the load, what others need and whether threads still live; report."""
        now_s = self._clock.monotonic_s()
        if now_s < self._next_slow_s:
            return
        self._next_slow_s = now_s + SLOW_S
        self._others.look()
        self._ladder.assess(now_s, self._lanes.counts())
        vital = [
            name for name in self._beats.silent_for(STUCK_S) if name.startswith(("lane[", "ticker"))
        ]
        if vital or self._models.stuck():
            self._log.critical("sensor_stuck", threads=vital, error=self._models.stuck())
            os._exit(EXIT_STUCK)  # the stuck call cannot be interrupted
        self._notifier.watchdog()
        if now_s >= self._next_health_s:
            self._next_health_s = now_s + HEALTH_S
            self.link.say_health(self._health())

    def _forget(self, seat: SeatKey) -> None:
        with self._sitting:
            self._sensing.end_occupancy(seat)
            self._packets.forget(seat)
        self._occupants[seat] = None

    def _sit(self, seat: SeatKey, occupant: str | None) -> None:
        """Let a log-in begin a stay, and a log-out end it."""
        if occupant == self._occupants.get(seat):
            return
        if self._occupants.get(seat) is not None:
            self._forget(seat)
        if occupant is not None:
            self._sensing.begin_occupancy(seat, OccupancyKey(occupant))
        self._occupants[seat] = occupant

    def _calibrate(self, seat: SeatKey, asked: int) -> None:
        """Begin the two minutes anew at each request; those from before this process are over."""
        before = self._calibrations.get(seat)
        self._calibrations[seat] = asked
        if before is not None and asked > before:
            self._sensing.calibrate(seat)

    def _camera_works(self, seat: SeatKey) -> bool:
        return self.cameras.health()[self._cameras_of[seat]].state is CameraState.LIVE

    def _why(self) -> str:
        """Return why nobody is looked at; empty while somebody is."""
        if self._open:
            return ""
        if not self.link.connected:
            return f"no connection to the broker: {self.link.last_error or 'not yet'}"
        if self._others.busy:
            return "other programs need this computer"
        return self._permits.fault() or "nobody here has agreed, or somebody has paused it"

    def _say_state(self, why: str) -> None:
        failing = [
            f"camera {key}: {its.last_error}"
            for key, its in self.cameras.health().items()
            if its.last_error and its.state is not CameraState.PAUSED
        ]
        if self._open and failing:
            state = SensorState.DEGRADED, "; ".join(failing)[:MAX_TEXT]
        elif self._others.busy:
            state = SensorState.DEGRADED, why
        else:
            state = SensorState.READY, ""
        if state != self._state:
            self._state = state
            self.link.say_status(*state)
            self._notifier.status(f"{state[0].value} {state[1] or why}".strip())

    def _info(self) -> SensorInfo:
        return SensorInfo(
            software=version("classbox"),
            contract=CONTRACT_VERSION,
            profile=self._settings.policy.profile.value,
            encoder=self._models.engines[expression_model(self._settings)].spec.title,
            tokens=TOKENS_VERSION,
            models={
                spec.name: ModelInfo(version=spec.version, sha256=spec.digest)
                for spec in self._models.specs()
            },
            seats={
                str(seat): str(terminal)
                for seat, terminal in seat_terminals(self._settings).items()
            },
            cameras=tuple(self._settings.cameras),
        )

    def _health(self) -> SensorHealth:
        now_s, spent_s = self._clock.monotonic_s(), time.process_time()
        from_s, before_s = self._spent
        self._spent = now_s, spent_s
        share = (spent_s - before_s) / max(now_s - from_s, 1e-3)
        cameras = self.cameras.health()
        return SensorHealth(
            cameras={str(key): _camera(its) for key, its in cameras.items()},
            seats={
                str(seat): self._seat(seat, cameras[at]) for seat, at in self._cameras_of.items()
            },
            step=self._ladder.state.step,
            busy=self._why() if self._others.busy else "",
            memory_mb=round(read_own_memory_mb(), 1),
            cpu_percent=round(100 * share, 1),
            refused=self._permits.refused(),
        )

    def _seat(self, seat: SeatKey, camera: ReaderHealth) -> SensorSeat:
        reason = self._permits.reason(seat)
        if not reason and camera.state is not CameraState.LIVE:
            reason = SightReason.CAMERA if camera.last_error else SightReason.STARTING
        return SensorSeat(
            sight=Sight.NOT_OBSERVED if reason else Sight.OBSERVED,
            reason=reason,
            tokens=self.link.sent[seat],
        )


def _camera(its: ReaderHealth) -> SensorCamera:
    state = "closed" if its.state is CameraState.PAUSED else camera_word(its)
    return SensorCamera(state=state, fps=round(its.fps, 1), last_error=its.last_error)
