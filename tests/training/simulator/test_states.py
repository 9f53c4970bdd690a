"""The chain of states has the shares, dwells and jumps that are specified."""

from itertools import pairwise

import numpy as np
import pytest

from training.simulator.parameters import JUMPS, SHARES
from training.simulator.states import draw_states, solve_chain, visits

TOKEN_S = 0.2


@pytest.mark.parametrize("scenario", list(SHARES))
def test_solved_shares_are_the_specified_ones(scenario: str) -> None:
    """Jumps and dwells together give exactly the scenario's shares."""
    np.testing.assert_allclose(solve_chain(scenario).shares, SHARES[scenario], atol=1e-9)


def test_the_papers_shares_need_dwells_in_the_published_ranges() -> None:
    """Focused 260 s, confused 95-210, fatigued 330-370, bored 120-150 (docs/DESIGN.md, 9)."""
    focused, confused, fatigued, bored = solve_chain("table3").dwell_s

    assert focused == pytest.approx(260)
    assert 95 <= confused <= 210
    assert 325 <= fatigued <= 375
    assert 115 <= bored <= 150


def test_visits_are_stationary() -> None:
    """One more jump leaves pi as it is: pi P = pi."""
    jumps = np.array(JUMPS)
    stationary = visits(jumps)

    np.testing.assert_allclose(stationary @ jumps, stationary, atol=1e-12)
    assert stationary.sum() == pytest.approx(1)


def test_drawn_states_have_the_specified_shares_and_dwells() -> None:
    """Shares within two points and dwells within 5 % over some 3000 student-hours."""
    rng = np.random.default_rng(1)
    chain = solve_chain("table3")
    tokens = 3_000_000
    dwells: list[list[float]] = [[], [], [], []]
    counts = np.zeros(4)
    for _ in range(18):
        states = draw_states(rng, chain, tokens=tokens)
        counts += np.bincount(states, minlength=4)
        changes = np.flatnonzero(np.diff(states)) + 1
        for begin, end in pairwise(changes):
            dwells[states[begin]].append((end - begin) * TOKEN_S)

    np.testing.assert_allclose(counts / counts.sum(), SHARES["table3"], atol=0.02)
    means = [np.mean(dwell) for dwell in dwells]
    np.testing.assert_allclose(means, chain.dwell_s, rtol=0.05)


def test_fatigue_raises_the_odds_of_becoming_fatigued() -> None:
    """A tired student is fatigued more often than a rested one."""
    tokens = 1_000_000
    shares = [
        np.mean(
            draw_states(
                np.random.default_rng(2),
                solve_chain("field"),
                tokens=tokens,
                fatigue=np.full(tokens, level),
            )
            == 2
        )
        for level in (0.0, 1.0)
    ]

    assert shares[1] > 1.5 * shares[0]
