"""Where the cloth of a headscarf lies on the neutral head."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="only the training extra brings torch")
pytest.importorskip("numba", reason="only the training extra brings numba")

from training.simulator.render.figure.headscarf import scarf_reach


def test_the_scarf_leaves_the_face_free() -> None:
    """Brows, eyes, nose, mouth and chin are bare; crown, ears, nape and throat are covered."""
    bare = [(0.05, -0.10, 0.745), (0.03, -0.12, 0.728), (0.0, -0.14, 0.69), (0.0, -0.15, 0.661)]
    covered = [(0.0, -0.03, 0.85), (0.078, -0.03, 0.71), (0.0, 0.06, 0.68), (0.0, -0.08, 0.58)]

    assert (scarf_reach(np.array([*bare, (0.0, -0.13, 0.62)])) < 0).all()
    assert (scarf_reach(np.array(covered)) > 0).all()
