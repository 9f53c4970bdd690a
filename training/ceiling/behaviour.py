"""What simulated students do, in the few numbers per second that say all about their states."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from appliance.domain.arrays import BoolArray, Float64Array
from training.simulator import parameters as p
from training.simulator.behaviour import BehaviourModel
from training.simulator.classroom import SETTLE_FRAMES, draw_all_states, emit_tokens
from training.simulator.cues import FRAME_S
from training.simulator.parameters import EVENTS, LEVELS
from training.simulator.traits import Traits


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BehaviourRecord:
    """N students over T ticks. Sums over the frames of a tick, so that little is lost."""

    states: NDArray[np.int8] = field(repr=False)
    """(N, T) true state in the last token of each tick."""
    first: Float64Array = field(repr=False)
    """(N, L) slow cues before the first tick: the episode's mean plus the moment's wandering."""
    aims: Float64Array = field(repr=False)
    """(N, T, L) observation of the episode's mean: mean of (x' - k x) / (1 - k) over the frames."""
    starts: Float64Array = field(repr=False)
    """(N, T, E) events that started."""
    idle_s: Float64Array = field(repr=False)
    """(N, T, E) seconds in which an event could have started."""
    blinks: Float64Array = field(repr=False)
    """(N, T, 4) starts, seconds without a blink, sum of the durations' logarithms (of seconds) and
    of their squares."""
    traits: Traits = field(repr=False)
    """What the students are like: known to the upper bound only."""


def observe_behaviour(
    *,
    seed: int,
    students: int,
    tokens: int,
    tick_tokens: int,
    scenario: str = "table3",
) -> BehaviourRecord:
    """Record the students of ``simulate_lesson`` with the same arguments.

    Args:
        seed: Decides everything.
        students: N.
        tokens: At 5 Hz, a multiple of ``tick_tokens``.
        tick_tokens: Length of a tick.
        scenario: Key of ``parameters.SHARES``.
    """
    states = draw_all_states(
        np.random.default_rng([seed, 0]), students=students, tokens=tokens, scenario=scenario
    )
    watcher = _Watcher(students, ticks=tokens // tick_tokens, frames=tick_tokens)
    rng = np.random.default_rng([seed, 1])
    for _ in emit_tokens(rng, states, regime="nominal", watch=watcher):
        pass
    return watcher.record(states[:, tick_tokens - 1 :: tick_tokens])


class _Watcher:
    """Adds up what ``BehaviourModel`` does from frame to frame."""

    def __init__(self, students: int, *, ticks: int, frames: int) -> None:
        """Begin with nothing; ``frames`` is the length of a tick in tokens."""
        self._per_tick = frames * p.FRAMES_PER_TOKEN
        self._frame = -SETTLE_FRAMES
        memory_s = np.array([level.memory_s for level in LEVELS.values()])
        self._keep = np.exp(-FRAME_S / memory_s)
        self._levels = np.zeros((students, len(LEVELS)))
        shape = (students, ticks)
        self._first = self._levels
        self._aims = np.zeros((*shape, len(LEVELS)))
        self._starts, self._idle_s = np.zeros((2, *shape, len(EVENTS)))
        self._blinks = np.zeros((*shape, 4))

    def __call__(self, model: BehaviourModel) -> None:
        """Take in one frame."""
        self._traits = model.traits
        before, self._levels = self._levels, model.levels.value.copy()
        self._frame += 1
        if self._frame == 0:
            self._first = self._levels
        if self._frame <= 0:
            return
        tick = (self._frame - 1) // self._per_tick
        aim = (self._levels - self._keep * before) / (1 - self._keep)
        self._aims[:, tick] += aim / self._per_tick
        for index, event in enumerate(model.events):
            self._starts[:, tick, index] += event.starts
            self._idle_s[:, tick, index] += FRAME_S * _was_idle(event.starts, event.active)
        blink = model.blink
        self._blinks[:, tick, 0] += blink.starts
        self._blinks[:, tick, 1] += FRAME_S * _was_idle(blink.starts, blink.active)
        length = np.where(blink.starts, np.log(np.maximum(blink.length_s, FRAME_S / 2)), 0)
        self._blinks[:, tick, 2] += length
        self._blinks[:, tick, 3] += length**2

    def record(self, states: NDArray[np.int8]) -> BehaviourRecord:
        """Return what was seen, of students in these states."""
        return BehaviourRecord(
            states=states,
            first=self._first,
            aims=self._aims,
            starts=self._starts,
            idle_s=self._idle_s,
            blinks=self._blinks,
            traits=self._traits,
        )


def _was_idle(starts: BoolArray, active: BoolArray) -> BoolArray:
    """Return (N,) whether nothing was going on before this frame's chance to start."""
    return np.asarray(starts | ~active)
