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

SLOTS = 24  # 0.4 s at 60 fps; when all are taken the oldest frame goes and is counted
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
_COPIED_CUES = np.array([int(cue) for cue, _ in _COPIED])
_COPIED_ACTIONS = np.array([action for _, action in _COPIED])

_PERSON, _AMBIGUOUS, _POSE_RAN, _POSE_SEEN, _EXPRESSION_RAN, _FACE_SEEN, _EYES_READABLE = range(7)


class FrameSlots:
    """A bounded buffer of observations per row; the frame-rate work of ``windows``."""

    def __init__(self, rows: int) -> None:
        """Begin empty."""
        self._times_s = np.full((rows, SLOTS), np.nan)
        self._flags = np.zeros((rows, SLOTS, 7), dtype=np.bool_)
        self._points = np.zeros((rows, SLOTS, 33, 4), dtype=np.float32)
        self._face = np.zeros((rows, SLOTS, PROJECTION_SIZE + len(FrameCue)), dtype=np.float32)

    def put(self, row: int, observation: Observation) -> bool:
        """Keep one frame; return False when the oldest had to go for it."""
        times_s = self._times_s[row]
        free = np.flatnonzero(np.isnan(times_s))
        slot = int(free[0]) if len(free) > 0 else int(times_s.argmin())
        times_s[slot] = observation.captured_at_s
        pose, face = observation.pose, observation.face
        trusted = face is not None and face.trust >= MIN_TRUST
        flags = self._flags[row, slot]
        flags[_PERSON] = observation.present
        flags[_AMBIGUOUS] = observation.ambiguous
        flags[_POSE_RAN] = observation.pose_ran
        flags[_POSE_SEEN] = pose is not None
        flags[_EXPRESSION_RAN] = observation.expression_ran
        flags[_FACE_SEEN] = trusted
        flags[_EYES_READABLE] = face is not None and trusted and face.eyes_readable
        if pose is not None:
            self._points[row, slot] = pose.points
        if face is not None:
            self._write_face(row, slot, face)
        return len(free) > 0

    def discard(self, row: int) -> None:
        """Drop all frames of a row."""
        self._times_s[row] = np.nan

    def due(self, ended_s: Float64Array) -> BoolArray:
        """Return (S, SLOTS) the slots captured at or before each row's (S,) token end."""
        return np.asarray(self._times_s <= ended_s[:, None])

    def votes(self, due: BoolArray) -> tuple[BoolArray, BoolArray, BoolArray]:
        """Return (S,) whether there is a frame, a person in most of them, two in most of them."""
        count = np.add.reduce(due, axis=1)
        votes = 2 * np.add.reduce(self._flags[:, :, :_POSE_RAN] & due[:, :, None], axis=1)
        return count > 0, votes[:, _PERSON] > count, votes[:, _AMBIGUOUS] > count

    def gather(self, rows: RowIndex, due: BoolArray) -> TokenFrames:
        """Return the due frames of some rows in order of capture; the others read as unused."""
        times_s = np.where(due[rows], self._times_s[rows], np.nan)
        count = max(1, int(np.add.reduce(due, axis=1).max()))
        order = times_s.argsort(axis=1, kind="stable")[:, :count]
        at = rows[:, None], order
        flags = self._flags[at] & due[at][:, :, None]
        face = self._face[at]
        return TokenFrames(
            times_s=times_s[np.arange(len(rows))[:, None], order],
            pose_ran=flags[:, :, _POSE_RAN],
            pose_seen=flags[:, :, _POSE_SEEN],
            points=self._points[at],
            expression_ran=flags[:, :, _EXPRESSION_RAN],
            face_seen=flags[:, :, _FACE_SEEN],
            eyes_readable=flags[:, :, _EYES_READABLE],
            projection=face[:, :, :PROJECTION_SIZE],
            cues=face[:, :, PROJECTION_SIZE:],
        )

    def release(self, due: BoolArray) -> None:
        """Free the slots that have been pooled."""
        self._times_s[due] = np.nan

    def _write_face(self, row: int, slot: int, face: ActionCues) -> None:
        cues = self._face[row, slot, PROJECTION_SIZE:]
        if isinstance(face, FaceCues):  # otherwise these stay at 0, as no encoder ever fills them
            self._face[row, slot, :PROJECTION_SIZE] = face.projection
            cues[FrameCue.VALENCE] = face.valence
            cues[FrameCue.AROUSAL] = face.arousal
        # Both eyes blink together; their mean halves the encoder's noise.
        cues[FrameCue.BLINK] = (face.actions[_BLINK_LEFT] + face.actions[_BLINK_RIGHT]) / 2
        cues[_COPIED_CUES] = face.actions[_COPIED_ACTIONS]
