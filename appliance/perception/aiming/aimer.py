"""From a whole picture to what somebody who points the camera needs to know."""

from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from appliance.domain.arrays import UInt8Array
from appliance.domain.observations import Landmark, PoseLandmarks
from appliance.domain.seats import Region, SeatKey
from appliance.perception.aiming.judgement import (
    judge_person,
    judge_picture,
    measure_light,
    measure_sharpness,
)
from appliance.perception.aiming.search import PeopleSearch
from appliance.perception.aiming.view import AimView, BoxXyxy, FaceSight, PersonSight, PointXy
from appliance.perception.expression import ExpressionReader
from appliance.perception.face import MIN_TRUST, Face, FaceDetector, FaceFinder, share_inside
from appliance.perception.seating.prior import SeatPrior
from appliance.perception.seating.torso import Torso, torso_of_pose
from appliance.perception.squares import Square
from appliance.perception.trust import SEEN_RAMP

FIGURE = (
    Landmark.NOSE,
    Landmark.LEFT_EYE, Landmark.RIGHT_EYE,
    Landmark.LEFT_EAR, Landmark.RIGHT_EAR,
    Landmark.MOUTH_LEFT, Landmark.MOUTH_RIGHT,
    Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER,
    Landmark.LEFT_ELBOW, Landmark.RIGHT_ELBOW,
    Landmark.LEFT_WRIST, Landmark.RIGHT_WRIST,
    Landmark.LEFT_HIP, Landmark.RIGHT_HIP,
)  # fmt: skip
"""What a stick figure is drawn of."""

MIN_VISIBILITY = 0.5

MIN_HEAD = sum(SEEN_RAMP) / 2
"""Where the heat maps are less sure of a head, a face is a guess: by this alone it is masked."""

CROWN_SIDES = 0.35
"""The crown is so many sides above the face's square: eyes are half-way from chin to crown, the
square has them .40 sides below its upper edge and the chin at its lower one, about."""


class Aimer:
    """Measures single pictures of one camera; keeps nothing of them. Not shared by threads."""

    def __init__(
        self,
        *,
        seats: Mapping[SeatKey, Region],
        search: PeopleSearch,
        faces: FaceDetector,
        expression: ExpressionReader,
    ) -> None:
        """Take what the box looks with.

        Args:
            seats: Region of every seat of the camera, in the order of the configuration.
            search: Finds everybody.
            faces: Looks where a pose gives no trustworthy face.
            expression: Judges faces as it does before it reads them; it reads none here.
        """
        self._seats = dict(seats)
        self._search = search
        self._faces = faces
        self._expression = expression

    def measure(self, image_bgr: UInt8Array) -> AimView:
        """Return the numbers of one picture.

        Args:
            image_bgr: (H, W, 3) the whole picture.
        """
        gray = np.asarray(cv2.cvtColor(image_bgr, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
        light, sharpness = measure_light(gray), measure_sharpness(gray)
        poses = [body.pose for body in self._search.find(image_bgr)]
        torsos = [torso_of_pose(pose) for pose in poses]
        height, width = gray.shape
        priors = {
            seat: SeatPrior(region_xyxy=region.pixel_box(width_px=width, height_px=height))
            for seat, region in self._seats.items()
        }
        owners = assign_seats(torsos, priors)
        people = [
            self._describe(image_bgr, pose, seat) for pose, seat in zip(poses, owners, strict=True)
        ]
        return AimView(
            size_wh=(width, height),
            light=light,
            sharpness=sharpness,
            faults=judge_picture(light, sharpness),
            people=tuple(sorted(people, key=lambda person: person.box_xyxy)),
            counts={
                seat: sum(not prior.outside(torso) for torso in torsos)
                for seat, prior in priors.items()
            },
        )

    def _describe(
        self, image_bgr: UInt8Array, pose: PoseLandmarks, seat: SeatKey | None
    ) -> PersonSight:
        height, width = image_bgr.shape[:2]
        found = self._find_face(image_bgr, pose)
        face, inside_region = None, 1.0
        if found is not None:
            face = self._judge(image_bgr, found)
            if seat is not None:
                box = self._seats[seat].pixel_box(width_px=width, height_px=height)
                inside_region = _share_in_box(found.square, box)
        points = {
            landmark: (float(x) / width, float(y) / height)
            for landmark, (x, y, _, _) in zip(Landmark, pose.points, strict=True)
        }
        figure = {
            landmark: points[landmark]
            for landmark in FIGURE
            if pose.points[landmark, 3] >= MIN_VISIBILITY
        }
        shoulders = [points[Landmark.LEFT_SHOULDER], points[Landmark.RIGHT_SHOULDER]]
        head = [] if found is None else _head(found.square, size_wh=(width, height))
        return PersonSight(
            figure=figure,
            box_xyxy=_extent([*figure.values(), *shoulders, *head]),
            seat=seat,
            face=face,
            faults=judge_person(face, seated=seat is not None, inside_region=inside_region),
        )

    def _find_face(self, image_bgr: UInt8Array, pose: PoseLandmarks) -> Face | None:
        """Return the face that a seat would find in its first look; None for guesses."""
        face = FaceFinder(self._faces).find(image_bgr, pose=pose, pose_ran=True, at_s=0.0)
        if face is None or (face.trust < MIN_TRUST and pose.head_certainty < MIN_HEAD):
            return None
        return face if face.square.side_px >= 1 else None

    def _judge(self, image_bgr: UInt8Array, face: Face) -> FaceSight:
        height, width = image_bgr.shape[:2]
        quality = self._expression.judge(image_bgr, face)
        return FaceSight(
            side_px=face.square.side_px,
            yaw_deg=face.yaw_deg,
            trust=face.trust * quality.trust,
            eyes_readable=face.eyes_readable and quality.eyes_readable,
            sharpness=quality.sharpness,
            contrast=quality.contrast,
            glare=quality.glare,
            inside=share_inside(face.square, (width, height)),
        )


def assign_seats(bodies: list[Torso], priors: Mapping[SeatKey, SeatPrior]) -> list[SeatKey | None]:
    """Return the seat that would get each body, as ``SeatAssociator.choose`` decides.

    Args:
        bodies: Whom the detector is surest of first.
        priors: Of seats on which nobody has sat yet.

    Returns:
        None for those whom another body or no region at all leaves without a seat.
    """
    owners: list[SeatKey | None] = [None] * len(bodies)
    costs: dict[SeatKey, dict[int, float]] = {seat: {} for seat in priors}
    for index, body in enumerate(bodies):
        explained = {
            seat: prior.cost(body, unit_px=prior.unit_px(body)) for seat, prior in priors.items()
        }
        best = min(explained, key=explained.__getitem__)
        if not priors[best].outside(body):
            # The only seat of a camera has nobody to share with: it takes the surest body.
            costs[best][index] = explained[best] if len(priors) > 1 else index
    for seat, its in costs.items():
        if its:
            owners[min(its, key=its.__getitem__)] = seat
    return owners


def _head(face: Square, *, size_wh: tuple[int, int]) -> list[PointXy]:
    """Return the corners of a face and the crown above it."""
    width, height = size_wh
    x, y = face.centre_xy
    crown = (x, y - (0.5 + CROWN_SIDES) * face.side_px)
    return [(x / width, y / height) for x, y in (*face.corners().tolist(), crown)]


def _extent(points: Sequence[PointXy]) -> BoxXyxy:
    """Return the box around points, as far as it is in the picture."""
    low, high = np.clip([np.min(points, axis=0), np.max(points, axis=0)], 0.0, 1.0).tolist()
    return low[0], low[1], high[0], high[1]


def _share_in_box(square: Square, box: tuple[int, int, int, int]) -> float:
    """Return the share of a square inside a box of the picture."""
    left, top, right, bottom = box
    x, y = square.centre_xy
    moved = Square(
        centre_xy=(x - left, y - top), side_px=square.side_px, rotation_rad=square.rotation_rad
    )
    return share_inside(moved, (right - left, bottom - top))
