"""Rims and wires, where and how thick they are."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="only the training extra brings torch")
pytest.importorskip("numba", reason="only the training extra brings numba")

from training.simulator.render.figure.glasses import CORNERS, RADIUS_M, rim, tube


def test_a_rim_lies_round_its_eye() -> None:
    """In shares of .0625 m between the eyes: .41 to either side, .30 up and down, .05 lower."""
    line = rim(np.array([0.03, -0.15, 0.9]), eye_distance_m=0.0625)

    assert line.shape == (CORNERS, 3)
    assert (line[:, 1] == -0.15).all()
    assert line[:, 0].min() == pytest.approx(0.03 - 0.41 * 0.0625)
    assert line[:, 0].max() == pytest.approx(0.03 + 0.41 * 0.0625)
    assert line[:, 2].min() == pytest.approx(0.9 - 0.35 * 0.0625)
    assert line[:, 2].max() == pytest.approx(0.9 + 0.25 * 0.0625)
    # The corner farthest to the person's left comes first: bridge and arms start there.
    assert line[:, 0].argmax() == 0
    assert line[:, 0].argmin() == CORNERS // 2


@pytest.mark.parametrize("closed", [False, True])
def test_a_wire_is_as_thick_as_it_should_be(closed: bool) -> None:
    """Each vertex is one radius from its point of the line; a closed one has one more joint."""
    line = rim(np.zeros(3), eye_distance_m=0.0625)

    wire = tube(line, beside=(0.0, 1.0, 0.0), closed=closed)
    sides = len(wire.points) // CORNERS
    away = np.linalg.norm(wire.points.reshape(CORNERS, sides, 3) - line[:, None], axis=2)

    assert away == pytest.approx(RADIUS_M, rel=1e-3)
    assert len(wire.quads) == sides * (CORNERS if closed else CORNERS - 1)
    assert wire.quads.max() == len(wire.points) - 1
    assert (np.diff(np.sort(wire.quads, axis=1), axis=1) > 0).all()
