"""Glasses as geometry: two rims, a bridge and two arms that turn with the head."""

from dataclasses import dataclass, replace

import numpy as np

from appliance.domain.arrays import AnyArray, Float64Array, FloatArray
from training.datasets.overlays import LENS_BELOW, LENS_HALF_WH, LENS_POWER
from training.simulator.render.figure.anatomy import Anatomy
from training.simulator.render.figure.body import Body, build_body
from training.simulator.render.figure.identity import Identity
from training.simulator.render.figure.rig import BONE_INDEX
from training.simulator.render.figure.surface import triangles_of

RADIUS_M = 0.0013  # of the wire: metal rims are 1.5 to 3 mm wide
CORNERS = 40  # of a rim
_SIDES = 6  # of the wire
_FRONT_M = 0.002  # between the skin and the wire
_TEMPLE_M = 0.004  # likewise at the temples
_EAR_M = 0.05  # how far behind the eyes an arm ends: in front of the ear
_COLOUR_BGR = (40, 36, 34)
_SHINE = 0.35


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Wire:
    """A tube round a line of N points."""

    points: FloatArray
    """(N * S, 3) vertices, metres."""

    quads: AnyArray
    """(Q, 4) corners."""


def build_bespectacled_body(anatomy: Anatomy, identity: Identity) -> Body:
    """Build the mesh of one person who wears glasses; everything else is unchanged."""
    return put_on(build_body(anatomy, identity))


def put_on(body: Body) -> Body:
    """Return the person with glasses, placed by the person's own eyes, nose and temples."""
    points, quads, first = [], [], 0
    for wire in _wires(body):
        points.append(wire.points)
        quads.append(wire.quads + first)
        first += len(wire.points)
    added = np.concatenate(points).astype(np.float32)
    triangles = triangles_of(np.concatenate(quads))
    weights = np.zeros((len(added), body.weights.shape[1]), dtype=np.float32)
    weights[:, BONE_INDEX["head"]] = 1.0
    atlas = body.atlas.copy()
    atlas[-8:, -8:] = _COLOUR_BGR  # a corner that no material uses
    texel = np.array([[atlas.shape[1] - 4.0, atlas.shape[0] - 4.0]], dtype=np.float32)
    return replace(
        body,
        points=np.concatenate([body.points, added]),
        weights=np.concatenate([body.weights, weights]),
        triangles=np.concatenate([body.triangles, triangles + np.int32(len(body.points))]),
        texels=np.concatenate([body.texels, texel]),
        texel_triangles=np.concatenate(
            [body.texel_triangles, np.full_like(triangles, len(body.texels))]
        ),
        culled=np.concatenate([body.culled, np.zeros(len(triangles), dtype=np.uint8)]),
        two_sided=np.concatenate([body.two_sided, np.ones(len(added), dtype=np.uint8)]),
        shine=np.concatenate([body.shine, np.full(len(added), _SHINE, dtype=np.float32)]),
        openness=np.concatenate([body.openness, np.ones(len(added), dtype=np.float32)]),
        atlas=atlas,
    )


def rim(centre: Float64Array, *, eye_distance_m: float) -> Float64Array:
    """Return the (CORNERS, 3) line of one rim in a plane that faces forward.

    Shape and place are those of the glasses that real faces put on (training.datasets.overlays).

    Args:
        centre: (3,) of the eye, moved forward to the plane of the lenses, metres.
        eye_distance_m: From eye to eye.
    """
    angle = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False)
    corner = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    corner = np.sign(corner) * np.abs(corner) ** (2 / LENS_POWER) * LENS_HALF_WH
    corner[:, 1] -= LENS_BELOW
    flat = eye_distance_m * corner
    return centre + np.stack([flat[:, 0], np.zeros(CORNERS), flat[:, 1]], axis=1)


def tube(line: Float64Array, *, beside: tuple[float, float, float], closed: bool) -> Wire:
    """Return a wire round a line.

    Args:
        line: (N, 3) points.
        beside: Any direction that the line never takes.
        closed: Whether the last point is joined to the first.
    """
    if closed:
        along = np.roll(line, -1, axis=0) - np.roll(line, 1, axis=0)
    else:
        along = np.gradient(line, axis=0)
    across = np.cross(along, beside)
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    over = np.cross(across, along)
    over /= np.linalg.norm(over, axis=1, keepdims=True)
    angle = np.linspace(0, 2 * np.pi, _SIDES, endpoint=False)[None, :, None]
    skin = np.cos(angle) * across[:, None] + np.sin(angle) * over[:, None]
    points = line[:, None] + RADIUS_M * skin
    count = len(line)
    here = np.arange(count if closed else count - 1)
    after = (here + 1) % count
    side = np.arange(_SIDES)
    turn = (side + 1) % _SIDES
    corners = [
        (a[:, None] * _SIDES + b[None, :]).ravel()
        for a, b in ((here, side), (here, turn), (after, turn), (after, side))
    ]
    return Wire(points=points.reshape(-1, 3).astype(np.float32), quads=np.stack(corners, axis=1))


def _wires(body: Body) -> list[Wire]:
    left, right = (body.skeleton.joint(BONE_INDEX[f"eye.{side}"]) for side in "LR")
    distance = float(np.linalg.norm(left - right))
    head = body.points[body.weights[:, BONE_INDEX["head"]] > 0.5]  # mostly its own
    half_w, half_h = (0.8 * distance * half for half in LENS_HALF_WH)  # a lens has no corners
    before = np.zeros(len(head), dtype=np.bool_)
    for eye in (left, right):
        middle = eye[2] - LENS_BELOW * distance
        before |= (np.abs(head[:, 0] - eye[0]) < half_w) & (np.abs(head[:, 2] - middle) < half_h)
    # The eyes' own height, or the neck would count as the nose.
    front = np.array([0.0, float(head[before, 1].min()) - _FRONT_M - left[1], 0.0])
    depth = head[:, 1] - left[1]
    temple = (depth > 0.02) & (depth < _EAR_M)  # metres: behind the eye sockets
    temple &= np.abs(head[:, 2] - left[2]) < 0.01  # metres: at the arms' height
    wide = float(np.abs(head[temple, 0]).max()) + _TEMPLE_M
    rims = [rim(eye + front, eye_distance_m=distance) for eye in (left, right)]
    half = CORNERS // 2
    bridge = np.linspace(rims[1][0], rims[0][half], 6)
    bridge[:, 2] += 0.003 * np.sin(np.linspace(0, np.pi, 6))  # arched, metres
    wires = [
        *(tube(one, beside=(0.0, 1.0, 0.0), closed=True) for one in rims),
        tube(bridge, beside=(0.0, 1.0, 0.0), closed=False),
    ]
    for start, sign in ((rims[0][0], 1.0), (rims[1][half], -1.0)):
        end = np.array([sign * wide, left[1] + _EAR_M, left[2]])
        arm = np.linspace(start, end, 8)
        wires.append(tube(arm, beside=(0.0, 0.0, 1.0), closed=False))
    return wires
