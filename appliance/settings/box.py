"""``[box]``."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from appliance.settings.section import Expected, Id, Section

DEFAULT_STATE_DIR = Path("/var/lib/classbox")


class BoxSettings(Section):
    """Who and where this box is."""

    site: Id
    """School, as it stands in every topic."""

    room: Id
    """Classroom, as it stands in every topic."""

    id: Id
    """This box; unique in its room."""

    state_dir: Path = DEFAULT_STATE_DIR
    """Folder for databases and checkpoints; made with mode 0700."""

    models_dir: Path | None = None
    """Folder of models instead of those in the package."""

    lanes: int = Field(default=0, ge=0, le=64)
    """Worker threads; 0 means one per processor core."""

    degrade: Annotated[
        Literal["auto"] | Annotated[int, Field(ge=0, le=4)],
        Expected('"auto" or a whole number from 0 to 4'),
    ] = "auto"
    """``auto`` looks less often when the box is too slow; a number holds it on that step of the
    ladder, 0 at full rate."""
