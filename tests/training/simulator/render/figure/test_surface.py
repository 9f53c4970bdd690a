"""Quad meshes."""

import numpy as np

from training.simulator.render.figure.surface import refine, smooth, triangles_of

SQUARES = np.array([[0, 1, 4, 3], [1, 2, 5, 4]])
POINTS = np.array([[0, 0, 0], [1, 0, 0], [2, 0, 0], [0, 1, 0], [1, 1, 0], [2, 1, 0]], dtype=float)


def area(points: np.ndarray[tuple[int, ...], np.dtype[np.float64]], quads: object) -> float:
    """Return the area of a quad mesh, split into triangles."""
    a, b, c = (points[triangles_of(np.asarray(quads))[:, k]] for k in range(3))
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)


def test_refining_keeps_the_area_and_shares_edges() -> None:
    """Four quads for one; the common edge has one midpoint."""
    finer = refine(SQUARES)
    points = POINTS[finer.blend].mean(1)

    assert len(finer.quads) == 8
    assert len(points) == 6 + 7 + 2
    assert area(points, finer.quads) == area(POINTS, SQUARES) == 2.0


def test_refining_keeps_the_winding() -> None:
    """Every new quad faces the way its parent does."""
    finer = refine(SQUARES)
    points = POINTS[finer.blend].mean(1)
    a, b, c = (points[triangles_of(finer.quads)[:, k]] for k in range(3))

    assert (np.cross(b - a, c - a)[:, 2] > 0).all()


def test_smoothing_flattens_a_spike() -> None:
    """A vertex that sticks out moves towards its neighbours."""
    spiked = POINTS.copy()
    spiked[4, 2] = 1.0

    assert 0 < smooth(spiked, SQUARES, rounds=1)[4, 2] < 1.0
