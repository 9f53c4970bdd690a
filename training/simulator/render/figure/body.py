"""One person as a mesh that can be posed: skin, eyes, teeth, hair and shirt in one list.

Hair and shirt are shells over the body. Where they end, the shell dives under the skin, so
hairline, collar and cuffs are smooth intersections whatever the mesh.
"""

from dataclasses import dataclass, field

import numpy as np

from appliance.domain.arrays import AnyArray, FloatArray, UInt8Array
from training.simulator.render.figure.anatomy import Anatomy
from training.simulator.render.figure.atlas import TILES, paint_atlas
from training.simulator.render.figure.hair import add_hair
from training.simulator.render.figure.identity import Identity, rng_for
from training.simulator.render.figure.mesh import MeshBuilder
from training.simulator.render.figure.raster import vertex_normals
from training.simulator.render.figure.rig import BONE_INDEX
from training.simulator.render.figure.shirt import add_shirt, hidden_quads, shirt_reach
from training.simulator.render.figure.skeleton import Skeleton
from training.simulator.render.figure.surface import triangles_of


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Body:
    """A posable person. V vertices, T triangles, U texture positions, B bones, A face actions."""

    skeleton: Skeleton = field(repr=False)
    """Joints and how they turn."""

    points: FloatArray = field(repr=False)
    """(V, 3) rest vertices, metres."""

    weights: FloatArray = field(repr=False)
    """(V, B) share of each bone."""

    action_vertices: AnyArray = field(repr=False)
    """(W,) vertices that a face action may move."""

    action_deltas: FloatArray = field(repr=False)
    """(A, W, 3) displacement at full strength, metres."""

    triangles: AnyArray = field(repr=False)
    """(T, 3) int32 corners."""

    texels: FloatArray = field(repr=False)
    """(U, 2) texture positions."""

    texel_triangles: AnyArray = field(repr=False)
    """(T, 3) int32 corners in ``texels``."""

    culled: UInt8Array = field(repr=False)
    """(T,) 1 where the back face is never seen."""

    two_sided: UInt8Array = field(repr=False)
    """(V,) 1 where a normal may point away from the viewer (hair, lashes)."""

    shine: FloatArray = field(repr=False)
    """(V,) strength of the highlight, 0 to 1."""

    openness: FloatArray = field(repr=False)
    """(V,) share of the surrounding light that reaches the surface, 0 to 1."""

    atlas: UInt8Array = field(repr=False)
    """(H, W, 3) BGR texture."""

    eye_height_m: float
    """Height of the eyes at rest, metres."""

    eyes_m: FloatArray = field(repr=False)
    """(3,) middle between the eyes at rest, metres."""


LAP_M = -0.05  # template height; below it is under the desk of whoever sits
SHINS_M = -0.80  # likewise, of whoever stands behind one


def build_body(anatomy: Anatomy, identity: Identity, *, lowest_m: float = LAP_M) -> Body:
    """Build the mesh of one person down to a height; takes about two seconds."""
    rest, joints = anatomy.shape(identity)
    rng = rng_for("body", identity.texture_seed)
    builder = MeshBuilder()
    sources = _add_skin(builder, anatomy, rest, identity)
    moved = np.where(np.abs(anatomy.action_deltas[:, sources]).max((0, 2)) > 1e-6)[0]
    add_hair(builder, anatomy, rest, identity, rng)
    add_shirt(builder, anatomy, rest, identity, rng, lowest_m=lowest_m)
    eyes = joints[[BONE_INDEX["eye.L"], BONE_INDEX["eye.R"]]].mean(0)
    return Body(
        skeleton=Skeleton(joints),
        points=np.concatenate(builder.points),
        weights=np.concatenate(builder.weights),
        action_vertices=moved,
        action_deltas=np.ascontiguousarray(anatomy.action_deltas[:, sources[moved]]),
        # Shirt and hair first: what they hide is then never shaded.
        triangles=np.concatenate(builder.triangles[::-1]),
        texels=np.concatenate(builder.texels),
        texel_triangles=np.concatenate(builder.texel_triangles[::-1]),
        culled=np.concatenate(builder.culled[::-1]),
        two_sided=np.concatenate(builder.two_sided),
        shine=np.concatenate(builder.shine),
        openness=np.concatenate(builder.openness),
        atlas=paint_atlas(anatomy, identity),
        eye_height_m=float(eyes[2]),
        eyes_m=eyes.astype(np.float32),
    )


def apply_actions(body: Body, actions: FloatArray) -> FloatArray:
    """Return (V, 3) rest vertices with the (A,) face actions applied."""
    points = body.points.copy()
    active = np.flatnonzero(actions)
    if len(active):
        points[body.action_vertices] += np.einsum(
            "a,awd->wd", actions[active], body.action_deltas[active]
        )
    return points


SKIN_UNDER_SHIRT_M = 0.010

NECK_SEAM_M = 0.59  # below it on the template, the skin of the neck belongs to the trunk

_SKIN_PARTS = (
    # part, two-sided, shine, openness
    ("head", False, 0.16, 1.0),
    ("torso", False, 0.10, 1.0),
    ("mouth", True, 0.05, 0.35),
    ("teeth", True, 0.10, 0.55),
    ("tongue", True, 0.10, 0.5),
    ("eyes", False, 0.9, 0.85),
    ("upper_lashes", True, 0.0, 1.0),
)


def _add_skin(
    builder: MeshBuilder, anatomy: Anatomy, rest: FloatArray, identity: Identity
) -> AnyArray:
    """Add body, eyes, mouth and lashes; return the anatomy's vertex of each of their vertices."""
    sources = []
    for name, two_sided, shine, openness in _SKIN_PARTS:
        part = anatomy.parts[name]
        quads, uv = part.quads, part.uv
        if name == "torso":
            seen = ~hidden_quads(anatomy, quads, identity)
            normals = vertex_normals(rest, triangles_of(quads))
            quads, uv = quads[seen], uv[seen]
            # Drawn in under the shirt, so that no skin shows through its creases.
            inside = np.clip(shirt_reach(anatomy.template, identity) / 0.02, 0, 1)
            # The neck's upper edge stays where the head begins.
            inside *= np.clip((NECK_SEAM_M - anatomy.template[:, 2]) / 0.03, 0, 1)
            rest = rest - SKIN_UNDER_SHIRT_M * inside[:, None] * normals
        used, local = np.unique(quads, return_inverse=True)
        local = local.reshape(quads.shape)
        if name == "eyes":
            uv = _eye_uv(anatomy, quads)
        corners = np.arange(quads.size, dtype=np.int32).reshape(quads.shape)
        builder.add(
            points=rest[used],
            weights=anatomy.weights[used],
            quads=local,
            texels=TILES[name].texels(uv.reshape(-1, 2)),
            texel_quads=corners,
            two_sided=two_sided,
            shine=shine,
            openness=openness,
        )
        sources.append(used)
    return np.concatenate(sources)


def _eye_uv(anatomy: Anatomy, quads: AnyArray) -> FloatArray:
    uv = np.zeros((*quads.shape, 2), dtype=np.float32)
    position = anatomy.template[quads]
    for sign in (1.0, -1.0):
        mask = position[:, :, 0].mean(1) * sign > 0
        ball = position[mask]
        low, high = ball.reshape(-1, 3).min(0), ball.reshape(-1, 3).max(0)
        centre, radius = (low + high) / 2, (high - low).max() / 2
        offset = (ball - centre) / radius
        behind = offset[..., 1] > 0.2
        offset[behind] = (
            0.98
            * offset[behind]
            / np.maximum(np.linalg.norm(offset[behind][:, [0, 2]], axis=1, keepdims=True), 1e-3)
        )
        uv[mask] = 0.5 + 0.5 * offset[..., [0, 2]]
    return np.clip(uv, 0.0, 1.0)
