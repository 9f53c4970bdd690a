"""A behaviour's lids, brows and mouth as face actions, and its posture as a pose."""

import numpy as np

from appliance.domain.arrays import FloatArray
from training.simulator.render.figure.rig import ACTIONS
from training.simulator.render.figure.skeleton import Pose
from training.simulator.render.plays.script import Behaviour

BROW_DOWN_GAIN = 1.6
"""MediaPipe's face teacher calls anny's full brow lowering .16 and this one .24 (mean of six
people, at rest .07); by eye it is what a frown looks like."""

_INDEX = {name: number for number, name in enumerate(ACTIONS)}


def face_actions(
    *,
    blink_left: float = 0.0,
    blink_right: float = 0.0,
    squint: float = 0.0,
    jaw_open: float = 0.0,
    brow_down: float = 0.0,
    brow_inner_up: float = 0.0,
    smile: float = 0.0,
    frown: float = 0.0,
    mouth_press: float = 0.0,
    look_down: float = 0.0,
) -> FloatArray:
    """Return (A,) strengths in [0, 1] of the anny face actions for ten cues in [0, 1].

    The names are those of the expression model's ``actions`` output.
    """
    lids = 1 - (1 - np.array([blink_left, blink_right])) * (1 - 0.12 * squint)
    values = {
        "eyeBlinkLeft": lids[0],
        "eyeBlinkRight": lids[1],
        # The lids follow the eye down, but a closing lid needs no second reason to close.
        "eyeLookDownLeft": look_down * (1 - lids[0]),
        "eyeLookDownRight": look_down * (1 - lids[1]),
        # A relaxed face: without these the neutral mesh looks stern to people and to the teacher.
        "eyeWideLeft": 0.25 * (1 - lids[0]),
        "eyeWideRight": 0.25 * (1 - lids[1]),
        "browInnerUp": brow_inner_up,
        "browOuterUpLeft": 0.4 * brow_inner_up,
        "browOuterUpRight": 0.4 * brow_inner_up,
        "jawOpen": jaw_open,
        "mouthStretchLeft": 0.15 * jaw_open,
        "mouthStretchRight": 0.15 * jaw_open,
        "mouthShrugLower": 0.3 * frown,
        "noseSneerLeft": 0.25 * brow_down + 0.2 * jaw_open,
        "noseSneerRight": 0.25 * brow_down + 0.2 * jaw_open,
    }
    for side in ("Left", "Right"):
        values[f"eyeSquint{side}"] = squint
        values[f"cheekSquint{side}"] = 0.6 * max(squint, 0.7 * smile)
        values[f"browDown{side}"] = BROW_DOWN_GAIN * brow_down
        values[f"mouthSmile{side}"] = max(smile, 0.10 * (1 - frown))
        values[f"mouthFrown{side}"] = frown
        values[f"mouthPress{side}"] = mouth_press
    actions = np.zeros(len(ACTIONS), dtype=np.float32)
    for name, value in values.items():
        actions[_INDEX[name]] = value
    return actions


def face_at(behaviour: Behaviour, frame: int) -> FloatArray:
    """Return (A,) face actions of one frame."""
    closure = float(behaviour.closure[frame])
    return face_actions(
        blink_left=closure,
        blink_right=closure,
        squint=float(behaviour.squint[frame]),
        jaw_open=float(behaviour.jaw_open[frame]),
        brow_down=float(behaviour.brow_down[frame]),
        brow_inner_up=float(behaviour.brow_up[frame]),
        smile=float(behaviour.smile[frame]),
        frown=float(behaviour.frown[frame]),
        mouth_press=float(behaviour.press[frame]),
        look_down=float(np.clip(behaviour.gaze_pitch[frame] / np.radians(25.0), 0, 1)),
    )


def pose_at(behaviour: Behaviour, frame: int) -> Pose:
    """Return the posture of one frame."""
    breath_hz = 0.25  # 15 breaths a minute at rest
    phase = 2 * np.pi * breath_hz * frame / behaviour.fps
    return Pose(
        head_pitch=float(behaviour.head_pitch[frame]),
        head_yaw=float(behaviour.head_yaw[frame]),
        head_roll=float(behaviour.head_roll[frame]),
        lean=float(behaviour.lean[frame]),
        side=float(behaviour.side[frame]),
        slump=float(behaviour.slump[frame]),
        shift_x_m=float(behaviour.shift_x_m[frame]),
        gaze_pitch=float(behaviour.gaze_pitch[frame]),
        gaze_yaw=float(behaviour.gaze_yaw[frame]),
        hand_left=float(behaviour.hand_left[frame]),
        hand_right=float(behaviour.hand_right[frame]),
        breath=0.0025 * float(np.sin(phase)),
    )
