"""How plainly the states of a student show, and how well the student is seen."""

from dataclasses import dataclass, field

import numpy as np

from appliance.domain.arrays import Float64Array
from training.simulator.parameters import REGIME_WEIGHTS, REGIMES


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Circumstances:
    """Regime of N students; every array is (N,)."""

    weakest: Float64Array = field(repr=False)
    """Lowest intensity of an episode."""
    strongest: Float64Array = field(repr=False)
    """Highest intensity of an episode."""
    cue_absent: Float64Array = field(repr=False)
    """Probability that one cue of one state does not occur."""
    noise: Float64Array = field(repr=False)
    """Factor on the detectors' noise."""
    losses: Float64Array = field(repr=False)
    """Factor on the rate of losses."""


def draw_circumstances(
    rng: np.random.Generator, students: int, *, regime: str | None
) -> Circumstances:
    """Draw N students' circumstances.

    Args:
        rng: Source of randomness.
        students: N.
        regime: Key of ``parameters.REGIMES`` for everybody; None mixes them as for training.
    """
    names = list(REGIME_WEIGHTS)
    drawn = rng.choice(len(names), size=students, p=list(REGIME_WEIGHTS.values()))
    chosen = [REGIMES[names[index] if regime is None else regime] for index in drawn]
    return Circumstances(
        weakest=np.array([one.strength.low for one in chosen]),
        strongest=np.array([one.strength.high for one in chosen]),
        cue_absent=np.array([one.cue_absent for one in chosen]),
        noise=np.array([rng.uniform(*one.noise) for one in chosen]),
        losses=np.array([one.losses for one in chosen]),
    )
