"""``[cameras.ID]`` and ``[cameras.ID.seats.ID]``."""

import re
from enum import StrEnum
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from appliance.settings.section import Expected, Id, Objection, Section

_URL_SCHEMES = frozenset({"rtsp", "rtsps", "http", "https"})

_OTHER_PROTOCOL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
"""Before what FFmpeg would open in ways of its own, such as ``concat:`` or ``pipe:``."""


class SourceKind(StrEnum):
    """How a camera's ``source`` is read."""

    CLIP = "clip"
    DEVICE = "device"
    NETWORK = "network"


class SeatSettings(Section):
    """One seat in a camera's picture."""

    region: Annotated[
        tuple[float, float, float, float], Expected("a list of four numbers, [x0, y0, x1, y1]")
    ] = (0.0, 0.0, 1.0, 1.0)
    """x0, y0, x1, y1 as fractions of the picture."""

    terminal: Id
    """Terminal on this seat; each terminal has one seat."""

    consent: Literal["ask", "granted"] = "ask"
    """``ask`` denies until consent is given at run time; ``granted`` is on file at the school."""

    @field_validator("region")
    @classmethod
    def _region_is_a_rectangle(
        cls, region: tuple[float, float, float, float]
    ) -> tuple[float, float, float, float]:
        x0, y0, x1, y1 = region
        if not (0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1):
            raise Objection(
                f"{list(region)} is no rectangle in the picture",
                "give [x0, y0, x1, y1] with 0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1",
            ).as_error()
        return region


class CameraSettings(Section):
    """One feed and the seats it sees."""

    source: str = Field(min_length=1)
    """``/dev/video0``, an ``rtsp://`` or ``http://`` URL, or the path of a clip."""

    fps: float = Field(default=15.0, gt=0, le=60)
    """Frames per second to look at; more are dropped before decoding."""

    max_pixels: int = Field(default=4096 * 2304, ge=1)
    """A camera whose pictures have more is refused, before one is decoded; clips are not asked."""

    loop: bool = False
    """Play a clip again when it ends."""

    realtime: bool = True
    """Play a clip at its own speed; false replays as fast as possible and drops nothing."""

    seats: Annotated[
        dict[Id, SeatSettings], Expected("at least one table [cameras.ID.seats.ID] with a terminal")
    ] = Field(min_length=1)
    """Seats by id; ids are unique over all cameras."""

    @property
    def kind(self) -> SourceKind:
        """How ``source`` is read."""
        return kind_of(self.source)

    @field_validator("source")
    @classmethod
    def _source_can_be_opened(cls, source: str) -> str:
        if kind_of(source) is SourceKind.CLIP and _OTHER_PROTOCOL.match(source):
            raise Objection(
                "this is no kind of camera that is read",
                "write a device such as /dev/video0, an rtsp:// or http:// URL, or the path of a "
                "clip",
            ).as_error()
        if kind_of(source) is SourceKind.NETWORK:
            try:
                parts = urlsplit(source)
                usable = parts.scheme in _URL_SCHEMES and parts.hostname and parts.port != 0
            except ValueError:  # a port that is no number
                usable = False
            if not usable:
                raise Objection(
                    "this URL cannot be opened",
                    "write rtsp://, rtsps://, http:// or https://, then HOST[:PORT]/PATH, and "
                    "signs such as @ or # of a password as %40 or %23",
                ).as_error()
        return source


def kind_of(source: str) -> SourceKind:
    """Return how a source is read."""
    if source.startswith("/dev/") or source.isdigit():
        return SourceKind.DEVICE
    return SourceKind.NETWORK if "://" in source else SourceKind.CLIP
