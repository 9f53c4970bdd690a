"""The models of a box: which folders the profile opens, and in which form."""

import os
from collections.abc import Mapping

import structlog

from appliance.domain.models import ModelFile, ModelSpec
from appliance.errors import ModelLoadError
from appliance.inference.board import read_board_key
from appliance.inference.library import EngineChoice, ModelLibrary, pick_file
from appliance.inference.tuning.trial import form_name
from appliance.inference.tuning.tuned import TUNED_NAME, read_tuned
from appliance.metering.meter import CpuMeter
from appliance.metering.metered import MeteredEngine
from appliance.perception.build import PerceptionEngines
from appliance.perception.mediapipe_pose import MediaPipeModel
from appliance.ports import InferenceEngine
from appliance.settings.box import BoxRole
from appliance.settings.layout import seat_cameras
from appliance.settings.tree import Settings


def engine_choices(settings: Settings) -> dict[str, EngineChoice]:
    """Return the models that the profile opens, each with the run time asked for."""
    engines = settings.engines
    fusion = {fusion_model(settings): EngineChoice(engines.fusion)}
    if not settings.cameras:
        return fusion  # nothing is looked at here
    # MediaPipe follows people; the crowd watch still looks with the box's own detector.
    pose = EngineChoice.AUTO if engines.pose == "mediapipe" else EngineChoice(engines.pose)
    expression = EngineChoice(engines.expression)
    perception = {
        "pose_detector": pose,
        f"pose_landmark_{engines.pose_variant}": pose,
        "face_detector": expression,
        expression_model(settings): expression,
    }
    if settings.box.role is BoxRole.SENSE:
        return perception
    return perception | fusion


def expression_model(settings: Settings) -> str:
    """Return the encoder's folder: ``fatigue-only`` opens the one without emotion heads."""
    return "expression_mobilevit" + _twin(settings)


def fusion_model(settings: Settings) -> str:
    """Return the fusion model's folder: ``fatigue-only`` opens the one without the four states."""
    return "fusion" + _twin(settings)


def count_lanes(settings: Settings) -> int:
    """Return the number of worker threads: as configured, else one per usable core.

    Without cameras nobody has work for more than one. A sensor has no more than seats: on a PC
    with a webcam a second one would only cost memory.
    """
    if not settings.cameras:
        return 1
    cores = len(os.sched_getaffinity(0))
    if settings.box.role is BoxRole.SENSE:
        cores = min(cores, len(seat_cameras(settings)))
    return settings.box.lanes or cores


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
        library = ModelLibrary(
            settings.box.models_dir, lanes=lanes, time_limit_s=settings.engines.patience_s
        )
        tuned = read_tuned(settings.box.state_dir / TUNED_NAME, key=read_board_key())
        self.files: dict[str, ModelFile] = {}
        """The form in use of each model."""
        self.engines: dict[str, InferenceEngine] = {}
        """Each model's engine."""
        untuned: list[str] = []
        for name, choice in choices.items():
            spec = library.spec(name)
            default = pick_file(spec, choice=choice)
            winner = tuned.winner(spec) if choice is EngineChoice.AUTO else default
            if winner is None:
                untuned.append(name)
            file = default if winner is None else winner
            try:
                self.engines[name] = _load(library, spec, file)
            except ModelLoadError as error:
                if file == default:
                    raise
                log.warning("engine_falls_back", model=name, error=str(error))
                file, self.engines[name] = default, _load(library, spec, default)
            self.files[name] = file
        self.untuned = tuple(untuned)
        """Models on AUTO that run on the safe default, because nothing is known of this board."""
        if untuned:
            log.info("engines_on_defaults", models=untuned, reason=tuned.problem or "not timed yet")
        if meter is not None:
            self.engines = {
                name: MeteredEngine(engine, meter) for name, engine in self.engines.items()
            }
        self.perception: PerceptionEngines | None = None
        """None without cameras."""
        if settings.cameras:
            self.perception = PerceptionEngines(
                pose_detector=self.engines["pose_detector"],
                pose_landmarks=self.engines[f"pose_landmark_{settings.engines.pose_variant}"],
                face_detector=self.engines["face_detector"],
                expression=self.engines[expression_model(settings)],
            )
        self._fusion = self.engines.get(fusion_model(settings))

    @property
    def fusion(self) -> InferenceEngine:
        """The engine of fusion, where decisions are made.

        Raises:
            ModelLoadError: They are not made here.
        """
        if self._fusion is None:
            msg = "a sensor loads no model of fusion"
            raise ModelLoadError(msg)
        return self._fusion

    @property
    def eyes(self) -> PerceptionEngines:
        """The engines of perception, where there is a camera.

        Raises:
            ModelLoadError: There is none.
        """
        if self.perception is None:
            msg = "without a camera no model of perception is loaded"
            raise ModelLoadError(msg)
        return self.perception

    @property
    def forms(self) -> Mapping[str, str]:
        """Run time and number format in use of each model, such as ``openvino/f32``."""
        return {name: form_name(file) for name, file in self.files.items()}

    def specs(self) -> tuple[ModelSpec, ...]:
        """Return what is loaded, for the info message."""
        return tuple(engine.spec for engine in self.engines.values())

    def stuck(self) -> str:
        """Return why an engine refuses all work; empty while they all work."""
        return "; ".join(filter(None, (engine.stuck for engine in self.engines.values())))


def _load(library: ModelLibrary, spec: ModelSpec, file: ModelFile) -> InferenceEngine:
    every_frame = spec.name.startswith(("pose_landmark", "expression"))
    # The detectors run now and then and fusion on one thread: 35 MB less for each further lane.
    return library.load_file(spec, file, at_once=None if every_frame else 1)


def _twin(settings: Settings) -> str:
    return "_fatigue" if settings.policy.fatigue_only else ""
