"""What a box measures while somebody points one of its cameras: numbers, never a picture."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class AimLightData:
    """How bright the picture is."""

    mean: float
    """[0, 1] of white."""

    black: float
    """Share of black pixels, [0, 1]."""

    white: float
    """Share of white pixels, [0, 1]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AimLimitsData:
    """What the numbers are to be held against."""

    face_px: float
    """Least side of a face that is read."""

    lids_px: float
    """Least side of a face whose lids are read."""

    turned_deg: float
    """Largest turn of a head whose face is read."""

    face_sharpness: float
    """Least sharpness of a face whose lids are read."""

    face_contrast: float
    """Least contrast of a face that is read."""

    sharpness: float
    """Least sharpness of the picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AimSeatData:
    """One seat of the camera."""

    region: tuple[float, float, float, float]
    """x0, y0, x1, y1 as fractions of the picture."""

    people: int
    """Whose shoulders are in it; one is right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AimFaceData:
    """One face, where there is one."""

    side_px: float
    """Side of the square from above the brows to the chin, 1.05 times the face's height."""

    yaw_deg: float
    """Turn of the head, good to 10 degrees."""

    trust: float
    """[0, 1]; below 0.5 the box does not read it."""

    lids_readable: bool
    """Whether open lids can be told from closed ones."""

    sharpness: float
    """Spread of the Laplacian over the spread of gray."""

    contrast: float
    """Spread of gray, levels of 255."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AimPersonData:
    """One person, as a stick figure."""

    box: tuple[float, float, float, float]
    """Left, top, right, bottom of what is seen, fractions of the picture."""

    figure: Mapping[str, tuple[float, float]]
    """Landmark to x and y, fractions of the picture; only those that are seen."""

    seat: str | None = None
    """The seat that would get this person; None: nobody looks at this one."""

    face: AimFaceData | None = None
    """None without a face."""

    faults: tuple[str, ...] = ()
    """Why this person is not read well, the most important first; the README lists the words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AimFrame:
    """``aim/{camera}``."""

    TYPE: ClassVar[str] = "aim.frame"

    camera: str
    """Id of the camera."""

    width_px: int
    """Of the picture."""

    height_px: int
    """Of the picture."""

    wanted_fps: float
    """Frames per second that the configuration asks for."""

    remaining_s: int
    """Until the box stops to measure, seconds."""

    light: AimLightData
    """Of the whole picture."""

    sharpness: float
    """Variance of the Laplacian of the picture at 640 pixels of width."""

    limits: AimLimitsData
    """Of this box."""

    fps: float | None = None
    """Frames per second that arrive; None before it is known."""

    faults: tuple[str, ...] = ()
    """What is wrong with the whole picture; the README lists the words."""

    seats: Mapping[str, AimSeatData] = field(default_factory=dict)
    """Every seat of the camera."""

    people: tuple[AimPersonData, ...] = ()
    """From left to right."""

    ended: str = ""
    """Why the box has stopped to measure, in one line for people; empty while it goes on. The last
    message has it, and nobody in it."""
