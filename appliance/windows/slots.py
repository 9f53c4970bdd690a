"""The frames of each seat that have not been pooled yet, in preallocated slots."""

import numpy as np

from appliance.domain.arrays import BoolArray, Float64Array
from appliance.domain.observations import (
    FACE_ACTIONS,
    ActionCues,
    FaceAction,
    FaceCues,
    Observation,
)
from appliance.domain.tokens import PROJECTION_SIZE
from appliance.windows.pooling import FrameCue, TokenFrames
from appliance.windows.rows import RowIndex

SLOTS = 12  # 0.4 s at 30 fps; when all are taken the oldest frame goes and is counted
MIN_TRUST = 0.5  # observations.py: below it the face is masked

_BLINK_LEFT = FACE_ACTIONS.index(FaceAction.BLINK_LEFT)
_BLINK_RIGHT = FACE_ACTIONS.index(FaceAction.BLINK_RIGHT)
_COPIED = (
    (FrameCue.JAW, FACE_ACTIONS.index(FaceAction.JAW_OPEN)),
    (FrameCue.BROW_DOWN, FACE_ACTIONS.index(FaceAction.BROW_DOWN)),
    (FrameCue.BROW_INNER_UP, FACE_ACTIONS.index(FaceAction.BROW_INNER_UP)),
    (FrameCue.SMILE, FACE_ACTIONS.index(FaceAction.SMILE)),
    (FrameCue.LOOK_DOWN, FACE_ACTIONS.index(FaceAction.LOOK_DOWN)),
)
_COPIED_CUES = [int(cue) for cue, _ in _COPIED]
_COPIED_ACTIONS = [action for _, action in _COPIED]


class FrameSlots:
    """A bounded buffer of observations per row; the frame-rate work of ``windows``."""

    def __init__(self, rows: int) -> None:
        """Begin empty."""
        self._times_s = np.full((rows, SLOTS), np.nan)
        self._pose_ran = np.zeros((rows, SLOTS), dtype=np.bool_)
        self._pose_seen = np.zeros((rows, SLOTS), dtype=np.bool_)
        self._points = np.zeros((rows, SLOTS, 33, 4), dtype=np.float32)
        self._expression_ran = np.zeros((rows, SLOTS), dtype=np.bool_)
        self._face_seen = np.zeros((rows, SLOTS), dtype=np.bool_)
        self._eyes_readable = np.zeros((rows, SLOTS), dtype=np.bool_)
        self._projection = np.zeros((rows, SLOTS, PROJECTION_SIZE), dtype=np.float32)
        self._cues = np.zeros((rows, SLOTS, len(FrameCue)), dtype=np.float32)
        self._person = np.zeros((rows, SLOTS), dtype=np.bool_)
        self._ambiguous = np.zeros((rows, SLOTS), dtype=np.bool_)

    def put(self, row: int, observation: Observation) -> bool:
        """Keep one frame; return False when the oldest had to go for it."""
        times_s = self._times_s[row]
        free = np.flatnonzero(np.isnan(times_s))
        slot = int(free[0]) if len(free) > 0 else int(times_s.argmin())
        times_s[slot] = observation.captured_at_s
        pose, face = observation.pose, observation.face
        self._person[row, slot] = observation.present
        self._ambiguous[row, slot] = observation.ambiguous
        self._pose_ran[row, slot] = observation.pose_ran
        self._pose_seen[row, slot] = pose is not None
        if pose is not None:
            self._points[row, slot] = pose.points
        trusted = face is not None and face.trust >= MIN_TRUST
        self._expression_ran[row, slot] = observation.expression_ran
        self._face_seen[row, slot] = trusted
        self._eyes_readable[row, slot] = face is not None and trusted and face.eyes_readable
        if face is not None:
            self._write_cues(row, slot, face)
        return len(free) > 0

    def discard(self, row: int) -> None:
        """Drop all frames of a row."""
        self._times_s[row] = np.nan

    def due(self, ended_s: Float64Array) -> BoolArray:
        """Return (S, SLOTS) the slots captured at or before each row's (S,) token end."""
        return np.asarray(self._times_s <= ended_s[:, None])

    def votes(self, due: BoolArray) -> tuple[BoolArray, BoolArray, BoolArray]:
        """Return (S,) whether there is a frame, a person in most of them, two in most of them."""
        count = due.sum(axis=1)
        person = (self._person & due).sum(axis=1)
        ambiguous = (self._ambiguous & due).sum(axis=1)
        return count > 0, 2 * person > count, 2 * ambiguous > count

    def gather(self, rows: RowIndex, due: BoolArray) -> TokenFrames:
        """Return the due frames of some rows in order of capture; the others read as unused."""
        times_s = np.where(due[rows], self._times_s[rows], np.nan)
        order = np.argsort(times_s, axis=1, kind="stable")[:, : max(1, int(due.sum(1).max()))]
        at = rows[:, None], order
        used = due[at]
        return TokenFrames(
            times_s=np.take_along_axis(times_s, order, axis=1),
            pose_ran=self._pose_ran[at] & used,
            pose_seen=self._pose_seen[at] & used,
            points=self._points[at],
            expression_ran=self._expression_ran[at] & used,
            face_seen=self._face_seen[at] & used,
            eyes_readable=self._eyes_readable[at] & used,
            projection=self._projection[at],
            cues=self._cues[at],
        )

    def release(self, due: BoolArray) -> None:
        """Free the slots that have been pooled."""
        self._times_s[due] = np.nan

    def _write_cues(self, row: int, slot: int, face: ActionCues) -> None:
        cues = self._cues[row, slot]
        if isinstance(face, FaceCues):  # otherwise these stay at 0, as no encoder ever fills them
            self._projection[row, slot] = face.projection
            cues[FrameCue.VALENCE] = face.valence
            cues[FrameCue.AROUSAL] = face.arousal
        # Both eyes blink together; their mean halves the encoder's noise.
        cues[FrameCue.BLINK] = (face.actions[_BLINK_LEFT] + face.actions[_BLINK_RIGHT]) / 2
        cues[_COPIED_CUES] = face.actions[_COPIED_ACTIONS]
