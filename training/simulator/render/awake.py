"""People who are awake and sit still, write, type or talk: what they do, and what their clips are.

Somebody who looks down at a paper shows half-closed lids and a sunken head for minutes, and
somebody who talks opens the mouth; neither is tired. Levels of skin, age, body, headscarf and
glasses are shown by the same people who sit still.
"""

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import numpy as np

from appliance.domain.affect import Affect
from appliance.domain.arrays import Float64Array
from training.simulator.render.counterfactuals import Level
from training.simulator.render.figure.identity import rng_for
from training.simulator.render.plays.script import Behaviour, act, onset
from training.simulator.render.plays.tempo import bouts, bump, drift, events

GLASSES = "glasses"
LOOKS: tuple[str, ...] = (*(level.value for level in Level), GLASSES)
"""What a person is shown as: the levels of the counterfactuals, and glasses."""


class Activity(StrEnum):
    """What somebody who is awake does."""

    STILL = "still"
    WRITING = "writing"
    TYPING = "typing"
    TALKING = "talking"


_NAME = re.compile(r"([a-z]+)_([a-z-]+)_p(\d+)\.mp4")


@dataclass(frozen=True, slots=True, kw_only=True)
class AwakeClip:
    """One person, look and activity."""

    activity: Activity
    """What the person does."""

    look: str
    """One of ``LOOKS``."""

    person: int
    """Which person, from 0."""

    @property
    def file_name(self) -> str:
        """Name of the video file."""
        return f"{self.activity}_{self.look.replace(' ', '-')}_p{self.person:02d}.mp4"


def plan_clips(people: int) -> list[AwakeClip]:
    """Return every look of a person who sits still, then every activity; person by person."""
    return [
        AwakeClip(activity=activity, look=look, person=person)
        for person in range(people)
        for activity, look in (
            *((Activity.STILL, look) for look in LOOKS),
            *((one, Level.BASELINE.value) for one in Activity if one is not Activity.STILL),
        )
    ]


def clip_of(path: Path) -> AwakeClip | None:
    """Return which clip a file is by its name; None for any other file."""
    parts = _NAME.fullmatch(path.name)
    if parts is None:
        return None
    look = parts[2].replace("-", " ")
    if parts[1] not in set(Activity) or look not in LOOKS:
        return None
    return AwakeClip(activity=Activity(parts[1]), look=look, person=int(parts[3]))


def behave(clip: AwakeClip, *, seconds: float, fps: float) -> Behaviour:
    """Return what is done in a clip; the look has no influence on it.

    Args:
        clip: Which.
        seconds: Length.
        fps: Frames per second.
    """
    levels = onset(seconds, state=Affect.FOCUSED, onset_s=0.0, ramp_s=1.0, fps=fps)
    # The stream's name was chosen so that the first four people blink two or three times in 16 s
    # and never yawn: these clips are repeated for minutes, and a chance yawn would become ten.
    focused = act(levels, fps=fps, rng=rng_for("awake act", clip.person))
    return engage(focused, clip.activity, rng=rng_for("awake", clip.activity, clip.person))


@dataclass(frozen=True, slots=True, kw_only=True)
class _DeskWork:
    """How somebody works on what lies on the desk."""

    share: float
    """Share of the time with the eyes on it."""

    mean_s: float
    """Mean length of a look, seconds."""

    ramp_s: float
    """Time of the way there and of the way back, seconds."""

    head_pitch: float
    """Chin down while looking, radians."""

    gaze_pitch: float
    """Eyes down relative to the head, radians."""

    lean: float
    """Trunk forward, radians."""

    strokes_hz: float
    """Movements of the hand per second."""


_WRITING = _DeskWork(
    share=0.8,  # by eye: up every few seconds, to whoever speaks or the board
    mean_s=5.0,
    ramp_s=0.6,
    # A paper .35 m below the eyes and .45 m before them lies 38 degrees down; head and eyes halve.
    head_pitch=float(np.radians(20.0)),
    gaze_pitch=float(np.radians(18.0)),
    lean=float(np.radians(5.0)),
    strokes_hz=5.0,  # of a pen: Teulings and Maarse 1984
)
_TYPING = _DeskWork(
    share=0.35,  # by eye, as is what follows: somebody who knows most of the keys
    mean_s=1.2,
    ramp_s=0.25,
    head_pitch=float(np.radians(10.0)),
    gaze_pitch=float(np.radians(20.0)),  # a glance is the eyes' more than the head's
    lean=float(np.radians(2.0)),
    strokes_hz=4.0,
)
_HAND_LIFT = 0.06  # of the way to the face: a few millimetres

# Mouth opening has its rhythm at 2 to 7 Hz (Chandrasekaran et al. 2009, PLoS Comput. Biol. 5);
# above 5 Hz a camera of 15 frames/s would show noise.
_SYLLABLES_HZ = (2.0, 5.0)
_SYLLABLE_JAW = (0.12, 0.5)  # opening of one, 0 to 1; by eye, a yawn is .95
_SPEECH_SHARE, _SPEECH_S = 0.8, 4.0
_LOOK_UP_SHARE, _LOOK_UP_S = 0.2, 1.2
_LOOK_UP_HEAD, _LOOK_UP_GAZE = float(np.radians(-8.0)), float(np.radians(-10.0))
_BROWS_PER_MIN, _BROWS_S, _BROWS_UP = 12.0, 0.6, 0.6


def engage(doing: Behaviour, activity: Activity, *, rng: np.random.Generator) -> Behaviour:
    """Return what somebody does, changed by what the person is busy with; lids stay as they are.

    Args:
        doing: What the person does anyway.
        activity: With what the person is busy.
        rng: Randomness of the activity.
    """
    match activity:
        case Activity.STILL:
            return doing
        case Activity.WRITING:
            working = _look_down(doing, _WRITING, rng)
            return replace(working, hand_right=_strokes(doing, _WRITING, rng))
        case Activity.TYPING:
            working = _look_down(doing, _TYPING, rng)
            left, right = (_strokes(doing, _TYPING, rng) for _ in range(2))
            return replace(working, hand_left=left, hand_right=right)
        case Activity.TALKING:
            return _talk(doing, rng)


def _look_down(doing: Behaviour, work: _DeskWork, rng: np.random.Generator) -> Behaviour:
    total, fps = len(doing.closure), doing.fps
    down = bouts(
        np.full(total, work.share), mean_s=work.mean_s, fps=fps, ramp_s=work.ramp_s, rng=rng
    )
    sway = [drift(total, tau_s=3.0, fps=fps, rng=rng) for _ in range(2)]
    there = down > 0.5  # half-way there
    return replace(
        doing,
        head_pitch=_blend(doing.head_pitch, work.head_pitch + np.radians(1.0) * sway[0], down),
        head_yaw=_blend(doing.head_yaw, np.radians(2.0) * sway[1], down),
        gaze_pitch=_blend(doing.gaze_pitch, work.gaze_pitch, down),
        lean=_blend(doing.lean, work.lean, down),
        looking_down=there,
        looking_away=doing.looking_away & ~there,
    )


def _strokes(doing: Behaviour, work: _DeskWork, rng: np.random.Generator) -> Float64Array:
    total, fps = len(doing.closure), doing.fps
    time = np.arange(total) / fps
    stroke = np.sin(np.pi * (work.strokes_hz * time + rng.random())) ** 2
    busy = bouts(np.full(total, 0.8), mean_s=3.0, fps=fps, ramp_s=0.2, rng=rng)
    lifted: Float64Array = _HAND_LIFT * stroke * busy
    return lifted


def _talk(doing: Behaviour, rng: np.random.Generator) -> Behaviour:
    total, fps = len(doing.closure), doing.fps
    speech = bouts(np.full(total, _SPEECH_SHARE), mean_s=_SPEECH_S, fps=fps, ramp_s=0.2, rng=rng)
    slow, fast = _SYLLABLES_HZ
    wander = drift(total, tau_s=0.8, fps=fps, rng=rng)
    rate = np.clip((slow + fast) / 2 + (fast - slow) / 5 * wander, slow, fast)
    spoken = np.cumsum(rate) / fps  # syllables so far
    opening = rng.uniform(*_SYLLABLE_JAW, int(spoken[-1]) + 1)[spoken.astype(int)]
    jaw = speech * opening * np.sin(np.pi * spoken) ** 2
    nod = drift(total, tau_s=0.5, fps=fps, rng=rng)
    turn, tilt = (drift(total, tau_s=1.2, fps=fps, rng=rng) for _ in range(2))
    up = bouts(np.full(total, _LOOK_UP_SHARE), mean_s=_LOOK_UP_S, fps=fps, ramp_s=0.3, rng=rng)
    at = events(np.full(total, _BROWS_PER_MIN), fps=fps, regularity=2.0, rng=rng)
    brows = bump(total, at, np.full(len(at), _BROWS_S), fps=fps, rise=0.3, hold=0.3)
    return replace(
        doing,
        head_pitch=doing.head_pitch + np.radians(2.0) * nod * speech + _LOOK_UP_HEAD * up,
        head_yaw=doing.head_yaw + np.radians(4.0) * turn * speech,
        head_roll=doing.head_roll + np.radians(2.0) * tilt * speech,
        gaze_pitch=_blend(doing.gaze_pitch, _LOOK_UP_GAZE, up),
        jaw_open=np.maximum(doing.jaw_open, jaw),
        brow_up=np.maximum(doing.brow_up, _BROWS_UP * brows),
        smile=np.maximum(doing.smile, 0.15 * speech),
        press=doing.press * (1 - speech),
        looking_down=doing.looking_down & (up < 0.5),  # not half-way up
    )


def _blend(usual: Float64Array, wanted: Float64Array | float, share: Float64Array) -> Float64Array:
    blended: Float64Array = usual * (1 - share) + wanted * share
    return blended
