"""A rotated square of a picture: what the landmark and the expression model look at."""

import math
from dataclasses import dataclass

import numpy as np

from appliance.domain.arrays import Float64Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Square:
    """A square of the picture, turned so that what it shows stands upright."""

    centre_xy: tuple[float, float]
    """Pixels of the picture."""

    side_px: float
    """Side length."""

    rotation_rad: float
    """Clockwise turn of the square's x axis against the picture's, in [-pi, pi)."""

    def to_picture(self, *, input_px: int) -> Float64Array:
        """Return the (2, 3) matrix from model input pixels to picture pixels.

        Corners map to corners, as MediaPipe's ``warpPerspective`` does (no half-pixel shift).
        """
        scale = self.side_px / input_px
        cosine = math.cos(self.rotation_rad) * scale
        sine = math.sin(self.rotation_rad) * scale
        half = input_px / 2
        return np.array(
            [
                [cosine, -sine, self.centre_xy[0] - cosine * half + sine * half],
                [sine, cosine, self.centre_xy[1] - sine * half - cosine * half],
            ]
        )

    def moved_on(self, before: "Square", *, steps: float) -> "Square":
        """Return where this square will be if it goes on as it came.

        Args:
            before: Where it was one step ago.
            steps: How far to go on.
        """
        (x, y), (x0, y0) = self.centre_xy, before.centre_xy
        return Square(
            centre_xy=(x + steps * (x - x0), y + steps * (y - y0)),
            side_px=self.side_px * (self.side_px / before.side_px) ** steps,
            rotation_rad=wrapped_rad(
                self.rotation_rad + steps * wrapped_rad(self.rotation_rad - before.rotation_rad)
            ),
        )

    def corners(self) -> Float64Array:
        """Return the (4, 2) corners, clockwise from the top left of what it shows."""
        matrix = self.to_picture(input_px=1)
        units = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], dtype=np.float64)
        corners: Float64Array = units @ matrix[:, :2].T + matrix[:, 2]
        return corners


def wrapped_rad(angle_rad: float) -> float:
    """Return the same angle in [-pi, pi)."""
    return angle_rad - 2 * math.pi * math.floor((angle_rad + math.pi) / (2 * math.pi))
