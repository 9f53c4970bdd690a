"""Where the face is: from the pose's face points, or from BlazeFace where they mislead."""

import cmath
import math
from dataclasses import dataclass, field, replace

import numpy as np

from appliance.domain.arrays import Float64Array, UInt8Array, bind_shapes
from appliance.domain.observations import Landmark, PoseLandmarks
from appliance.perception.blazepose.anchors import FACE_INPUT_PX, FACE_STRIDES, anchor_centres
from appliance.perception.blazepose.boxes import decode_boxes, suppress_overlaps
from appliance.perception.preprocess import letterbox
from appliance.perception.squares import Square
from appliance.perception.trust import EYES_MAX_YAW_DEG, EYES_MIN_SIDE_PX, judge_place
from appliance.ports import InferenceSession

# Where the eyes lie in the pictures the expression model learns from, as a share of their side:
# median over FER+, DiffusionFER and muxspace, found with BlazeFace; the sets agree within .01.
EYES_BELOW_TOP = 0.40
EYES_APART = 0.37  # likewise, between the eyes

# The nose tip lies about 100 mm before the axis through the ears, which are 150 mm apart.
NOSE_TO_HALF_EARS = 1.33

MIN_TRUST = 0.5  # FaceCues.trust: below, the face is masked

SEARCH_SIDES = 2.0  # BlazeFace looks at this many sides of the supposed face
BLAZEFACE_INTERVAL_S = 0.5
HOLD_S = 0.5  # a face stays where it was for this long when nobody looked again

# Where the pose is left out, the face goes on at this share of its last speed. With the pose on
# every other frame of six clips at 12 to 15 Hz, its centre is off by .0010 to .0122 sides in the
# median instead of .0013 to .0179 of one that stays (a quarter to a third less in each clip), and
# the blink by .023 instead of .027 with people who move much, .006 instead of .007 with others. At
# full speed the p95 is larger than of one that stays.
KEPT_SPEED = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Proportions:
    """Lengths of a face as shares of the side of the crop, for one kind of points."""

    eye_distance: float
    """Between the eyes."""

    eyes_to_mouth: float
    """From the middle of the eyes to the middle of the mouth."""

    ear_distance: float
    """Between the ears."""


BLAZEFACE_PROPORTIONS = Proportions(eye_distance=EYES_APART, eyes_to_mouth=0.38, ear_distance=0.75)
"""Medians over the three picture sets above."""

POSE_PROPORTIONS = Proportions(eye_distance=EYES_APART, eyes_to_mouth=0.355, ear_distance=0.65)
"""The same faces as BlazePose lite sees them: medians over 12 real clips of its lengths divided by
BlazeFace's (1.00, .94, .87) times BlazeFace's shares."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FacePoints:
    """Six points that pose and face detector have in common; sides are the person's own."""

    points: Float64Array = field(repr=False)
    """(6, 2) right eye, left eye, nose, mouth, right ear, left ear; pixels."""

    seen: float
    """Least confidence of eyes, nose and mouth, [0, 1]."""

    proportions: Proportions
    """What lengths between such points say about the size of the crop."""

    def __post_init__(self) -> None:
        """Reject wrong shapes at the border."""
        bind_shapes("FacePoints", {"points": (self.points, "6 2")})


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """An upright face crop and how far to believe it."""

    square: Square
    """Brows to chin with padding, eye line horizontal; pixels of the picture."""

    yaw_deg: float
    """Turn of the head, positive towards the person's own left; a proxy, good to 10 degrees."""

    trust: float
    """[0, 1] by where it lies; below 0.5 the face is masked."""

    eyes_readable: bool
    """False when the eyes are too small or too far turned away to be judged."""


def points_from_pose(pose: PoseLandmarks) -> FacePoints:
    """Take the six points from body landmarks."""
    head = pose.points[: Landmark.MOUTH_RIGHT + 1].tolist()
    mouth = [
        (left + right) / 2
        for left, right in zip(head[Landmark.MOUTH_LEFT], head[Landmark.MOUTH_RIGHT], strict=True)
    ]
    front = [head[Landmark.RIGHT_EYE], head[Landmark.LEFT_EYE], head[Landmark.NOSE], mouth]
    ears = [head[Landmark.RIGHT_EAR], head[Landmark.LEFT_EAR]]
    return FacePoints(
        points=np.array([point[:2] for point in front + ears]),
        # Between several people the landmarks may lie on the wall, every one of them "visible".
        seen=min(*(point[3] for point in front), pose.head_certainty),
        proportions=POSE_PROPORTIONS,
    )


def place_face(face: FacePoints, *, picture_wh: tuple[int, int]) -> Face:
    """Build the upright crop around six points and judge it.

    The side follows from the largest of three lengths, each divided by its usual share of the
    side: turning the head shortens the distances across, nodding the one along.

    Args:
        face: The points.
        picture_wh: Width and height of the picture, for what lies outside.

    Returns:
        Crop with trust.

    Source:
        docs/DESIGN.md, 3, face crop; the shares are measured, see the constants.
    """
    # Six points as complex numbers, x + iy; turned upright, real is across and imaginary along.
    right_eye, left_eye, *_ = points = [complex(x, y) for x, y in face.points.tolist()]
    roll = cmath.phase(left_eye - right_eye)
    turn = cmath.rect(1, roll)
    upright = [point * turn.conjugate() for point in points]
    right_eye, left_eye, nose, mouth, right_ear, left_ear = upright
    eyes = (left_eye + right_eye) / 2
    ears = (left_ear + right_ear) / 2
    ear_distance = abs((left_ear - right_ear).real)
    across_side = max(
        abs(left_eye - right_eye) / face.proportions.eye_distance,
        ear_distance / face.proportions.ear_distance,
    )
    along_side = (mouth - eyes).imag / face.proportions.eyes_to_mouth
    side = max(across_side, abs(along_side))
    # The front of the face wanders to one side when the head turns, the ears stay.
    middle_x = ((eyes + mouth) / 2 + ears).real / 2
    middle_y = eyes.imag + (0.5 - EYES_BELOW_TOP) * side
    centre = complex(middle_x, middle_y) * turn
    square = Square(centre_xy=(centre.real, centre.imag), side_px=side, rotation_rad=roll)
    offset = (nose - ears).real / max(ear_distance / 2, 1e-6)
    yaw_deg = math.degrees(math.atan(offset / NOSE_TO_HALF_EARS))
    trust = judge_place(
        side_px=side,
        yaw_deg=yaw_deg,
        upright=along_side / max(across_side, 1e-6),
        seen=face.seen,
        inside=share_inside(square, picture_wh),
    )
    return Face(
        square=square,
        yaw_deg=yaw_deg,
        trust=trust,
        eyes_readable=side >= EYES_MIN_SIDE_PX and abs(yaw_deg) <= EYES_MAX_YAW_DEG,
    )


class FaceDetector:
    """BlazeFace, short range."""

    def __init__(self, session: InferenceSession) -> None:
        """Take a session of the model ``face_detector``."""
        self._session = session
        self._anchors = anchor_centres(input_px=FACE_INPUT_PX, strides=FACE_STRIDES)

    def detect(self, image_bgr: UInt8Array, *, around: Square) -> FacePoints | None:
        """Find the best face near a place.

        The model wants a face that fills a good part of its 128 pixels: on a whole 640-pixel
        picture its points are off by half an eye distance.

        Args:
            image_bgr: (H, W, 3).
            around: Where a face is supposed to be; twice its side is looked at.

        Returns:
            Points in pixels of the picture; None when there is no face.
        """
        reach = around.side_px * SEARCH_SIDES / 2
        middle = np.array(around.centre_xy)
        low = np.clip(middle - reach, 0, None).astype(int)
        high = np.ceil(np.clip(middle + reach, 0, image_bgr.shape[1::-1])).astype(int)
        if (high <= low).any():
            return None
        cut = image_bgr[low[1] : high[1], low[0] : high[0]]
        tensor, placement = letterbox(cut, input_px=FACE_INPUT_PX)
        outputs = self._session.infer({"image": tensor})
        found = suppress_overlaps(
            decode_boxes(
                outputs["boxes"][0],
                outputs["scores"][0, :, 0],
                self._anchors,
                input_px=FACE_INPUT_PX,
            )
        )
        if len(found) == 0:
            return None
        offset = np.array(placement.offset_xy)
        points: Float64Array = (found.points[0] * FACE_INPUT_PX - offset) / placement.scale + low
        return FacePoints(
            points=points, seen=float(found.scores[0]), proportions=BLAZEFACE_PROPORTIONS
        )


class FaceFinder:
    """The face of one seat's student, frame by frame."""

    def __init__(self, detector: FaceDetector) -> None:
        """Start without a face."""
        self._detector = detector
        self.reset()

    def reset(self) -> None:
        """Forget the last face and all times."""
        self._last: Face | None = None
        self._last_at_s = -math.inf
        # The last two faces in a row that the pose gave, and their times; BlazeFace's differ a
        # little, which would look like movement.
        self._course: tuple[tuple[Face, float], ...] = ()
        self._detected_at_s = -math.inf

    def find(
        self, image_bgr: UInt8Array, *, pose: PoseLandmarks | None, pose_ran: bool, at_s: float
    ) -> Face | None:
        """Locate the face.

        The pose's points are used where they can be trusted. Where they cannot, BlazeFace looks
        at most twice a second, and only on somebody: without a pose there is nobody to look at.

        Args:
            image_bgr: (H, W, 3) the seat's region.
            pose: Landmarks in pixels of that picture.
            pose_ran: False when the pose was left out of this frame: the last face is kept, and
                goes on a little as it moved.
            at_s: Capture time, seconds.

        Returns:
            The face, possibly one without trust; None when there is none to speak of.
        """
        picture_wh = (image_bgr.shape[1], image_bgr.shape[0])
        if pose is None:
            if pose_ran:
                self._last = None
                self._course = ()
            return self._followed(at_s)
        face = place_face(points_from_pose(pose), picture_wh=picture_wh)
        trusted = face.trust >= MIN_TRUST
        self._course = (*self._course[-1:], (face, at_s)) if trusted else ()
        if not trusted:
            if at_s - self._detected_at_s < BLAZEFACE_INTERVAL_S:
                return self._held(at_s) or face
            self._detected_at_s = at_s
            points = self._detector.detect(image_bgr, around=face.square)
            seen = None if points is None else place_face(points, picture_wh=picture_wh)
            if seen is None or seen.trust <= face.trust:
                self._last = None
                return face
            face = seen
        self._last, self._last_at_s = face, at_s
        return face

    def _followed(self, at_s: float) -> Face | None:
        """Return the last face a little further on its way."""
        held = self._held(at_s)
        if held is None or len(self._course) < 2:  # noqa: PLR2004 - movement is between two
            return held
        (before, before_at_s), (last, last_at_s) = self._course
        step_s = last_at_s - before_at_s
        if not 0 < step_s <= HOLD_S:
            return held
        # Never further than it came in a whole step: after that nobody knows.
        steps = KEPT_SPEED * min((at_s - last_at_s) / step_s, 1)
        return replace(held, square=last.square.moved_on(before.square, steps=steps))

    def _held(self, at_s: float) -> Face | None:
        return self._last if at_s - self._last_at_s <= HOLD_S else None


def share_inside(square: Square, picture_wh: tuple[int, int]) -> float:
    """Share of a square's area inside the picture, by the box around it."""
    rotation = square.rotation_rad
    extent = max(square.side_px * (abs(math.cos(rotation)) + abs(math.sin(rotation))), 1e-6)
    share = 1.0
    for middle, size in zip(square.centre_xy, picture_wh, strict=True):
        shown = min(middle + extent / 2, size) - max(middle - extent / 2, 0)
        share *= min(max(shown / extent, 0.0), 1.0)
    return share
