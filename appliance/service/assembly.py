"""The composition root: from settings to everything that touches the world outside."""

import functools
import os
import platform
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path

import cv2
import numpy as np

from appliance.cameras.clip import ClipSource
from appliance.cameras.reader import CameraReader, CameraState, ReaderHealth
from appliance.cameras.stream import StreamSource
from appliance.domain.frames import CameraKey, Due, Frame, everything
from appliance.domain.ids import RANDOM_BYTES, uuid7
from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.host.breadcrumbs import Breadcrumbs, MarkedSource, NativeStage
from appliance.host.clock import SleeplessClock, boot_time
from appliance.host.heartbeats import Heartbeats
from appliance.host.memory import return_freed_memory, return_large_blocks, share_one_arena
from appliance.host.quarantine import Quarantine
from appliance.host.readings import read_clock_state
from appliance.metering.meter import CpuMeter
from appliance.metering.metered import MeteredSource
from appliance.mqtt.client import BrokerClient
from appliance.mqtt.contract.aim import AimFrame
from appliance.mqtt.contract.box import BoxInfo, ModelInfo
from appliance.mqtt.contract.schemas import CONTRACT_VERSION
from appliance.mqtt.wire.address import BrokerAddress
from appliance.perception.aiming.view import AimView
from appliance.perception.build import build_aimer
from appliance.permissions import credential
from appliance.pipeline import Pipeline
from appliance.ports import Clock, CommandStore, FrameSource
from appliance.scheduling.ladder import Ladder
from appliance.scheduling.lanes import Lanes
from appliance.sensing import Sensing
from appliance.service.control.aiming.guard import AimGuard
from appliance.service.control.aiming.session import Aiming, AimTarget
from appliance.service.control.aiming.tap import FrameTap
from appliance.service.control.closures import Closures
from appliance.service.control.seat_pauses import Permitted
from appliance.service.models import Models, count_lanes
from appliance.settings.cameras import CameraSettings, SourceKind
from appliance.settings.layout import (
    camera_regions,
    replayed_cameras,
    seat_cameras,
    seats_with_consent,
    sensor_seats,
    terminal_seats,
)
from appliance.settings.mqtt import MqttSettings
from appliance.settings.tree import Settings
from appliance.storage.store import Storage


def load_models(settings: Settings, *, meter: CpuMeter | None = None) -> Models:
    """Load and compile every model the box needs, on as little memory as possible.

    Args:
        settings: Of the box.
        meter: Takes the time of each model, by its folder's name.

    Raises:
        ModelLoadError: One of them is missing, damaged or cannot be compiled.
    """
    cv2.setNumThreads(1)  # the lanes are the threads; OpenCV's own would fight with them
    share_one_arena()
    if not settings.cameras:
        return_large_blocks()
    models = Models(settings, lanes=count_lanes(settings), meter=meter)
    return_freed_memory()
    return models


def open_storage(settings: Settings, *, clock: Clock, beats: Heartbeats) -> Storage:
    """Open the databases; the writer starts with the box.

    Raises:
        StorageError: They cannot be used at all.
    """
    return Storage.open(
        settings.box.state_dir,
        clock=clock,
        boot=boot_time,
        retention_days=settings.storage.retention_days,
        commit_s=settings.storage.commit_s,
        embeddings=settings.storage.embeddings,
        fatigue_only=settings.policy.fatigue_only,
        on_file=seats_with_consent(settings),
        beat=beats.beat,
    )


def load_quarantine(settings: Settings, breadcrumbs: Breadcrumbs, *, clock: Clock) -> Quarantine:
    """Return the native ends that count, that of the process before this one among them."""
    quarantine = Quarantine.load(
        settings.box.state_dir,
        sources={CameraKey(key): camera.source for key, camera in settings.cameras.items()},
        now_s=clock.wall_s(),
    )
    if breadcrumbs.last_end is not None:
        quarantine.note(breadcrumbs.last_end, now_s=clock.wall_s())
    return quarantine


def build_broker(
    settings: Settings, models: Models, *, store: CommandStore, clock: Clock
) -> BrokerClient:
    """Return the client; it connects with the box."""
    return BrokerClient(
        address=broker_address(settings.mqtt),
        site=settings.box.site,
        room=settings.box.room,
        box=settings.box.id,
        info=_info(settings, models),
        terminals=terminal_seats(settings),
        sensors=sensor_seats(settings),
        store=store,
        clock=SleeplessClock(clock),
        teachers=settings.mqtt.teachers,
        it=settings.mqtt.it,
        clock_state=read_clock_state,
    )


def build_ladder(settings: Settings) -> Ladder:
    """Return the degrade ladder, held on a step where the configuration says so."""
    degrade = settings.box.degrade
    return Ladder(held=None if degrade == "auto" else degrade)


def build_lanes(
    settings: Settings,
    pipeline: Pipeline | Sensing,
    *,
    ladder: Ladder,
    settled: Callable[[], None],
    allowed: Callable[[SeatKey], bool],
    watched: Callable[[CameraKey, float], bool],
    clock: Clock,
    beats: Heartbeats,
    breadcrumbs: Breadcrumbs,
    meter: CpuMeter | None,
) -> Lanes:
    """Return the threads that look at frames.

    Args:
        settings: Of the box.
        pipeline: Whose perception they run.
        ladder: Says how often.
        settled: Called after each frame.
        allowed: Tells whether a seat may be looked at.
        watched: Tells whether somebody beside the lanes wants a camera's frame of a capture time.
        clock: Monotonic time.
        beats: Signs of life.
        breadcrumbs: Where they are, in case a native call never returns.
        meter: Takes the processor time of perception.
    """
    cameras = seat_cameras(settings)
    look = breadcrumbs.marked(pipeline.look, cameras=cameras, stage=NativeStage.LOOKING)
    read = breadcrumbs.marked(pipeline.read, cameras=cameras, stage=NativeStage.READING)
    return Lanes(
        seats=cameras,
        look=look if meter is None else meter.timed("perception", look),
        read=read if meter is None else meter.timed("perception", read),
        settled=settled,
        beat=beats.beat,
        monotonic=clock.monotonic_s,
        lanes=count_lanes(settings),
        step=lambda: ladder.step,
        allowed=allowed,
        watched=watched,
    )


def build_aiming(
    settings: Settings,
    models: Models,
    *,
    tap: FrameTap,
    closures: Closures,
    storage: Storage,
    permitted: Permitted,
    occupancy: Callable[[SeatKey], OccupancyKey | None],
    publish: Callable[[AimFrame], object],
    health: Callable[[], Mapping[CameraKey, ReaderHealth]],
    clock: Clock,
    breadcrumbs: Breadcrumbs,
) -> Aiming:
    """Return what measures for whoever points a camera.

    Args:
        settings: Of the box.
        models: Loaded already; each aiming has requests of its own.
        tap: Where frames come from.
        closures: What keeps the cameras closed.
        storage: Keeps the record.
        permitted: Knows who may be looked at.
        occupancy: Who is known to sit on a seat.
        publish: Sends what was measured over MQTT.
        health: What each camera's reader says.
        clock: Monotonic time.
        breadcrumbs: Where it is, in case a native call never returns.
    """
    regions = camera_regions(settings)

    def new_measure(camera: CameraKey) -> Callable[[Frame], AimView]:
        aimer = build_aimer(models.eyes, regions[camera])
        place = breadcrumbs.at(camera, NativeStage.LOOKING)

        def measure(frame: Frame) -> AimView:
            with place:
                return aimer.measure(frame.pixels)

        return measure

    def camera_state(camera: CameraKey) -> str:
        known = health()[camera]
        return ": ".join(filter(None, (f"camera {camera} is {known.state}", known.last_error)))

    return Aiming(
        targets={
            camera: AimTarget(regions=seats, fps=settings.cameras[camera].fps)
            for camera, seats in regions.items()
        },
        new_measure=new_measure,
        tap=tap,
        guard=AimGuard(
            seats={camera: list(seats) for camera, seats in regions.items()},
            closures=closures,
            permitted=permitted,
            occupancy=occupancy,
        ),
        record=lambda event, actor, detail: storage.audit.record(event, actor=actor, detail=detail),
        publish=publish,
        camera_state=camera_state,
        clock=clock,
    )


def new_ids(clock: Clock) -> Callable[[], str]:
    """Return what makes ids of occupancies, episodes and decisions: UUIDv7."""
    return lambda: uuid7(wall_s=clock.wall_s(), randomness=os.urandom(RANDOM_BYTES))


def new_seed() -> int:
    """Return 63 random bits, which SQLite can keep."""
    return int.from_bytes(os.urandom(8)) >> 1


def broker_address(mqtt: MqttSettings) -> BrokerAddress:
    """Return where the broker is and how a box or a terminal proves who it is."""
    return BrokerAddress(
        host=mqtt.host,
        port=mqtt.port,
        username=mqtt.username,
        password_file=_readable(mqtt.password_file),
        ca_file=_readable(mqtt.ca_file),
        cert_file=_readable(mqtt.cert_file),
        key_file=_readable(mqtt.key_file),
    )


def _readable(path: Path | None) -> Path | None:
    return None if path is None else credential(path)


def build_source(
    key: CameraKey,
    camera: CameraSettings,
    *,
    monotonic: Callable[[], float],
    plan: Callable[[float], Due] = everything,
) -> FrameSource:
    """Return the source of one camera; nothing is opened yet."""
    if camera.kind is SourceKind.CLIP:
        return ClipSource(
            camera=key,
            path=Path(camera.source),
            loop=camera.loop,
            fps=camera.fps,
            paced=camera.realtime,
            plan=plan,
            monotonic=monotonic,
        )
    return StreamSource(
        camera=key,
        source=camera.source,
        fps=camera.fps,
        max_pixels=camera.max_pixels,
        plan=plan,
        monotonic=monotonic,
    )


def build_readers(
    settings: Settings,
    *,
    deliver: Callable[[CameraKey], Callable[[Frame], object]],
    plan: Callable[[CameraKey, float], Due],
    meter: CpuMeter | None,
    monotonic: Callable[[], float],
    beat: Callable[[str], None],
    breadcrumbs: Breadcrumbs,
    state_changed: Callable[[CameraKey, CameraState], None],
) -> dict[CameraKey, CameraReader]:
    """Return one reader per camera.

    Args:
        settings: Of the box.
        deliver: Gives each camera the way its frames go.
        plan: What is due on a live frame; replay leaves nothing out.
        meter: Takes the time that decoding costs.
        monotonic: Clock.
        beat: Sign of life.
        breadcrumbs: Where a reader is, in case a native call never returns.
        state_changed: Called on every change.
    """
    replayed = replayed_cameras(settings)

    def source(key: CameraKey, camera: CameraSettings) -> FrameSource:
        planned = everything if key in replayed else functools.partial(plan, key)
        built = build_source(key, camera, monotonic=monotonic, plan=planned)
        marked = MarkedSource(built, breadcrumbs)
        return marked if meter is None else MeteredSource(marked, meter)

    return {
        CameraKey(key): CameraReader(
            source=source(CameraKey(key), camera),
            deliver=deliver(CameraKey(key)),
            monotonic=monotonic,
            rng=np.random.default_rng(),
            beat=beat,
            state_changed=state_changed,
        )
        for key, camera in settings.cameras.items()
    }


def _info(settings: Settings, models: Models) -> BoxInfo:
    return BoxInfo(
        software=version("classbox"),
        contract=CONTRACT_VERSION,
        profile=settings.policy.profile.value,
        models={
            spec.name: ModelInfo(version=spec.version, sha256=spec.digest)
            for spec in models.specs()
        },
        libraries={
            "python": platform.python_version(),
            **{name: version(name) for name in ("onnxruntime", "openvino", "paho-mqtt")},
        },
    )
