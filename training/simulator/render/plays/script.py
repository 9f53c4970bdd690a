"""What a rendered person does: a small random process of posture, gaze, lids and mouth per state.

Nothing here decides for the box: the process yields angles and face actions, the render turns them
into pixels, and the box has to see them.

A person wears a blend of states: ``levels`` gives the strength of each over time, so that an onset
is a ramp and not a cut.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

import numpy as np

from appliance.domain.affect import AFFECTS, Affect
from appliance.domain.arrays import BoolArray, Float64Array
from training.simulator.render.plays.habits import HABITS, Habits
from training.simulator.render.plays.tempo import bouts, bump, drift, events


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Behaviour:
    """T frames of one person. Angles in radians, persons's left and chin down positive."""

    fps: float
    """Frames per second."""

    levels: Float64Array = field(repr=False)
    """(T, 4) strength of each state in the order of ``Affect``, rows sum to 1."""

    head_pitch: Float64Array = field(repr=False)
    """(T,) relative to the chest."""

    head_yaw: Float64Array = field(repr=False)
    """(T,) relative to the chest."""

    head_roll: Float64Array = field(repr=False)
    """(T,) relative to the chest."""

    gaze_pitch: Float64Array = field(repr=False)
    """(T,) relative to the head."""

    gaze_yaw: Float64Array = field(repr=False)
    """(T,) relative to the head."""

    lean: Float64Array = field(repr=False)
    """(T,) trunk to the camera."""

    side: Float64Array = field(repr=False)
    """(T,) trunk to the left."""

    slump: Float64Array = field(repr=False)
    """(T,) 0 to 1."""

    shift_x_m: Float64Array = field(repr=False)
    """(T,) whole body, metres."""

    hand_left: Float64Array = field(repr=False)
    """(T,) 0 desk to 1 face."""

    hand_right: Float64Array = field(repr=False)
    """(T,) 0 desk to 1 face."""

    closure: Float64Array = field(repr=False)
    """(T,) lids, 0 open to 1 closed."""

    jaw_open: Float64Array = field(repr=False)
    """(T,) 0 to 1."""

    brow_down: Float64Array = field(repr=False)
    """(T,) 0 to 1."""

    brow_up: Float64Array = field(repr=False)
    """(T,) 0 to 1."""

    squint: Float64Array = field(repr=False)
    """(T,) 0 to 1."""

    smile: Float64Array = field(repr=False)
    """(T,) 0 to 1."""

    frown: Float64Array = field(repr=False)
    """(T,) 0 to 1."""

    press: Float64Array = field(repr=False)
    """(T,) 0 to 1."""

    blinking: BoolArray = field(repr=False)
    """(T,) first frame of each blink."""

    yawning: BoolArray = field(repr=False)
    """(T,) during a yawn."""

    nodding: BoolArray = field(repr=False)
    """(T,) during a nod."""

    looking_down: BoolArray = field(repr=False)
    """(T,) eyes on keyboard or paper."""

    looking_away: BoolArray = field(repr=False)
    """(T,) eyes off the desk."""


def act(levels: Float64Array, *, fps: float, rng: np.random.Generator) -> Behaviour:
    """Play one person whose states have the given strengths.

    Args:
        levels: (T, 4) strength of each state in the order of ``Affect``, rows sum to 1.
        fps: Frames per second.
        rng: Randomness of this person and clip.

    Returns:
        The behaviour, T frames.
    """
    total = len(levels)
    traits = {
        state: {
            trait.name: float(rng.uniform(*_pair(getattr(HABITS[state], trait.name))))
            for trait in fields(Habits)
        }
        for state in AFFECTS
    }
    habit = {
        trait.name: levels @ np.array([traits[state][trait.name] for state in AFFECTS])
        for trait in fields(Habits)
    }
    fatigue = levels[:, AFFECTS.index(Affect.FATIGUED)]
    sides = rng.choice((-1.0, 1.0), 3)

    yawn_at = events(habit["yawns_per_min"], fps=fps, regularity=6.0, rng=rng)
    yawn = bump(total, yawn_at, rng.uniform(4.0, 6.0, len(yawn_at)), fps=fps, rise=0.35, hold=0.35)
    nod_at = events(habit["nods_per_min"], fps=fps, regularity=3.0, rng=rng)
    nod = bump(total, nod_at, rng.uniform(1.8, 3.2, len(nod_at)), fps=fps, rise=0.6, hold=0.2)
    nod = nod * (1 - yawn)
    down = bouts(habit["look_down_share"], mean_s=4.0, fps=fps, ramp_s=0.5, rng=rng)
    away = bouts(habit["gaze_away_share"], mean_s=3.5, fps=fps, ramp_s=0.5, rng=rng) * (1 - down)
    hand = bouts(habit["hand_to_face_share"], mean_s=12.0, fps=fps, ramp_s=1.0, rng=rng)
    down, away, hand = (x * (1 - np.maximum(nod, yawn)) for x in (down, away, hand))

    blink, blink_at = _blinks(habit, fps=fps, rng=rng)
    rest_at = events(habit["long_closures_per_min"], fps=fps, regularity=2.0, rng=rng)
    rest = bump(total, rest_at, rng.uniform(0.9, 2.2, len(rest_at)), fps=fps, rise=0.2, hold=0.6)
    droop = np.clip(
        habit["droop"] * (1 + 0.5 * drift(total, tau_s=6.0, fps=fps, rng=rng)), 0.0, 0.65
    )
    asleep = np.clip(1.4 * nod, 0, 1) * (nod > 0)
    closure = 1 - (1 - droop) * (1 - blink) * (1 - rest) * (1 - 0.75 * yawn) * (1 - asleep)

    sway = np.radians(habit["sway_deg"])
    tau_s = float(levels.mean(0) @ np.array([HABITS[state].sway_s for state in AFFECTS]))
    wander = [drift(total, tau_s=tau_s, fps=fps, rng=rng) for _ in range(4)]
    away_yaw = _held(away, rng.choice((-1.0, 1.0), 400) * rng.uniform(0.35, 0.65, 400))
    scan = np.radians(4.0) * _saccades(total, fps=fps, rng=rng)
    roll_side = np.sign(drift(total, tau_s=15.0, fps=fps, rng=rng) + 0.4 * sides[0])
    roll_side = _smoothed(roll_side, fps=fps, seconds=1.2)
    shift = 0.006 * drift(total, tau_s=20.0, fps=fps, rng=rng)
    still = 1 - 0.5 * np.maximum(down, away)
    head_pitch = (
        np.radians(habit["pitch_deg"])
        + 0.8 * sway * wander[0]
        + np.radians(15.0) * down
        + np.radians(14.0) * nod
        - np.radians(9.0) * yawn
        + np.radians(3.0) * hand
    )
    return Behaviour(
        fps=fps,
        levels=levels,
        head_pitch=head_pitch,
        head_yaw=1.3 * sway * wander[1] * still + away_yaw * away,
        head_roll=np.radians(habit["roll_deg"]) * roll_side * (1 - down)
        + 0.6 * sway * wander[2]
        + np.radians(5.0) * sides[1] * hand
        + np.radians(4.0) * sides[2] * nod,
        gaze_pitch=np.radians(3.0)
        + np.radians(14.0) * down
        + np.radians(5.0) * fatigue
        - 0.35 * np.radians(habit["pitch_deg"]),
        gaze_yaw=scan * (1 - away) * (1 - 0.5 * fatigue) + 0.45 * away_yaw * away,
        lean=np.radians(habit["lean_deg"]) + 0.5 * sway * wander[3] + np.radians(3.0) * down,
        side=np.radians(habit["side_deg"]) * sides[1] + np.radians(2.0) * sides[1] * hand,
        slump=np.clip(habit["slump"] + 0.12 * nod - 0.25 * yawn, 0, 1.1),
        shift_x_m=shift + 0.3 * sway * wander[1],
        hand_left=hand * (sides[1] > 0),
        hand_right=hand * (sides[1] < 0),
        closure=np.clip(closure, 0, 1),
        jaw_open=np.clip(0.95 * yawn + 0.05 * fatigue * nod, 0, 1),
        brow_down=np.clip(habit["brow_down"] * (1 + 0.25 * wander[3]) + 0.25 * yawn, 0, 1),
        brow_up=np.clip(0.18 * fatigue * (1 - nod), 0, 1),
        squint=np.clip(0.45 * yawn + 0.35 * habit["brow_down"], 0, 1),
        smile=np.zeros(total),
        frown=np.clip(habit["frown"] * (1 + 0.3 * wander[2]), 0, 1) * (1 - yawn),
        press=np.clip(habit["press"] * (1 + 0.5 * wander[0]), 0, 1) * (1 - yawn),
        blinking=np.isin(np.arange(total), blink_at),
        yawning=yawn > 0.05,  # a yawn has begun
        nodding=nod > 0.05,  # a nod has begun
        looking_down=down > 0.5,  # half-way there
        looking_away=away > 0.5,  # half-way there
    )


def onset(
    seconds: float, *, state: Affect, onset_s: float, ramp_s: float, fps: float
) -> Float64Array:
    """Return (T, 4) levels: focused, then a smooth ramp into ``state``.

    Args:
        seconds: Length.
        state: What the person ends in.
        onset_s: Start of the ramp, seconds; 0 puts the person in ``state`` from the first frame.
        ramp_s: Length of the ramp, seconds.
        fps: Frames per second.
    """
    time = np.arange(round(seconds * fps)) / fps
    share = np.clip((time - onset_s) / ramp_s, 0, 1) if onset_s > 0 else np.ones(len(time))
    share = share * share * (3 - 2 * share)
    levels = np.zeros((len(time), len(AFFECTS)))
    levels[:, AFFECTS.index(Affect.FOCUSED)] = 1 - share
    levels[:, AFFECTS.index(state)] += share
    return levels


def _pair(value: float | tuple[float, float]) -> tuple[float, float]:
    return value if isinstance(value, tuple) else (value, value)


def _blinks(
    habit: Mapping[str, Float64Array], *, fps: float, rng: np.random.Generator
) -> tuple[Float64Array, Float64Array]:
    total = len(habit["blink_s"])
    at = events(habit["blinks_per_min"], fps=fps, regularity=3.0, rng=rng)
    lengths = habit["blink_s"][np.clip(at.astype(int), 0, total - 1)] * rng.uniform(
        0.85, 1.25, len(at)
    )
    # Closing takes about a third of a blink, opening the rest (Caffier 2003: 1 : 2).
    return bump(total, at, lengths, fps=fps, rise=0.33, hold=0.25), at.astype(int)


def _saccades(total: int, *, fps: float, rng: np.random.Generator) -> Float64Array:
    """Return (T,) horizontal gaze in [-1, 1] that reads lines: small steps right, one back."""
    step = max(1, round(0.45 * fps))
    stops = np.arange(total // step + 2) % int(rng.integers(6, 9))
    line = stops / 4.0 - 1.0 + rng.normal(0, 0.1, len(stops))
    saccades: Float64Array = -np.repeat(line, step)[:total]
    return saccades


def _held(gate: Float64Array, choices: Float64Array) -> Float64Array:
    """Return (T,) one choice per bout of ``gate``, held while it lasts."""
    starts = np.diff((gate > 0).astype(int), prepend=0) > 0
    held: Float64Array = choices[np.cumsum(starts) % len(choices)]
    return held


def _smoothed(values: Float64Array, *, fps: float, seconds: float) -> Float64Array:
    width = max(1, round(seconds * fps))
    padded = np.pad(values, (width // 2, width - 1 - width // 2), mode="edge")
    return np.convolve(padded, np.ones(width) / width, mode="valid")
