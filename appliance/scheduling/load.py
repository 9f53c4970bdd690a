"""What became of the frames of one seat."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from appliance.domain.frames import CameraKey
from appliance.scheduling.ages import AgeHistogram


class DropCause(StrEnum):
    """Why a frame of a seat was not looked at."""

    SUPERSEDED = "superseded"
    STALE = "stale"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatLoad:
    """Counts of one seat since start."""

    camera: CameraKey
    """Which camera sees the seat."""

    offered: int
    """Frames that the camera sent, as many as were asked of it."""

    left_out: int
    """Of these, frames on which nothing was due on the present step of the ladder."""

    observed: int
    """Frames looked at; none while nobody has agreed."""

    pose_runs: int
    """Of these, frames on which the pose was due."""

    expression_runs: int
    """Of these, frames on which the expression was due."""

    drops: Mapping[DropCause, int]
    """Frames not looked at, by cause."""

    ages: AgeHistogram
    """From the moment a frame was taken to the end of looking at it."""
