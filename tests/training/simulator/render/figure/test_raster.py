"""Triangles to pixels."""

import numpy as np
import pytest

pytest.importorskip("numba", reason="the render needs the training extra")

from training.simulator.render.figure.raster import draw_triangles, vertex_normals

WHITE = np.full((1, 1, 3), 200, dtype=np.uint8)


def drawn(
    corners: list[tuple[float, float, float]], *, culled: bool = False, light: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Draw triangles of three corners each into an 8 x 8 picture."""
    screen = np.array(corners, dtype=np.float32)
    triangles = np.arange(len(screen), dtype=np.int32).reshape(-1, 3)
    colour = np.zeros((8, 8, 3), dtype=np.float32)
    depth = np.full((8, 8), np.inf, dtype=np.float32)
    shades = np.full((len(screen), 3), light, dtype=np.float32)
    if len(screen) > 3:
        shades[3:] *= 0.5
    draw_triangles(
        screen,
        triangles,
        np.zeros((1, 2), dtype=np.float32),
        np.zeros_like(triangles),
        shades,
        np.zeros(len(screen), dtype=np.float32),
        np.full(len(triangles), culled, dtype=np.uint8),
        WHITE,
        colour,
        depth,
    )
    return colour, depth


FRONT = [(0.0, 0.0, 2.0), (0.0, 8.0, 2.0), (8.0, 0.0, 2.0)]  # counter-clockwise, y down
BACK = [FRONT[0], FRONT[2], FRONT[1]]


def test_a_triangle_covers_the_pixels_whose_centres_it_holds() -> None:
    """The half square below its diagonal, diagonal included."""
    colour, depth = drawn(FRONT)

    covered = np.add.outer(np.arange(8), np.arange(8)) <= 7
    assert (colour[..., 0] > 0)[covered].mean() > 0.85
    assert (colour[..., 0] == 0)[~covered].all()
    assert depth[0, 0] == pytest.approx(2.0)
    assert colour[0, 0] == pytest.approx(200.0)


def test_light_scales_the_texture() -> None:
    """Half the light, half the value."""
    assert drawn(FRONT, light=0.5)[0][0, 0] == pytest.approx(100.0)


def test_back_faces_are_dropped_only_where_asked() -> None:
    """Hair is seen from both sides, skin is not."""
    assert drawn(BACK, culled=True)[0].max() == 0
    assert drawn(BACK, culled=False)[0].max() > 0
    assert drawn(FRONT, culled=True)[0].max() > 0


@pytest.mark.parametrize("second_m", [1.0, 3.0], ids=["nearer", "farther"])
def test_the_nearer_surface_wins(second_m: float) -> None:
    """Whatever the order of drawing."""
    second = [(x, y, second_m) for x, y, _ in FRONT]

    colour, depth = drawn(FRONT + second)

    assert depth[0, 0] == pytest.approx(min(2.0, second_m))
    assert colour[0, 0, 0] == pytest.approx(100.0 if second_m < 2.0 else 200.0)


def test_triangles_outside_the_picture_are_cut() -> None:
    """A triangle larger than the picture fills it and writes nowhere else."""
    colour, _ = drawn([(-50.0, -50.0, 1.0), (-50.0, 100.0, 1.0), (100.0, -50.0, 1.0)])

    assert (colour > 0).all()


def test_normals_point_out_of_a_counter_clockwise_face() -> None:
    """The right-hand rule."""
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], dtype=np.float32)

    normals = vertex_normals(points, np.array([[0, 1, 2]], dtype=np.int32))

    assert normals == pytest.approx(np.tile([0.0, 0.0, 1.0], (3, 1)))
