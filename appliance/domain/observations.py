"""What ``perception`` hands to ``windows``: one student in one frame."""

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from appliance.domain.arrays import Float32Array, bind_shapes
from appliance.domain.seats import SeatKey


class Landmark(IntEnum):
    """The 33 BlazePose landmarks in model output order (MediaPipe 0.10.21, pose_landmark)."""

    NOSE = 0
    LEFT_EYE_INNER = 1
    LEFT_EYE = 2
    LEFT_EYE_OUTER = 3
    RIGHT_EYE_INNER = 4
    RIGHT_EYE = 5
    RIGHT_EYE_OUTER = 6
    LEFT_EAR = 7
    RIGHT_EAR = 8
    MOUTH_LEFT = 9
    MOUTH_RIGHT = 10
    LEFT_SHOULDER = 11
    RIGHT_SHOULDER = 12
    LEFT_ELBOW = 13
    RIGHT_ELBOW = 14
    LEFT_WRIST = 15
    RIGHT_WRIST = 16
    LEFT_PINKY = 17
    RIGHT_PINKY = 18
    LEFT_INDEX = 19
    RIGHT_INDEX = 20
    LEFT_THUMB = 21
    RIGHT_THUMB = 22
    LEFT_HIP = 23
    RIGHT_HIP = 24
    LEFT_KNEE = 25
    RIGHT_KNEE = 26
    LEFT_ANKLE = 27
    RIGHT_ANKLE = 28
    LEFT_HEEL = 29
    RIGHT_HEEL = 30
    LEFT_FOOT_INDEX = 31
    RIGHT_FOOT_INDEX = 32


class FaceAction(StrEnum):
    """Facial actions in model output order, each in [0, 1] (ARKit blendshape names, merged)."""

    BLINK_LEFT = "blink_left"
    BLINK_RIGHT = "blink_right"
    SQUINT = "squint"
    JAW_OPEN = "jaw_open"
    BROW_DOWN = "brow_down"
    BROW_INNER_UP = "brow_inner_up"
    SMILE = "smile"
    FROWN = "frown"
    MOUTH_PRESS = "mouth_press"
    LOOK_DOWN = "look_down"


FACE_ACTIONS: tuple[FaceAction, ...] = tuple(FaceAction)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PoseLandmarks:
    """The body of one student; left and right are the student's own."""

    points: Float32Array = field(repr=False)
    """(33, 4) x and y in pixels of the frame, z in the same scale, visibility in [0, 1]."""

    presence: float
    """Confidence of the landmark model that a person is in its region, [0, 1]."""

    head_certainty: float = 1.0
    """How sure the heat maps are of the head, [0, 1]; 1 from engines that do not tell."""

    def __post_init__(self) -> None:
        """Reject wrong shapes at the border."""
        bind_shapes("PoseLandmarks", {"points": (self.points, "33 4")})
        self.points.setflags(write=False)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ActionCues:
    """What the muscles of one student's face do: all that the encoder of ``fatigue-only`` tells."""

    actions: Float32Array = field(repr=False)
    """(10,) in the order of ``FaceAction``, each [0, 1]."""

    trust: float
    """[0, 1]; below 0.5 the face is masked (too small, turned away, cut off)."""

    eyes_readable: bool
    """False when eyes cannot be judged; a mask, never "closed"."""

    def __post_init__(self) -> None:
        """Reject wrong shapes at the border."""
        bind_shapes("ActionCues", {"actions": (self.actions, "10")})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FaceCues(ActionCues):
    """The face of one student as the full expression encoder sees it."""

    projection: Float32Array = field(repr=False)
    """(16,) fixed linear projection of the embedding f_t, whitened on real faces."""

    embedding: Float32Array = field(repr=False)
    """(320,) f_t of eq. 1; stored only when the configuration says so."""

    expression: Float32Array = field(repr=False)
    """(8,) logits of the FER+ expressions: cues, not states."""

    valence: float
    """[-1, 1], unpleasant to pleasant."""

    arousal: float
    """[-1, 1], calm to excited."""

    def __post_init__(self) -> None:
        """Reject wrong shapes at the border."""
        bind_shapes(
            "FaceCues",
            {
                "projection": (self.projection, "16"),
                "embedding": (self.embedding, "E"),
                "expression": (self.expression, "8"),
                "actions": (self.actions, "10"),
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Observation:
    """One student in one frame: what was looked for and what was found."""

    seat: SeatKey
    """Which seat's region was looked at."""

    captured_at_s: float
    """Capture time of the frame, seconds."""

    pose: PoseLandmarks | None = field(repr=False)
    """None when nobody was found or the pose was not due."""

    face: ActionCues | None = field(repr=False)
    """``FaceCues`` but in ``fatigue-only``; None when no trustworthy face was found or expression
    was not due."""

    present: bool
    """Somebody is on the seat as far as this frame tells."""

    ambiguous: bool = False
    """More than one person is in the region."""

    pose_ran: bool = True
    """False when the scheduler left the pose out of this frame."""

    expression_ran: bool = True
    """False when the scheduler left the expression out of this frame."""

    face_side_px: float | None = None
    """Side of the square around the face, pixels of the frame, also of one that is not trusted;
    None when there is none to speak of."""

    track: int = 0
    """Number of the body followed, counted from 1 as tracks begin; another one may be another
    person. 0 before the first."""
