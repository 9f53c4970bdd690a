"""A headscarf: cloth round head and neck that leaves the face free."""

from dataclasses import replace

import numpy as np

from appliance.domain.arrays import AnyArray, FloatArray
from training.simulator.render.figure.anatomy import Anatomy
from training.simulator.render.figure.atlas import TILES
from training.simulator.render.figure.body import Body, build_body
from training.simulator.render.figure.hairline import azimuth_deg
from training.simulator.render.figure.identity import HairStyle, Identity, rng_for
from training.simulator.render.figure.mesh import MeshBuilder
from training.simulator.render.figure.raster import vertex_normals
from training.simulator.render.figure.surface import ramp, refine, smooth, triangles_of

# Edge of the cloth round the face: height on the neutral head, metres, and azimuth from the nose,
# degrees. By eye on the MakeHuman template (brows .745, mouth .661, chin .62): over the forehead
# below the hairline, before the ears, along the jaw and close under the chin.
_EDGE_HEIGHT_M = (0.600, 0.606, 0.622, 0.640, 0.660, 0.690, 0.728, 0.760, 0.778, 0.790)
_EDGE_AZIMUTH_DEG = (-20.0, 8.0, 30.0, 44.0, 53.0, 60.0, 62.0, 54.0, 34.0, -20.0)
_DEG_M = 0.0016  # metres per degree on a head of .09 m radius

_NECK_M = (0.545, 0.10)  # lowest height and largest distance from the middle, metres: to the collar
_EAR_X_M, _EAR_IN_M = 0.074, 0.068  # ears stick out beyond the first; under cloth they lie at this
_THICKNESS_M = 0.013
_FLAT_HAIR_M = 0.003  # hair under the cloth

COLOURS_BGR = ((120.0, 96.0, 70.0), (70.0, 66.0, 64.0), (176.0, 186.0, 196.0), (90.0, 70.0, 130.0))


def build_scarfed_body(anatomy: Anatomy, identity: Identity) -> Body:
    """Build the mesh of one person who wears a headscarf; face, eyes and shirt are unchanged."""
    under = replace(identity, hair_style=HairStyle.CROPPED, hair_thickness_m=_FLAT_HAIR_M)
    body = build_body(anatomy, under)
    head = np.unique(anatomy.parts["head"].quads)
    points = body.points.copy()
    # The head is the first part of the mesh, in the order of its vertex numbers.
    side = anatomy.template[head, 0]
    ears = np.flatnonzero(np.abs(side) > _EAR_X_M)
    points[ears, 0] *= _EAR_IN_M / np.abs(side[ears])
    cloth = _cloth(anatomy, identity)
    colour = COLOURS_BGR[identity.texture_seed % len(COLOURS_BGR)]
    atlas = body.atlas.copy()
    (x, y), (width, height) = TILES["hair"].origin_xy, TILES["hair"].size_wh
    weave = rng_for("scarf", identity.texture_seed).normal(1.0, 0.03, (height, width, 1))
    atlas[y : y + height, x : x + width] = np.clip(np.array(colour) * weave, 0, 255)
    return replace(
        body,
        points=np.concatenate([points, *cloth.points]),
        weights=np.concatenate([body.weights, *cloth.weights]),
        triangles=_after(cloth.triangles, body.triangles, offset=len(body.points)),
        texels=np.concatenate([body.texels, *cloth.texels]),
        texel_triangles=_after(
            cloth.texel_triangles, body.texel_triangles, offset=len(body.texels)
        ),
        culled=np.concatenate([*cloth.culled, body.culled]),
        two_sided=np.concatenate([body.two_sided, *cloth.two_sided]),
        shine=np.concatenate([body.shine, *cloth.shine]),
        openness=np.concatenate([body.openness, *cloth.openness]),
        atlas=atlas,
    )


def scarf_reach(position: FloatArray) -> FloatArray:
    """Return how far inside the cloth's edge template positions (..., 3) lie, metres; face < 0."""
    edge = np.interp(position[..., 2], _EDGE_HEIGHT_M, _EDGE_AZIMUTH_DEG)
    reach: FloatArray = (azimuth_deg(position) - edge) * _DEG_M
    return reach


def _cloth(anatomy: Anatomy, identity: Identity) -> MeshBuilder:
    rest, _ = anatomy.shape(identity)
    lowest, widest = _NECK_M
    torso = anatomy.parts["torso"].quads
    where = anatomy.template[torso]
    neck = (where[..., 2] > lowest).all(1) & (np.abs(where[..., 0]) < widest).all(1)
    quads = np.concatenate([anatomy.parts["head"].quads, torso[neck]])
    normals = vertex_normals(rest, triangles_of(quads))
    quads = quads[(scarf_reach(anatomy.template[quads]) > -0.012).any(1)]
    finer = refine(quads)
    template = anatomy.template[finer.blend].mean(1)
    points = rest[finer.blend].mean(1)
    ears = np.abs(template[:, 0]) > _EAR_X_M
    ears &= template[:, 2] > 0.6  # above the shoulders
    points[ears, 0] *= _EAR_X_M / np.abs(template[ears, 0])
    points = smooth(points, finer.quads, rounds=10)
    normal = smooth(normals[finer.blend].mean(1), finer.quads, rounds=6)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-6)
    folds = rng_for("folds", identity.texture_seed).normal(0, 0.004, (len(points), 1))
    lumps = smooth(folds, finer.quads, rounds=4)[:, 0]
    inside = ramp(scarf_reach(template), -0.006, 0.012)
    offset = -0.005 + (0.005 + _THICKNESS_M + lumps) * inside
    across = np.clip(template[:, 0] / 0.4 + 0.5, 0, 1)
    fall = np.clip((template[:, 2] - 0.45) / 0.45, 0, 1)
    builder = MeshBuilder()
    builder.add(
        points=points + normal * offset[:, None],
        weights=anatomy.weights[finer.blend].mean(1),
        quads=finer.quads,
        texels=TILES["hair"].texels(np.stack([across, fall], axis=-1)),
        texel_quads=finer.quads,
        two_sided=True,
        shine=0.02,
        openness=1.0,
    )
    return builder


def _after(cloth: list[AnyArray], body: AnyArray, *, offset: int) -> AnyArray:
    """Number the cloth's corners behind the body's and draw it first, as hair is."""
    return np.concatenate([*(part + offset for part in cloth), body]).astype(np.int32)
