"""Frames of a token to the two feature streams, for the box and for the simulator alike."""

from appliance.domain.arrays import BoolArray, Float32Array
from appliance.windows.face.stream import FaceStream
from appliance.windows.pooling import TokenFrames
from appliance.windows.pose.stream import PoseStream
from appliance.windows.rows import RowIndex


class Featuriser:
    """All per-occupancy feature state; a row is a seat, or a simulated student."""

    def __init__(self, rows: int) -> None:
        """Begin every row as a new occupancy."""
        self._face = FaceStream(rows)
        self._pose = PoseStream(rows)

    def reset(self, rows: RowIndex, *, awake: BoolArray | None = None) -> None:
        """Forget the occupancies of these rows; see ``RunningBaseline.reset``."""
        self._face.reset(rows, awake=awake)
        self._pose.reset(rows, awake=awake)

    def step(self, rows: RowIndex, frames: TokenFrames) -> tuple[Float32Array, Float32Array]:
        """Take in one token of some rows; the state of the others does not move.

        Args:
            rows: (R,) row numbers, each at most once.
            frames: What these R rows saw, in the same order.

        Returns:
            (R, FACE_SIZE) and (R, POSE_STREAM_SIZE), columns as in ``domain/tokens.py``.
        """
        return self._face.step(rows, frames), self._pose.step(rows, frames)
