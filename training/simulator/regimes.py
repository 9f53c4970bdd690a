"""How plainly the states of a student show, and how well the student is seen."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from appliance.domain.arrays import Float64Array
from training.simulator import parameters as p
from training.simulator.blinks import TEST_FOLD, TRAINING_FOLDS
from training.simulator.parameters import REGIME_WEIGHTS, REGIMES, Span


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Circumstances:
    """Regime of N students; every array is (N,)."""

    strength: Float64Array = field(repr=False)
    """Factor on what differs from focused."""
    noise: Float64Array = field(repr=False)
    """Factor on the detectors' noise."""
    reach: Float64Array = field(repr=False)
    """Share of the detectors' and cameras' ranges that occurs, from the middle out."""
    losses: Float64Array = field(repr=False)
    """Factor on losses."""
    families: NDArray[np.int64] = field(repr=False)
    """Family of the population; 0 is the printed one."""
    folds: NDArray[np.int64] = field(repr=False)
    """Group of real people whose blinks each student has, 1 to 4."""

    def around(self, rng: np.random.Generator, span: Span) -> Float64Array:
        """Draw from the middle of a range, as much of it as the circumstances reach."""
        middle, half = (span.low + span.high) / 2, (span.high - span.low) / 2
        return middle + self.reach * half * rng.uniform(-1, 1, len(self.reach))


def draw_circumstances(
    rng: np.random.Generator,
    students: int,
    *,
    regime: str | None,
    families: range | None = None,
) -> Circumstances:
    """Draw N students' circumstances.

    Args:
        rng: Source of randomness.
        students: N.
        regime: Key of ``parameters.REGIMES`` for everybody, with the printed population and the
            blinks of the fold that nothing is trained on; None mixes everything as for training.
        families: Instead of the printed population, one of these for each student.
    """
    names = list(REGIME_WEIGHTS)
    drawn = rng.choice(len(names), size=students, p=list(REGIME_WEIGHTS.values()))
    chosen = [REGIMES[names[index] if regime is None else regime] for index in drawn]
    bent = rng.choice(list(families or p.TRAINING_FAMILIES), size=students)
    printed = rng.uniform(size=students) < (p.BASE_SHARE if regime is None else 1.0)
    folds = rng.choice(TRAINING_FOLDS if regime is None else (TEST_FOLD,), size=students)
    return Circumstances(
        strength=np.array([rng.uniform(*one.strength) for one in chosen]),
        noise=np.array([rng.uniform(*one.noise) for one in chosen]),
        reach=np.array([one.reach for one in chosen]),
        losses=np.array([one.losses for one in chosen]),
        families=np.where(printed & (families is None), 0, bent),
        folds=folds,
    )
