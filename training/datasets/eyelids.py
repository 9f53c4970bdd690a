"""Closing the eyes of a real face: press photographs hardly contain a closed eye.

The upper lid is drawn down over the eyeball column by column, as a lid does: the skin between brow
and lid stretches, the lash line travels with it, and what it passes is covered, not squeezed.
"""

import cv2
import numpy as np

from appliance.domain.arrays import Float32Array, UInt8Array

# Face-mesh rows from the eye's outer to its inner corner (MediaPipe, face_landmarks_connections:
# FACE_LANDMARKS_RIGHT_EYE, ..._LEFT_EYE, ..._EYEBROW).
UPPER_LIDS = (
    (33, 246, 161, 160, 159, 158, 157, 173, 133),
    (263, 466, 388, 387, 386, 385, 384, 398, 362),
)
LOWER_LIDS = (
    (33, 7, 163, 144, 145, 153, 154, 155, 133),
    (263, 249, 390, 373, 374, 380, 381, 382, 362),
)
BROWS = ((46, 53, 52, 65, 55), (276, 283, 282, 295, 285))
WORK_SIDE = 160  # pixels of the upright crop that is warped; above the archives' own resolution


def close_eyes(
    picture: UInt8Array, points_xy: Float32Array, *, closure: float, to_crop: Float32Array
) -> UInt8Array:
    """Return an upright crop of the face with its lids drawn down.

    Args:
        picture: (H, W, 3) BGR.
        points_xy: (478, 2) face-mesh landmarks in the picture.
        closure: Share of the opening that the lid covers, [0, 1].
        to_crop: (2, 3) picture to crop of ``WORK_SIDE`` pixels with a level eye line.
    """
    crop = cv2.warpAffine(picture, to_crop, (WORK_SIDE, WORK_SIDE), borderMode=cv2.BORDER_REPLICATE)
    points = points_xy @ to_crop[:, :2].T + to_crop[:, 2]
    rows = np.arange(WORK_SIDE, dtype=np.float32)[:, None]
    map_x = np.tile(np.arange(WORK_SIDE, dtype=np.float32), (WORK_SIDE, 1))
    map_y = np.tile(rows, (1, WORK_SIDE))
    for upper, lower, brow in zip(UPPER_LIDS, LOWER_LIDS, BROWS, strict=True):
        lid_x, lid_y = _ascending(points[list(upper)])
        low_x, low_y = _ascending(points[list(lower)])
        first, last = round(float(lid_x[0])), round(float(lid_x[-1]))
        first, last = max(first, 0), min(last, WORK_SIDE - 1)
        if last - first < 4:
            continue  # a turned head hides this eye
        columns = np.arange(first, last + 1)
        top = np.interp(columns, lid_x, lid_y)
        bottom = np.interp(columns, low_x, low_y)
        opening = np.maximum(bottom - top, 0.0)
        fold = np.minimum(points[list(brow), 1].mean(), top - 4.0)
        lid = top + closure * opening
        # Lash line and crease travel whole; the bare skin up to the brow stretches.
        part = np.clip((rows - fold) / (0.7 * (lid - fold)), 0.0, 1.0)
        shift = (lid - top) * part * part * (3.0 - 2.0 * part)
        covered = (rows > fold) & (rows <= lid)
        # The lash line keeps its own thickness below the lid's edge.
        lashes = (rows > lid) & (rows <= lid + 1.0) & (closure > 0)
        region = map_y[:, columns]
        region = np.where(covered, rows - shift, region)
        map_y[:, columns] = np.where(lashes, rows - (lid - top), region).astype(np.float32)
    return cv2.remap(crop, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).astype(
        np.uint8, copy=False
    )


def _ascending(points_xy: Float32Array) -> tuple[Float32Array, Float32Array]:
    order = np.argsort(points_xy[:, 0])
    return points_xy[order, 0], points_xy[order, 1]
