"""Pictures that the landmark model meets: whom it may learn from, whom it is measured on.

People are kept apart: nobody on a clip of ``LEARNED`` is on a clip of ``MEASURED``. The clips are
those of the data folder (``training/datasets`` names their sources); the packaged demo clip adds
two rendered people.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from appliance.cameras.clip import play_clip
from appliance.commands.demo.packaged import packaged_clip
from appliance.domain.arrays import Float32Array, UInt8Array
from appliance.errors import ConfigError
from appliance.inference.library import EngineChoice, ModelLibrary
from appliance.perception.blazepose.boxes import Detections
from appliance.perception.blazepose.detector import PoseDetector
from appliance.perception.blazepose.landmarks import (
    ALIGNMENT,
    INPUT_PX,
    decode_landmarks,
    project_landmarks,
)
from appliance.perception.blazepose.regions import region_from_alignment
from appliance.perception.preprocess import warp_square
from appliance.perception.squares import Square
from appliance.ports import InferenceSession

# Clip to every how many frames one is taken: neighbours look alike. Eleven people or more; those
# of one_by_one walk, mostly seen from behind.
LEARNED = {
    "asl_book.mkv": 2,
    "asl_learn.mkv": 2,
    "asl_school.mkv": 2,
    "asl_night.mkv": 1,
    "asl_please.mkv": 1,
    "carphone.mp4": 1,
    "walking_and_pause.gif": 2,
    "classroom.gif": 3,
    "one_by_one.mp4": 6,
}
DEMO_EVERY = 50
MEASURED = {
    "talking_face.webm": 5,
    "single_face.mp4": 1,
    "face_noface.mov": 1,
    "noface_face.mov": 1,
    "asl_student.mkv": 1,
    "asl_again.mkv": 1,
    "asl_yes.mkv": 1,
}
"""Three people in all; none of them is learned from."""

CALIBRATION_CROPS = 96
MIN_PRESENCE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sighting:
    """One person on one frame."""

    picture: UInt8Array = field(repr=False)
    """(H, W, 3) BGR."""

    region: Square
    """Where the landmark model would look."""

    def crop(self) -> UInt8Array:
        """Return the (1, 256, 256, 3) input."""
        matrix = self.region.to_picture(input_px=INPUT_PX)
        return warp_square(self.picture, matrix, input_px=INPUT_PX, shrink=True)


def find_sightings(data: Path, *, models_dir: Path | None) -> list[Sighting]:
    """Find everybody on the learned clips with the float models.

    Args:
        data: Holds ``video/``.
        models_dir: Folder of model folders; None takes the packaged ones.

    Raises:
        ConfigError: A clip is missing.
    """
    library = ModelLibrary(models_dir, lanes=1)
    detector = PoseDetector(library.load("pose_detector", choice=EngineChoice.OPENVINO).session())
    landmarks = library.load("pose_landmark_full", choice=EngineChoice.OPENVINO).session()
    clips = {data / "video" / name: every for name, every in LEARNED.items()}
    clips[packaged_clip()] = DEMO_EVERY
    sightings = []
    for clip, every in clips.items():
        if not clip.is_file():
            msg = f"{clip}: missing; give the folder that holds video/{clip.name} with --data"
            raise ConfigError(msg)
        for frame in play_clip(clip):
            if frame.index % every == 0:
                sightings += [
                    Sighting(picture=frame.pixels, region=region)
                    for region in _people(detector.detect(frame.pixels), frame.pixels, landmarks)
                ]
    return sightings


def choose_calibration(sightings: Sequence[Sighting], *, seed: int) -> list[UInt8Array]:
    """Return the crops (1, 256, 256, 3) whose extremes set the first ranges, by the seed."""
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(sightings), min(CALIBRATION_CROPS, len(sightings)), replace=False)
    return [sightings[index].crop() for index in sorted(chosen.tolist())]


def content_name(crops: Sequence[UInt8Array]) -> str:
    """Return the SHA-256 over the crops' pixels, in their order."""
    digest = hashlib.sha256()
    for crop in crops:
        digest.update(crop.tobytes())
    return digest.hexdigest()


class CropSampler:
    """Draws crops as a tracker might cut them, and worse: shifted, turned, dark, half hidden."""

    def __init__(self, sightings: Sequence[Sighting], *, rng: np.random.Generator) -> None:
        """Take the people and the source of chance."""
        self._sightings = sightings
        self._rng = rng

    def draw(self) -> UInt8Array:
        """Return one (256, 256, 3) crop."""
        sighting = self._any()
        crop = self._cut(sighting)
        if self._rng.random() < 0.15:
            crop = self._half_hidden(crop)
        if self._rng.random() < 0.5:
            crop = np.ascontiguousarray(crop[:, ::-1])
        return self._weathered(crop)

    def _any(self) -> Sighting:
        return self._sightings[int(self._rng.integers(len(self._sightings)))]

    def _cut(self, sighting: Sighting) -> UInt8Array:
        """Cut around the person, or one time in four anywhere: nobody there is a lesson too."""
        rng, region = self._rng, sighting.region
        height, width = sighting.picture.shape[:2]
        if rng.random() < 0.25:
            square = Square(
                centre_xy=(rng.uniform(0, width), rng.uniform(0, height)),
                side_px=region.side_px * np.exp(rng.uniform(-1.2, 0.5)),
                rotation_rad=rng.uniform(-0.4, 0.4),
            )
        else:
            wild = 2.5 if rng.random() < 0.2 else 1.0
            shift = rng.normal(0, 0.05 * wild, 2) * region.side_px
            square = Square(
                centre_xy=(region.centre_xy[0] + shift[0], region.centre_xy[1] + shift[1]),
                side_px=region.side_px * np.exp(rng.normal(0, 0.12 * wild)),
                rotation_rad=region.rotation_rad + rng.normal(0, 0.12 * wild),
            )
        matrix = square.to_picture(input_px=INPUT_PX)
        return warp_square(sighting.picture, matrix, input_px=INPUT_PX, shrink=True)[0]

    def _half_hidden(self, crop: UInt8Array) -> UInt8Array:
        """Put a rectangle of another picture in front."""
        other = self._cut(self._any())
        low = self._rng.integers(0, INPUT_PX * 7 // 8, 2)
        high = np.minimum(
            low + self._rng.integers(INPUT_PX * 3 // 32, INPUT_PX * 35 // 64, 2), INPUT_PX
        )
        hidden = crop.copy()
        hidden[low[0] : high[0], low[1] : high[1]] = other[low[0] : high[0], low[1] : high[1]]
        return hidden

    def _weathered(self, crop: UInt8Array) -> UInt8Array:
        rng = self._rng
        image: Float32Array = crop.astype(np.float32)
        if rng.random() < 0.8:  # exposure, white balance, gamma
            tint = np.exp(rng.normal(0, 0.25) + rng.normal(0, 0.08, 3)).astype(np.float32)
            gamma = np.float32(np.exp(rng.normal(0, 0.25)))
            light = np.clip(image * tint / 255, 0, 1) ** gamma
            image = (255 * light).astype(np.float32)
        if rng.random() < 0.15:  # a camera at night
            image[:] = image.mean(axis=2, keepdims=True)
        if rng.random() < 0.3:
            image = np.asarray(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 2.2)))
        if rng.random() < 0.4:
            image = image + rng.normal(0, rng.uniform(1, 14), image.shape).astype(np.float32)
        weathered = np.clip(np.rint(image), 0, 255).astype(np.uint8)
        if rng.random() < 0.3:
            coded = cv2.imencode(
                ".jpg", weathered, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(15, 80))]
            )
            weathered = np.asarray(cv2.imdecode(coded[1], cv2.IMREAD_COLOR), dtype=np.uint8)
        return weathered


def _people(
    found: Detections, picture: UInt8Array, landmarks: InferenceSession
) -> Iterator[Square]:
    """Look once at each detection and return the region that tracking would go on with."""
    for points in found.points:
        region = region_from_alignment(points[0], points[1])
        matrix = region.to_picture(input_px=INPUT_PX)
        outputs = landmarks.infer(
            {"image": warp_square(picture, matrix, input_px=INPUT_PX, shrink=True)}
        )
        if outputs["presence"][0, 0] > MIN_PRESENCE:
            alignment = project_landmarks(
                decode_landmarks(outputs["landmarks"][0])[ALIGNMENT], region
            )
            yield region_from_alignment(alignment[0, :2], alignment[1, :2])
