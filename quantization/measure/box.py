"""The box's pose of one seat, with the landmark model in the form that is asked for."""

from dataclasses import dataclass
from enum import StrEnum

from appliance.domain.models import Precision
from appliance.inference.library import EngineChoice, ModelLibrary
from appliance.perception.blazepose.tracker import PoseTracker
from appliance.perception.build import build_tracker


class Variant(StrEnum):
    """Landmark models."""

    LITE = "lite"
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class LandmarkForm:
    """What is measured."""

    engine: EngineChoice
    """Run time."""

    precision: Precision | None
    """Number format of the landmark model; None is the run time's default. The detector always is
    in that."""

    variant: Variant
    """Landmark model."""


def load_tracker(
    library: ModelLibrary, form: LandmarkForm, *, search_always: bool = False
) -> PoseTracker:
    """Return the pose tracker of one seat.

    Args:
        library: The box's models.
        form: Of the landmark model.
        search_always: Look for somebody on every frame without a track, as MediaPipe does; the
            pauses that the box makes on empty seats are about cost, not accuracy.

    Raises:
        ModelLoadError: A model cannot be loaded.
    """
    return build_tracker(
        library.load("pose_detector", choice=form.engine),
        library.load(f"pose_landmark_{form.variant}", choice=form.engine, precision=form.precision),
        **({"search_interval_s": 0.0, "recovery_interval_s": 0.0} if search_always else {}),
    )
