"""Simulated students from state to token: the feature emitter."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from appliance.domain.arrays import Float32Array
from appliance.domain.tokens import FACE_SIZE, POSE_STREAM_SIZE, TOKEN_S
from appliance.windows.featuriser import Featuriser
from appliance.windows.pooling import TokenFrames
from training.simulator import parameters as p
from training.simulator.behaviour import FRAME_S, Behaviour, BehaviourModel
from training.simulator.emissions import EmissionModel
from training.simulator.nuisances import NuisanceModel
from training.simulator.regimes import draw_circumstances
from training.simulator.states import draw_states, solve_chain
from training.simulator.traits import draw_traits, uniform

SETTLE_FRAMES = int(30 * p.FRAME_HZ)  # before the first token, so that nobody starts from rest


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lesson:
    """Tokens and true states of N students over T tokens, each from the start of an occupancy."""

    face: Float32Array = field(repr=False)
    """(N, T, FACE_SIZE) face stream."""

    pose: Float32Array = field(repr=False)
    """(N, T, POSE_STREAM_SIZE) pose stream."""

    states: NDArray[np.int8] = field(repr=False)
    """(N, T) true state, index into ``AFFECTS``."""


def simulate_lesson(
    *,
    seed: int,
    students: int,
    tokens: int,
    scenario: str | None = None,
    regime: str | None = None,
) -> Lesson:
    """Simulate N students with all nuisances, through the box's own featuriser.

    Args:
        seed: Decides everything.
        students: N.
        tokens: T, at 5 Hz.
        scenario: Key of ``parameters.SHARES`` for everybody; None draws one per student, and the
            persistence of states too.
        regime: Key of ``parameters.REGIMES`` for everybody; None mixes them as for training.
    """
    lesson = Lesson(
        face=np.empty((students, tokens, FACE_SIZE), dtype=np.float32),
        pose=np.empty((students, tokens, POSE_STREAM_SIZE), dtype=np.float32),
        states=draw_all_states(
            np.random.default_rng([seed, 0]), students=students, tokens=tokens, scenario=scenario
        ),
    )
    emitter = emit_tokens(np.random.default_rng([seed, 1]), lesson.states, regime=regime)
    for token, (face, pose) in enumerate(emitter):
        lesson.face[:, token], lesson.pose[:, token] = face, pose
    return lesson


def draw_all_states(
    rng: np.random.Generator, *, students: int, tokens: int, scenario: str | None
) -> NDArray[np.int8]:
    """Draw (N, T) states, with slow fatigue when the scenario is left open."""
    names = list(p.SCENARIO_WEIGHTS)
    weights = list(p.SCENARIO_WEIGHTS.values())
    states = np.empty((students, tokens), dtype=np.int8)
    for student in range(students):
        if scenario is None:
            name = names[rng.choice(len(names), p=weights)]
            chain = solve_chain(name, persistence=float(rng.choice(p.PERSISTENCE)))
            fatigue = fatigue_course(rng, tokens)
            states[student] = draw_states(rng, chain, tokens=tokens, fatigue=fatigue)
        else:
            states[student] = draw_states(rng, solve_chain(scenario), tokens=tokens)
    return states


def fatigue_course(rng: np.random.Generator, tokens: int) -> NDArray[np.float64]:
    """Draw one student's slow fatigue, (T,) in [0, 1]."""
    hours = np.arange(tokens) * TOKEN_S / 3600
    start = rng.uniform(*p.FATIGUE_START)
    return np.clip(start + rng.uniform(*p.FATIGUE_RISE_PER_HOUR) * hours, 0, 1)


def emit_tokens(
    rng: np.random.Generator, states: NDArray[np.int8], *, regime: str | None
) -> Iterator[tuple[Float32Array, Float32Array]]:
    """Yield the (N, F) face and (N, P) pose stream of one token after another."""
    students, tokens = states.shape
    circumstances = draw_circumstances(rng, students, regime=regime)
    behaviours = BehaviourModel(rng, draw_traits(rng, circumstances), circumstances)
    emissions = EmissionModel(rng, circumstances)
    nuisances = NuisanceModel(rng, circumstances)
    featuriser = Featuriser(students)
    rows = np.arange(students)
    fatigue = uniform(rng, p.FATIGUE_START, students)
    rise = uniform(rng, p.FATIGUE_RISE_PER_HOUR, students) * TOKEN_S / 3600
    for _ in range(SETTLE_FRAMES):
        behaviours.step(states[:, 0], fatigue)
    for token in range(tokens):
        fatigue = np.minimum(fatigue + rise, 1)
        slots = [
            _see(behaviours.step(states[:, token], fatigue), nuisances, emissions, nominal_s=at_s)
            for at_s in token * TOKEN_S + (np.arange(p.FRAMES_PER_TOKEN) + 0.5) * FRAME_S
        ]
        yield featuriser.step(rows, _join(slots))


def _see(
    behaviour: Behaviour, nuisances: NuisanceModel, emissions: EmissionModel, *, nominal_s: float
) -> TokenFrames:
    """Return one frame of every student, as a token with a single slot."""
    seen = nuisances.step(behaviour)
    cues, projection = emissions.face(behaviour)
    return TokenFrames(
        times_s=np.where(seen.frame_kept, nuisances.times_s(nominal_s), np.nan)[:, None],
        pose_ran=seen.pose_ran[:, None],
        pose_seen=seen.pose_seen[:, None],
        points=emissions.landmarks(behaviour)[:, None],
        expression_ran=seen.expression_ran[:, None],
        face_seen=seen.face_seen[:, None],
        eyes_readable=seen.eyes_readable[:, None],
        projection=projection[:, None],
        cues=cues[:, None],
    )


def _join(slots: list[TokenFrames]) -> TokenFrames:
    """Put the frames of a token side by side."""
    return TokenFrames(
        times_s=np.concatenate([slot.times_s for slot in slots], axis=1),
        pose_ran=np.concatenate([slot.pose_ran for slot in slots], axis=1),
        pose_seen=np.concatenate([slot.pose_seen for slot in slots], axis=1),
        points=np.concatenate([slot.points for slot in slots], axis=1),
        expression_ran=np.concatenate([slot.expression_ran for slot in slots], axis=1),
        face_seen=np.concatenate([slot.face_seen for slot in slots], axis=1),
        eyes_readable=np.concatenate([slot.eyes_readable for slot in slots], axis=1),
        projection=np.concatenate([slot.projection for slot in slots], axis=1),
        cues=np.concatenate([slot.cues for slot in slots], axis=1),
    )
