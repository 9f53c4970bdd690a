"""Many chains at once have the law of the slow environment's single one."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from appliance.domain.arrays import Float64Array, IntArray
from training.policy.fast.chains import Chains, ChainTraits, draw_chain_traits
from training.policy.fast.worlds import SLOW_WORLD
from training.policy.slow.chain import FOCUSED
from training.simulator.states import draw_states, solve_chain

BORED = 3
LIVES = 20000


def draw_traits(students: int, *, dwell_s: float = 150.0) -> ChainTraits:
    """Return chains in which all but focused last long, and half of them end in focused."""
    jumps = np.array([[0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 1], [0.5, 0.5, 0, 0]])
    return ChainTraits(
        jumps=np.tile(jumps, (students, 1, 1)),
        dwell_s=np.full((students, 4), dwell_s),
        shares=np.tile([0.0, 0.0, 0.0, 1.0], (students, 1)),
        fatigue=np.full(students, 1 / 3),  # at which it changes nothing
        rise=np.zeros(students),
    )


def count_returns(*, odds_ratio: float, wait: int, seed: int = 0) -> Float64Array:
    """Return (N,) whether bored lives leave for focused within two minutes of an influence."""
    rng = np.random.default_rng(seed)
    chains = Chains(
        draw_traits(LIVES),
        student=np.arange(LIVES),
        room=LIVES,
        start=rng.random((4, LIVES)),
    )
    for step in range(wait):
        chains.step(rng.random((2, LIVES)), at_s=10.0 * step)
    lives = np.flatnonzero(chains.state == BORED)
    chains.influence(
        lives, np.full(len(lives), odds_ratio), rng.random((2, len(lives))), at_s=10.0 * wait
    )
    left = np.zeros(LIVES, dtype=np.bool_)
    first = np.full(LIVES, BORED)
    for step in range(wait, wait + 12):
        chains.step(rng.random((2, LIVES)), at_s=10.0 * step)
        leaves = ~left & (chains.state != BORED)
        first[leaves] = chains.state[leaves]
        left |= leaves
    return np.asarray(first[lives] == FOCUSED, dtype=np.float64)


@pytest.mark.parametrize("wait", [0, 12])
@pytest.mark.parametrize("odds_ratio", [1.9, 0.5])
def test_the_odds_of_going_back_change_as_wanted(odds_ratio: float, wait: int) -> None:
    """In the first dwell, which is cut, and later; with help and with harm."""
    plain = count_returns(odds_ratio=1.0, wait=wait).mean()
    moved = count_returns(odds_ratio=odds_ratio, wait=wait).mean()

    measured = moved / (1 - moved) / (plain / (1 - plain))
    assert measured == pytest.approx(odds_ratio, rel=0.1)


def test_an_odds_ratio_of_one_changes_nothing() -> None:
    """Not a single life."""
    rng = np.random.default_rng(0)
    traits = draw_traits(50)
    start, later = rng.random((4, 50)), rng.random((60, 2, 50))
    plain, moved = (
        Chains(traits, student=np.arange(50), room=50, start=start.copy()) for _ in range(2)
    )
    for step, drawn in enumerate(later):
        moved.influence(np.arange(50), np.ones(50), rng.random((2, 50)), at_s=10.0 * step)
        for chains in (plain, moved):
            chains.step(drawn, at_s=10.0 * step)
        np.testing.assert_array_equal(plain.state, moved.state)


def test_effects_do_not_add_up() -> None:
    """A second influence on the same episode within two minutes does nothing."""
    rng = np.random.default_rng(0)
    traits, lives = draw_traits(500), np.arange(500)
    start, later = rng.random((4, 500)), rng.random((12, 2, 500))
    once, twice = (Chains(traits, student=lives, room=500, start=start.copy()) for _ in range(2))
    effect = rng.random((2, 500))
    for chains in (once, twice):
        chains.influence(lives, np.full(500, 3.0), effect, at_s=0.0)
    same = np.ones(500, dtype=np.bool_)
    for step, drawn in enumerate(later):
        again = lives[same & (once.state == BORED)]
        twice.influence(again, np.full(len(again), 3.0), rng.random((2, len(again))), at_s=10.0)
        for chains in (once, twice):
            chains.step(drawn, at_s=10.0 * step)
        same &= once.state == BORED  # a later episode may be influenced anew
        np.testing.assert_array_equal(once.state[same], twice.state[same])
    assert 50 < same.sum() < 450


def test_shares_and_jumps_are_those_of_the_generator() -> None:
    """After 20 min, against the generator's own draws."""
    students, tokens = 6000, 6000
    rng = np.random.default_rng(0)
    spec = solve_chain("table3")
    traits = ChainTraits(
        jumps=np.tile(spec.jumps, (students, 1, 1)),
        dwell_s=np.tile(spec.dwell_s, (students, 1)),
        shares=np.tile(spec.shares, (students, 1)),
        fatigue=np.full(students, 1 / 3),
        rise=np.zeros(students),
    )
    chains = Chains(
        traits, student=np.arange(students), room=students, start=rng.random((4, students))
    )
    states = [chains.state.copy()]
    for step in range(120):
        chains.step(rng.random((2, students)), at_s=10.0 * step)
        states.append(chains.state.copy())
    drawn = np.array([draw_states(rng, spec, tokens=tokens) for _ in range(600)])

    assert shares(states[-1]) == pytest.approx(spec.shares, abs=0.025)
    stays = np.mean([np.mean(old == new) for old, new in pairwise(states)])
    assert stays == pytest.approx(np.mean(drawn[:, 50:] == drawn[:, :-50]), abs=0.004)


def shares(states: IntArray) -> Float64Array:
    """Return the (4,) share of each state."""
    return np.bincount(states, minlength=4) / len(states)


def test_a_twin_shares_the_fate_until_something_is_done() -> None:
    """A copy goes the same way; influenced, only the copied life does not."""
    rng = np.random.default_rng(1)
    chains = Chains(draw_traits(40), student=np.arange(40), room=80, start=rng.random((4, 40)))
    chains.copy(np.arange(40))
    for step in range(30):
        chains.step(rng.random((2, 40)), at_s=10.0 * step)
    np.testing.assert_array_equal(chains.state[:40], chains.state[40:])

    chains.drop(40, 40)

    assert chains.count == 40


def test_types_of_students_move_their_states() -> None:
    """A factor on the odds of becoming bored makes a type bored more often."""
    rng = np.random.default_rng(0)
    types = np.arange(4000) % 4
    world = replace(SLOW_WORLD, type_bored=(1.0, 1.0, 1.0, 3.0))
    traits = draw_chain_traits(rng, world, types)

    assert traits.shares[types == 3, BORED].mean() > 1.5 * traits.shares[types == 0, BORED].mean()
