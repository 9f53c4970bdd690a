"""What the box sees of one person in a row of pictures, also where it would not trust itself."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from appliance.domain.arrays import BoolArray, Float32Array, Float64Array, UInt8Array, bind_shapes
from appliance.domain.models import Precision
from appliance.domain.observations import FACE_ACTIONS, FaceAction
from appliance.inference.library import EngineChoice
from appliance.perception.build import build_face_finder, build_tracker
from appliance.perception.expression import ExpressionReader
from appliance.perception.face import MIN_TRUST
from training.shipped import load_engines


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeenFaces:
    """N pictures of one person, read by the box."""

    trust: Float64Array = field(repr=False)
    """(N,) trust in the face's place and its crop, [0, 1]; 0 where there is none."""

    eyes_readable: BoolArray = field(repr=False)
    """(N,) the face is trusted and its eyes can be judged."""

    actions: Float32Array = field(repr=False)
    """(N, 10) in the order of ``FaceAction``; NaN without a face, also read where masked."""

    def __post_init__(self) -> None:
        """Reject wrong shapes at the border."""
        shapes = {
            "trust": (self.trust, "N"),
            "eyes_readable": (self.eyes_readable, "N"),
            "actions": (self.actions, f"N {len(FACE_ACTIONS)}"),
        }
        bind_shapes("SeenFaces", shapes)

    @property
    def trusted(self) -> BoolArray:
        """(N,) the box would use the face."""
        return np.asarray(self.trust >= MIN_TRUST)

    def blink(self) -> Float64Array:
        """Return the (N,) blink score, mean of both eyes; NaN without a face."""
        return blink_score(self.actions)

    def jaw(self) -> Float64Array:
        """Return the (N,) jaw opening; NaN without a face."""
        return jaw_score(self.actions)


class SeatEye:
    """The box's own stages for one seat that fills the picture; its masks are noted, not applied.

    ``Perceiver`` leaves out faces below ``MIN_TRUST``. Here they are read all the same, because
    where the mask belongs is the question.
    """

    def __init__(self, *, engine: EngineChoice, precision: Precision) -> None:
        """Load the shipped models.

        Args:
            engine: Run time of all models.
            precision: Number format of the encoder.
        """
        engines = load_engines(engine, encoder_precision=precision)
        self._reader = ExpressionReader(
            engines.expression.session(), input_px=engines.expression.spec.inputs[0].shape[1]
        )
        self._tracker = build_tracker(engines.pose_detector, engines.pose_landmarks)
        self._faces = build_face_finder(engines)

    def watch(self, pictures: Iterable[UInt8Array], *, fps: float) -> SeenFaces:
        """Look at one person from the start.

        Args:
            pictures: (H, W, 3) BGR each, in order.
            fps: Their rate, which the filters and look-again times of the stages go by.
        """
        self._tracker.reset()
        self._faces.reset()
        trust, readable, actions = [], [], []
        nothing = np.full(len(FACE_ACTIONS), np.nan, dtype=np.float32)
        for index, picture in enumerate(pictures):
            at_s = index / fps
            pose = self._tracker.track(picture, at_s)
            face = self._faces.find(picture, pose=pose, pose_ran=True, at_s=at_s)
            if face is None:
                trust.append(0.0)
                readable.append(False)
                actions.append(nothing)
                continue
            cues = self._reader.read(picture, face)
            trust.append(cues.trust)
            readable.append(cues.trust >= MIN_TRUST and cues.eyes_readable)
            actions.append(cues.actions)
        return SeenFaces(
            trust=np.array(trust),
            eyes_readable=np.array(readable, dtype=np.bool_),
            actions=np.array(actions, dtype=np.float32).reshape(-1, len(FACE_ACTIONS)),
        )


def blink_score(actions: Float32Array) -> Float64Array:
    """Return the (N,) mean of both eyes' blink in (N, 10) actions."""
    columns = [FACE_ACTIONS.index(a) for a in (FaceAction.BLINK_LEFT, FaceAction.BLINK_RIGHT)]
    return np.asarray(actions[:, columns].astype(np.float64).mean(axis=1))


def jaw_score(actions: Float32Array) -> Float64Array:
    """Return the (N,) jaw opening in (N, 10) actions."""
    return np.asarray(actions[:, FACE_ACTIONS.index(FaceAction.JAW_OPEN)].astype(np.float64))
