"""The simulated lessons that a fusion model is measured on, none of whose students it has seen."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from training.fusion.modality_loss import Modality, draw_losses, lose
from training.simulator import parameters
from training.simulator.classroom import Lesson, simulate_lesson

UNSEEN_SEED = 990_001  # far from training/fusion/train.py's seeds
SCENARIO = "table3"  # the paper's shares; the others are reported beside
LOST_SHARE = 0.3


def unseen_lesson(
    *,
    seed: int,
    students: int,
    tokens: int,
    regime: str = "nominal",
    scenario: str = SCENARIO,
    persistence: float = 1.0,
    held_out_family: bool = False,
) -> Lesson:
    """Return students of the printed population, or of families held out from training."""
    return simulate_lesson(
        seed=seed,
        students=students,
        tokens=tokens,
        scenario=scenario,
        regime=regime,
        persistence=persistence,
        families=parameters.HELD_OUT_FAMILIES if held_out_family else None,
    )


def without(lesson: Lesson, modality: Modality, *, share: float, seed: int) -> Lesson:
    """Return the lesson with one stream lost for a share of the time."""
    lost = draw_losses(np.random.default_rng([seed, 5]), *lesson.states.shape, share=share)
    if modality is Modality.FACE:
        return replace(lesson, face=lose(lesson.face, lost))
    return replace(lesson, pose=lose(lesson.pose, lost))


@contextlib.contextmanager
def on_ladder(step: int) -> Iterator[None]:
    """Put every nominal student simulated meanwhile on one ladder step (docs/DESIGN.md, 2)."""
    usual = parameters.LADDER
    # Who loses nothing is on the first step, so the wanted one is made the first and only.
    parameters.LADDER = ((*usual[step][:2], 1.0),)  # type: ignore[assignment]
    try:
        yield
    finally:
        parameters.LADDER = usual
