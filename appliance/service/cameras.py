"""All cameras of a box as one of its parts."""

import threading
from collections.abc import Callable, Collection, Mapping

from appliance.cameras.reader import CameraReader, CameraState, ReaderHealth
from appliance.domain.frames import CameraKey, Frame
from appliance.host.breadcrumbs import Breadcrumbs
from appliance.host.heartbeats import Heartbeats
from appliance.metering.meter import CpuMeter
from appliance.ports import Clock
from appliance.scheduling.lanes import Lanes
from appliance.scheduling.ticker import Ticker
from appliance.service.assembly import build_readers
from appliance.settings.layout import replayed_cameras
from appliance.settings.tree import Settings


class Cameras:
    """Opens the cameras, hands their frames to the lanes and follows their state."""

    def __init__(
        self,
        settings: Settings,
        *,
        lanes: Lanes,
        ticker: Ticker,
        clock: Clock,
        beats: Heartbeats,
        breadcrumbs: Breadcrumbs,
        quarantined: Mapping[CameraKey, str],
        on_camera: Callable[[CameraKey, ReaderHealth], None],
        tap: Callable[[Frame], None],
        meter: CpuMeter | None = None,
    ) -> None:
        """Make a reader for each camera; nothing is opened yet.

        Args:
            settings: Of the box.
            lanes: Look at the frames.
            ticker: Holds replayed cameras back.
            clock: Monotonic time.
            beats: Signs of life of the readers.
            breadcrumbs: Where the readers are.
            quarantined: Cameras that are never opened, with the reason.
            on_camera: Told of every change of a camera's state.
            tap: Shown every frame before the lanes are; returns at once.
            meter: Takes the time that decoding costs.
        """
        self._lanes = lanes
        self._ticker = ticker
        self._beats = beats
        self._quarantined = quarantined
        self._on_camera = on_camera
        self._tap = tap
        self._replayed = replayed_cameras(settings)
        self._stopping = threading.Event()
        self.ended = threading.Event()
        """Set when every camera was a clip and has ended, those in quarantine aside."""
        self._readers: Mapping[CameraKey, CameraReader] = build_readers(
            settings,
            deliver=self._way_of,
            plan=lanes.plan,
            meter=meter,
            monotonic=clock.monotonic_s,
            beat=beats.beat,
            breadcrumbs=breadcrumbs,
            state_changed=self._follow,
        )

    def start(self) -> None:
        """Open them."""
        for camera, reader in self._readers.items():
            if reason := self._quarantined.get(camera):
                reader.quarantine(reason)
            else:
                reader.start()

    def stop(self) -> None:
        """Close them."""
        self._stopping.set()
        for reader in self._readers.values():
            reader.stop()

    def pause(self, cameras: Collection[CameraKey] | None = None) -> None:
        """Close some or all of them until somebody resumes them."""
        for camera in self._readers if cameras is None else cameras:
            self._readers[camera].pause()

    def resume(self, cameras: Collection[CameraKey] | None = None) -> None:
        """Open some or all of those that are paused."""
        for camera in self._readers if cameras is None else cameras:
            self._readers[camera].resume()

    def health(self) -> dict[CameraKey, ReaderHealth]:
        """Return what each reader says."""
        return {camera: reader.health() for camera, reader in self._readers.items()}

    def _way_of(self, camera: CameraKey) -> Callable[[Frame], object]:
        """Return the way a camera's frames go: replay waits, live never does."""

        def live(frame: Frame) -> None:
            self._tap(frame)
            self._lanes.put(frame)

        def replay(frame: Frame) -> None:
            self._tap(frame)
            self._ticker.wait_for(camera)
            self._lanes.put(frame, block=True)

        return replay if camera in self._replayed else live

    def _follow(self, camera: CameraKey, state: CameraState) -> None:
        """Follow one reader, on its own thread."""
        self._on_camera(camera, self._readers[camera].health())
        if state is CameraState.ENDED:
            self._beats.forget(f"camera[{camera}].reader")
            if not self._stopping.is_set():
                self._lanes.drain(camera)
                self._ticker.finish(camera)
        states = {health.state for health in self.health().values()}
        if CameraState.ENDED in states and states <= {CameraState.ENDED, CameraState.QUARANTINED}:
            self.ended.set()
