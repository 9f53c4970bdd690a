"""``[box]``."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator

from appliance.settings.section import Expected, Id, Section

DEFAULT_STATE_DIR = Path("/var/lib/classbox")


class BoxRole(StrEnum):
    """What of the work is done on this machine."""

    ALL = "all"
    SENSE = "sense"
    DECIDE = "decide"


class BoxSettings(Section):
    """Who and where this box is."""

    site: Id
    """School, as it stands in every topic."""

    room: Id
    """Classroom, as it stands in every topic."""

    id: Id
    """This box, or this sensor; unique in its room."""

    role: BoxRole = BoxRole.ALL
    """``all``: look and decide; ``sense``: look, and send what was seen to the box that decides;
    ``decide``: decide on what sensors have seen."""

    state_dir: Path = DEFAULT_STATE_DIR
    """Folder for databases and checkpoints; made with mode 0700."""

    models_dir: Path | None = None
    """Folder of models instead of those in the package."""

    place: str = Field(default="", max_length=80)
    """School and room as people call them, for the page on the door."""

    contact: str = Field(default="", max_length=120)
    """Whom students and parents may ask: a name, a room, a number; for the page on the door."""

    lanes: int = Field(default=0, ge=0, le=64)
    """Worker threads; 0 means one per processor core."""

    degrade: Annotated[
        Literal["auto"] | Annotated[int, Field(ge=0, le=4)],
        Expected('"auto" or a whole number from 0 to 4'),
    ] = "auto"
    """``auto`` looks less often when the box is too slow; a number holds it on that step of the
    ladder, 0 at full rate."""

    pause_switch: Path | None = None
    """A file that closes the cameras unless it is absent or holds ``0``, such as the value of a
    GPIO pin; None: there is no switch."""

    @field_validator("pause_switch")
    @classmethod
    def _switch_is_absolute(cls, path: Path | None) -> Path | None:
        if path is not None and not path.is_absolute():
            msg = "give the whole path, from / on"
            raise ValueError(msg)
        return path
