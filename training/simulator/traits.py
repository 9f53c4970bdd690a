"""What makes one simulated student differ from another: drawn once, never changed."""

from dataclasses import dataclass, field

import numpy as np

from appliance.domain.affect import AFFECTS
from appliance.domain.arrays import BoolArray, Float64Array
from training.simulator import parameters as p
from training.simulator.parameters import Span
from training.simulator.regimes import Circumstances


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Traits:
    """N students; every (N, 4) array has one column per state in the order of ``AFFECTS``."""

    blinks_per_min: Float64Array = field(repr=False)
    """(N, 4)."""
    blink_s: Float64Array = field(repr=False)
    """(N, 4) mean blink duration, seconds."""
    closures_per_min: Float64Array = field(repr=False)
    """(N, 4) long closures."""
    droop: Float64Array = field(repr=False)
    """(N, 4) closure of the resting lid, [0, 1]."""
    yawns_per_min: Float64Array = field(repr=False)
    """(N, 4)."""
    nods_per_min: Float64Array = field(repr=False)
    """(N, 4)."""
    writes_per_min: Float64Array = field(repr=False)
    """(N, 4) episodes of looking down to write."""
    away_share: Float64Array = field(repr=False)
    """(N, 4) share of time looking away."""
    hand_share: Float64Array = field(repr=False)
    """(N, 4) share of time with a hand at the face."""
    typing_share: Float64Array = field(repr=False)
    """(N, 4) share of time moving the hands."""
    brow_down: Float64Array = field(repr=False)
    """(N, 4) mean action, [0, 1]."""
    brow_inner_up: Float64Array = field(repr=False)
    """(N, 4) mean action, [0, 1]."""
    valence: Float64Array = field(repr=False)
    """(N, 4)."""
    arousal: Float64Array = field(repr=False)
    """(N, 4)."""
    pitch: Float64Array = field(repr=False)
    """(N, 4) head down, radians."""
    roll: Float64Array = field(repr=False)
    """(N, 4) size of the head's roll, radians."""
    slump_m: Float64Array = field(repr=False)
    """(N, 4) sinking of the head."""
    lean_m: Float64Array = field(repr=False)
    """(N, 4) towards the camera."""
    movement: Float64Array = field(repr=False)
    """(N, 4) factor on sway and head movement."""
    sway_m: Float64Array = field(repr=False)
    """(N,) size of the trunk's slow movement."""
    shifts_per_min: Float64Array = field(repr=False)
    """(N,) changes of sitting position."""
    head_jitter: Float64Array = field(repr=False)
    """(N,) radians."""
    talks_per_min: Float64Array = field(repr=False)
    """(N,)."""
    smiles_per_min: Float64Array = field(repr=False)
    """(N,)."""
    talk_hz: Float64Array = field(repr=False)
    """(N,) syllables per second."""
    yawn_eyes: Float64Array = field(repr=False)
    """(N,) how far the eyes close in a yawn, [0, 1]."""
    write_pitch: Float64Array = field(repr=False)
    """(N,) head down while writing, radians."""
    write_look_down: Float64Array = field(repr=False)
    """(N,) eyes down while writing, [0, 1]."""


def draw_traits(rng: np.random.Generator, circumstances: Circumstances) -> Traits:
    """Draw N students.

    The deviation of each state's cue from the student's own focused value is multiplied by a
    lognormal factor, and left out altogether now and then, as the circumstances say.
    """
    students = len(circumstances.cue_absent)

    def per_state(spans: tuple[Span, ...]) -> Float64Array:
        values = np.stack([uniform(rng, span, students) for span in spans], axis=1)
        strength = np.exp(p.CUE_SD * rng.standard_normal((students, len(AFFECTS))))
        strength *= rng.uniform(size=strength.shape) >= circumstances.cue_absent[:, None]
        focused = values[:, :1]
        return np.asarray(focused + (values - focused) * strength)

    def affect(means: tuple[float, ...]) -> Float64Array:
        spread = p.AFFECT_SD * rng.standard_normal((students, len(AFFECTS)))
        return np.asarray(np.array(means) + spread)

    lean = per_state(p.LEAN_M)
    lean[:, 1] *= np.where(rng.uniform(size=students) < p.LEAN_IN_SHARE, 1, -1)
    writers = rng.uniform(size=students) < p.WRITERS
    return Traits(
        blinks_per_min=np.maximum(per_state(p.BLINKS_PER_MIN), 1.0),
        blink_s=np.clip(per_state(p.BLINK_S), 0.1, 0.7),
        closures_per_min=np.maximum(per_state(p.CLOSURES_PER_MIN), 0),
        droop=np.clip(per_state(p.DROOP), 0, 0.7),
        yawns_per_min=np.maximum(per_state(p.YAWNS_PER_MIN), 0),
        nods_per_min=np.maximum(per_state(p.NODS_PER_MIN), 0),
        writes_per_min=np.maximum(per_state(p.WRITES_PER_MIN), 0) * writers[:, None],
        away_share=np.clip(per_state(p.AWAY_SHARE), 0, 0.7),
        hand_share=np.clip(per_state(p.HAND_SHARE), 0, 0.8),
        typing_share=np.clip(per_state(p.TYPING_SHARE), 0, 0.9),
        brow_down=np.clip(per_state(p.BROW_DOWN), 0, 1),
        brow_inner_up=np.clip(per_state(p.BROW_INNER_UP), 0, 1),
        valence=affect(p.VALENCE),
        arousal=affect(p.AROUSAL),
        pitch=np.radians(per_state(p.PITCH_DEG)),
        roll=np.radians(per_state(p.ROLL_DEG)),
        slump_m=per_state(p.SLUMP_M),
        lean_m=lean,
        movement=np.maximum(per_state(p.MOVEMENT), 0.2),
        sway_m=uniform(rng, p.SWAY_M, students),
        shifts_per_min=uniform(rng, p.SHIFTS_PER_MIN, students),
        head_jitter=np.radians(uniform(rng, p.HEAD_JITTER_DEG, students)),
        talks_per_min=uniform(rng, p.TALKS_PER_MIN, students),
        smiles_per_min=uniform(rng, p.SMILES_PER_MIN, students),
        talk_hz=uniform(rng, p.TALK_HZ, students),
        yawn_eyes=uniform(rng, p.YAWN_EYES, students),
        write_pitch=np.radians(uniform(rng, p.WRITE_PITCH_DEG, students)),
        write_look_down=uniform(rng, p.WRITE_LOOK_DOWN, students),
    )


def uniform(rng: np.random.Generator, span: Span, shape: int | tuple[int, ...]) -> Float64Array:
    """Draw from a range."""
    return rng.uniform(span.low, span.high, shape)


def chance(rng: np.random.Generator, probability: float, shape: int) -> BoolArray:
    """Draw yes with a probability."""
    return np.asarray(rng.uniform(size=shape) < probability)
