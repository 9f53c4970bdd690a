"""The clip that comes with the package."""

from importlib.resources import files
from pathlib import Path


def packaged_clip() -> Path:
    """Return the clip of ``classbox demo``; nobody in it is real."""
    return Path(str(files("appliance.commands.demo") / "assets" / "demo.mp4"))
