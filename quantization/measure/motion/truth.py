"""Rendered clips with the true joints of everybody in every frame."""

import json
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np

from appliance.cameras.clip import play_clip
from appliance.domain.arrays import Float32Array, Float64Array, UInt8Array, bind_shapes
from appliance.domain.observations import Landmark
from appliance.errors import CameraError

JOINTS = {
    "left_eye": Landmark.LEFT_EYE,
    "right_eye": Landmark.RIGHT_EYE,
    "left_shoulder": Landmark.LEFT_SHOULDER,
    "right_shoulder": Landmark.RIGHT_SHOULDER,
}
"""Joints of the truth and the landmarks for them: what a webcam always sees of a student."""

LANDMARKS = np.array(list(JOINTS.values()))

MARGIN_PX = 4
"""Half of the divider that renders draw between the seats."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeatClip:
    """One rendered person over time. T = frames, J = joints in the order of ``JOINTS``."""

    name: str
    """Clip and seat."""

    fps: float
    """Frames per second."""

    pictures: list[UInt8Array] = field(repr=False)
    """T pictures (H, W, 3) BGR of the seat's half."""

    joints: Float64Array = field(repr=False)
    """(T, J, 2) true x and y, pixels of these pictures."""

    @property
    def shoulders_px(self) -> float:
        """Median width of the shoulders."""
        across = self.joints[:, 2] - self.joints[:, 3]
        return float(np.median(np.hypot(across[:, 0], across[:, 1])))

    def thinned(self, step: int) -> "SeatClip":
        """Return every ``step``-th frame as a clip of its own."""
        return SeatClip(
            name=self.name,
            fps=self.fps / step,
            pictures=self.pictures[::step],
            joints=self.joints[::step],
        )

    def errors(self, pose: Float32Array) -> Float64Array:
        """Return (T, J, 2) estimate minus truth in shoulder widths, of (T, 33, 4) landmarks."""
        return (pose[:, LANDMARKS, :2] - self.joints) / self.shoulders_px


def read_seats(clip: Path, truth: Path, *, seconds: float) -> list[SeatClip]:
    """Read both seats of a render with its truth.

    Args:
        clip: Video file of ``python -m training.simulator render``.
        truth: What its ``--truth`` wrote.
        seconds: Read no more than this.

    Raises:
        CameraError: One of them cannot be read.
    """
    try:
        told = json.loads(truth.read_text(encoding="utf-8"))
        fps, tracks = float(told["fps"]), told["joints"]
        rows = [tracks["names"].index(name) for name in JOINTS]
        joints = {
            seat: np.array(track, dtype=np.float64)[:, rows]
            for seat, track in tracks.items()
            if seat != "names"
        }
    except (OSError, KeyError, ValueError, IndexError) as error:
        msg = f"{truth}: not the truth of a render with its joints: {error!r}"
        raise CameraError(msg) from error
    for seat, track in joints.items():
        bind_shapes("truth", {seat: (track, "T J 2")})
    pictures = [frame.pixels for frame in islice(play_clip(clip), round(seconds * fps))]
    side = pictures[0].shape[1] // len(joints)
    seats = []
    for number, (seat, track) in enumerate(joints.items()):
        left = number * side + MARGIN_PX
        seats.append(
            SeatClip(
                name=f"{clip.stem} {seat}",
                fps=fps,
                pictures=[picture[:, left : left + side - 2 * MARGIN_PX] for picture in pictures],
                joints=track[: len(pictures)] - (left, 0),
            )
        )
    return seats
