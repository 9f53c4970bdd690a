"""A sheet to draw on: everything is drawn three times as large and shrunk at the end.

OpenCV smooths the edges of lines, not those of filled areas, and its letters are thin: shrinking
smooths both. Lengths are pixels of the finished picture.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from appliance.domain.arrays import BoolArray, UInt8Array

FINE = 3
"""Fine pixels per pixel of the picture."""

FONT = cv2.FONT_HERSHEY_SIMPLEX

_LETTER_PX = 30.0
"""Line height that OpenCV's scale 1 has been taken for when sizes were chosen."""

Colour = tuple[int, int, int]
"""Red, green, blue, 0 to 255."""

WHITE: Colour = (255, 255, 255)
INK: Colour = (32, 32, 32)
QUIET: Colour = (104, 104, 104)
LINE: Colour = (190, 190, 190)


class Canvas:
    """A white sheet."""

    def __init__(self, *, width_px: int, height_px: int) -> None:
        """Begin empty."""
        self.width_px = width_px
        self.height_px = height_px
        self._fine = np.full((height_px * FINE, width_px * FINE, 3), 255, dtype=np.uint8)

    def fill(
        self, x_px: float, y_px: float, to_x_px: float, to_y_px: float, colour: Colour
    ) -> None:
        """Fill a rectangle, at least one fine pixel wide."""
        rows, columns = self._span(x_px, y_px, to_x_px, to_y_px)
        self._fine[rows, columns] = colour

    def paint(
        self, x_px: float, y_px: float, to_x_px: float, to_y_px: float, picture: UInt8Array
    ) -> None:
        """Put a picture of the rectangle's fine size, (3 h, 3 w, 3) in RGB, where it belongs."""
        rows, columns = self._span(x_px, y_px, to_x_px, to_y_px)
        self._fine[rows, columns] = picture

    def frame(
        self, x_px: float, y_px: float, to_x_px: float, to_y_px: float, colour: Colour
    ) -> None:
        """Draw the outline of a rectangle, one pixel thick."""
        self.fill(x_px, y_px, to_x_px, y_px + 1, colour)
        self.fill(x_px, to_y_px - 1, to_x_px, to_y_px, colour)
        self.fill(x_px, y_px, x_px + 1, to_y_px, colour)
        self.fill(to_x_px - 1, y_px, to_x_px, to_y_px, colour)

    def dashes(self, x_px: float, to_x_px: float, y_px: float, colour: Colour) -> None:
        """Draw a dashed level line."""
        at_px = x_px
        while at_px < to_x_px:
            self.fill(at_px, y_px - 0.5, min(at_px + 6, to_x_px), y_px + 0.5, colour)
            at_px += 11

    def hatch(
        self, x_px: float, y_px: float, to_x_px: float, to_y_px: float, *, on: Colour, line: Colour
    ) -> None:
        """Fill a rectangle with rising stripes."""
        rows, columns = self._span(x_px, y_px, to_x_px, to_y_px)
        part = self._fine[rows, columns]
        part[...] = on
        part[stripes(part.shape[0], part.shape[1], left=columns.start)] = line

    def triangle(self, x_px: float, y_px: float, size_px: float, colour: Colour) -> None:
        """Draw a triangle that points down to (x, y)."""
        points = np.array(
            [
                (x_px, y_px),
                (x_px - size_px / 2, y_px - size_px),
                (x_px + size_px / 2, y_px - size_px),
            ]
        )
        cv2.fillPoly(self._fine, [np.rint(points * FINE).astype(np.int32)], colour, cv2.LINE_AA)

    def path(
        self, points_px: Sequence[tuple[float, float]], colour: Colour, *, width_px: float = 2
    ) -> None:
        """Draw straight lines from point to point, each (x, y)."""
        fine = np.rint(np.array(points_px, dtype=np.float64) * FINE).astype(np.int32)
        thickness = max(1, round(width_px * FINE))
        cv2.polylines(self._fine, [fine], False, colour, thickness, cv2.LINE_AA)  # noqa: FBT003

    def dot(self, x_px: float, y_px: float, size_px: float, colour: Colour) -> None:
        """Draw a filled circle of a diameter around (x, y)."""
        middle = round(x_px * FINE), round(y_px * FINE)
        cv2.circle(self._fine, middle, round(size_px * FINE / 2), colour, cv2.FILLED, cv2.LINE_AA)

    def text(
        self,
        text: str,
        x_px: float,
        baseline_px: float,
        *,
        size_px: float,
        colour: Colour = INK,
        bold: bool = False,
        align: float = 0.0,
    ) -> None:
        """Write one line.

        Args:
            text: Anything; what is not ASCII becomes a question mark, as OpenCV 4 has no more.
            x_px: Left end, middle or right end, as ``align`` says.
            baseline_px: Where the letters stand.
            size_px: Line height.
            colour: Of the letters.
            bold: Thicker strokes.
            align: 0 for left, 0.5 for centred, 1 for right.
        """
        left_px = x_px - align * text_width_px(text, size_px=size_px, bold=bold)
        cv2.putText(
            self._fine,
            _ascii(text),
            (round(left_px * FINE), round(baseline_px * FINE)),
            FONT,
            size_px * FINE / _LETTER_PX,
            colour,
            _thickness(size_px, bold=bold),
            cv2.LINE_AA,
        )

    def shrunk(self) -> UInt8Array:
        """Return the finished sheet, (H, W, 3) in RGB."""
        size = self.width_px, self.height_px
        small = cv2.resize(self._fine, size, interpolation=cv2.INTER_AREA)
        return np.asarray(small, dtype=np.uint8)

    def _span(
        self, x_px: float, y_px: float, to_x_px: float, to_y_px: float
    ) -> tuple[slice, slice]:
        top, left = round(y_px * FINE), round(x_px * FINE)
        bottom, right = round(to_y_px * FINE), round(to_x_px * FINE)
        return slice(top, max(bottom, top + 1)), slice(left, max(right, left + 1))


def stripes(height: int, width: int, *, left: int = 0) -> BoolArray:
    """Return (height, width) fine pixels, True on stripes that rise to the right.

    Args:
        height: Fine pixels.
        width: Fine pixels.
        left: Fine column of the first one, so that neighbours continue each other.
    """
    rows, columns = np.ogrid[:height, left : left + width]
    return np.asarray((rows + columns) % (8 * FINE) < 2 * FINE, dtype=np.bool_)


def text_width_px(text: str, *, size_px: float, bold: bool = False) -> float:
    """Return the width of a line of text."""
    thickness = _thickness(size_px, bold=bold)
    (width, _), _ = cv2.getTextSize(_ascii(text), FONT, size_px * FINE / _LETTER_PX, thickness)
    return float(width / FINE)


def _thickness(size_px: float, *, bold: bool) -> int:
    return max(1, round(size_px * FINE / _LETTER_PX * (2.6 if bold else 1.4)))


def _ascii(text: str) -> str:
    return text.encode("ascii", "replace").decode("ascii")
