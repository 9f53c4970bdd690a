"""The packaged models, wired as in the box."""

from appliance.domain.models import Precision
from appliance.domain.seats import WHOLE_PICTURE, Region, SeatKey
from appliance.inference.library import EngineChoice, ModelLibrary
from appliance.perception.blazepose.tracker import PoseTracker
from appliance.perception.build import PerceptionEngines, build_perceivers, build_tracker
from appliance.perception.perceiver import Perceiver

LIBRARY = ModelLibrary(None, lanes=1)


def shipped_tracker(
    engine: EngineChoice = EngineChoice.OPENVINO,
    *,
    variant: str = "lite",
    precision: Precision | None = None,
) -> PoseTracker:
    """Return a tracker on the shipped models."""
    return build_tracker(
        LIBRARY.load("pose_detector", choice=engine),
        LIBRARY.load(f"pose_landmark_{variant}", choice=engine, precision=precision),
    )


def shipped_perceiver(
    engine: EngineChoice = EngineChoice.OPENVINO, *, region: Region = WHOLE_PICTURE
) -> Perceiver:
    """Return a seat on the shipped models."""
    engines = PerceptionEngines(
        pose_detector=LIBRARY.load("pose_detector", choice=engine),
        pose_landmarks=LIBRARY.load("pose_landmark_lite", choice=engine),
        face_detector=LIBRARY.load("face_detector", choice=engine),
        expression=LIBRARY.load("expression_mobilevit", choice=engine),
    )
    (perceiver,) = build_perceivers(engines, {SeatKey("a01"): region}).values()
    return perceiver
