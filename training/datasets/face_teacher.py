"""FaceLandmarker as a teacher: where a face is, and how far each facial action has gone.

Runs three of the TFLite models in MediaPipe's ``face_landmarker.task`` with ai-edge-litert:
detector (128²) → 478 landmarks (256²) → 146 of them → 52 blendshapes. No mediapipe package.
"""

import math
import zipfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import cv2
import numpy as np

from appliance.domain.arrays import Float32Array, UInt8Array

LANDMARK_SIDE = 256  # face_landmarks_detector.tflite, input_12
DETECTOR_SIDE = 128  # face_detector.tflite, input
ROI_SCALE = 1.5  # MediaPipe v0.10.21, face_landmarker_graph.cc: RectTransformation scale_x, scale_y
MIN_PRESENCE = 0.5  # MediaPipe v0.10.21, face_landmarker.py: min_face_presence_confidence
MIN_SCORE = 0.5  # MediaPipe v0.10.21, face_landmarker.py: min_face_detection_confidence
# The mesh's middle lies .18 extents below the eyes, the middle of the box's crop .10 (eyes at .40
# of its side, perception/face.py); medians over muxspace and FER+.
RAISED = 0.08
WHOLE_EXTENT = 0.95  # median landmark extent of muxspace and FER+ crops, in picture heights
SECOND_LOOK = 3.0  # region of the second look, in widths of the first find; tried on asl_book
RIGHT_EYE_OUTER, LEFT_EYE_OUTER = 33, 263  # face mesh topology, the subject's right and left

# MediaPipe v0.10.21, face_blendshapes_graph.cc: kLandmarksSubsetIdxs
# fmt: off
BLENDSHAPE_LANDMARKS = np.array([
    0, 1, 4, 5, 6, 7, 8, 10, 13, 14, 17, 21, 33, 37, 39, 40, 46, 52, 53, 54, 55, 58, 61, 63, 65,
    66, 67, 70, 78, 80, 81, 82, 84, 87, 88, 91, 93, 95, 103, 105, 107, 109, 127, 132, 133, 136,
    144, 145, 146, 148, 149, 150, 152, 153, 154, 155, 157, 158, 159, 160, 161, 162, 163, 168, 172,
    173, 176, 178, 181, 185, 191, 195, 197, 234, 246, 249, 251, 263, 267, 269, 270, 276, 282, 283,
    284, 285, 288, 291, 293, 295, 296, 297, 300, 308, 310, 311, 312, 314, 317, 318, 321, 323, 324,
    332, 334, 336, 338, 356, 361, 362, 365, 373, 374, 375, 377, 378, 379, 380, 381, 382, 384, 385,
    386, 387, 388, 389, 390, 397, 398, 400, 402, 405, 409, 415, 454, 466, 468, 469, 470, 471, 472,
    473, 474, 475, 476, 477,
])
# fmt: on

# MediaPipe v0.10.21, face_blendshapes_graph.cc: kBlendshapeNames. One row per FaceAction, in its
# order; the action is the mean of the columns.
ACTION_BLENDSHAPES = (
    (9,),  # eyeBlinkLeft: the subject's own left
    (10,),  # eyeBlinkRight
    (19, 20),  # eyeSquintLeft, eyeSquintRight
    (25,),  # jawOpen
    (1, 2),  # browDownLeft, browDownRight
    (3,),  # browInnerUp
    (44, 45),  # mouthSmileLeft, mouthSmileRight
    (30, 31),  # mouthFrownLeft, mouthFrownRight
    (36, 37),  # mouthPressLeft, mouthPressRight
    (11, 12),  # eyeLookDownLeft, eyeLookDownRight
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceRegion:
    """An upright square around a face; the geometry every training crop starts from."""

    centre_xy: tuple[float, float]
    """Middle of the 478 landmarks' upright bounding box, pixels."""

    roll_rad: float
    """Angle of the eye line, clockwise positive in the picture, radians."""

    extent_px: float
    """Longer side of that bounding box (forehead to chin, or cheek to cheek), pixels."""

    def affine(self, *, scale: float, side: int) -> Float32Array:
        """Return the (2, 3) map from picture to a crop of ``scale`` extents in ``side`` pixels."""
        zoom = side / (scale * self.extent_px)
        cosine, sine = math.cos(self.roll_rad) * zoom, math.sin(self.roll_rad) * zoom
        x, y = self.centre_xy
        half = side / 2
        return np.array(
            [
                [cosine, sine, half - cosine * x - sine * y],
                [-sine, cosine, half + sine * x - cosine * y],
            ],
            dtype=np.float32,
        )

    def as_boxed(self) -> "FaceRegion":
        """Return the region with its middle where the box's crop has it."""
        rise = RAISED * self.extent_px
        x, y = self.centre_xy
        return replace(
            self,
            centre_xy=(x + math.sin(self.roll_rad) * rise, y - math.cos(self.roll_rad) * rise),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TaughtFace:
    """What the teacher says of one face."""

    region: FaceRegion
    """Where the face is."""

    points_xy: Float32Array = field(repr=False)
    """(478, 2) landmarks, pixels of the picture."""

    actions: Float32Array = field(repr=False)
    """(10,) in the order of ``FaceAction``, each [0, 1]."""


class FaceTeacher:
    """The three models, one thread; not shared between threads."""

    def __init__(self, *, detector: bytes, landmarks: bytes, blendshapes: bytes) -> None:
        """Build from model bytes; most callers want ``load``."""
        self._detector = _interpreter(detector)
        self._landmarks = _interpreter(landmarks)
        self._blendshapes = _interpreter(blendshapes)
        self._anchors = _anchors()

    @classmethod
    def load(cls, task_file: Path) -> Self:
        """Read ``face_landmarker.task``, a zip of TFLite models."""
        with zipfile.ZipFile(task_file) as bundle:
            return cls(
                detector=bundle.read("face_detector.tflite"),
                landmarks=bundle.read("face_landmarks_detector.tflite"),
                blendshapes=bundle.read("face_blendshapes.tflite"),
            )

    def detect(self, picture: UInt8Array) -> FaceRegion | None:
        """Find the most certain face in a picture, or nothing.

        Looks twice, the second time at the surroundings of the first find: a face of 20 of the
        detector's 128 pixels, as in a desk-top picture, comes out shifted and turned.

        Args:
            picture: (H, W, 3) BGR.
        """
        rough = self._detect_once(picture)
        if rough is None:
            return None
        level = replace(rough, roll_rad=0.0)
        to_crop = level.affine(scale=SECOND_LOOK, side=LANDMARK_SIDE)
        crop = cv2.warpAffine(picture, to_crop, (LANDMARK_SIDE, LANDMARK_SIDE))
        fine = self._detect_once(crop.astype(np.uint8, copy=False))
        if fine is None:
            return level
        zoom = float(to_crop[0, 0])
        x, y = fine.centre_xy
        return FaceRegion(
            centre_xy=(
                (x - float(to_crop[0, 2])) / zoom,
                (y - float(to_crop[1, 2])) / zoom,
            ),
            roll_rad=fine.roll_rad,
            extent_px=fine.extent_px / zoom,
        )

    def _detect_once(self, picture: UInt8Array) -> FaceRegion | None:
        height, width = picture.shape[:2]
        zoom = DETECTOR_SIDE / max(height, width)
        inner = (round(width * zoom), round(height * zoom))
        left, top = (DETECTOR_SIDE - inner[0]) // 2, (DETECTOR_SIDE - inner[1]) // 2
        pixels = np.zeros((DETECTOR_SIDE, DETECTOR_SIDE, 3), dtype=np.uint8)
        pixels[top : top + inner[1], left : left + inner[0]] = cv2.resize(
            picture, inner, interpolation=cv2.INTER_AREA
        )
        tensor = pixels[None, :, :, ::-1].astype(np.float32) / 127.5 - 1.0
        boxes, scores = _run(self._detector, tensor)
        best = int(scores[0, :, 0].argmax())
        if 1 / (1 + math.exp(-float(scores[0, best, 0]))) < MIN_SCORE:
            return None
        box = boxes[0, best].reshape(-1, 2)
        points = box / DETECTOR_SIDE
        points[[0, *range(2, 8)]] += self._anchors[best]
        pixel_xy = (points * DETECTOR_SIDE - np.array([left, top])) / zoom
        right_eye, left_eye = pixel_xy[2], pixel_xy[3]
        return FaceRegion(
            centre_xy=(float(pixel_xy[0, 0]), float(pixel_xy[0, 1])),
            roll_rad=math.atan2(left_eye[1] - right_eye[1], left_eye[0] - right_eye[0]),
            extent_px=float(points[1].max() * DETECTOR_SIDE / zoom),
        )

    def teach(self, picture: UInt8Array, region: FaceRegion) -> TaughtFace | None:
        """Read the face twice: the first landmarks place the region for the second.

        Args:
            picture: (H, W, 3) BGR.
            region: Roughly where the face is.

        Returns:
            None where the model sees no face in the region.
        """
        for _ in range(2):
            to_crop = region.affine(scale=ROI_SCALE, side=LANDMARK_SIDE)
            # Replicated edges, not black: tight crops would otherwise weaken the brow actions.
            crop = cv2.warpAffine(
                picture, to_crop, (LANDMARK_SIDE, LANDMARK_SIDE), borderMode=cv2.BORDER_REPLICATE
            )
            tensor = crop[None, :, :, ::-1].astype(np.float32) / 255.0
            points, presence = _run(self._landmarks, tensor)[:2]
            if 1 / (1 + math.exp(-float(presence.ravel()[0]))) < MIN_PRESENCE:
                return None
            crop_xy = points.reshape(478, 3)[:, :2]
            to_picture = cv2.invertAffineTransform(to_crop)
            picture_xy = crop_xy @ to_picture[:, :2].T + to_picture[:, 2]
            region = region_of(picture_xy)
        blendshapes = _run(self._blendshapes, picture_xy[BLENDSHAPE_LANDMARKS][None])[0]
        actions = [blendshapes[list(columns)].mean() for columns in ACTION_BLENDSHAPES]
        return TaughtFace(
            region=region,
            points_xy=picture_xy.astype(np.float32),
            actions=np.array(actions, dtype=np.float32),
        )


def region_of_picture(picture: UInt8Array, *, extent: float = WHOLE_EXTENT) -> FaceRegion:
    """Return the region of a picture that is all face, ``extent`` picture heights large."""
    height, width = picture.shape[:2]
    return FaceRegion(centre_xy=(width / 2, height / 2), roll_rad=0.0, extent_px=extent * height)


def region_of(points_xy: Float32Array) -> FaceRegion:
    """Turn face-mesh landmarks into the upright region around them.

    Args:
        points_xy: (478, 2) pixels.
    """
    across = points_xy[LEFT_EYE_OUTER] - points_xy[RIGHT_EYE_OUTER]
    roll = math.atan2(float(across[1]), float(across[0]))
    cosine, sine = math.cos(roll), math.sin(roll)
    upright = points_xy @ np.array([[cosine, -sine], [sine, cosine]])
    low, high = upright.min(axis=0), upright.max(axis=0)
    x, y = (low + high) / 2
    return FaceRegion(
        centre_xy=(float(cosine * x - sine * y), float(sine * x + cosine * y)),
        roll_rad=roll,
        extent_px=float((high - low).max()),
    )


def _interpreter(model: bytes) -> Any:  # noqa: ANN401 - ai-edge-litert has no types
    # Here, not above: geometry and readers are used where only the run time is installed.
    from ai_edge_litert.interpreter import Interpreter  # noqa: PLC0415

    interpreter = Interpreter(model_content=model, num_threads=1)
    interpreter.allocate_tensors()
    return interpreter


def _run(interpreter: Any, tensor: Float32Array) -> list[Float32Array]:  # noqa: ANN401 - as above
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], tensor.astype(np.float32))
    interpreter.invoke()
    return [interpreter.get_tensor(output["index"]) for output in interpreter.get_output_details()]


def _anchors() -> Float32Array:
    """Return (896, 2) anchor centres in [0, 1]: 16 x 16 cells twice, 8 x 8 cells six times.

    Source:
        MediaPipe v0.10.21, face_detector_graph.cc, ConfigureSsdAnchorsCalculator: strides 8, 16,
        16, 16, one aspect ratio and one interpolated scale, so two anchors per layer and cell.
    """
    centres = []
    for cells, repeats in ((16, 2), (8, 6)):
        y, x = np.divmod(np.arange(cells * cells), cells)
        grid = (np.stack([x, y], axis=1) + 0.5) / cells
        centres.append(np.repeat(grid, repeats, axis=0))
    return np.concatenate(centres).astype(np.float32)
