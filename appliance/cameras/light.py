"""How light a camera's pictures are: two numbers, taken once a second, and no pixel kept."""

import numpy as np

from appliance.domain.arrays import UInt8Array

EVERY_S = 1.0
STEP = 16
"""Every sixteenth row and column of a picture: 1,200 of 640 x 480."""

BLACK_LEVEL = 16.0
BLACK_SPREAD = 6.0
"""Grey levels of 255. Black of studio video is 16, with the noise of a covered sensor around it; a
room at dusk has lamps and windows in it and spreads further."""


BLACK_LOOKS = 5
"""In a row; a picture may be black for a moment."""


class LightMeter:
    """Follows one camera; one thread."""

    def __init__(self) -> None:
        """Begin with nothing seen."""
        self._next_s = float("-inf")
        self._dark_looks = 0
        self.level: float | None = None
        """Mean grey level of the last picture looked at, [0, 255]; None before the first."""

    @property
    def black(self) -> bool:
        """Whether the pictures show nothing: a lens cap, or no light at all."""
        return self._dark_looks >= BLACK_LOOKS

    def see(self, pixels: UInt8Array, *, at_s: float) -> None:
        """Look at a picture, if it is time."""
        if at_s < self._next_s:
            return
        self._next_s = at_s + EVERY_S
        sample = pixels[::STEP, ::STEP].astype(np.float32)
        self.level = float(sample.mean())
        dark = self.level < BLACK_LEVEL and float(sample.std()) < BLACK_SPREAD
        self._dark_looks = self._dark_looks + 1 if dark else 0
