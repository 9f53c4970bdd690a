"""Where faces truly are: by a recorded face mesh, or by BlazeFace without any pose."""

import math
from pathlib import Path

import cv2
import numpy as np

from appliance.domain.arrays import Float32Array, Float64Array, UInt8Array, bind_shapes
from appliance.errors import CameraError
from appliance.perception.blazepose.boxes import SUPPRESSION_IOU
from appliance.perception.face import SEARCH_SIDES, FaceDetector, place_face
from appliance.perception.squares import Square

MIN_CONFIRMED_IOU = 0.3  # of a face and its closer look; the first is off by up to half an eye

# The encoder's crop in terms of the face mesh: the geometry that its training crops start from
# (training/datasets/face_teacher.py, training/expression/augment.py; medians over muxspace, FER+).
MESH_SIDE = 1.05  # side, in extents of the mesh
MESH_RAISED = 0.08  # the crop's middle above the mesh's, likewise
RIGHT_EYE_OUTER, LEFT_EYE_OUTER = 33, 263  # face mesh topology, the person's own sides


def read_mesh(path: Path) -> dict[int, Float32Array]:
    """Read (478, 2) face points as fractions of the picture, by frame; NaN where no face is.

    Raises:
        CameraError: It cannot be read or stores no faces.
    """
    try:
        with np.load(path) as arrays:
            frames = [int(index) for index in arrays["frame"]]
            face = arrays["face"].astype(np.float32)
    except (OSError, KeyError, ValueError) as error:
        msg = f"{path}: not a face reference (needs frame, face): {error}"
        raise CameraError(msg) from error
    bind_shapes("reference", {"face": (face, f"{len(frames)} 478 3")})
    return dict(zip(frames, face[:, :, :2], strict=True))


def square_of_mesh(points: Float64Array) -> Square:
    """Return the encoder's crop around a face mesh.

    Args:
        points: (478, 2) pixels.

    Returns:
        Upright along the outer corners of the eyes; the side is 1.05 extents (the longer side of
        the upright box around all points) and the middle .08 extents above that of the box.
    """
    across = points[LEFT_EYE_OUTER] - points[RIGHT_EYE_OUTER]
    roll = math.atan2(across[1], across[0])
    axes = np.array([[math.cos(roll), math.sin(roll)], [-math.sin(roll), math.cos(roll)]])
    upright = points @ axes.T
    low, high = upright.min(axis=0), upright.max(axis=0)
    extent = float((high - low).max())
    middle = ((low + high) / 2 - (0, MESH_RAISED * extent)) @ axes
    return Square(
        centre_xy=(float(middle[0]), float(middle[1])),
        side_px=MESH_SIDE * extent,
        rotation_rad=roll,
    )


def detect_faces(image_bgr: UInt8Array, detector: FaceDetector) -> list[Square]:
    """Find faces with BlazeFace alone: everywhere in the picture, then close to each find.

    A face that fills less than a fifth of what BlazeFace looks at is often missed, so that it
    looks at the whole picture and at overlapping tiles of half its longer side. A face counts when
    the closer look finds it again in the same place; a pattern on a shirt seldom is.

    Args:
        image_bgr: (H, W, 3).
        detector: BlazeFace, short range.

    Returns:
        Crops, the most certain first.
    """
    picture_wh = (image_bgr.shape[1], image_bgr.shape[0])
    found: list[tuple[float, Square]] = []
    for place in _places(picture_wh):
        rough = detector.detect(image_bgr, around=place)
        if rough is None:
            continue
        first = place_face(rough, picture_wh=picture_wh).square
        fine = detector.detect(image_bgr, around=first)
        if fine is None:
            continue
        second = place_face(fine, picture_wh=picture_wh).square
        if overlap_squares(first, second) >= MIN_CONFIRMED_IOU:
            found.append((fine.seen, second))
    found.sort(key=lambda face: -face[0])
    faces: list[Square] = []
    for _, square in found:
        if all(overlap_squares(square, other) <= SUPPRESSION_IOU for other in faces):
            faces.append(square)
    return faces


def overlap_squares(one: Square, other: Square) -> float:
    """Return intersection over union of two rotated squares, exactly, as polygons."""
    shared, _ = cv2.intersectConvexConvex(
        one.corners().astype(np.float32), other.corners().astype(np.float32)
    )
    return shared / (one.side_px**2 + other.side_px**2 - shared)


def _places(picture_wh: tuple[int, int]) -> list[Square]:
    """Return where BlazeFace looks: the whole picture and overlapping halves of it."""
    longer = max(picture_wh)
    looks = [(float(longer), (picture_wh[0] / 2, picture_wh[1] / 2))]
    half = longer / 2
    across, down = (
        np.linspace(half / 2, max(size - half / 2, half / 2), max(1, round(2 * size / half) - 1))
        for size in picture_wh
    )
    looks += [(half, (float(x), float(y))) for y in down for x in across]
    # The detector looks at twice the side that it is given.
    return [
        Square(centre_xy=centre, side_px=side / SEARCH_SIDES, rotation_rad=0.0)
        for side, centre in looks
    ]
