"""Where hair grows on the neutral head."""

import numpy as np

from appliance.domain.arrays import FloatArray

CENTRE_YZ = (-0.030, 0.750)
"""Middle of the neutral head, metres, about which the azimuth is measured."""

# Azimuth from the nose in degrees → height of the hairline on the neutral head, metres. By eye on
# the MakeHuman template: forehead, temple, sideburn, above the ear, behind it, nape.
_AZIMUTH_DEG = (0.0, 30.0, 48.0, 60.0, 68.0, 76.0, 84.0, 110.0, 122.0, 140.0, 180.0)
_HEIGHT_M = (0.803, 0.800, 0.786, 0.765, 0.735, 0.722, 0.738, 0.738, 0.700, 0.672, 0.660)


def azimuth_deg(position: FloatArray) -> FloatArray:
    """Return the angle from the nose, 0 to 180 degrees, of template positions (..., 3)."""
    angle: FloatArray = np.degrees(
        np.arctan2(np.abs(position[..., 0]), -(position[..., 1] - CENTRE_YZ[0]))
    )
    return angle


def hair_reach(position: FloatArray) -> FloatArray:
    """Return how far inside the hairline template positions (..., 3) lie, metres; skin < 0."""
    height = np.interp(azimuth_deg(position), _AZIMUTH_DEG, _HEIGHT_M)
    reach: FloatArray = position[..., 2] - height
    return reach
