"""What a sensor hands to a decider: a second of one seat's tokens, and never a picture."""

import math
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NewType

from appliance.domain.arrays import BoolArray, Float32Array, bind_shapes
from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.domain.tokens import FACE_SIZE, POSE_STREAM_SIZE, SeatStatus

SensorKey = NewType("SensorKey", str)

TOKENS_VERSION = "1"
"""Meaning of the columns of ``domain.tokens``: a fusion names the one that it was made for."""

MAX_PACKET_TOKENS = 10
"""Two seconds; usually a packet holds one second, five tokens."""

MAX_LADDER_STEP = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TokenPacket:
    """N tokens of one seat in a row, as its sensor made them; N is 1 to ``MAX_PACKET_TOKENS``."""

    seat: SeatKey
    """Whose tokens."""

    sensor: SensorKey
    """Who made them."""

    boot: str
    """UUIDv7 of the sensor's process."""

    first: int
    """Number of the first token among the seat's tokens since ``boot``, from 0; without gaps where
    they are sent."""

    encoder: str
    """Name and version of the expression encoder, for example ``expression_mobilevit 2.0.0``."""

    at_s: tuple[float, ...]
    """(N,) capture time of each token's end, seconds on the sensor's clock, increasing."""

    status: tuple[SeatStatus, ...]
    """(N,) whether each can be read."""

    occupancies: tuple[OccupancyKey | None, ...]
    """(N,) who sat there; None when nobody."""

    age_s: Float32Array = field(repr=False)
    """(N,) observed time since the occupancy began, seconds, at least 0."""

    restarted: BoolArray = field(repr=False)
    """(N,) True where a new occupancy begins with this token."""

    face: Float32Array = field(repr=False)
    """(N, F) face stream."""

    pose: Float32Array = field(repr=False)
    """(N, P) pose stream."""

    step: int
    """Step of the sensor's degrade ladder, 0 to ``MAX_LADDER_STEP``."""

    camera_ok: bool
    """False: the seat's camera is lost, paused or closed."""

    def __post_init__(self) -> None:
        """Reject at the border what no sensor can mean.

        Raises:
            ShapeError: The arrays are not of one length, or too wide or narrow.
            ValueError: A number is out of its range; the text names the field, never the value.
        """
        tokens = len(self.at_s)
        bind_shapes(
            "TokenPacket",
            {
                "age_s": (self.age_s, f"{tokens}"),
                "restarted": (self.restarted, f"{tokens}"),
                "face": (self.face, f"{tokens} {FACE_SIZE}"),
                "pose": (self.pose, f"{tokens} {POSE_STREAM_SIZE}"),
            },
        )
        promises = {
            f"at_s: expected 1 to {MAX_PACKET_TOKENS} tokens": 1 <= tokens <= MAX_PACKET_TOKENS,
            "status: expected one per token": len(self.status) == tokens,
            "occupancies: expected one per token": len(self.occupancies) == tokens,
            "first: expected at least 0": self.first >= 0,
            f"step: expected 0 to {MAX_LADDER_STEP}": 0 <= self.step <= MAX_LADDER_STEP,
            "at_s: expected finite numbers, increasing": all(map(math.isfinite, self.at_s))
            and all(earlier < later for earlier, later in pairwise(self.at_s)),
            # Comparisons, not NumPy's names: terminals import this module and do without NumPy.
            "age_s: expected finite numbers of at least 0": bool(
                ((self.age_s >= 0) & (self.age_s < math.inf)).all()
            ),
            "face: expected finite numbers": bool((abs(self.face) < math.inf).all()),
            "pose: expected finite numbers": bool((abs(self.pose) < math.inf).all()),
        }
        for promise, kept in promises.items():
            if not kept:
                raise ValueError(promise)
