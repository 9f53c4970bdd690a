"""What a clip shows: who sits where, what they do and when; no pixels, no torch."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from appliance.domain.affect import AFFECTS, Affect
from appliance.domain.arrays import Float64Array
from training.simulator.render.figure.identity import Namespace, rng_for
from training.simulator.render.plays.script import Behaviour, act, onset


class Seat(StrEnum):
    """Which half of the picture."""

    LEFT = "left"
    RIGHT = "right"


SEATS: tuple[Seat, Seat] = (Seat.LEFT, Seat.RIGHT)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipPlan:
    """What to render."""

    namespace: Namespace
    """Set of people."""

    seed: int
    """Seed of identities, room, light and behaviour."""

    states: tuple[Affect, Affect]
    """State that each seat ends in, left first; everybody starts focused."""

    seconds: float = 480.0
    """Length, media seconds."""

    fps: float = 15.0
    """Frames per second."""

    onset_s: float = 65.0
    """When a seat starts to leave ``focused``; 0 = in its state from the first frame."""

    ramp_s: float = 25.0
    """How long that takes, seconds."""

    noise: float = 2.0
    """Standard deviation of the sensor's noise, 8-bit levels."""

    crf: int = 23
    """Quality of the video encoder; lower is better and larger."""

    preset: str = "medium"
    """Effort of the video encoder, in the words of x264."""


def behaviours(plan: ClipPlan) -> tuple[Behaviour, Behaviour]:
    """Return what each seat does, left first."""
    return _behaviour(plan, 0), _behaviour(plan, 1)


def describe(plan: ClipPlan, acts: Sequence[Behaviour]) -> dict[str, object]:
    """Return the truth of a clip per seat and second, ready for JSON."""
    return {
        "namespace": plan.namespace.value,
        "seed": plan.seed,
        "seconds": plan.seconds,
        "fps": plan.fps,
        "onset_s": plan.onset_s,
        "ramp_s": plan.ramp_s,
        "seats": {
            seat.value: {"state": state.value, "seconds": _per_second(doing)}
            for seat, state, doing in zip(SEATS, plan.states, acts, strict=True)
        },
    }


def _behaviour(plan: ClipPlan, person: int) -> Behaviour:
    rng = rng_for("behaviour", plan.namespace, plan.seed, person)
    levels = onset(
        plan.seconds,
        state=plan.states[person],
        onset_s=plan.onset_s,
        ramp_s=plan.ramp_s,
        fps=plan.fps,
    )
    return act(levels, fps=plan.fps, rng=rng)


def _per_second(doing: Behaviour) -> dict[str, list[float] | list[int] | list[str]]:
    per = round(doing.fps)
    count = len(doing.closure) // per

    def mean(values: Float64Array) -> list[float]:
        return [round(float(v), 4) for v in values[: count * per].reshape(count, per).mean(1)]

    strongest = doing.levels[: count * per].reshape(count, per, -1).mean(1).argmax(1)
    closed = (doing.closure >= CLOSED).astype(np.float64)
    return {
        "state": [AFFECTS[int(index)].value for index in strongest],
        "fatigue": mean(doing.levels[:, AFFECTS.index(Affect.FATIGUED)]),
        "closure": mean(doing.closure),
        "perclos": mean(closed),
        "blinks": [int(v) for v in doing.blinking[: count * per].reshape(count, per).sum(1)],
        "jaw_open": mean(doing.jaw_open),
        "yawn": mean(doing.yawning.astype(np.float64)),
        "nod": mean(doing.nodding.astype(np.float64)),
        "look_down": mean(doing.looking_down.astype(np.float64)),
        "look_away": mean(doing.looking_away.astype(np.float64)),
        "hand_to_face": mean(np.maximum(doing.hand_left, doing.hand_right)),
        "brow_down": mean(doing.brow_down),
        "head_pitch_deg": mean(np.degrees(doing.head_pitch)),
        "head_yaw_deg": mean(np.degrees(doing.head_yaw)),
        "head_roll_deg": mean(np.degrees(doing.head_roll)),
        "slump": mean(doing.slump),
    }


CLOSED = 0.8
"""Lids at least this far closed count for PERCLOS (P80: Wierwille et al. 1994)."""
