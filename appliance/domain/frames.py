"""What ``cameras`` hands to ``perception``."""

from dataclasses import dataclass, field
from typing import NewType

from appliance.domain.arrays import UInt8Array, bind_shapes

CameraKey = NewType("CameraKey", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Which stages of perception are to look at a frame."""

    pose: bool = True
    """The pose, and the detector where nobody is tracked."""

    expression: bool = True
    """The face."""

    def __bool__(self) -> bool:
        """Tell whether anything is due at all."""
        return self.pose or self.expression

    def __or__(self, other: "Due") -> "Due":
        """Return what is due on either."""
        return Due(pose=self.pose or other.pose, expression=self.expression or other.expression)


EVERYTHING = Due()
NOTHING = Due(pose=False, expression=False)


def everything(_at_s: float) -> Due:
    """Plan the full rate, whatever the capture time."""
    return EVERYTHING


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """One decoded picture and when it was taken; it lives in memory only."""

    camera: CameraKey
    """Key of the camera in the configuration."""

    index: int
    """Frames the source has delivered before this one, counted over reconnects and loops."""

    captured_at_s: float
    """Seconds on the source's clock: monotonic for live feeds, media time for clips."""

    pixels: UInt8Array = field(repr=False)
    """(H, W, 3) BGR."""

    continues: bool = True
    """False on the first frame after a seam (reconnect, loop): trackers start again."""

    due: Due = EVERYTHING
    """What is to be done with it; less than everything on a lower step of the degrade ladder."""

    taken_s: float | None = None
    """Monotonic time at which a live picture was taken, or a paced one was due; None in replay."""

    def __post_init__(self) -> None:
        """Reject anything but an 8-bit colour picture."""
        bind_shapes("Frame", {"pixels": (self.pixels, "H W 3")})
        self.pixels.setflags(write=False)
