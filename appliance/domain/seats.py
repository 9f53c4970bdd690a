"""A place in the classroom, and who sits there now."""

from dataclasses import dataclass
from typing import NewType

SeatKey = NewType("SeatKey", str)
TerminalKey = NewType("TerminalKey", str)
OccupancyKey = NewType("OccupancyKey", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A rectangle of the picture, in fractions of its width and height."""

    x0: float
    """Left edge in [0, 1)."""
    y0: float
    """Top edge in [0, 1)."""
    x1: float
    """Right edge in (x0, 1]."""
    y1: float
    """Bottom edge in (y0, 1]."""

    def __post_init__(self) -> None:
        """Reject an empty or outlying rectangle."""
        if not (0 <= self.x0 < self.x1 <= 1 and 0 <= self.y0 < self.y1 <= 1):
            box = f"[{self.x0}, {self.y0}, {self.x1}, {self.y1}]"
            msg = f"region {box}: need 0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1"
            raise ValueError(msg)

    def pixel_box(self, *, width_px: int, height_px: int) -> tuple[int, int, int, int]:
        """Return left, top, right, bottom in pixels, never empty."""
        left, top = int(self.x0 * width_px), int(self.y0 * height_px)
        right = max(left + 1, round(self.x1 * width_px))
        bottom = max(top + 1, round(self.y1 * height_px))
        return left, top, right, bottom


WHOLE_PICTURE = Region(x0=0.0, y0=0.0, x1=1.0, y1=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Occupancy:
    """One student's stay on one seat; everything learnt about the student ends with it."""

    key: OccupancyKey
    """Random; never a name and never derived from a face."""

    seat: SeatKey
    """Where."""

    since_s: float
    """Capture time of the beginning, seconds."""
