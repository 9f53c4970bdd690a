"""The models that ship and clips as the box reads them: what measurements begin with."""

from collections.abc import Iterator
from pathlib import Path

from appliance.cameras.clip import ClipSource
from appliance.domain.frames import CameraKey, Frame
from appliance.domain.models import Precision
from appliance.inference.library import EngineChoice, ModelLibrary
from appliance.perception.build import PerceptionEngines

POSE, ENCODER = "pose_landmark_lite", "expression_mobilevit"


def load_engines(
    engine: EngineChoice,
    *,
    encoder: EngineChoice | None = None,
    pose_precision: Precision | None = None,
    encoder_precision: Precision | None = None,
    library: ModelLibrary | None = None,
) -> PerceptionEngines:
    """Return the models of perception.

    Args:
        engine: Run time.
        encoder: Run time of the expression encoder; None for the same.
        pose_precision: Number format of the pose landmarks; None for the default.
        encoder_precision: Number format of the expression encoder; None for the default.
        library: Models; None for those shipped.

    Raises:
        ModelLoadError: A model is missing or damaged, or does not exist in that form.
    """
    shipped = ModelLibrary(None, lanes=1) if library is None else library
    return PerceptionEngines(
        pose_detector=shipped.load("pose_detector", choice=engine),
        pose_landmarks=shipped.load(POSE, choice=engine, precision=pose_precision),
        face_detector=shipped.load("face_detector", choice=engine),
        expression=shipped.load(ENCODER, choice=encoder or engine, precision=encoder_precision),
    )


def play(clip: Path) -> Iterator[Frame]:
    """Yield every frame of a clip, once.

    Raises:
        CameraError: The clip cannot be read.
    """
    source = ClipSource(camera=CameraKey("clip"), path=clip)
    source.open()
    try:
        while (frame := source.read()) is not None:
            yield frame
    finally:
        source.close()
