"""Builds sources, models and stages from the settings; part of the composition root."""

import functools
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import structlog

from appliance.cameras.clip import ClipSource
from appliance.cameras.reader import CameraReader, CameraState
from appliance.cameras.stream import StreamSource
from appliance.domain.affect import VIGILANCES
from appliance.domain.frames import CameraKey, Due, Frame, everything
from appliance.domain.models import ModelFile, ModelSpec
from appliance.domain.seats import OccupancyKey, Region, SeatKey, TerminalKey
from appliance.domain.tokens import TOKEN_HZ
from appliance.errors import ModelLoadError
from appliance.fusion.fuser import MIN_PROBABILITY_OF_TWO, Fuser
from appliance.inference.board import read_board_key
from appliance.inference.library import EngineChoice, ModelLibrary, pick_file
from appliance.inference.tuning.trial import MixPart, form_name
from appliance.inference.tuning.tune import Tuner
from appliance.inference.tuning.tuned import TUNED_NAME, read_tuned
from appliance.intervention.cooldowns import Cooldowns
from appliance.intervention.policy import RulePolicy
from appliance.intervention.rules import Rule, select_rules, severe_level, tracked_levels
from appliance.metering.meter import CpuMeter
from appliance.metering.metered import MeteredEngine, MeteredSource
from appliance.mqtt.wire.address import BrokerAddress
from appliance.perception.build import PerceptionEngines, build_perceivers
from appliance.perception.mediapipe_pose import MediaPipeModel
from appliance.perception.perceiver import Perceiver
from appliance.perception.scratch import Scratch
from appliance.ports import FrameSource, InferenceEngine
from appliance.settings.cameras import CameraSettings, SourceKind
from appliance.settings.tree import Settings
from appliance.warning.monitor import EpisodeMonitor
from appliance.warning.teacher_budget import TeacherBudget
from appliance.windows.seat_windows import SeatWindows

CAMERA_HZ = 15.0
"""Frames per second and seat that engines are timed with: the ladder's top (docs/DESIGN.md, 2)."""

DETECTOR_EVERY_S = 2.0
"""The pose detector looks again while a pose is tracked (docs/DESIGN.md, 2)."""

FACE_DETECTOR_EVERY_S = 0.5
"""BlazeFace looks where the pose gives no trustworthy face (appliance/perception/face.py)."""


def engine_choices(settings: Settings) -> dict[str, EngineChoice]:
    """Return the models that the profile opens, each with the run time asked for."""
    engines = settings.engines
    # MediaPipe follows people; the crowd watch still looks with the box's own detector.
    pose = EngineChoice.AUTO if engines.pose == "mediapipe" else EngineChoice(engines.pose)
    expression = EngineChoice(engines.expression)
    return {
        "pose_detector": pose,
        f"pose_landmark_{engines.pose_variant}": pose,
        "face_detector": expression,
        expression_model(settings): expression,
        fusion_model(settings): EngineChoice(engines.fusion),
    }


def expression_model(settings: Settings) -> str:
    """Return the encoder's folder: ``fatigue-only`` opens the one without emotion heads."""
    return "expression_mobilevit" + _twin(settings)


def fusion_model(settings: Settings) -> str:
    """Return the fusion model's folder: ``fatigue-only`` opens the one without the four states."""
    return "fusion" + _twin(settings)


def _twin(settings: Settings) -> str:
    return "_fatigue" if settings.policy.fatigue_only else ""


class Models:
    """Every engine the box needs, loaded and compiled once."""

    def __init__(self, settings: Settings, *, lanes: int, meter: CpuMeter | None = None) -> None:
        """Verify and load them all, on AUTO in the form that was fastest on this board.

        Args:
            settings: Of the box.
            lanes: Worker threads.
            meter: Takes the time of each model, by its folder's name.

        Raises:
            ModelLoadError: One of them is missing, damaged or cannot be compiled.
            MissingProgramError: MediaPipe is asked for and not installed.
        """
        self.mediapipe: MediaPipeModel | None = None
        if settings.engines.pose == "mediapipe" and settings.engines.mediapipe_model is not None:
            self.mediapipe = MediaPipeModel(settings.engines.mediapipe_model)
        log = structlog.get_logger()
        choices = engine_choices(settings)
        library = ModelLibrary(settings.box.models_dir, lanes=lanes)
        tuned = read_tuned(settings.box.state_dir / TUNED_NAME, key=read_board_key())
        self._files: dict[str, ModelFile] = {}
        self._engines: dict[str, InferenceEngine] = {}
        untuned: list[str] = []
        for name, choice in choices.items():
            spec = library.spec(name)
            default = pick_file(spec, choice=choice)
            winner = tuned.winner(spec) if choice is EngineChoice.AUTO else default
            if winner is None:
                untuned.append(name)
            file = default if winner is None else winner
            try:
                self._engines[name] = _load(library, spec, file)
            except ModelLoadError as error:
                if file == default:
                    raise
                log.warning("engine_falls_back", model=name, error=str(error))
                file, self._engines[name] = default, _load(library, spec, default)
            self._files[name] = file
        self._untuned = tuple(untuned)
        if untuned:
            log.info("engines_on_defaults", models=untuned, reason=tuned.problem or "not timed yet")
        if meter is not None:
            self._engines = {
                name: MeteredEngine(engine, meter) for name, engine in self._engines.items()
            }
        self.perception = PerceptionEngines(
            pose_detector=self._engines["pose_detector"],
            pose_landmarks=self._engines[f"pose_landmark_{settings.engines.pose_variant}"],
            face_detector=self._engines["face_detector"],
            expression=self._engines[expression_model(settings)],
        )
        self.fusion = self._engines[fusion_model(settings)]

    @property
    def untuned(self) -> tuple[str, ...]:
        """Models on AUTO that run on the safe default, because nothing is known of this board."""
        return self._untuned

    @property
    def files(self) -> Mapping[str, ModelFile]:
        """The form in use of each model."""
        return self._files

    @property
    def forms(self) -> Mapping[str, str]:
        """Run time and number format in use of each model, such as ``openvino/f32``."""
        return {name: form_name(file) for name, file in self._files.items()}

    @property
    def engines(self) -> Mapping[str, InferenceEngine]:
        """Each model's engine."""
        return self._engines

    def specs(self) -> tuple[ModelSpec, ...]:
        """Return what is loaded, for the info message."""
        return tuple(engine.spec for engine in self._engines.values())

    def stuck(self) -> str:
        """Return why an engine refuses all work; empty while they all work."""
        return "; ".join(filter(None, (engine.stuck for engine in self._engines.values())))


def _load(library: ModelLibrary, spec: ModelSpec, file: ModelFile) -> InferenceEngine:
    every_frame = spec.name.startswith(("pose_landmark", "expression"))
    # The detectors run now and then and fusion on one thread: 35 MB less for each further lane.
    return library.load_file(spec, file, at_once=None if every_frame else 1)


def build_tuner(
    settings: Settings, files: Mapping[str, ModelFile], *, lanes: int, background: bool
) -> Tuner:
    """Return what times the engines under the mix of all models.

    Args:
        settings: Of the box.
        files: The form in use of each model.
        lanes: Worker threads.
        background: Let everything else go first.
    """
    seats = len(seat_cameras(settings))
    fusion = fusion_model(settings)
    every = {
        "pose_detector": round(CAMERA_HZ * DETECTOR_EVERY_S),
        "face_detector": round(CAMERA_HZ * FACE_DETECTOR_EVERY_S),
        # One call for all seats at each token, while a lane sees its share of all frames.
        fusion: max(1, round(CAMERA_HZ * seats / lanes / TOKEN_HZ)),
    }
    mix = [
        MixPart(model=name, form=form_name(file), every=every.get(name, 1), shared=name == fusion)
        for name, file in files.items()
    ]
    library = ModelLibrary(settings.box.models_dir, lanes=lanes)
    return Tuner(library, mix=mix, rows=seats, background=background)


def safe_files(settings: Settings) -> dict[str, ModelFile]:
    """Return the form of each model that is loaded when nothing is known of the board.

    Raises:
        ModelLoadError: A model is missing or altered.
    """
    library = ModelLibrary(settings.box.models_dir, lanes=1)
    return {
        name: pick_file(library.spec(name), choice=choice)
        for name, choice in engine_choices(settings).items()
    }


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
        camera=key, source=camera.source, fps=camera.fps, plan=plan, monotonic=monotonic
    )


def build_readers(
    settings: Settings,
    *,
    deliver: Callable[[CameraKey], Callable[[Frame], object]],
    plan: Callable[[CameraKey, float], Due],
    meter: CpuMeter | None,
    monotonic: Callable[[], float],
    beat: Callable[[str], None],
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
        state_changed: Called on every change.
    """
    replayed = replayed_cameras(settings)

    def source(key: CameraKey, camera: CameraSettings) -> FrameSource:
        planned = everything if key in replayed else functools.partial(plan, key)
        built = build_source(key, camera, monotonic=monotonic, plan=planned)
        return built if meter is None else MeteredSource(built, meter)

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


def build_seats(settings: Settings, models: Models) -> dict[SeatKey, Perceiver]:
    """Return one perceiver per seat, each with requests of its own."""
    scratch = Scratch()
    mediapipe = models.mediapipe
    perceivers: dict[SeatKey, Perceiver] = {}
    for camera in settings.cameras.values():
        regions = {
            SeatKey(key): Region(
                x0=seat.region[0], y0=seat.region[1], x1=seat.region[2], y1=seat.region[3]
            )
            for key, seat in camera.seats.items()
        }
        perceivers |= build_perceivers(
            models.perception,
            regions,
            scratch=scratch,
            new_tracker=None if mediapipe is None else mediapipe.tracker,
        )
    return perceivers


def build_windows(settings: Settings, *, new_key: Callable[[], OccupancyKey]) -> SeatWindows:
    """Return the windows of all seats."""
    return SeatWindows(
        seats=list(seat_cameras(settings)),
        new_key=new_key,
        fatigue_only=settings.policy.fatigue_only,
    )


def build_fuser(settings: Settings, models: Models) -> Fuser:
    """Return the fuser of all seats."""
    session, seats = models.fusion.session(), len(seat_cameras(settings))
    if settings.policy.fatigue_only:
        return Fuser(
            session, seats=seats, states=VIGILANCES, min_probability=MIN_PROBABILITY_OF_TWO
        )
    return Fuser(session, seats=seats)


def build_monitor(settings: Settings, *, new_id: Callable[[], str]) -> EpisodeMonitor:
    """Return equation 9 with the configured numbers, in tokens; its score is the profile's."""
    rules = _select_rules(settings)
    return EpisodeMonitor(
        levels=tracked_levels(rules),
        severe_level=severe_level(rules),
        new_id=new_id,
        theta=settings.warning.theta,
        clear_below=settings.warning.clear_below,
        window_tokens=round(settings.warning.window_s * TOKEN_HZ),
        tau_tokens=round(settings.warning.tau_s * TOKEN_HZ),
        fatigue_only=settings.policy.fatigue_only,
    )


def build_teacher_budget(settings: Settings) -> TeacherBudget:
    """Return the teachers' budget; a box with no more seats than messages need not spread them."""
    messages = settings.warning.teacher_messages
    return TeacherBudget(messages=messages, spread=len(seat_cameras(settings)) > messages)


def build_policy(settings: Settings, *, new_id: Callable[[], str]) -> RulePolicy:
    """Return Table 1 as configured, without the rows that the profile has no state for."""
    return RulePolicy(rules=_select_rules(settings), cooldowns=Cooldowns(), new_id=new_id)


def _select_rules(settings: Settings) -> tuple[Rule, ...]:
    return select_rules(
        literal=settings.intervention.literal_severe_rule,
        recalibrated=settings.intervention.recalibrated,
        fatigue_only=settings.policy.fatigue_only,
    )
