"""Times the engines once, beside the running box."""

import threading
from collections.abc import Mapping
from pathlib import Path

import structlog

from appliance.domain.models import ModelFile
from appliance.domain.tokens import TOKEN_HZ
from appliance.errors import ApplianceError
from appliance.fusion.fuser import rows_of_a_call
from appliance.inference.library import ModelLibrary
from appliance.inference.tuning.trial import MixPart, form_name
from appliance.inference.tuning.tune import MAX_SECONDS, Tuner, save_tunings
from appliance.inference.tuning.tuned import TUNED_NAME
from appliance.service.models import Models, count_lanes, fusion_model
from appliance.settings.layout import all_seats, seat_cameras
from appliance.settings.tree import Settings

CAMERA_HZ = 15.0
"""Frames per second and seat that engines are timed with: the ladder's top (docs/DESIGN.md, 2)."""

DETECTOR_EVERY_S = 2.0
"""The pose detector looks again while a pose is tracked (docs/DESIGN.md, 2)."""

FACE_DETECTOR_EVERY_S = 0.5
"""BlazeFace looks where the pose gives no trustworthy face (appliance/perception/face.py)."""


class BackgroundTuning:
    """Times the engines of which nothing is known on this board, beside the running box."""

    def __init__(self, settings: Settings, models: Models, *, wanted: bool) -> None:
        """Prepare; nothing runs yet.

        Args:
            settings: Of the box.
            models: In use; those of which nothing is known on this board are timed.
            wanted: False: never begin.
        """
        self._settings = settings
        self._wanted = wanted and settings.engines.tune and bool(models.untuned)
        self._files = dict(models.files)
        self._untuned = models.untuned
        self._stop = threading.Event()
        self._log = structlog.get_logger()
        self._thread = threading.Thread(target=self._run, name="tuner", daemon=True)

    def start(self) -> None:
        """Begin, if the configuration allows it and there is something to find out."""
        if self._wanted:
            self._thread.start()

    @property
    def running(self) -> bool:
        """True while the engines are being timed, which slows the box down."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """End it; an unfinished tuning begins anew with the next start."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def _run(self) -> None:
        self._log.info("tuning_started", models=list(self._untuned), seconds=MAX_SECONDS)
        try:
            tuner = build_tuner(
                self._settings, self._files, lanes=count_lanes(self._settings), background=True
            )
            tunings = tuner.run(
                {name: self._files[name] for name in self._untuned},
                seconds=MAX_SECONDS,
                progress=lambda *_: None,
                stop=self._stop,
            )
            if tunings:
                save_tunings(result_file(self._settings), tunings)
                winners = {
                    one.model: one.selection.winner for one in tunings if one.selection.scores
                }
                self._log.info("tuning_done", winners=winners, used_from="the next start")
        except ApplianceError as error:
            self._log.warning("tuning_failed", error=str(error))
        except Exception:  # noqa: BLE001 - border of the thread: the box runs on its defaults
            self._log.exception("tuning_crashed")


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
    return Tuner(
        ModelLibrary(
            settings.box.models_dir, lanes=lanes, time_limit_s=settings.engines.patience_s
        ),
        mix=running_mix(settings, files, lanes=lanes),
        rows=rows_of_a_call(len(all_seats(settings))),
        background=background,
    )


def running_mix(settings: Settings, files: Mapping[str, ModelFile], *, lanes: int) -> list[MixPart]:
    """Return how often a running box asks each of its models.

    Args:
        settings: Of the box.
        files: The form in use of each model.
        lanes: Worker threads.
    """
    seats = len(seat_cameras(settings))
    fusion = fusion_model(settings)
    every = {
        "pose_detector": round(CAMERA_HZ * DETECTOR_EVERY_S),
        "face_detector": round(CAMERA_HZ * FACE_DETECTOR_EVERY_S),
        # One call for all seats at each token, while a lane sees its share of all frames.
        fusion: max(1, round(CAMERA_HZ * seats / lanes / TOKEN_HZ)),
    }
    return [
        MixPart(model=name, form=form_name(file), every=every.get(name, 1), shared=name == fusion)
        for name, file in files.items()
    ]


def result_file(settings: Settings) -> Path:
    """Return where the winners of a box are kept."""
    return settings.box.state_dir / TUNED_NAME
