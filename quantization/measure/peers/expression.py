"""Pose and expression together: the box against MediaPipe's pose and a float MobileViT."""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from appliance.domain.arrays import UInt8Array
from appliance.domain.frames import Frame
from appliance.domain.models import ModelSpec, Precision, TensorSpec
from appliance.domain.seats import Region, SeatKey
from appliance.inference.library import EngineChoice, ModelLibrary
from appliance.inference.onnx_engine import OnnxEngine
from appliance.perception.build import PerceptionEngines, build_perceivers
from appliance.ports import InferenceEngine, InferenceSession

WIDE_PX = 256
"""Side at which MobileViT is published."""

SEATS = 8
"""The box's lanes find the bodies of all seats, then read their faces (appliance/scheduling): so do
we with as many frames as a box of eight cameras has at a time."""

_SEAT = SeatKey("peer")
_WHOLE = Region(x0=0.0, y0=0.0, x1=1.0, y1=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpressionCost:
    """Processor time per frame with the expression, milliseconds."""

    box_ms: float
    """The box's whole perception: lite pose, crowd watch, face, expression."""

    peer_ms: float
    """MediaPipe's full pose and the float encoder; finding and cutting the face is free."""

    input_px: int
    """Side of the encoder's input, the same for both."""

    wide_ms: float | None = None
    """MediaPipe's full pose and a float encoder at its usual 256 pixels; None if not asked for."""

    @property
    def speedup(self) -> float:
        """How many times the peer's time the box needs less."""
        return self.peer_ms / self.box_ms

    @property
    def wide_speedup(self) -> float | None:
        """Likewise against the wide encoder."""
        return None if self.wide_ms is None else self.wide_ms / self.box_ms


class WithExpression:
    """Plays chunks to the box's perceiver and to the float encoder."""

    def __init__(self, library: ModelLibrary, *, wide: Path | None = None) -> None:
        """Load everything as the box does by default, and the float encoder beside it.

        Args:
            library: The box's models.
            wide: A float encoder at 256 pixels, of ``training.expression_float``.

        Raises:
            ModelLoadError: It is not one.
        """

        def engine(name: str) -> InferenceEngine:
            return library.load(name, choice=EngineChoice.AUTO)

        engines = PerceptionEngines(
            pose_detector=engine("pose_detector"),
            pose_landmarks=engine("pose_landmark_lite"),
            face_detector=engine("face_detector"),
            expression=engine("expression_mobilevit"),
        )
        image = engines.expression.spec.inputs[0]
        self._input_name, self._input_px = image.name, image.shape[1]
        self._perceiver = build_perceivers(engines, {_SEAT: _WHOLE})[_SEAT]
        # What anyone would take: the float graph on ONNX Runtime, one thread.
        self._encoder = library.load(
            "expression_mobilevit", choice=EngineChoice.ONNX, precision=Precision.F32
        ).session()
        self._wide = None if wide is None else _wide_session(wide)
        self._crop, self._wide_crop = _noise(self._input_px), _noise(WIDE_PX)
        self._box_s: list[float] = []
        self._encoder_s: list[float] = []
        self._wide_s: list[float] = []
        self._frames: list[int] = []

    def play(self, frames: list[Frame]) -> None:
        """Spend what each spends on a chunk; the peer's encoder runs where the box's did."""
        started_s = time.process_time()
        seen = [
            self._perceiver.read(sight)
            for first in range(0, len(frames), SEATS)
            for sight in [self._perceiver.look(frame) for frame in frames[first : first + SEATS]]
        ]
        self._box_s.append(time.process_time() - started_s)
        faces = sum(observation.face is not None for observation in seen)
        started_s = time.process_time()
        for _ in range(faces):
            self._encoder.infer({self._input_name: self._crop})
        self._encoder_s.append(time.process_time() - started_s)
        started_s = time.process_time()
        if self._wide is not None:
            for _ in range(faces):
                self._wide.infer({"face": self._wide_crop})
        self._wide_s.append(time.process_time() - started_s)
        self._frames.append(len(frames))

    def cost(self, mediapipe_ms: float) -> ExpressionCost:
        """Return the cost per frame; the first chunk was the warm-up.

        Args:
            mediapipe_ms: Processor time of MediaPipe's pose on the same frames, per frame.
        """
        frames = sum(self._frames[1:])
        return ExpressionCost(
            box_ms=1000 * sum(self._box_s[1:]) / frames,
            peer_ms=mediapipe_ms + 1000 * sum(self._encoder_s[1:]) / frames,
            input_px=self._input_px,
            wide_ms=None
            if self._wide is None
            else mediapipe_ms + 1000 * sum(self._wide_s[1:]) / frames,
        )


def _noise(side_px: int) -> UInt8Array:
    rng = np.random.default_rng(20261122)
    return rng.integers(0, 256, (1, side_px, side_px, 3), dtype=np.uint8)


def _wide_session(file: Path) -> InferenceSession:
    spec = ModelSpec(
        name="encoder_256",
        version="0",
        inputs=(TensorSpec(name="face", dtype="u8", shape=(1, WIDE_PX, WIDE_PX, 3)),),
        outputs=(TensorSpec(name="actions", dtype="f32", shape=(1, 10)),),
        files=(),
        digest="",
    )
    return OnnxEngine.load(spec, file).session()
