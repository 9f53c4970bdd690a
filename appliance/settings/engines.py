"""``[engines]``."""

from pathlib import Path
from typing import Literal, Self

from pydantic import model_validator

from appliance.settings.section import Section


class EngineSettings(Section):
    """Run time per model; ``auto`` uses what ``classbox tune`` found fastest on this board."""

    pose: Literal["auto", "openvino", "onnx", "mediapipe"] = "auto"
    """Pose detector and landmarks; ``mediapipe`` needs the extra and ``mediapipe_model``."""

    expression: Literal["auto", "openvino", "onnx"] = "auto"
    """Face detector and expression encoder."""

    fusion: Literal["auto", "openvino", "onnx"] = "auto"
    """Fusion of the two streams."""

    pose_variant: Literal["lite", "full"] = "lite"
    """Size of the landmark model."""

    tune: bool = True
    """Time the engines in the background when this board has no result yet."""

    mediapipe_model: Path | None = None
    """Bundle (.task) of MediaPipe's pose landmarker, for ``pose = "mediapipe"`` only."""

    @model_validator(mode="after")
    def _mediapipe_has_its_model(self) -> Self:
        if self.pose == "mediapipe" and self.mediapipe_model is None:
            msg = (
                "pose = 'mediapipe' needs mediapipe_model, a file that "
                "'python -m quantization.mediapipe_bundle' of a clone makes"
            )
            raise ValueError(msg)
        return self
