"""Masks, glasses and glare on real faces, placed by the teacher's 478-point mesh."""

from enum import StrEnum

import cv2
import numpy as np

from appliance.domain.arrays import Float32Array, Float64Array, UInt8Array

# Face-mesh rows (MediaPipe, face_mesh topology): the jaw from the person's left to the right, and
# the upper edge of a surgical mask: high on the cheeks, over the middle of the nose bridge.
JAW = (361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136, 172, 58, 132)
MASK_TOP = (93, 50, 101, 100, 196, 197, 419, 329, 330, 280, 323)
CHIN, NOSE_TIP = 152, 1
RIGHT_IRIS, LEFT_IRIS = 468, 473
RIGHT_TEMPLE, LEFT_TEMPLE = 127, 356
RIGHT_STRAPS, LEFT_STRAPS = ((93, 234), (132, 58)), ((323, 454), (361, 288))

# Glasses in shares of the distance between the irises, which is about 63 mm: lenses 52 x 38 mm.
LENS_HALF_WH = (0.41, 0.30)
LENS_BELOW = 0.05
LENS_POWER = 3.0  # superellipse between an oval and a box
LENS_CORNERS = 48
THIN_RIM, THICK_RIM = 0.025, 0.10  # 1.6 mm of metal, 6 mm of acetate
GLARE_HALF_WH, GLARE_TILT_DEG, GLARE_ALPHA = (0.33, 0.17), 20.0, 0.85

SAMPLES = 4  # per pixel and axis: a thin rim is less than a pixel wide
_METAL_BGR, _ACETATE_BGR, _MASK_BGR = (70, 72, 76), (16, 14, 14), (214, 190, 150)


class Overlay(StrEnum):
    """What a face wears."""

    MASK = "surgical mask"
    THIN_RIMS = "glasses, thin rims"
    THICK_RIMS = "glasses, thick dark rims"
    GLARE = "glasses with glare"


def wear(picture: UInt8Array, points_xy: Float32Array, overlay: Overlay) -> UInt8Array:
    """Return the picture with the face wearing something.

    Args:
        picture: (H, W, 3) BGR; a gray one stays gray.
        points_xy: (478, 2) face-mesh landmarks, pixels of the picture.
        overlay: What.
    """
    points = points_xy.astype(np.float64)
    gray = bool(np.ptp(picture, axis=2).max() == 0)
    worn = picture.astype(np.float32)
    if overlay is Overlay.MASK:
        worn = _put_mask(worn, points, gray=gray)
    else:
        thick = overlay is Overlay.THICK_RIMS
        colour = _ACETATE_BGR if thick else _METAL_BGR
        frame = _rims(points, size=worn.shape[:2], width=THICK_RIM if thick else THIN_RIM)
        worn = _blend(worn, colour, frame, gray=gray)
        if overlay is Overlay.GLARE:
            worn = _blend(worn, (250, 250, 250), _glare(points, size=worn.shape[:2]), gray=gray)
    return np.clip(np.rint(worn), 0, 255).astype(np.uint8)


def mask_outline(points: Float64Array) -> Float64Array:
    """Return the (K, 2) corners of a surgical mask; it reaches a little below the chin."""
    jaw = points[list(JAW)]
    below = 0.06 * (points[CHIN] - points[NOSE_TIP])
    return np.concatenate([points[list(MASK_TOP)], jaw + below])


def lens_outlines(points: Float64Array) -> tuple[Float64Array, Float64Array]:
    """Return the (48, 2) corners of the right and the left lens, round the irises."""
    angle = np.linspace(0, 2 * np.pi, LENS_CORNERS, endpoint=False)
    corner = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    corner = np.sign(corner) * np.abs(corner) ** (2 / LENS_POWER) * LENS_HALF_WH
    corner[:, 1] += LENS_BELOW
    lens = corner @ _axes(points)
    return points[RIGHT_IRIS] + lens, points[LEFT_IRIS] + lens


def _axes(points: Float64Array) -> Float64Array:
    """Return (2, 2): a step of one iris distance to the face's left, and one downwards."""
    across = points[LEFT_IRIS] - points[RIGHT_IRIS]
    return np.array([across, [-across[1], across[0]]])


def _put_mask(worn: Float32Array, points: Float64Array, *, gray: bool) -> Float32Array:
    size = worn.shape[:2]
    outline = mask_outline(points)
    cover = _coverage([outline], size=size)
    # Cloth is lit as the face below it, but has no mouth: shading from far around only.
    reach = 0.25 * float(np.hypot(*(points[CHIN] - points[NOSE_TIP])))
    light = cv2.GaussianBlur(worn.mean(axis=2), (0, 0), max(reach, 1.0))
    inside = cover > 0.5
    typical = float(light[inside].mean()) if inside.any() else 1.0
    shade = np.clip(light / max(typical, 1.0), 0.4, 1.6) * min(typical * 1.5, 200.0) / 200.0
    cloth = np.array(_MASK_BGR, dtype=np.float32) * (1.0 if not gray else 0.0)
    if gray:
        cloth += float(np.mean(_MASK_BGR))
    # Three pleats across, from the nose to the chin.
    straps = _coverage(
        [points[list(pair)] for pair in (*RIGHT_STRAPS, *LEFT_STRAPS)],
        size=size,
        width=0.03 * float(np.hypot(*_axes(points)[0])),
    )
    pleats = _coverage(
        [_pleat(points, outline, share) for share in (0.25, 0.5, 0.75)],
        size=size,
        width=0.02 * float(np.hypot(*_axes(points)[0])),
    )
    cloth_light = shade[..., None] * cloth * (1 - 0.25 * pleats)[..., None]
    alpha = np.maximum(cover, 0.8 * straps)[..., None]
    return np.asarray(worn * (1 - alpha) + cloth_light * alpha, dtype=np.float32)


def _pleat(points: Float64Array, outline: Float64Array, share: float) -> Float64Array:
    middle = points[NOSE_TIP] * (1 - share) + points[CHIN] * share
    side = _axes(points)[0] * 0.55
    centre = outline.mean(axis=0) * 0.1 + middle * 0.9
    return np.stack([centre - side, middle, centre + side])


def _rims(points: Float64Array, *, size: tuple[int, ...], width: float) -> Float32Array:
    axes = _axes(points)
    right, left = lens_outlines(points)
    half, power = LENS_CORNERS // 2, width * float(np.hypot(*axes[0]))
    closed = [np.concatenate([lens, lens[:1]]) for lens in (right, left)]
    # Corner 0 is the one farthest to the face's left, the half way one farthest to its right.
    bridge = np.stack([right[0], left[half]])
    arms = [
        np.stack([right[half], points[RIGHT_TEMPLE]]),
        np.stack([left[0], points[LEFT_TEMPLE]]),
    ]
    return _coverage([*closed, bridge, *arms], size=size, width=power)


def _glare(points: Float64Array, *, size: tuple[int, ...]) -> Float32Array:
    angle = np.linspace(0, 2 * np.pi, LENS_CORNERS, endpoint=False)
    tilt = np.radians(GLARE_TILT_DEG)
    blob = np.stack([np.cos(angle), np.sin(angle)], axis=1) * GLARE_HALF_WH
    turned = blob @ np.array([[np.cos(tilt), -np.sin(tilt)], [np.sin(tilt), np.cos(tilt)]])
    axes = _axes(points)
    shapes = [points[iris] + turned @ axes for iris in (RIGHT_IRIS, LEFT_IRIS)]
    soft = cv2.GaussianBlur(
        _coverage(shapes, size=size), (0, 0), max(0.03 * float(np.hypot(*axes[0])), 0.3)
    )
    return np.asarray(GLARE_ALPHA * soft, dtype=np.float32)


def _coverage(
    shapes: list[Float64Array], *, size: tuple[int, ...], width: float | None = None
) -> Float32Array:
    """Return (H, W) share of each pixel under filled shapes, or under lines of a width."""
    height, _ = size
    large = np.zeros((height * SAMPLES, size[1] * SAMPLES), dtype=np.uint8)
    corners = [np.rint((shape + 0.5) * SAMPLES - 0.5).astype(np.int32) for shape in shapes]
    if width is None:
        for corner in corners:
            cv2.fillPoly(large, [corner], 255)
    else:
        thickness = max(round(width * SAMPLES), 1)
        cv2.polylines(large, corners, isClosed=False, color=255, thickness=thickness)
    small = cv2.resize(large, size[::-1], interpolation=cv2.INTER_AREA)
    return np.asarray(small / np.float32(255), dtype=np.float32)


def _blend(
    picture: Float32Array, colour: tuple[int, int, int], alpha: Float32Array, *, gray: bool
) -> Float32Array:
    paint = np.array(colour, dtype=np.float32)
    paint = np.full(3, paint.mean(), dtype=np.float32) if gray else paint
    share = alpha[..., None]
    return np.asarray(picture * (1 - share) + paint * share, dtype=np.float32)
