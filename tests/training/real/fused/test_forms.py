"""Directions follow the state, and a form is worth what it adds to the probabilities."""

import numpy as np
import pytest

from appliance.domain.arrays import Float64Array
from appliance.intervention.policy.state import FUSED, MEAN_P, STATE_SIZE
from training.real.fused.forms import (
    Kept,
    SimulatedMinutes,
    explain_states,
    pool_minutes,
    state_directions,
)


def simulated(*, told: float) -> SimulatedMinutes:
    """Return students whose coming state stands in the first number of h_fused."""
    rng = np.random.default_rng(5)
    students, moments = 8, 40
    coming = rng.dirichlet(np.ones(4) * 0.3, size=students * moments)
    fused = rng.normal(size=(students * moments, FUSED.stop))
    fused[:, 0] += told * coming[:, 0]
    states = np.zeros((students * moments, STATE_SIZE), dtype=np.float32)
    states[:, FUSED] = fused
    states[:, MEAN_P] = 0.25
    return SimulatedMinutes(
        kept=Kept(
            states=states,
            usual=np.zeros((len(fused), FUSED.stop), dtype=np.float32),
            whole=np.zeros((len(fused), FUSED.stop)),
        ),
        student=np.repeat(np.arange(students, dtype=np.float64), moments),
        minute=rng.dirichlet(np.ones(4), size=len(fused)),
        lately=rng.dirichlet(np.ones(4), size=len(fused)),
        coming=coming,
    )


def test_the_leading_direction_follows_the_state() -> None:
    """It is the number in which the state was told."""
    directions: Float64Array = state_directions(simulated(told=20.0))

    assert abs(directions[0, 0]) > 3 * np.abs(directions[1:, 0]).max()
    assert directions.shape == (FUSED.stop, 8)


def test_a_form_is_worth_what_it_adds() -> None:
    """Nothing where the state is not in it, much where it is."""

    def first(kept: Kept) -> Float64Array:
        return kept.states[:, :1].astype(np.float64)

    known, unknown = (explain_states(simulated(told=told), first) for told in (20.0, 0.0))

    assert known["with_it"] > known["mean_p_alone"] + 0.2
    assert unknown["with_it"] == pytest.approx(unknown["mean_p_alone"], abs=0.02)


def test_minutes_have_one_before_and_one_after() -> None:
    """Of 140 s that leaves three moments, and each knows its own shares."""
    rng = np.random.default_rng(7)
    lesson = np.repeat(np.array([[0, 3], [1, 1]], dtype=np.int8), 350, axis=1)
    fused = rng.normal(size=(2, 700, FUSED.stop)).astype(np.float32)
    chances = np.full((2, 700, 4), 0.25, dtype=np.float32)
    seen = pool_minutes(lesson, fused, chances)

    assert seen.student.tolist() == [0, 0, 0, 1, 1, 1]
    assert seen.minute[:3, 3].tolist() == pytest.approx([0, 0, 50 / 300])
    assert seen.coming[:3, 3].tolist() == pytest.approx([250 / 300, 1, 1])
    assert seen.lately[2].tolist() == pytest.approx([25 / 75, 0, 0, 50 / 75])
    assert seen.kept.states[0, FUSED] == pytest.approx(fused[0, :300].mean(axis=0), abs=1e-5)
    assert seen.kept.usual[2] == pytest.approx(fused[0, :400].mean(axis=0), abs=1e-5)
    assert seen.kept.states[:, MEAN_P] == pytest.approx(np.full((6, 4), 0.25), abs=1e-6)
