"""What students do, frame by frame: eyelids, mouth, brows, head, trunk and hands.

All students advance together by one frame; every array has N rows. What depends on the state are
nine slow cues, nine kinds of events and the blinks (``cues.py``, ``blinks.py``); everything else
here puts them together to a face and a body.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from appliance.domain.arrays import BoolArray, Float64Array
from training.simulator import parameters as p
from training.simulator.blinks import load_windows
from training.simulator.cues import FRAME_S, Event, Levels, Wander, named_events
from training.simulator.parameters import EVENTS, LEVELS, EventCue, LevelCue, Span
from training.simulator.states import FATIGUED
from training.simulator.traits import Traits, uniform


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
    restless_m: Float64Array = field(repr=False)
    """(N,) how far the hands move about their place: resting, at work or talking."""


class BehaviourModel:
    """Advances N students by one frame at a time."""

    def __init__(
        self, rng: np.random.Generator, traits: Traits, *, folds: NDArray[np.int64]
    ) -> None:
        """Begin every student at rest; ``folds`` (N,) says whose blinks each one has."""
        count = len(traits.sway_m)
        self._rng, self.traits, self._count = rng, traits, count
        self._folds, self._windows = folds, load_windows()
        self.levels = Levels(rng, traits)
        self._sway = Wander(
            rng, traits.sway_m[:, None] * np.array(p.SWAY_AXES), memory_s=p.SWAY_MEMORY_S
        )
        self._yaw = Wander(rng, traits.head_yaw[:, None], memory_s=p.HEAD_MEMORY_S)
        self._gaze = Wander(rng, traits.gaze_down[:, None], memory_s=p.GAZE_MEMORY_S)
        self._lively = Wander(rng, traits.lively, memory_s=p.LIVELY_MEMORY_S)
        self.events, self.blink = named_events(rng, count), Event(rng, count)
        self._talk, self._smile = Event(rng, count), Event(rng, count)
        self.shown = np.full(count, -1, dtype=np.int8)
        """(N,) the state that shows; it follows the true one after ``ONSET_S``."""
        self._coming, self._wait_s = self.shown.copy(), np.zeros(count)
        self.blink_rate, self._blink_length = np.ones(count), np.ones(count)
        self._blinks = np.zeros(count)
        self._seat = np.zeros((count, 3))
        self._work, self._prop = np.zeros(count), np.zeros(count)
        self._clock_s = 0.0
        population = traits.population.levels
        self._leak = np.zeros((count, len(LEVELS)))
        leaking = list(p.LEAKING)
        self._leak[:, leaking] = (
            p.FATIGUE_LEAK * (population[:, FATIGUED] - population[:, 0])[:, leaking]
        )

    def step(self, states: NDArray[np.int8], fatigue: Float64Array) -> Behaviour:
        """Advance by one frame.

        Args:
            states: (N,) true states.
            fatigue: (N,) slow fatigue, [0, 1].
        """
        traits, levels = self.traits, self.levels
        self._clock_s += FRAME_S
        self._begin_episodes(states)
        tired = np.where(self.shown == FATIGUED, 0, fatigue)[:, None]
        levels.step(tired * self._leak)
        self._start_events()
        event = dict(zip(EVENTS, self.events, strict=True))
        yawn = event[EventCue.YAWN].trapezoid(1.2, 1.2)
        yawn_share = np.divide(
            yawn,
            event[EventCue.YAWN].size,
            where=event[EventCue.YAWN].size > 0,
            out=np.zeros(self._count),
        )
        value = levels.value
        droop = np.clip(value[:, LevelCue.DROOP], 0, 0.8)
        nod = event[EventCue.NOD].trapezoid(0.5, 0.25)
        closure = np.maximum.reduce(
            [
                self.blink.trapezoid(p.BLINK_CLOSE_S, p.BLINK_OPEN_S),
                event[EventCue.CLOSURE].trapezoid(0.25, 0.2),
                yawn_share * traits.yawn_eyes,
                droop,
                # A head that drops takes the lids along; they open when it jerks up again.
                np.clip(nod / np.radians(p.NOD_CLOSES_DEG), 0, 1),
            ]
        )
        talk = self._talk.trapezoid(0.1, 0.1)
        syllables = 0.5 + 0.5 * np.sin(2 * np.pi * traits.talk_hz * self._clock_s)
        frown = event[EventCue.FROWN].trapezoid(0.4, 0.6)
        writing = event[EventCue.WRITE].active.astype(np.float64)
        hand = event[EventCue.HAND].trapezoid(0.6, 0.6)
        pull = FRAME_S / p.WRITE_MEMORY_S
        self._work += (writing - self._work) * pull
        held = np.where(event[EventCue.HAND].active, event[EventCue.HAND].size, 0)
        self._prop += (held - self._prop) * pull
        trunk = self._sway.step() + self._sit()
        gaze = np.maximum(self._gaze.step()[:, 0], 0)
        valence, arousal, raised, smiling = self._lively.step().T
        working = event[EventCue.TYPE].active | (writing > 0)
        quiet_m = np.where(working, traits.work_m, traits.fidget_m)
        talking_m = np.maximum(traits.gesture_m, quiet_m)
        slump = value[:, LevelCue.SLUMP]
        trunk[:, 2] += value[:, LevelCue.LEAN] + 0.02 * self._work
        trunk[:, 1] += 0.3 * slump
        return Behaviour(
            closure=closure,
            jaw=np.maximum(yawn, talk * syllables),
            brow_down=np.clip(value[:, LevelCue.BROW_DOWN] + frown + 0.1 * yawn_share, 0, 1),
            brow_inner_up=np.clip(value[:, LevelCue.BROW_INNER_UP] + np.maximum(raised, 0), 0, 1),
            smile=np.maximum(self._smile.trapezoid(0.4, 0.6), np.clip(smiling, 0, 1)),
            look_down=np.clip(self._work * traits.write_look_down + 0.3 * droop + gaze, 0, 1),
            valence=np.clip(value[:, LevelCue.VALENCE] + valence, -1, 1),
            arousal=np.clip(value[:, LevelCue.AROUSAL] + arousal, -1, 1),
            pitch=np.radians(value[:, LevelCue.PITCH])
            + self._work * traits.write_pitch
            + nod
            - 0.12 * yawn_share,
            yaw=event[EventCue.AWAY].trapezoid(0.4, 0.4) + self._yaw.step()[:, 0],
            roll=np.radians(value[:, LevelCue.ROLL]) + self._prop,
            trunk_m=trunk,
            slump_m=slump,
            hand=np.sign(hand)
            * np.clip(np.abs(hand) / np.maximum(np.abs(event[EventCue.HAND].size), 1e-6), 0, 1),
            restless_m=np.where(self._talk.active, talking_m, quiet_m),
        )

    def _begin_episodes(self, states: NDArray[np.int8]) -> None:
        """Let a new state show after its delay; the first one shows at once."""
        first = self.shown < 0
        fresh = (states != self._coming) & ~first
        self._wait_s = np.where(
            fresh, uniform(self._rng, p.ONSET_S, self._count), self._wait_s - FRAME_S
        )
        self._coming = states.copy()
        begins = first | ((self._coming != self.shown) & (self._wait_s <= 0))
        if not begins.any():
            return
        self.shown = np.where(begins, self._coming, self.shown).astype(np.int8)
        at = self.shown.astype(np.float64)
        self.levels.begin(begins, at)
        self._begin_window(begins)
        if first.all():
            self.levels.settle()

    def _begin_window(self, rows: BoolArray) -> None:
        """Let the blinks of the (N,) ``rows`` follow another stretch of a real recording."""
        rate, length = self._windows.draw(self._rng, self._folds, self.shown == FATIGUED)
        self.blink_rate = np.where(rows, rate, self.blink_rate)
        self._blink_length = np.where(rows, length, self._blink_length)
        self._blinks = np.where(rows, 0, self._blinks)

    def _start_events(self) -> None:
        rng, count, traits = self._rng, self._count, self.traits

        def drawn(span: Span) -> Float64Array:
            return uniform(rng, span, count)

        every, one = np.arange(count), np.ones(count)
        sign = np.where(rng.uniform(size=count) < 0.5, -1.0, 1.0)
        size = {
            EventCue.CLOSURE: drawn(Span(0.75, 1.0)),
            EventCue.YAWN: drawn(p.YAWN_JAW),
            EventCue.NOD: np.radians(drawn(p.NOD_DEG)),
            EventCue.AWAY: sign * np.radians(drawn(p.AWAY_YAW_DEG)),
            EventCue.HAND: sign * np.radians(drawn(p.PROP_ROLL_DEG)),
            EventCue.WRITE: one,
            EventCue.TYPE: one,
            EventCue.SHIFT: one,
            EventCue.FROWN: drawn(p.FROWN),
        }
        per_s = traits.per_min[every, self.shown] / 60
        for cue, event in zip(EVENTS, self.events, strict=True):
            event.step(per_s[:, cue], drawn(EVENTS[cue].length_s), size[cue])
        self._blinks += self.blink.starts  # of the frame before
        if (ended := self._blinks >= p.BLINKS_PER_WINDOW).any():
            self._begin_window(ended)
        blinks_per_s = traits.blinks_per_min / 60 * self.blink_rate
        blinks_per_s = blinks_per_s * traits.population.blink_factor[every, self.shown]
        jitter = np.exp(p.BLINK_JITTER * rng.standard_normal(count))
        length_s = np.maximum(traits.blink_s * self._blink_length * jitter, 0.08)
        self.blink.step(blinks_per_s, length_s, drawn(Span(0.8, 1.0)))
        self._talk.step(traits.talks_per_min / 60, drawn(p.TALK_S), drawn(p.TALK_JAW))
        self._smile.step(traits.smiles_per_min / 60, drawn(p.SMILE_S), drawn(Span(0.2, 0.9)))

    def _sit(self) -> Float64Array:
        """Change the sitting position now and then; return the trunk's (N, 3) place."""
        shifts = self.events[EventCue.SHIFT].starts
        if shifts.any():
            place = self._rng.standard_normal((self._count, 3)) * np.array([1.0, 0.3, 0.7])
            self._seat = np.where(shifts[:, None], p.SHIFT_M * place, self._seat)
        return self._seat
