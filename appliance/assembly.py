"""Builds sources, models and stages from the settings; part of the composition root."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from appliance.cameras.clip import ClipSource
from appliance.cameras.reader import CameraReader, CameraState
from appliance.cameras.stream import StreamSource
from appliance.domain.frames import CameraKey, Frame
from appliance.domain.models import ModelSpec
from appliance.domain.seats import OccupancyKey, Region, SeatKey, TerminalKey
from appliance.domain.tokens import TOKEN_HZ
from appliance.errors import ModelLoadError
from appliance.fusion.fuser import Fuser
from appliance.inference.library import EngineChoice, ModelLibrary
from appliance.intervention.cooldowns import Cooldowns
from appliance.intervention.policy import RulePolicy
from appliance.intervention.rules import select_rules, tracked_levels
from appliance.mqtt.address import BrokerAddress
from appliance.perception.blazepose.detector import PoseDetector
from appliance.perception.blazepose.tracker import PoseTracker
from appliance.perception.crowd import CrowdWatch
from appliance.perception.expression import ExpressionReader
from appliance.perception.face import FaceDetector, FaceFinder
from appliance.perception.perceiver import Perceiver
from appliance.ports import FrameSource, InferenceEngine
from appliance.settings import CameraSettings, Profile, Settings, SourceKind
from appliance.warning.monitor import EpisodeMonitor
from appliance.windows.seat_windows import SeatWindows


class Models:
    """Every engine the box needs, loaded and compiled once."""

    def __init__(self, settings: Settings, *, lanes: int) -> None:
        """Verify and load them all.

        Raises:
            ModelLoadError: One of them is missing, damaged or cannot be compiled.
        """
        if settings.policy.profile is Profile.FATIGUE_ONLY:
            msg = (
                "policy.profile: 'fatigue-only' needs models without emotion heads, which this "
                "release does not ship; nothing else may be opened in this profile"
            )
            raise ModelLoadError(msg)
        library = ModelLibrary(settings.box.models_dir, lanes=lanes)
        engines = settings.engines

        def load(name: str, choice: str) -> InferenceEngine:
            return library.load(name, choice=EngineChoice(choice))

        self.pose_detector = load("pose_detector", engines.pose)
        self.pose_landmarks = load(f"pose_landmark_{engines.pose_variant}", engines.pose)
        self.face_detector = load("face_detector", engines.expression)
        self.expression = load("expression_mobilevit", engines.expression)
        self.fusion = load("fusion", engines.fusion)

    def specs(self) -> tuple[ModelSpec, ...]:
        """Return what is loaded, for the info message."""
        engines = (
            self.pose_detector,
            self.pose_landmarks,
            self.face_detector,
            self.expression,
            self.fusion,
        )
        return tuple(engine.spec for engine in engines)


def count_lanes(settings: Settings) -> int:
    """Return the number of worker threads: as configured, else one per usable core."""
    return settings.box.lanes or len(os.sched_getaffinity(0))


def broker_address(settings: Settings) -> BrokerAddress:
    """Return where the broker is and how the box proves who it is."""
    mqtt = settings.mqtt
    return BrokerAddress(
        host=mqtt.host,
        port=mqtt.port,
        username=mqtt.username,
        password_file=mqtt.password_file,
        ca_file=mqtt.ca_file,
        cert_file=mqtt.cert_file,
        key_file=mqtt.key_file,
    )


def seat_cameras(settings: Settings) -> dict[SeatKey, CameraKey]:
    """Return which camera sees which seat, in the order of the configuration."""
    return {
        SeatKey(seat): CameraKey(camera)
        for camera, camera_settings in settings.cameras.items()
        for seat in camera_settings.seats
    }


def seat_terminals(settings: Settings) -> dict[SeatKey, TerminalKey]:
    """Return the terminal of each seat."""
    return {
        SeatKey(key): TerminalKey(seat.terminal)
        for camera in settings.cameras.values()
        for key, seat in camera.seats.items()
    }


def seats_with_consent(settings: Settings) -> set[SeatKey]:
    """Return the seats for which the school holds the consent on file."""
    return {
        SeatKey(key)
        for camera in settings.cameras.values()
        for key, seat in camera.seats.items()
        if seat.consent == "granted"
    }


def is_clip(settings: Settings, camera: CameraKey) -> bool:
    """Tell whether a camera is a recorded clip, whose capture time is media time."""
    return settings.cameras[camera].kind is SourceKind.CLIP


def replayed_cameras(settings: Settings) -> set[CameraKey]:
    """Return the cameras that replay a clip as fast as possible and drop nothing."""
    return {
        CameraKey(key)
        for key, camera in settings.cameras.items()
        if camera.kind is SourceKind.CLIP and not camera.realtime
    }


def build_source(
    key: CameraKey, camera: CameraSettings, *, monotonic: Callable[[], float]
) -> FrameSource:
    """Return the source of one camera; nothing is opened yet."""
    if camera.kind is SourceKind.CLIP:
        return ClipSource(
            camera=key,
            path=Path(camera.source),
            loop=camera.loop,
            fps=camera.fps,
            paced=camera.realtime,
            monotonic=monotonic,
        )
    return StreamSource(camera=key, source=camera.source, fps=camera.fps, monotonic=monotonic)


def build_readers(
    settings: Settings,
    *,
    deliver: Callable[[CameraKey], Callable[[Frame], object]],
    monotonic: Callable[[], float],
    beat: Callable[[str], None],
    state_changed: Callable[[CameraKey, CameraState], None],
) -> dict[CameraKey, CameraReader]:
    """Return one reader per camera; ``deliver`` gives each the way its frames go."""
    return {
        CameraKey(key): CameraReader(
            source=build_source(CameraKey(key), camera, monotonic=monotonic),
            deliver=deliver(CameraKey(key)),
            monotonic=monotonic,
            rng=np.random.default_rng(),
            beat=beat,
            state_changed=state_changed,
        )
        for key, camera in settings.cameras.items()
    }


def build_perceivers(settings: Settings, models: Models) -> dict[SeatKey, Perceiver]:
    """Return one perceiver per seat, each with requests of its own."""
    input_px = models.expression.spec.inputs[0].shape[1]

    def perceiver(key: SeatKey, region: Region) -> Perceiver:
        detector = PoseDetector(models.pose_detector.session())
        return Perceiver(
            seat=key,
            region=region,
            tracker=PoseTracker(detector=detector, landmarks=models.pose_landmarks.session()),
            crowd=CrowdWatch(detector),
            faces=FaceFinder(FaceDetector(models.face_detector.session())),
            expression=ExpressionReader(models.expression.session(), input_px=input_px),
        )

    return {
        SeatKey(key): perceiver(
            SeatKey(key),
            Region(x0=seat.region[0], y0=seat.region[1], x1=seat.region[2], y1=seat.region[3]),
        )
        for camera in settings.cameras.values()
        for key, seat in camera.seats.items()
    }


def build_windows(settings: Settings, *, new_key: Callable[[], OccupancyKey]) -> SeatWindows:
    """Return the windows of all seats."""
    return SeatWindows(seats=list(seat_cameras(settings)), new_key=new_key)


def build_fuser(settings: Settings, models: Models) -> Fuser:
    """Return the fuser of all seats."""
    return Fuser(models.fusion.session(), seats=len(seat_cameras(settings)))


def build_monitor(settings: Settings, *, new_id: Callable[[], str]) -> EpisodeMonitor:
    """Return equation 9 with the configured numbers, in tokens."""
    rules = select_rules(literal=settings.intervention.literal_severe_rule)
    return EpisodeMonitor(
        levels=tracked_levels(rules),
        new_id=new_id,
        theta=settings.warning.theta,
        clear_below=settings.warning.clear_below,
        window_tokens=round(settings.warning.window_s * TOKEN_HZ),
        tau_tokens=round(settings.warning.tau_s * TOKEN_HZ),
    )


def build_policy(settings: Settings, *, new_id: Callable[[], str]) -> RulePolicy:
    """Return Table 1 as configured."""
    rules = select_rules(literal=settings.intervention.literal_severe_rule)
    return RulePolicy(rules=rules, cooldowns=Cooldowns(), new_id=new_id)
