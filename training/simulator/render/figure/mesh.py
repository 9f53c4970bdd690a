"""Collects the vertices and triangles of all materials of a person into one list."""

import numpy as np

from appliance.domain.arrays import AnyArray, FloatArray
from training.simulator.render.figure.surface import triangles_of


class MeshBuilder:
    """Collects vertices and triangles of all materials."""

    def __init__(self) -> None:
        """Start empty."""
        self.points: list[FloatArray] = []
        self.weights: list[FloatArray] = []
        self.triangles: list[AnyArray] = []
        self.texels: list[FloatArray] = []
        self.texel_triangles: list[AnyArray] = []
        self.culled: list[AnyArray] = []
        self.two_sided: list[AnyArray] = []
        self.shine: list[AnyArray] = []
        self.openness: list[AnyArray] = []
        self.vertices = 0
        self.corners = 0

    def add(  # one call per material, each value named
        self,
        *,
        points: FloatArray,
        weights: FloatArray,
        quads: AnyArray,
        texels: FloatArray,
        texel_quads: AnyArray,
        two_sided: bool,
        shine: float,
        openness: float,
    ) -> None:
        """Append one material; vertex numbers of ``quads`` count from its own first vertex."""
        triangles = triangles_of(quads)
        self.points.append(points.astype(np.float32))
        self.weights.append(weights.astype(np.float32))
        self.triangles.append(triangles + self.vertices)
        self.texels.append(texels.astype(np.float32))
        self.texel_triangles.append(triangles_of(texel_quads) + self.corners)
        self.culled.append(np.full(len(triangles), not two_sided, dtype=np.uint8))
        self.two_sided.append(np.full(len(points), two_sided, dtype=np.uint8))
        self.shine.append(np.full(len(points), shine, dtype=np.float32))
        self.openness.append(np.full(len(points), openness, dtype=np.float32))
        self.vertices += len(points)
        self.corners += len(texels)
