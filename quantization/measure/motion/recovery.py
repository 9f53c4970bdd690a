"""How long it takes until somebody who was out of sight has a good pose again."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from appliance.domain.arrays import Float64Array, UInt8Array
from appliance.errors import CameraError
from appliance.perception.blazepose.tracker import PoseTracker
from quantization.measure.motion.truth import LANDMARKS, SeatClip

BEFORE_S = 1.0
"""How long the person is followed first; the offsets of that time are what a good pose has."""

WATCH_S = 1.5
"""How long a trial waits for a good pose."""

GOOD_SHOULDER_WIDTHS = 0.2
"""A good pose has every joint closer than this to where it should be, strictly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """One time out of sight."""

    start: int
    """First frame of the clip that hides the person."""

    away_frames: int
    """How many pictures show nobody."""


def draw_absences(
    clip: SeatClip, *, count: int, away_s: tuple[float, float], seed: int
) -> list[Absence]:
    """Draw when and how long a person is away, uniformly.

    Args:
        clip: Whose.
        count: How many.
        away_s: Shortest and longest absence, seconds.
        seed: Of the draw.

    Raises:
        CameraError: The clip is too short to follow somebody before and watch after.
    """
    rng = np.random.default_rng(seed)
    first = math.ceil(BEFORE_S * clip.fps)
    last = len(clip.pictures) - math.ceil(WATCH_S * clip.fps)
    if last <= first:
        msg = f"{clip.name}: {len(clip.pictures)} pictures are too short for an absence"
        raise CameraError(msg)
    shortest, longest = (round(seconds * clip.fps) for seconds in away_s)
    return [
        Absence(
            start=int(rng.integers(first, last)),
            away_frames=int(rng.integers(shortest, longest + 1)),
        )
        for _ in range(count)
    ]


def recover(tracker: PoseTracker, clip: SeatClip, absence: Absence) -> float:
    """Follow a person, hide them, show them again where they were.

    Every second absence, by its length, is a covered lens; the others are an empty wall.

    Returns:
        Seconds from the first picture that shows the person again to the first good pose;
        infinite when there was none in time.
    """
    before = range(absence.start - math.ceil(BEFORE_S * clip.fps), absence.start)
    after = range(absence.start, absence.start + math.ceil(WATCH_S * clip.fps))
    nobody = _nobody(clip.pictures[absence.start], covered=absence.away_frames % 2 == 0)
    tick = 0
    followed = []
    for frame in before:
        followed.append(_error(tracker, clip, frame, at_s=tick / clip.fps))
        tick += 1
    known = [error for error in followed if error is not None]
    if not known:
        return math.inf
    usual = np.mean(known, axis=0)
    for _ in range(absence.away_frames):
        tracker.track(nobody, tick / clip.fps)
        tick += 1
    for waited, frame in enumerate(after):
        error = _error(tracker, clip, frame, at_s=tick / clip.fps)
        tick += 1
        if error is not None and is_good(error - usual):
            return waited / clip.fps
    return math.inf


def is_good(errors: Float64Array) -> bool:
    """Tell whether every joint of (J, 2) errors is closer than ``GOOD_SHOULDER_WIDTHS``."""
    return bool((np.hypot(errors[:, 0], errors[:, 1]) < GOOD_SHOULDER_WIDTHS).all())


def share_within(waits_s: Iterable[float], limit_s: float) -> float:
    """Return the share of waits that are not longer than the limit."""
    return float(np.mean([wait_s <= limit_s for wait_s in waits_s]))


def _error(tracker: PoseTracker, clip: SeatClip, frame: int, *, at_s: float) -> Float64Array | None:
    pose = tracker.track(clip.pictures[frame], at_s)
    if pose is None:
        return None
    offsets: Float64Array = pose.points[LANDMARKS, :2] - clip.joints[frame]
    return offsets / clip.shoulders_px


def _nobody(picture: UInt8Array, *, covered: bool) -> UInt8Array:
    """Return a black picture, or one of the wall's colour: the median of the top rows."""
    colour = np.zeros(3) if covered else np.median(picture[:8].reshape(-1, 3), axis=0)
    return np.broadcast_to(colour, picture.shape).astype(np.uint8)
