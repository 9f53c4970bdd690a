"""From a picture and the face's place in it to a training crop of a cheap camera."""

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np

from appliance.domain.arrays import Float32Array, UInt8Array
from training.datasets.face_teacher import FaceRegion, region_of_picture

# Side of the box's crop in landmark extents: perception/face.py fits its crop to the pictures of
# FER+, DiffusionFER and muxspace, whose faces fill .95 of the side.
CROP_SCALE = 1.05
SMALL_PX = (20, 64)  # face crops of seats far from the camera
BORDERS = (cv2.BORDER_REPLICATE, cv2.BORDER_REFLECT_101, cv2.BORDER_CONSTANT)
HARD_SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Jitter:
    """How far a crop may be off."""

    scale: tuple[float, float]
    """Of the box's crop."""

    shift: float
    """Share of the crop's side."""

    roll_rad: float
    """Either way."""


# BlazePose's points are loose, and looser crops keep the whole chin.
HARD = Jitter(scale=(0.9, 1.28), shift=0.07, roll_rad=math.radians(10))
MILD = Jitter(scale=(0.95, 1.1), shift=0.03, roll_rad=math.radians(5))


def crop_face(
    picture: UInt8Array, region: FaceRegion, *, side: int, scale: float = CROP_SCALE
) -> UInt8Array:
    """Return the (side, side, 3) crop that the box would take, without jitter."""
    border = cv2.BORDER_REPLICATE
    return _warp(picture, region, side=side, scale=scale, border=border, shade=0)


def whole_crop(gray: UInt8Array, *, side: int) -> UInt8Array:
    """Return the box's crop of a gray picture that is all face."""
    picture = cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR).astype(np.uint8, copy=False)
    return crop_face(picture, region_of_picture(picture), side=side)


def augment_face(
    picture: UInt8Array, region: FaceRegion, *, side: int, rng: np.random.Generator
) -> tuple[UInt8Array, bool]:
    """Return a jittered (side, side, 3) crop and whether it is mirrored.

    Half of the crops are shaken hard and degraded; the other half is close to what the box cuts
    in good light, so that robustness does not cost accuracy there.
    """
    hard = bool(rng.random() < HARD_SHARE)
    jitter = HARD if hard else MILD
    scale = CROP_SCALE * math.exp(rng.uniform(*np.log(jitter.scale)))
    shift_x, shift_y = rng.uniform(-jitter.shift, jitter.shift, 2) * scale * region.extent_px
    moved = replace(
        region,
        centre_xy=(region.centre_xy[0] + shift_x, region.centre_xy[1] + shift_y),
        roll_rad=region.roll_rad + rng.uniform(-jitter.roll_rad, jitter.roll_rad),
    )
    border = BORDERS[rng.integers(len(BORDERS))]
    crop = _warp(
        picture, moved, side=side, scale=scale, border=border, shade=int(rng.integers(0, 256))
    )
    mirrored = bool(rng.random() < 0.5)
    if mirrored:
        crop = crop[:, ::-1]
    crop = _recolour(crop.astype(np.float32), rng, dim=hard)
    return _degrade(crop, rng) if hard else crop, mirrored


def _warp(
    picture: UInt8Array, region: FaceRegion, *, side: int, scale: float, border: int, shade: int
) -> UInt8Array:
    # A bilinear warp reads 2 x 2 pixels: when shrinking further, shrink in two steps.
    steps = 2 if scale * region.extent_px > 1.6 * side else 1
    to_crop = region.affine(scale=scale, side=side * steps)
    crop = cv2.warpAffine(
        picture,
        to_crop,
        (side * steps, side * steps),
        flags=cv2.INTER_LINEAR,
        borderMode=border,
        borderValue=(shade, shade, shade),
    )
    if steps > 1:
        crop = cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA)
    return crop.astype(np.uint8, copy=False)


def _recolour(pixels: Float32Array, rng: np.random.Generator, *, dim: bool) -> UInt8Array:
    """Change exposure, light colour, contrast; gray for some; darkness and noise for ``dim``."""
    if rng.random() < 0.3:
        pixels = np.repeat(pixels.mean(axis=2, keepdims=True), 3, axis=2)
    unit = pixels / 255.0
    if rng.random() < 0.4:
        unit = unit ** np.exp(rng.uniform(-0.5, 0.5))
    if rng.random() < 0.4:
        # One gain and gamma per channel colours gray archives as lamps and skin would.
        unit = unit ** np.exp(rng.normal(0, 0.12, 3)) * np.exp(rng.normal(0, 0.07, 3))
    if rng.random() < 0.4:
        unit = (unit - 0.5) * rng.uniform(0.6, 1.4) + 0.5 + rng.uniform(-0.12, 0.12)
    if dim and rng.random() < 0.2:
        unit = unit * rng.uniform(0.12, 0.5)
    if dim and rng.random() < 0.25:
        unit = unit + rng.normal(0, rng.uniform(0.01, 0.04), unit.shape)
    return (np.clip(unit, 0, 1) * 255).astype(np.uint8)


def _degrade(pixels: UInt8Array, rng: np.random.Generator) -> UInt8Array:
    """Blur, shrink, compress and cover a little."""
    crop: cv2.typing.MatLike = pixels
    side = crop.shape[0]
    if rng.random() < 0.25:
        crop = cv2.GaussianBlur(crop, (0, 0), rng.uniform(0.4, 1.2))
    if rng.random() < 0.35:
        small = int(rng.uniform(*SMALL_PX))
        crop = cv2.resize(crop, (small, small), interpolation=cv2.INTER_AREA)
        crop = cv2.resize(crop, (side, side), interpolation=cv2.INTER_LINEAR)
    if rng.random() < 0.25:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 90))]
        decoded = cv2.imdecode(cv2.imencode(".jpg", crop, quality)[1], cv2.IMREAD_COLOR)
        crop = crop if decoded is None else decoded
    if rng.random() < 0.2:
        height, width = (rng.uniform(0.08, 0.25, 2) * side).astype(int)
        top, left = int(rng.integers(0, side - height)), int(rng.integers(0, side - width))
        crop = crop.copy()
        crop[top : top + height, left : left + width] = rng.integers(0, 256, 3)
    return np.ascontiguousarray(crop, dtype=np.uint8)
