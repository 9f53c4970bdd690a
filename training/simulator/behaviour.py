"""What students do, frame by frame: eyelids, mouth, brows, head, trunk and hands.

All students advance together by one frame; every array has N rows. Events (blinks, yawns, nods,
writing...) start at random with a rate that follows the state, and run for a drawn time.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from appliance.domain.affect import AFFECTS
from appliance.domain.arrays import BoolArray, Float64Array
from training.simulator import parameters as p
from training.simulator.parameters import Span
from training.simulator.regimes import Circumstances
from training.simulator.states import FATIGUED
from training.simulator.traits import Traits, uniform

FRAME_S = 1.0 / p.FRAME_HZ


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Behaviour:
    """What N students do in one frame; actions in [0, 1], angles in radians, lengths in metres."""

    closure: Float64Array = field(repr=False)
    """(N,) eyelids, 1 closed."""
    jaw: Float64Array = field(repr=False)
    """(N,) mouth opening."""
    brow_down: Float64Array = field(repr=False)
    """(N,)."""
    brow_inner_up: Float64Array = field(repr=False)
    """(N,)."""
    smile: Float64Array = field(repr=False)
    """(N,)."""
    look_down: Float64Array = field(repr=False)
    """(N,) eyes turned down."""
    valence: Float64Array = field(repr=False)
    """(N,) [-1, 1]."""
    arousal: Float64Array = field(repr=False)
    """(N,) [-1, 1]."""
    pitch: Float64Array = field(repr=False)
    """(N,) head down."""
    yaw: Float64Array = field(repr=False)
    """(N,) head to the student's left."""
    roll: Float64Array = field(repr=False)
    """(N,) head towards the left shoulder."""
    trunk_m: Float64Array = field(repr=False)
    """(N, 3) displacement of the shoulders: right in the picture, down, towards the camera."""
    slump_m: Float64Array = field(repr=False)
    """(N,) sinking of the head relative to the shoulders."""
    hand: Float64Array = field(repr=False)
    """(N,) 0 off, 1 at the face; positive is the left hand, negative the right one."""
    working: Float64Array = field(repr=False)
    """(N,) 1 while the hands type or write."""


class _Event:
    """Something that starts at random, lasts a drawn time and has a drawn size, per student."""

    def __init__(self, rng: np.random.Generator, students: int) -> None:
        self._rng = rng
        self.elapsed_s = np.full(students, np.inf)
        self.length_s = np.zeros(students)
        self.size = np.zeros(students)

    @property
    def active(self) -> BoolArray:
        return np.asarray(self.elapsed_s < self.length_s)

    def step(self, per_s: Float64Array, length_s: Float64Array, size: Float64Array) -> None:
        """Advance by a frame; start where nothing is going on."""
        self.elapsed_s += FRAME_S
        starts = ~self.active & (self._rng.uniform(size=len(per_s)) < per_s * FRAME_S)
        if starts.any():
            # A start falls anywhere between two frames.
            phase = self._rng.uniform(0, FRAME_S, len(per_s))
            self.elapsed_s = np.where(starts, phase, self.elapsed_s)
            self.length_s = np.where(starts, length_s, self.length_s)
            self.size = np.where(starts, size, self.size)

    def trapezoid(self, rise_s: float, fall_s: float) -> Float64Array:
        """Return the (N,) course from 0 up to ``size`` and back to 0."""
        up = self.elapsed_s / rise_s
        down = (self.length_s - self.elapsed_s) / fall_s
        return np.asarray(self.size * np.clip(np.minimum(up, down), 0, 1))


class BehaviourModel:
    """Advances N students by one frame at a time."""

    def __init__(
        self, rng: np.random.Generator, traits: Traits, circumstances: Circumstances
    ) -> None:
        """Begin every student at rest."""
        count = len(traits.sway_m)
        self._rng, self._traits, self._count = rng, traits, count
        self._circumstances = circumstances
        self._shown = np.zeros((count, len(AFFECTS)))
        self._state = np.full(count, -1, dtype=np.int8)
        self._intensity = np.ones(count)
        self._onset_s = np.ones(count)
        self._roll_sign = np.ones(count)
        self._trunk, self._seat = np.zeros((count, 3)), np.zeros((count, 3))
        self._head = np.zeros((count, 3))
        self._mood = np.zeros((count, 2))
        self._smooth = np.zeros((count, 6))
        self._clock_s = 0.0
        names = (
            "blink",
            "closure",
            "yawn",
            "talk",
            "smile",
            "write",
            "nod",
            "away",
            "hand",
            "type",
        )
        self._events = {name: _Event(rng, count) for name in names}

    def step(self, states: NDArray[np.int8], fatigue: Float64Array) -> Behaviour:
        """Return what the students do in the next frame.

        Args:
            states: (N,) index of each student's state.
            fatigue: (N,) slow fatigue, [0, 1].
        """
        self._clock_s += FRAME_S
        weights = self._show(states, fatigue)
        traits = self._traits

        def mixed(values: Float64Array) -> Float64Array:
            return np.asarray((values * weights).sum(axis=1))

        self._start_events(mixed)
        event = self._events
        writing = event["write"].trapezoid(0.6, 0.6)
        away = event["away"].trapezoid(0.4, 0.4)
        hand = event["hand"].trapezoid(0.6, 0.6)
        yawn = event["yawn"].trapezoid(1.2, 1.0)
        yawn_share = np.divide(yawn, event["yawn"].size, where=event["yawn"].size > 0, out=yawn * 0)
        self._move(mixed(traits.movement))
        # Slow means follow the mixture with the inertia of a body.
        target = np.stack(
            [
                mixed(traits.pitch) + writing * traits.write_pitch,
                mixed(traits.roll) * self._roll_sign,
                mixed(traits.slump_m),
                mixed(traits.lean_m) + 0.02 * writing,
                mixed(traits.droop),
                np.where(event["hand"].active, event["hand"].size, 0),
            ],
            axis=1,
        )
        self._smooth += (target - self._smooth) * np.array([0.08, 0.04, 0.03, 0.03, 0.03, 0.05])
        pitch, roll, slump, lean, droop, propped = self._smooth.T
        closure = np.maximum.reduce(
            [
                event["blink"].trapezoid(p.BLINK_CLOSE_S, p.BLINK_OPEN_S),
                event["closure"].trapezoid(0.25, 0.2),
                yawn_share * traits.yawn_eyes,
                np.clip(droop, 0, 1),
            ]
        )
        nod = event["nod"].trapezoid(0.5, 0.25)
        # A head that drops takes the lids along; they open when it jerks up again.
        closure = np.maximum(closure, np.clip(nod / np.radians(p.NOD_CLOSES_DEG), 0, 1))
        talk = event["talk"].trapezoid(0.1, 0.1)
        syllables = 0.5 + 0.5 * np.sin(2 * np.pi * traits.talk_hz * self._clock_s)
        mood = self._feel(mixed(traits.valence), mixed(traits.arousal))
        trunk = self._trunk + self._seat
        trunk[:, 2] += lean
        trunk[:, 1] += 0.3 * slump
        return Behaviour(
            closure=closure,
            jaw=np.maximum(yawn, talk * syllables),
            brow_down=np.clip(mixed(traits.brow_down) + 0.1 * yawn_share, 0, 1),
            brow_inner_up=np.clip(mixed(traits.brow_inner_up), 0, 1),
            smile=event["smile"].trapezoid(0.4, 0.6),
            look_down=np.clip(writing * traits.write_look_down + 0.3 * droop, 0, 1),
            valence=mood[:, 0],
            arousal=mood[:, 1],
            pitch=pitch + nod - 0.12 * yawn_share + self._head[:, 0],
            yaw=away + self._head[:, 1],
            roll=roll + propped + self._head[:, 2],
            trunk_m=trunk,
            slump_m=slump,
            hand=np.sign(hand)
            * np.clip(np.abs(hand) / np.maximum(np.abs(event["hand"].size), 1e-6), 0, 1),
            working=(event["type"].active | event["write"].active).astype(np.float64),
        )

    def _show(self, states: NDArray[np.int8], fatigue: Float64Array) -> Float64Array:
        """Return the (N, 4) mixture of state cues shown now."""
        fresh = states != self._state
        if fresh.any():
            rng, count = self._rng, self._count
            drawn = rng.uniform(self._circumstances.weakest, self._circumstances.strongest)
            self._intensity = np.where(fresh, drawn, self._intensity)
            self._onset_s = np.where(fresh, uniform(rng, p.ONSET_S, count), self._onset_s)
            sign = np.where(rng.uniform(size=count) < 0.5, -1.0, 1.0)
            self._roll_sign = np.where(fresh, sign, self._roll_sign)
            self._state = states.copy()
        goal = np.zeros_like(self._shown)
        goal[np.arange(self._count), states] = 1
        self._shown += (goal - self._shown) * (FRAME_S / self._onset_s)[:, None]
        # What is not shown of a state looks focused; a tired student leaks some fatigue.
        weights = self._shown * self._intensity[:, None]
        leak = p.FATIGUE_LEAK * fatigue * (1 - self._shown[:, FATIGUED])
        weights[:, FATIGUED] += leak
        weights[:, 0] += 1 - weights.sum(axis=1)
        return weights

    def _start_events(self, mixed: Callable[[Float64Array], Float64Array]) -> None:
        rng, count, traits, event = self._rng, self._count, self._traits, self._events

        def drawn(span: Span) -> Float64Array:
            return uniform(rng, span, count)

        def per_s(per_min: Float64Array) -> Float64Array:
            return np.maximum(mixed(per_min), 0) / 60

        def share(shares: Float64Array, span: Span) -> Float64Array:
            wanted = np.clip(mixed(shares), 0, 0.9)
            return np.asarray(wanted / (1 - wanted) / ((span.low + span.high) / 2))

        one = np.ones(count)
        jitter = np.exp(p.BLINK_JITTER * rng.standard_normal(count))
        blink_s = np.maximum(mixed(traits.blink_s), 0.1) * jitter
        event["blink"].step(per_s(traits.blinks_per_min), blink_s, drawn(Span(0.8, 1.0)))
        event["closure"].step(
            per_s(traits.closures_per_min), drawn(p.CLOSURE_S), drawn(Span(0.75, 1.0))
        )
        event["yawn"].step(per_s(traits.yawns_per_min), drawn(p.YAWN_S), drawn(p.YAWN_JAW))
        event["talk"].step(traits.talks_per_min / 60, drawn(p.TALK_S), drawn(p.TALK_JAW))
        event["smile"].step(traits.smiles_per_min / 60, drawn(p.SMILE_S), drawn(Span(0.2, 0.9)))
        event["write"].step(per_s(traits.writes_per_min), drawn(p.WRITE_S), one)
        event["nod"].step(per_s(traits.nods_per_min), drawn(p.NOD_S), np.radians(drawn(p.NOD_DEG)))
        sign = np.where(rng.uniform(size=count) < 0.5, -1.0, 1.0)
        yaw = np.radians(drawn(p.AWAY_YAW_DEG))
        event["away"].step(share(traits.away_share, p.AWAY_S), drawn(p.AWAY_S), sign * yaw)
        prop = sign * np.radians(drawn(p.PROP_ROLL_DEG))
        event["hand"].step(share(traits.hand_share, p.HAND_S), drawn(p.HAND_S), prop)
        event["type"].step(share(traits.typing_share, p.TYPING_S), drawn(p.TYPING_S), one)

    def _move(self, movement: Float64Array) -> None:
        """Let trunk and head wander (Ornstein-Uhlenbeck), and change the sitting position."""
        rng, count, traits = self._rng, self._count, self._traits
        trunk_s, head_s = 4.0, 1.2
        size = (traits.sway_m * movement)[:, None]
        noise = rng.standard_normal((count, 6))
        self._trunk += -self._trunk * FRAME_S / trunk_s + size * noise[:, :3] * np.sqrt(
            2 * FRAME_S / trunk_s
        ) * np.array([1.0, 0.4, 1.0])
        size = (traits.head_jitter * movement)[:, None]
        self._head += -self._head * FRAME_S / head_s + size * noise[:, 3:] * np.sqrt(
            2 * FRAME_S / head_s
        )
        rate = traits.shifts_per_min * movement / 60
        shifts = rng.uniform(size=count) < rate * FRAME_S
        if shifts.any():
            place = p.SHIFT_M * rng.standard_normal((count, 3)) * np.array([1.0, 0.3, 0.7])
            self._seat = np.where(shifts[:, None], place, self._seat)

    def _feel(self, valence: Float64Array, arousal: Float64Array) -> Float64Array:
        """Return (N, 2) valence and arousal: the state's mean and a slow mood."""
        mood_s = 20.0
        noise = self._rng.standard_normal((self._count, 2))
        self._mood += -self._mood * FRAME_S / mood_s + 0.5 * p.AFFECT_SD * noise * np.sqrt(
            2 * FRAME_S / mood_s
        )
        return np.clip(np.stack([valence, arousal], axis=1) + self._mood, -1, 1)
