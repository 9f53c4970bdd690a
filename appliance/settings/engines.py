"""``[engines]``."""

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from appliance.settings.section import Objection, Section


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

    patience_s: float = Field(default=5.0, ge=1, le=3600)
    """A request that takes longer is stuck, not slow; raise it where a processor is emulated."""

    mediapipe_model: Path | None = Field(default=None, validate_default=True)
    """Bundle (.task) of MediaPipe's pose landmarker, for ``pose = "mediapipe"`` only."""

    @field_validator("mediapipe_model")
    @classmethod
    def _mediapipe_has_its_model(cls, model: Path | None, info: ValidationInfo) -> Path | None:
        if model is None and info.data.get("pose") == "mediapipe":
            raise Objection(
                'is missing, and pose = "mediapipe" needs it',
                "name the file that 'python -m quantization.mediapipe_bundle' of a clone makes, "
                'or set pose = "auto"',
            ).as_error()
        return model
