"""Simulated students from state to token: the feature emitter."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from appliance.domain.arrays import Float32Array
from appliance.domain.tokens import FACE_SIZE, POSE_STREAM_SIZE, TOKEN_S
from appliance.windows.featuriser import Featuriser
from appliance.windows.pooling import TokenFrames
from training.simulator import parameters as p
from training.simulator.behaviour import Behaviour, BehaviourModel
from training.simulator.cues import FRAME_S
from training.simulator.emissions import EmissionModel
from training.simulator.nuisances import NuisanceModel
from training.simulator.regimes import draw_circumstances
from training.simulator.states import draw_states, solve_chain
from training.simulator.traits import draw_population, draw_traits, uniform

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
    families: range | None = None,
    persistence: float | None = None,
) -> Lesson:
    """Simulate N students with all nuisances, through the box's own featuriser.

    Args:
        seed: Decides everything.
        students: N.
        tokens: T, at 5 Hz.
        scenario: Key of ``parameters.SHARES`` for everybody; None draws one per student, and lets
            slow fatigue raise the odds of becoming fatigued.
        regime: Key of ``parameters.REGIMES`` for everybody, with the printed population and blinks
            of people nothing is trained on; None mixes everything as for training.
        families: Each student's population is one of these instead.
        persistence: Factor on all dwells; None is 1 for a scenario and drawn without one.
    """
    lesson = Lesson(
        face=np.empty((students, tokens, FACE_SIZE), dtype=np.float32),
        pose=np.empty((students, tokens, POSE_STREAM_SIZE), dtype=np.float32),
        states=draw_all_states(
            np.random.default_rng([seed, 0]),
            students=students,
            tokens=tokens,
            scenario=scenario,
            persistence=persistence,
        ),
    )
    emitter = emit_tokens(
        np.random.default_rng([seed, 1]), lesson.states, regime=regime, families=families
    )
    for token, (face, pose) in enumerate(emitter):
        lesson.face[:, token], lesson.pose[:, token] = face, pose
    return lesson


def draw_all_states(
    rng: np.random.Generator,
    *,
    students: int,
    tokens: int,
    scenario: str | None,
    persistence: float | None = None,
) -> NDArray[np.int8]:
    """Draw (N, T) states, with slow fatigue when the scenario is left open."""
    names = list(p.SCENARIO_WEIGHTS)
    weights = list(p.SCENARIO_WEIGHTS.values())
    states = np.empty((students, tokens), dtype=np.int8)
    for student in range(students):
        if scenario is None:
            name = names[rng.choice(len(names), p=weights)]
            drawn = float(rng.choice(list(p.PERSISTENCE), p=list(p.PERSISTENCE.values())))
            chain = solve_chain(name, persistence=drawn if persistence is None else persistence)
            fatigue = fatigue_course(rng, tokens)
            states[student] = draw_states(rng, chain, tokens=tokens, fatigue=fatigue)
        else:
            chain = solve_chain(scenario, persistence=1.0 if persistence is None else persistence)
            states[student] = draw_states(rng, chain, tokens=tokens)
    return states


def fatigue_course(rng: np.random.Generator, tokens: int) -> NDArray[np.float64]:
    """Draw one student's slow fatigue, (T,) in [0, 1]."""
    hours = np.arange(tokens) * TOKEN_S / 3600
    start = rng.uniform(*p.FATIGUE_START)
    return np.clip(start + rng.uniform(*p.FATIGUE_RISE_PER_HOUR) * hours, 0, 1)


def emit_tokens(
    rng: np.random.Generator,
    states: NDArray[np.int8],
    *,
    regime: str | None,
    families: range | None = None,
    watch: Callable[[BehaviourModel], None] = lambda _: None,
) -> Iterator[tuple[Float32Array, Float32Array]]:
    """Yield the (N, F) face and (N, P) pose stream of one token after another.

    ``watch`` sees what the students do after every frame, the settling frames included.
    """
    students, tokens = states.shape
    circumstances = draw_circumstances(rng, students, regime=regime, families=families)
    population = draw_population(circumstances.families, circumstances.strength)
    behaviours = BehaviourModel(rng, draw_traits(rng, population), folds=circumstances.folds)
    emissions = EmissionModel(rng, circumstances)
    nuisances = NuisanceModel(rng, circumstances)
    featuriser = Featuriser(students)
    rows = np.arange(students)
    fatigue = uniform(rng, p.FATIGUE_START, students)
    rise = uniform(rng, p.FATIGUE_RISE_PER_HOUR, students) * TOKEN_S / 3600
    for _ in range(SETTLE_FRAMES):
        behaviours.step(states[:, 0], fatigue)
        watch(behaviours)
    for token in range(tokens):
        fatigue = np.minimum(fatigue + rise, 1)
        slots = []
        for at_s in token * TOKEN_S + (np.arange(p.FRAMES_PER_TOKEN) + 0.5) * FRAME_S:
            behaviour = behaviours.step(states[:, token], fatigue)
            watch(behaviours)
            slots.append(see_frame(behaviour, nuisances, emissions, nominal_s=at_s))
        yield featuriser.step(rows, join_frames(slots))


def see_frame(
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


def join_frames(slots: list[TokenFrames]) -> TokenFrames:
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
