"""What ``cameras`` hands to ``perception``."""

from dataclasses import dataclass, field
from typing import NewType

from appliance.domain.arrays import UInt8Array, bind_shapes

CameraKey = NewType("CameraKey", str)


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

    def __post_init__(self) -> None:
        """Reject anything but an 8-bit colour picture."""
        bind_shapes("Frame", {"pixels": (self.pixels, "H W 3")})
        self.pixels.setflags(write=False)
