"""What is measured of one picture: numbers, from which nobody can paint it again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from appliance.domain.observations import Landmark
from appliance.domain.seats import SeatKey

PointXy = tuple[float, float]
"""x and y as fractions of the picture's width and height; beyond [0, 1] outside of it."""

BoxXyxy = tuple[float, float, float, float]
"""Left, top, right, bottom as fractions of the picture, within [0, 1]."""


class PictureFault(StrEnum):
    """What is wrong with a whole picture."""

    DARK = "dark"
    BRIGHT = "bright"
    BLURRED = "blurred"
    SLOW = "slow"
    """Fewer frames arrive than are asked for."""


class PersonFault(StrEnum):
    """Why somebody is not read, or not read well; the most important first."""

    NO_SEAT = "no-seat"
    """In no seat's region: nobody looks at this person."""

    NO_FACE = "no-face"
    """Hidden, bent down, or seen from behind."""

    TURNED = "turned"
    """The head is turned too far away."""

    OUTSIDE = "outside"
    """The picture ends within the face."""

    CUT = "cut"
    """The seat's region ends within the face."""

    FACE_SMALL = "face-small"
    """Too few pixels to read the face."""

    LIDS_SMALL = "lids-small"
    """Too few pixels to tell open lids from closed ones."""

    BLURRED = "blurred"
    """The face is out of focus, or moves."""

    FLAT = "flat"
    """The face has too little contrast: too dark, or against the light."""

    GLARE = "glare"
    """Glasses reflect where the eyes are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceSight:
    """A face that was looked for where a body has its head."""

    side_px: float
    """Side of the square from above the brows to the chin, 1.05 times the face's height."""

    yaw_deg: float
    """Turn of the head, good to 10 degrees."""

    trust: float
    """[0, 1] in place and pixels; below 0.5 the box does not read it."""

    eyes_readable: bool
    """Whether the lids can be judged."""

    sharpness: float
    """Spread of the Laplacian over the spread of gray."""

    contrast: float
    """Spread of gray, levels of 255."""

    glare: float
    """Share of the worse eye's box that shines, [0, 1]."""

    inside: float
    """Share of it in the picture, [0, 1]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSight:
    """One person."""

    figure: Mapping[Landmark, PointXy] = field(repr=False)
    """The landmarks that are seen."""

    box_xyxy: BoxXyxy
    """Head, shoulders and arms, as far as they are in the picture."""

    seat: SeatKey | None
    """The seat that would get this person."""

    face: FaceSight | None
    """None when the body shows no face at all."""

    faults: tuple[PersonFault, ...]
    """What keeps the box from reading this person well; empty when nothing does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """How bright a picture is."""

    mean: float
    """[0, 1] of white."""

    black: float
    """Share of pixels that are black, [0, 1]."""

    white: float
    """Share of pixels that are white, [0, 1]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AimView:
    """All that leaves one picture that was measured."""

    size_wh: tuple[int, int]
    """Width and height of the picture, pixels."""

    light: Light
    """Brightness of the whole picture."""

    sharpness: float
    """Variance of the Laplacian of the picture at 640 pixels of width."""

    faults: tuple[PictureFault, ...]
    """What is wrong with the whole picture."""

    people: tuple[PersonSight, ...]
    """From left to right."""

    counts: Mapping[SeatKey, int]
    """Every seat to the number of people whose shoulders are in its region."""
