"""Simulated experience of many random schools: what a warm start is taught on.

Each school is kept in a file of its own, so a run that was stopped goes on where it was.
"""

from dataclasses import fields
from pathlib import Path

import numpy as np

from appliance.domain.arrays import AnyArray
from appliance.domain.policy.experience import Experience
from appliance.intervention.policy.state import FUSED_SIZE
from training.policy.collect import SimulatedExperience, collect_lessons
from training.policy.fast.worlds import WorldKind, draw_world

_TRUTHS = ("gains", "gain_drops", "drops", "types")


def school(
    folder: Path, *, kind: WorldKind, seed: int, students: int, p_act: float
) -> SimulatedExperience:
    """Return a lesson of each of so many students of a random school, simulated once.

    Args:
        folder: Where it is kept.
        kind: What actions do in it.
        seed: Decides the school, its students and all that is drawn.
        students: How many.
        p_act: As in ``collect.randomise``.
    """
    path = folder / f"{kind.value}-{seed}-{students}-{p_act:g}.npz"
    if path.exists():
        return _read(path)
    world = draw_world(np.random.default_rng(seed), kind)
    made = collect_lessons(world, students=students, seed=seed, p_act=p_act)
    folder.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part.npz")
    np.savez(part, allow_pickle=False, **_arrays(made))
    part.replace(path)
    return made


def _arrays(made: SimulatedExperience) -> dict[str, AnyArray]:
    past = {one.name: getattr(made.experience, one.name) for one in fields(Experience)}
    past["states"] = past["states"][:, FUSED_SIZE:]  # the fused part is zero
    return past | {name: getattr(made, name) for name in _TRUTHS}


def _read(path: Path) -> SimulatedExperience:
    with np.load(path) as kept:
        states = kept["states"]
        whole = np.concatenate(
            [np.zeros((len(states), FUSED_SIZE), dtype=states.dtype), states], axis=1
        )
        names = [one.name for one in fields(Experience) if one.name != "states"]
        return SimulatedExperience(
            experience=Experience(states=whole, **{name: kept[name] for name in names}),
            **{name: kept[name] for name in _TRUTHS},
        )
