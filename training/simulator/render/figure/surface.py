"""Small operations on quad meshes: triangles, refinement, offset shells."""

from dataclasses import dataclass, field

import numpy as np

from appliance.domain.arrays import AnyArray, FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Refined:
    """A quad mesh with four quads in place of one."""

    blend: AnyArray = field(repr=False)
    """(N, 4) old vertices whose mean is the new vertex (repeated where fewer are needed)."""

    quads: AnyArray = field(repr=False)
    """(4 Q, 4) int32 vertex numbers of the new mesh."""


def triangles_of(quads: AnyArray) -> AnyArray:
    """Return (2 Q, 3) int32 triangles of (Q, 4) quads."""
    return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]).astype(np.int32)


def refine(quads: AnyArray) -> Refined:
    """Split every quad at its edge midpoints and its centre; shared edges stay shared."""
    used, inverse = np.unique(quads, return_inverse=True)
    local = inverse.reshape(quads.shape)
    edges = np.stack([local, np.roll(local, -1, axis=1)], axis=-1)
    keys, edge_inverse = np.unique(
        np.sort(edges.reshape(-1, 2), axis=1), axis=0, return_inverse=True
    )
    edge_of = edge_inverse.reshape(quads.shape) + len(used)
    centre = np.arange(len(quads)) + len(used) + len(keys)
    blend = np.concatenate(
        [
            np.repeat(used[:, None], 4, axis=1),
            used[np.concatenate([keys, keys], axis=1)],
            quads,
        ]
    )
    corners = [
        np.stack([local[:, k], edge_of[:, k], centre, edge_of[:, k - 1]], axis=1) for k in range(4)
    ]
    return Refined(blend=blend, quads=np.concatenate(corners).astype(np.int32))


def smooth(points: FloatArray, quads: AnyArray, *, rounds: int) -> FloatArray:
    """Move every vertex half-way to the mean of its neighbours, ``rounds`` times."""
    ends = np.stack([quads, np.roll(quads, -1, axis=1)], axis=-1).reshape(-1, 2)
    both = np.concatenate([ends, ends[:, ::-1]])
    count = np.bincount(both[:, 0], minlength=len(points)).clip(1)[:, None]
    moved = points.astype(np.float64)
    for _ in range(rounds):
        total = np.zeros_like(moved)
        np.add.at(total, both[:, 0], moved[both[:, 1]])
        moved = 0.5 * moved + 0.5 * total / count
    return moved.astype(np.float32)


def ramp(values: FloatArray, low: float, high: float) -> FloatArray:
    """Return 0 below ``low``, 1 above ``high``, smooth between (smoothstep)."""
    share = np.clip((values - low) / (high - low), 0, 1)
    stepped: FloatArray = share * share * (3 - 2 * share)
    return stepped
