"""The shirt: the close-fitting suit of the base mesh, made loose and cut at neck and cuffs."""

import numpy as np

from appliance.domain.arrays import AnyArray, BoolArray, FloatArray
from training.simulator.render.figure.anatomy import Anatomy
from training.simulator.render.figure.atlas import TILES
from training.simulator.render.figure.identity import Identity, Neckline
from training.simulator.render.figure.mesh import MeshBuilder
from training.simulator.render.figure.raster import vertex_normals
from training.simulator.render.figure.surface import refine, smooth, triangles_of


def _collar_reach(template: FloatArray, neckline: Neckline) -> FloatArray:
    """Return how far below the collar template positions lie, metres; bare neck < 0."""
    x, y, z = template[..., 0], template[..., 1], template[..., 2]
    collar = 0.572 + 0.45 * (y + 0.06) + 1.0 * np.clip(np.abs(x) - 0.07, 0, None)
    if neckline is Neckline.V_NECK:
        collar = collar - 0.050 * np.clip(1 - np.abs(x) / 0.065, 0, 1) * (y < 0)
    if neckline is Neckline.ROLL:
        collar = collar + 0.042
    reach: FloatArray = collar - z
    return reach


def _sleeve_reach(template: FloatArray, *, long_sleeves: bool) -> FloatArray:
    """Return how far above the cuff template positions lie, metres along the arm; bare < 0."""
    # The arm of the template runs from (.17, .52) to the elbow (.31, .35) and the wrist (.43, .25).
    along = (np.abs(template[..., 0]) - 0.168) * 0.64 - (template[..., 2] - 0.525) * 0.77
    reach: FloatArray = (0.385 if long_sleeves else 0.150) - along
    return np.where(np.abs(template[..., 0]) < 0.2, 1.0, reach).astype(np.float32)


def shirt_reach(template: FloatArray, identity: Identity) -> FloatArray:
    """Return how far inside the shirt template positions lie, metres; bare skin < 0."""
    return np.minimum(
        _collar_reach(template, identity.neckline),
        _sleeve_reach(template, long_sleeves=identity.long_sleeves),
    )


def hidden_quads(anatomy: Anatomy, quads: AnyArray, identity: Identity) -> BoolArray:
    """Return which quads of the body lie so deep under the shirt that nobody sees them."""
    return np.asarray((shirt_reach(anatomy.template[quads], identity) > 0.02).all(1))


def add_shirt(
    builder: MeshBuilder,
    anatomy: Anatomy,
    rest: FloatArray,
    identity: Identity,
    rng: np.random.Generator,
    *,
    lowest_m: float,
) -> None:
    """Add the shirt of one person, given the rest vertices of the anatomy.

    ``lowest_m`` is the template height below which nothing is seen; the suit has straight legs.
    """
    suit = anatomy.parts["suit"].quads
    cover = shirt_reach(anatomy.template[suit], identity)
    legs = anatomy.template[suit][:, :, 2].min(1) < lowest_m
    suit = suit[~legs & (cover > -0.03).any(1)]
    normals = vertex_normals(rest, triangles_of(suit))
    finer = refine(suit)
    template = smooth(anatomy.template[finer.blend].mean(1), finer.quads, rounds=2)
    inside = np.clip((shirt_reach(template, identity) + 0.018) / 0.03, 0, 1)
    points = smooth(rest[finer.blend].mean(1), finer.quads, rounds=3)
    normal = normals[finer.blend].mean(1)
    creases = smooth(rng.normal(0, 0.016, (len(points), 1)), finer.quads, rounds=4)[:, 0]
    points = points + normal * (-0.010 + 0.017 * inside + creases * inside)[:, None]
    uv = np.stack([template[:, 0] + 0.5, (template[:, 2] + 0.06) / 0.75], axis=-1)
    builder.add(
        points=points,
        weights=anatomy.weights[finer.blend].mean(1),
        quads=finer.quads,
        texels=TILES["shirt"].texels(np.clip(uv, 0, 1)),
        texel_quads=finer.quads,
        two_sided=False,
        shine=0.02,
        openness=1.0,
    )
