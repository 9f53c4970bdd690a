"""Lessons in which nothing is done, of many students at once.

The slow environment's own parts, student by student the same law, at a fiftieth of the time. Half
of the students see pop-ups that act on the sensors and on nothing else, as in the environment.
"""

from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from appliance.domain.arrays import BoolArray, Float32Array, Float64Array, IntArray
from appliance.domain.policy.choices import POLICY_STEP_S
from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.domain.tokens import (
    FACE_SIZE,
    POSE_STREAM_SIZE,
    TOKEN_S,
    SeatStatus,
    TokenBatch,
)
from appliance.fusion.fuser import Fuser
from appliance.inference.library import EngineChoice, ModelLibrary
from appliance.intervention.policy.masks import FIRST_S
from appliance.intervention.policy.reward import INTRUDE_WITHIN_S
from appliance.ports import InferenceSession
from appliance.windows.featuriser import Featuriser
from appliance.windows.pooling import TokenFrames
from training.policy.fast.fit.recordings import STATUSES, Recorded
from training.policy.slow import seat as slow
from training.policy.slow.environment import LESSON_S
from training.policy.slow.student import draw_presence
from training.simulator import parameters as p
from training.simulator.behaviour import Behaviour, BehaviourModel
from training.simulator.classroom import SETTLE_FRAMES, draw_all_states, join_frames, see_frame
from training.simulator.cues import FRAME_S
from training.simulator.emissions import EmissionModel
from training.simulator.nuisances import NuisanceModel
from training.simulator.regimes import draw_circumstances
from training.simulator.traits import draw_population, draw_traits, uniform

AT_ONCE = 64
_SEED = 700_000


def record_crowds(folder: Path, *, crowds: int, lesson_s: float = LESSON_S) -> Iterator[Path]:
    """Write a file for each crowd that is not there yet, and yield its path."""
    session = ModelLibrary(None, lanes=1).load("fusion", choice=EngineChoice.ONNX).session()
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(crowds):
        path = folder / f"crowd{number:03d}.npz"
        if path.exists():
            continue
        recorded = record_crowd(
            session, seed=_SEED + number, students=AT_ONCE, tokens=round(lesson_s / TOKEN_S)
        )
        recorded.write(path)
        yield path


def record_crowd(session: InferenceSession, *, seed: int, students: int, tokens: int) -> Recorded:
    """Return the lessons of N students."""
    rng = np.random.default_rng([seed, 5])
    states = draw_all_states(
        np.random.default_rng([seed, 1]), students=students, tokens=tokens, scenario=None
    )
    present = np.array([draw_presence(rng, tokens=tokens) for _ in range(students)])
    popups = _Popups(rng, students=students, lesson_s=tokens * TOKEN_S)
    crowd = _Crowd(np.random.default_rng([seed, 2]), states, popups)
    reader = _Reader(session, students)
    read = np.zeros((students, tokens, 4), dtype=np.float32)
    status = np.zeros((students, tokens), dtype=np.int64)
    for token in range(tokens):
        face, pose = crowd.step(token, present[:, token])
        read[:, token], status[:, token] = reader.step(token, present[:, token], face, pose)
    nothing = np.zeros(popups.starts_s.shape)
    return Recorded(
        p=read,
        status=status,
        present=present,
        states=states.astype(np.int64),
        popups=popups.starts_s,
        actions=nothing.astype(np.int64),
        gains=nothing + np.nan,
    )


class _Popups:
    """What appears on the screens of half of the students, every ten minutes and more."""

    def __init__(self, rng: np.random.Generator, *, students: int, lesson_s: float) -> None:
        most = 1 + int(lesson_s / INTRUDE_WITHIN_S)
        gaps_s = rng.uniform(INTRUDE_WITHIN_S, 1.5 * INTRUDE_WITHIN_S, (students, most))
        gaps_s[:, 0] = rng.uniform(0, INTRUDE_WITHIN_S, students)
        starts_s = FIRST_S + gaps_s.cumsum(axis=1)
        starts_s = np.floor(starts_s / POLICY_STEP_S) * POLICY_STEP_S
        starts_s[(starts_s >= lesson_s) | (np.arange(students) % 2 == 0)[:, None]] = np.inf
        self.starts_s: Float64Array = starts_s
        """(N, P) seconds; infinite for never."""
        shape = starts_s.shape
        self._length_s = rng.uniform(*slow.POPUP_S, shape)
        self._down = rng.uniform(*slow.POPUP_LOOK_DOWN, shape)
        self._yaw = np.radians(rng.uniform(*slow.POPUP_YAW_DEG, shape))
        self._pitch = np.radians(rng.uniform(*slow.POPUP_PITCH_DEG, shape))

    def apply(self, behaviour: Behaviour, *, at_s: float) -> Behaviour:
        """As ``slow.seat.Popup.apply``."""
        into_s = at_s - self.starts_s
        looks = (into_s >= 0) & (into_s < self._length_s)
        if not looks.any():
            return behaviour
        nearest_s = np.where(looks, np.minimum(into_s, self._length_s - into_s), 0)
        share = np.minimum(nearest_s / slow.POPUP_RISE_S, 1)
        return replace(
            behaviour,
            look_down=np.clip(behaviour.look_down + (share * self._down).sum(axis=1), 0, 1),
            yaw=behaviour.yaw + (share * self._yaw).sum(axis=1),
            pitch=behaviour.pitch + (share * self._pitch).sum(axis=1),
        )


class _Crowd:
    """``slow.seat.SimulatedSeat`` for N students."""

    def __init__(self, rng: np.random.Generator, states: NDArray[np.int8], popups: _Popups) -> None:
        students = len(states)
        circumstances = draw_circumstances(rng, students, regime=None)
        population = draw_population(circumstances.families, circumstances.strength)
        self._behaviours = BehaviourModel(
            rng, draw_traits(rng, population), folds=circumstances.folds
        )
        self._emissions = EmissionModel(rng, circumstances)
        self._nuisances = NuisanceModel(rng, circumstances)
        self._featuriser = Featuriser(students)
        self._fatigue = uniform(rng, p.FATIGUE_START, students)
        self._rise = uniform(rng, p.FATIGUE_RISE_PER_HOUR, students) * TOKEN_S / 3600
        self._states, self._popups = states, popups
        for _ in range(SETTLE_FRAMES):
            self._behaviours.step(states[:, 0], self._fatigue)

    def step(self, token: int, present: BoolArray) -> tuple[Float32Array, Float32Array]:
        """Return (N, F) and (N, P) streams of a token; zeros of whoever is away."""
        self._fatigue = np.minimum(self._fatigue + self._rise, 1)
        slots = []
        for frame_s in token * TOKEN_S + (np.arange(p.FRAMES_PER_TOKEN) + 0.5) * FRAME_S:
            behaviour = self._behaviours.step(self._states[:, token], self._fatigue)
            behaviour = self._popups.apply(behaviour, at_s=frame_s)
            slots.append(see_frame(behaviour, self._nuisances, self._emissions, nominal_s=frame_s))
        frames, rows = join_frames(slots), np.flatnonzero(present)
        seen = TokenFrames(
            **{one.name: getattr(frames, one.name)[rows] for one in fields(TokenFrames)}
        )
        face = np.zeros((len(present), FACE_SIZE), dtype=np.float32)
        pose = np.zeros((len(present), POSE_STREAM_SIZE), dtype=np.float32)
        face[rows], pose[rows] = self._featuriser.step(rows, seen)
        return face, pose


class _Reader:
    """The box's fusion on N seats."""

    def __init__(self, session: InferenceSession, students: int) -> None:
        self._fuser = Fuser(session, seats=students)
        self._seats = tuple(SeatKey(f"s{number}") for number in range(students))
        self._occupancies = tuple(OccupancyKey(f"s{number}") for number in range(students))
        self._age_s = np.zeros(students, dtype=np.float32)

    def step(
        self, token: int, present: BoolArray, face: Float32Array, pose: Float32Array
    ) -> tuple[Float32Array, IntArray]:
        """Return (N, 4) probabilities and (N,) statuses of a token."""
        first = self._age_s == 0
        self._age_s += np.float32(TOKEN_S) * present
        readings = self._fuser.read(
            TokenBatch(
                at_s=((token + 1) * TOKEN_S,) * len(present),
                seats=self._seats,
                occupancies=self._occupancies,
                status=tuple(SeatStatus.PRESENT if one else SeatStatus.ABSENT for one in present),
                age_s=self._age_s,
                face=face,
                pose=pose,
                restarted=first & present,
            )
        )
        return (
            np.array([one.probabilities for one in readings]),
            np.array([STATUSES.index(one.status) for one in readings]),
        )
