"""What every recipe is given; needs no extra."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOptions:
    """What may be changed."""

    out: Path
    """Folder of the model; what was trained here is read from it, everything else is written."""

    cache: Path
    """Where fetched sources are kept."""

    data: Path
    """Folder with ``affect/`` and ``video/``, to calibrate and measure on."""

    say: Callable[[str], object]
    """Called with one line per step."""
