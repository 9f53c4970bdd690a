"""One running sensor and its life: cameras, lanes, windows, and packets to the broker."""

import os
import threading
from collections.abc import Mapping
from importlib.metadata import version

import structlog

from appliance.cameras.reader import CameraState
from appliance.domain.frames import CameraKey
from appliance.domain.seats import OccupancyKey, SeatKey, TerminalKey
from appliance.domain.token_packets import TOKENS_VERSION, SensorKey
from appliance.host.breadcrumbs import Breadcrumbs
from appliance.host.clock import SleeplessClock
from appliance.host.heartbeats import Heartbeats
from appliance.host.readings import read_clock_state
from appliance.host.systemd import SystemdNotifier
from appliance.mqtt.contract.box import ModelInfo
from appliance.mqtt.contract.classroom import ControlRequestMessage
from appliance.mqtt.contract.schemas import CONTRACT_VERSION
from appliance.mqtt.contract.sensors import SensorInfo, SensorLease, SensorState
from appliance.mqtt.contract.topics import RoomTopics
from appliance.mqtt.sensor_client import SensorClient, SensorHandlers
from appliance.ports import Clock
from appliance.scheduling.ticker import Ticker
from appliance.sensing import Sensing
from appliance.service.assembly import (
    broker_address,
    build_ladder,
    build_lanes,
    load_models,
    load_quarantine,
    new_ids,
)
from appliance.service.cameras import Cameras
from appliance.service.models import Models, expression_model
from appliance.service.sensor_box.busy import BusyWatch
from appliance.service.sensor_box.care import SensorCare
from appliance.service.sensor_box.indicator import Indicator, indicator_path
from appliance.service.sensor_box.packets import TokenSender
from appliance.service.sensor_box.permit import LookPermit
from appliance.service.stages import build_seats, build_windows
from appliance.settings.layout import replayed_cameras, seat_cameras, seat_terminals
from appliance.settings.tree import Settings


class SensorBox:
    """Everything that runs with role ``sense``; ``start``, ``wait``, ``stop``, once each.

    It has no database: what it knows of anybody is in memory, and ends with the lease.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock,
        notifier: SystemdNotifier,
        breadcrumbs: Breadcrumbs | None = None,
        busy: BusyWatch | None = None,
        indicator: Indicator | None = None,
    ) -> None:
        """Load the models of perception and connect the parts; no thread runs yet.

        Args:
            settings: Of role ``sense``, already free of contradictions.
            clock: Wall and monotonic time.
            notifier: Speaks to systemd.
            breadcrumbs: Tell the next process where this one has crashed; None tells nobody.
            busy: Says when to rest; None asks the system.
            indicator: Where to show that it looks; None is the session's own file.

        Raises:
            ModelLoadError: A model is missing, damaged or cannot be compiled.
        """
        sleepless = SleeplessClock(clock)
        beats = Heartbeats(monotonic=clock.monotonic_s)
        crumbs = Breadcrumbs() if breadcrumbs is None else breadcrumbs
        settled = threading.Event()
        seats, terminals = seat_cameras(settings), seat_terminals(settings)
        sensor = SensorKey(settings.box.id)

        models = load_models(settings)
        new_id = new_ids(clock)
        self.permit = LookPermit(
            seats=terminals,
            teachers=settings.mqtt.teachers,
            profile=settings.policy.profile.value,
            monotonic=sleepless.monotonic_s,
        )
        sensing = Sensing(
            perceivers=build_seats(settings, models),
            windows=build_windows(settings, new_key=lambda: OccupancyKey(new_id())),
            consent=self.permit,
        )
        self.client = SensorClient(
            address=broker_address(settings.mqtt),
            topics=RoomTopics(site=settings.box.site, room=settings.box.room),
            sensor=sensor,
            terminals=terminals,
            teachers=settings.mqtt.teachers,
            handlers=SensorHandlers(
                on_lease=self._take_lease,
                on_request=self._hear_request,
                on_presence=self._hear_presence,
            ),
            clock=sleepless,
            clock_state=read_clock_state,
        )
        ladder = build_ladder(settings)
        self.sender = TokenSender(
            seats=list(seats),
            sensor=sensor,
            boot=self.client.boot,
            encoder=encoder_of(settings, models),
            publish=self.client.publish_tokens,
            step=lambda: ladder.state.step,
            camera_ok=self._live,
            granted=self.permit.granted,
            monotonic=clock.monotonic_s,
        )
        lanes = build_lanes(
            settings,
            sensing,
            ladder=ladder,
            settled=settled.set,
            allowed=self.permit.granted,
            # A camera that is to be closed hands out its very next picture, and the reader lets go.
            watched=lambda camera, _at_s: not self.care.wanted(camera),
            clock=clock,
            beats=beats,
            breadcrumbs=crumbs,
            meter=None,
        )

        def tick(ends: Mapping[CameraKey, float]) -> None:
            due = {seat: ends[camera] for seat, camera in seats.items() if camera in ends}
            self.sender.take(sensing.close(due))

        ticker = Ticker(
            cameras=[CameraKey(key) for key in settings.cameras],
            replayed=replayed_cameras(settings),
            settled=settled,
            settled_s=lanes.settled_s,
            tick=tick,
            beat=beats.beat,
        )
        self.cameras = Cameras(
            settings,
            lanes=lanes,
            ticker=ticker,
            clock=clock,
            beats=beats,
            breadcrumbs=crumbs,
            quarantined=load_quarantine(settings, crumbs, clock=clock).reasons(),
            on_camera=lambda *_: self.care.wake(),
            tap=lambda _: None,
        )
        self.care = SensorCare(
            seats=seats,
            models=models,
            permit=self.permit,
            sensing=sensing,
            sender=self.sender,
            cameras=self.cameras,
            lanes=lanes,
            ladder=ladder,
            client=self.client,
            busy=BusyWatch() if busy is None else busy,
            indicator=Indicator(indicator_path(os.environ)) if indicator is None else indicator,
            beats=beats,
            notifier=notifier,
            clock=clock,
            state_dir=settings.box.state_dir,
        )
        self._seats = seats
        self._info = _info(settings, models)
        self._notifier = notifier
        # In the order in which they start; they stop backwards.
        self._parts = (self.client, ticker, lanes, self.cameras, self.care)
        self._log = structlog.get_logger()

    def start(self) -> None:
        """Connect, and wait for leave to look."""
        self.client.publish_status(SensorState.INIT)
        self.client.publish_info(self._info)
        for part in self._parts:
            part.start()

    def wait(self, stop: threading.Event) -> None:
        """Return when ``stop`` is set, or when every camera was a clip and has ended."""
        while not stop.wait(0.2) and not self.cameras.ended.is_set():
            pass

    def stop(self) -> None:
        """Close the cameras, say good-bye, end all threads."""
        self._notifier.stopping()
        for part in reversed(self._parts):
            try:
                part.stop()
            except Exception:  # noqa: BLE001 - the others have to end, too
                self._log.exception("stop_failed", part=type(part).__name__)
        self._log.info("sensor_stopped")

    def _live(self, seat: SeatKey) -> bool:
        return self.cameras.health()[self._seats[seat]].state is CameraState.LIVE

    def _take_lease(self, lease: SensorLease, sent_s: float) -> None:
        self.permit.take_lease(lease, sent_s=sent_s)
        self.care.obey()

    def _hear_request(self, request: str, client: str, body: ControlRequestMessage) -> None:
        self.permit.hear_request(request, client=client, body=body)
        self.care.obey()

    def _hear_presence(self, terminal: TerminalKey, occupant: str | None) -> None:
        self.permit.hear_presence(terminal, occupant)
        self.care.obey()


def encoder_of(settings: Settings, models: Models) -> str:
    """Return name and version of the expression encoder, as each packet bears them."""
    spec = models.engines[expression_model(settings)].spec
    return f"{spec.name} {spec.version}"


def _info(settings: Settings, models: Models) -> SensorInfo:
    return SensorInfo(
        software=version("classbox"),
        contract=CONTRACT_VERSION,
        profile=settings.policy.profile.value,
        encoder=encoder_of(settings, models),
        tokens=TOKENS_VERSION,
        models={
            spec.name: ModelInfo(version=spec.version, sha256=spec.digest)
            for spec in models.specs()
        },
        seats={str(seat): str(at) for seat, at in seat_terminals(settings).items()},
        cameras=tuple(settings.cameras),
    )
