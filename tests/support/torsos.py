"""Bodies as the claims of seats see them."""

import numpy as np

from appliance.perception.seating.torso import Torso

SIZE_WH = (1024, 512)
WIDTH = 128.0
STEP_S = 1 / 16
SHOULDERS_Y, HIPS_Y, NOSE_Y = 192.0, 384.0, 128.0


def torso(x: float, *, hips_x: float | None = None, up: float = 0.0) -> Torso:
    """Build a body with shoulders at x; hips below them or elsewhere, all of it moved up."""
    return Torso(
        shoulders=np.array([x, SHOULDERS_Y - up]),
        hips=np.array([x if hips_x is None else hips_x, HIPS_Y - up]),
        nose=np.array([x, NOSE_Y - up]),
        width_px=WIDTH,
    )
