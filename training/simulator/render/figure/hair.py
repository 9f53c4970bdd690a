"""Hair: a shell over the scalp, and for longer styles a curtain that hangs from it."""

import numpy as np

from appliance.domain.arrays import AnyArray, FloatArray
from training.simulator.render.figure.anatomy import Anatomy
from training.simulator.render.figure.atlas import TILES
from training.simulator.render.figure.hairline import CENTRE_YZ, azimuth_deg, hair_reach
from training.simulator.render.figure.identity import HairStyle, Identity
from training.simulator.render.figure.mesh import MeshBuilder
from training.simulator.render.figure.raster import vertex_normals
from training.simulator.render.figure.rig import BONE_INDEX
from training.simulator.render.figure.surface import ramp, refine, smooth, triangles_of


def add_hair(
    builder: MeshBuilder,
    anatomy: Anatomy,
    rest: FloatArray,
    identity: Identity,
    rng: np.random.Generator,
) -> None:
    """Add the hair of one person, given the rest vertices of the anatomy."""
    head = anatomy.parts["head"]
    normals = vertex_normals(rest, triangles_of(head.quads))
    scalp = head.quads[(hair_reach(anatomy.template[head.quads]) > -0.012).any(1)]
    # The ears stick out of the hair.
    scalp = scalp[(np.abs(anatomy.template[scalp][:, :, 0]) < 0.0785).all(1)]
    finer = refine(scalp)
    template = anatomy.template[finer.blend].mean(1)
    normal = normals[finer.blend].mean(1)
    points = smooth(rest[finer.blend].mean(1), finer.quads, rounds=1)
    reach = hair_reach(template)
    top = ramp(template[:, 2], 0.74, 0.83)
    height = identity.hair_thickness_m * (0.45 + 0.55 * top)
    lumps = smooth(rng.normal(0, 1, (len(points), 1)), finer.quads, rounds=3)[:, 0]
    height = height * (1 + 0.55 * lumps)
    offset = -0.004 + (height + 0.004) * ramp(reach, -0.006, 0.022)
    points = points + normal * offset[:, None]
    weights = np.zeros((len(points), len(BONE_INDEX)), dtype=np.float32)
    weights[:, BONE_INDEX["head"]] = 1.0
    weights = np.where(
        (template[:, 2] < 0.69)[:, None], anatomy.weights[finer.blend].mean(1), weights
    )
    texels = _hair_texels(template)
    builder.add(
        points=points,
        weights=weights,
        quads=finer.quads,
        texels=texels,
        texel_quads=finer.quads,
        two_sided=True,
        shine=0.35,
        openness=0.95,
    )
    if identity.hair_style in {HairStyle.BOB, HairStyle.LONG}:
        _add_curtain(builder, template, points, identity, rng)


def _add_curtain(
    builder: MeshBuilder,
    template: FloatArray,
    shell: FloatArray,
    identity: Identity,
    rng: np.random.Generator,
) -> None:
    """Hang hair from the shell: from one temple round the back to the other."""
    columns, rows = 72, 14
    azimuth = np.linspace(-1.0, 1.0, columns) * np.radians(118.0)  # from the back of the head
    length = 0.13 if identity.hair_style == HairStyle.BOB else 0.22
    band = (template[:, 2] > 0.755) & (template[:, 2] < 0.80)
    ring = shell[band]
    middle = np.array([0.0, (ring[:, 1].min() + ring[:, 1].max()) / 2, ring[:, 2].mean()])
    half_x = np.abs(ring[:, 0]).max() + 0.002
    half_y = (ring[:, 1].max() - ring[:, 1].min()) / 2
    drop = np.linspace(0.0, 1.0, rows)[:, None] * np.ones(columns)
    # Shorter towards the face, so that the ends form a line round the neck.
    front = np.abs(azimuth) / azimuth.max()
    fall = drop * (length + 0.02 * rng.uniform(-1, 1) - 0.025 * front**4)
    inward = 0.90 + 0.09 * ramp(drop, 0.0, 0.2) - 0.06 * ramp(drop, 0.45, 1.0)
    waves = 0.004 * np.sin(9 * azimuth + rng.uniform(0, 6)) * drop
    lumps = smooth(rng.normal(0, 0.02, (rows * columns, 1)), _grid(rows, columns), rounds=3)
    swell = inward + lumps.reshape(rows, columns)
    x = (half_x * swell + waves) * np.sin(azimuth)
    y = middle[1] + (half_y * swell + waves) * np.cos(azimuth)
    y = np.where(front > 0.8, y + 0.010 * (front - 0.8) / 0.2, y)
    z = middle[2] - fall
    points = np.stack([x, y, z], axis=-1).reshape(-1, 3)
    weights = np.zeros((len(points), len(BONE_INDEX)), dtype=np.float32)
    below = (0.55 * ramp(drop, 0.5, 1.0)).reshape(-1)
    weights[:, BONE_INDEX["head"]] = 1.0 - below
    weights[:, BONE_INDEX["neck01"]] = below
    across = np.broadcast_to((azimuth + np.pi) / (2 * np.pi), drop.shape)
    uv = np.stack([across, 1.0 - drop], axis=-1).reshape(-1, 2)
    quads = _grid(rows, columns)
    builder.add(
        points=points,
        weights=weights,
        quads=quads,
        texels=TILES["hair"].texels(uv),
        texel_quads=quads,
        two_sided=True,
        shine=0.35,
        openness=0.9,
    )


def _hair_texels(template: FloatArray) -> FloatArray:
    signed = np.sign(template[:, 0]) * azimuth_deg(template)
    radius = np.hypot(template[:, 0], template[:, 1] - CENTRE_YZ[0])
    fall = np.clip((0.86 - template[:, 2] + radius) / 0.35, 0, 1)
    uv = np.stack([0.5 + signed / 370.0, 1.0 - fall], axis=-1)
    return TILES["hair"].texels(uv)


def _grid(rows: int, columns: int) -> AnyArray:
    first = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).reshape(-1)
    return np.stack([first, first + 1, first + columns + 1, first + columns], axis=1)
