"""``[cameras.ID]`` and ``[cameras.ID.seats.ID]``."""

from enum import StrEnum
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from appliance.settings.section import Id, Section

_URL_SCHEMES = frozenset({"rtsp", "rtsps", "http", "https"})
_REGION_LENGTH = 4


class SourceKind(StrEnum):
    """How a camera's ``source`` is read."""

    CLIP = "clip"
    DEVICE = "device"
    NETWORK = "network"


class SeatSettings(Section):
    """One seat in a camera's picture."""

    region: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)
    """x0, y0, x1, y1 as fractions of the picture."""

    terminal: Id
    """Terminal on this seat; each terminal has one seat."""

    consent: Literal["ask", "granted"] = "ask"
    """``ask`` denies until consent is given at run time; ``granted`` is on file at the school."""

    @model_validator(mode="after")
    def _region_is_a_rectangle(self) -> Self:
        x0, y0, x1, y1 = self.region
        if not (0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1):
            msg = f"region {list(self.region)}: need 0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1"
            raise ValueError(msg)
        return self


class CameraSettings(Section):
    """One feed and the seats it sees."""

    source: str = Field(min_length=1)
    """``/dev/video0``, an ``rtsp://`` or ``http://`` URL, or the path of a clip."""

    fps: float = Field(default=15.0, gt=0, le=60)
    """Frames per second to look at; more are dropped before decoding."""

    loop: bool = False
    """Play a clip again when it ends."""

    realtime: bool = True
    """Play a clip at its own speed; false replays as fast as possible and drops nothing."""

    seats: dict[Id, SeatSettings] = Field(min_length=1)
    """Seats by id; ids are unique over all cameras."""

    @property
    def kind(self) -> SourceKind:
        """How ``source`` is read."""
        if self.source.startswith("/dev/") or self.source.isdigit():
            return SourceKind.DEVICE
        return SourceKind.NETWORK if "://" in self.source else SourceKind.CLIP

    @model_validator(mode="after")
    def _url_can_be_opened(self) -> Self:
        if self.kind is SourceKind.NETWORK:
            try:
                parts = urlsplit(self.source)
                usable = parts.scheme in _URL_SCHEMES and parts.hostname and parts.port != 0
            except ValueError:  # a port that is no number
                usable = False
            if not usable:
                msg = (
                    "source is not a URL that can be opened: expected "
                    "rtsp://, rtsps://, http:// or https://, then HOST[:PORT]/PATH"
                )
                raise ValueError(msg)
        return self
