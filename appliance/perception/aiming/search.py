"""Finds everybody in a whole picture, also those who are small in it."""

import math
from collections.abc import Iterator

import numpy as np

from appliance.domain.arrays import Float32Array, UInt8Array
from appliance.perception.blazepose.detector import PoseDetector
from appliance.perception.blazepose.landmarks import ALIGNMENT
from appliance.perception.blazepose.reading import BodyReading, read_body
from appliance.perception.blazepose.regions import region_from_alignment
from appliance.perception.blazepose.tracker import MIN_ACQUIRE_CERTAINTY, MIN_ACQUIRE_SCORE
from appliance.perception.scratch import Scratch
from appliance.perception.seating.association import SAME_WIDTHS
from appliance.perception.seating.torso import Torso, torso_of_pose
from appliance.ports import InferenceSession

MOST_PEOPLE = 12
"""Twice the seats that a camera is meant for; each costs two runs of the landmark model."""

STEP_SIDES = 0.5
"""Tiles overlap by half, so that whoever is cut by one is whole in the next."""

SMALL_TILE = 0.6
"""Side of the small tiles over the picture's height, for those whom the large ones miss."""

SMALL_FACE_PX = 72.0
"""Where somebody's face box is smaller, or nobody is found, there may be more who are smaller."""


class PeopleSearch:
    """Looks once at each picture and remembers nothing; what it costs is bounded."""

    def __init__(self, *, detector: PoseDetector, landmarks: InferenceSession) -> None:
        """Take sessions of its own.

        Args:
            detector: Finds bodies.
            landmarks: Session of ``pose_landmark_lite`` or ``pose_landmark_full``.
        """
        self._detector = detector
        self._landmarks = landmarks
        self._scratch = Scratch()

    def find(self, image_bgr: UInt8Array) -> list[BodyReading]:
        """Return everybody, whom the detector is surest of first.

        Args:
            image_bgr: (H, W, 3) a whole picture.
        """
        height, width = image_bgr.shape[:2]
        large = [(0, 0, width, height), *_tiles(width, height, side=min(width, height))]
        found = [candidate for tile in large for candidate in self._detect(image_bgr, tile)]
        if not found or min(face_px for _, _, face_px in found) < SMALL_FACE_PX:
            side = round(SMALL_TILE * min(width, height))
            for tile in _tiles(width, height, side=side):
                found += self._detect(image_bgr, tile)
        found.sort(key=lambda candidate: -candidate[0])
        bodies: list[BodyReading] = []
        torsos: list[Torso] = []
        for _, (hips, body_scale), _ in found:
            if len(bodies) == MOST_PEOPLE:
                break
            if any(_explains(torso, hips, body_scale) for torso in torsos):
                continue
            body = self._read(image_bgr, hips, body_scale)
            if body is None:
                continue
            torso = torso_of_pose(body.pose)
            if not any(_same(torso, other) for other in torsos):
                bodies.append(body)
                torsos.append(torso)
        return bodies

    def _detect(
        self, image_bgr: UInt8Array, tile: tuple[int, int, int, int]
    ) -> Iterator[tuple[float, tuple[Float32Array, Float32Array], float]]:
        """Yield score, hips and scale point, and the face box's width of everybody in a tile."""
        left, top, right, bottom = tile
        seen = self._detector.detect(image_bgr[top:bottom, left:right])
        people = seen.placed(scale=1.0, offset_xy=(left, top))
        for score, points, box in zip(people.scores, people.points, people.boxes_xyxy, strict=True):
            if score >= MIN_ACQUIRE_SCORE:
                yield float(score), (points[0], points[1]), float(box[2] - box[0])

    def _read(
        self, image_bgr: UInt8Array, hips: Float32Array, body_scale: Float32Array
    ) -> BodyReading | None:
        """Look where the detector points, then where the landmarks themselves point."""
        region = region_from_alignment(hips, body_scale)
        for _ in range(2):
            body = read_body(self._landmarks, image_bgr, region, scratch=self._scratch)
            if body is None or body.certainty < MIN_ACQUIRE_CERTAINTY:
                return None
            region = region_from_alignment(*body.points[ALIGNMENT].tolist())
        return body


def _tiles(width: int, height: int, *, side: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield overlapping squares that cover a picture together."""
    for top in _starts(height, side):
        for left in _starts(width, side):
            yield left, top, left + side, top + side


def _starts(size: int, side: int) -> list[int]:
    """Return where tiles begin on one axis."""
    count = 1 + math.ceil((size - side) / (STEP_SIDES * side))
    return [round(start) for start in np.linspace(0, size - side, count)]


def _explains(torso: Torso, hips: Float32Array, body_scale: Float32Array) -> bool:
    """Tell whether a detection is of a body that has been read: same middle, same size."""
    middle, reach = torso.hips, float(np.linalg.norm(body_scale - hips))
    return float(np.linalg.norm(hips - middle)) <= min(torso.width_px, reach) / 2


def _same(one: Torso, other: Torso) -> bool:
    """Tell whether two readings are of one body."""
    unit_px = max(one.width_px, other.width_px)
    return float(np.linalg.norm(one.shoulders - other.shoulders)) <= SAME_WIDTHS * unit_px
