"""What ``windows`` hands to ``fusion``: 5 Hz tokens, and the meaning of every column.

The paper's face stream is f_t (eq. 1); ours is a projection of f_t plus named cues, a stated
extension (docs/DESIGN.md, 3). The pose stream is [k_t; e_t] of eq. 3. Both end with presence bits
and the rate at which the stage really ran, so that a mask is never a zero that means something.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from appliance.domain.arrays import BoolArray, Float32Array, bind_shapes
from appliance.domain.seats import OccupancyKey, SeatKey

TOKEN_HZ = 5.0  # docs/DESIGN.md, 4
TOKEN_S = 1.0 / TOKEN_HZ
WINDOW_TOKENS = 300  # T of eq. 2-6: 60 s

PROJECTION_SIZE = 16  # docs/DESIGN.md, 3: at most 16 dimensions of f_t
POSE_SIZE = 66  # 33 landmarks, x and y (eq. 3: k_t in R^2N, N = 33)


class FaceColumn(StrEnum):
    """Columns of the face stream after the 16 projected ones, in order."""

    VALENCE = "valence"
    AROUSAL = "arousal"
    CLOSURE_MEAN = "closure_mean"
    CLOSURE_MAX = "closure_max"
    JAW_MEAN = "jaw_mean"
    JAW_MAX = "jaw_max"
    BROW_DOWN = "brow_down"
    BROW_INNER_UP = "brow_inner_up"
    SMILE = "smile"
    LOOK_DOWN = "look_down"
    PERCLOS = "perclos"
    BLINK_RATE = "blink_rate"
    BLINK_DURATION = "blink_duration"
    YAWN_RATE = "yawn_rate"
    FACE_PRESENT = "face_present"
    EYES_READABLE = "eyes_readable"
    BLINKS_TIMED = "blinks_timed"
    EXPRESSION_RATE = "expression_rate"


class PoseColumn(StrEnum):
    """Columns of the pose stream after the 66 coordinates, in order: e_t, then the bits."""

    HEAD_ROLL = "head_roll"
    HEAD_PITCH = "head_pitch"
    HEAD_YAW = "head_yaw"
    PITCH_MOTION = "pitch_motion"
    SWAY_10 = "sway_10"
    SWAY_60 = "sway_60"
    LEAN = "lean"
    SLUMP = "slump"
    WRIST_SPEED = "wrist_speed"
    WRIST_CROSSINGS = "wrist_crossings"
    HAND_TO_FACE = "hand_to_face"
    POSE_PRESENT = "pose_present"
    SHOULDERS_VISIBLE = "shoulders_visible"
    WRISTS_VISIBLE = "wrists_visible"
    POSE_RATE = "pose_rate"


FACE_CUE_COLUMNS: tuple[FaceColumn, ...] = tuple(FaceColumn)
POSE_CUE_COLUMNS: tuple[PoseColumn, ...] = tuple(PoseColumn)
FACE_SIZE = PROJECTION_SIZE + len(FACE_CUE_COLUMNS)
POSE_STREAM_SIZE = POSE_SIZE + len(POSE_CUE_COLUMNS)

# Looked up for every token: searching the tuples takes as long as writing the column.
_FACE_AT = {column: at for at, column in enumerate(FACE_CUE_COLUMNS, start=PROJECTION_SIZE)}
_POSE_AT = {column: at for at, column in enumerate(POSE_CUE_COLUMNS, start=POSE_SIZE)}


def face_column(column: FaceColumn) -> int:
    """Return where a face cue stands in the face stream."""
    return _FACE_AT[column]


def pose_column(column: PoseColumn) -> int:
    """Return where a posture feature stands in the pose stream."""
    return _POSE_AT[column]


MOOD_COLUMNS = (FaceColumn.VALENCE, FaceColumn.AROUSAL, FaceColumn.SMILE)
"""Cues that ``fatigue-only`` does not define (docs/DESIGN.md, 8): two are outputs of the emotion
head that its encoder lacks. A smile its encoder could tell, as a facial action, but it speaks of
mood and not of sleepiness, so the profile does without. Eyes, jaw, brows and gaze stay: lids and
yawns are fatigue itself, and brows are raised against falling lids."""

UNDEFINED_WITHOUT_EMOTION: tuple[int, ...] = (
    *range(PROJECTION_SIZE),
    *(face_column(column) for column in MOOD_COLUMNS),
)
"""Columns of the face stream that are exactly 0 in ``fatigue-only``: the cues above and the
projection of f_t, in which an emotion could be read. The pose stream is whole."""


class SeatStatus(StrEnum):
    """Whether a seat's token can be read."""

    PRESENT = "present"
    ABSENT = "absent"
    AMBIGUOUS = "ambiguous"
    NO_CONSENT = "no_consent"
    CAMERA_LOST = "camera_lost"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TokenBatch:
    """One token of every seat, S seats in a fixed order."""

    at_s: tuple[float, ...]
    """Capture time of the token's end per seat, seconds on the seat's own camera clock."""

    seats: tuple[SeatKey, ...]
    """Which seat each row is."""

    occupancies: tuple[OccupancyKey | None, ...]
    """Who sits there; None when nobody."""

    status: tuple[SeatStatus, ...]
    """Whether the row can be read; rows that are not ``PRESENT`` freeze all timers."""

    age_s: Float32Array = field(repr=False)
    """(S,) observed time since the occupancy began, seconds."""

    face: Float32Array = field(repr=False)
    """(S, F) face stream; masked cues are 0 and their bit is 0."""

    pose: Float32Array = field(repr=False)
    """(S, P) pose stream; likewise."""

    restarted: BoolArray = field(repr=False)
    """(S,) True where a new occupancy begins with this token: recurrent state is cleared."""

    def __post_init__(self) -> None:
        """Reject wrong shapes at the border."""
        bind_shapes(
            "TokenBatch",
            {
                "age_s": (self.age_s, "S"),
                "face": (self.face, f"S {FACE_SIZE}"),
                "pose": (self.pose, f"S {POSE_STREAM_SIZE}"),
                "restarted": (self.restarted, "S"),
            },
        )
