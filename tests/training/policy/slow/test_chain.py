"""Interventions act on the chain by the printed odds, and on nothing else of it."""

import numpy as np
import pytest

from training.policy.slow.chain import (
    EFFECT_TOKENS,
    FOCUSED,
    Habituation,
    InfluencedChain,
    surviving,
)
from training.simulator.states import ChainSpec, draw_states, solve_chain

FATIGUED, BORED = 2, 3
# Bored, then fatigued, then bored ...: only an influence leads to focused often.
SHORT = ChainSpec(
    jumps=np.array([[0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 1], [0.5, 0, 0.5, 0]]),
    dwell_s=np.array([1e-3, 1e-3, 1e-3, 150.0]),
)


@pytest.mark.parametrize("seed", range(3))
def test_without_influence_it_is_the_generators_chain(seed: int) -> None:
    """Bit for bit, slow fatigue included."""
    chain, tokens = solve_chain("table3"), 9000
    fatigue = np.linspace(0, 1, tokens)
    stepped = InfluencedChain(
        np.random.default_rng(seed),
        chain,
        tokens=tokens,
        effects=np.random.default_rng(1),
        fatigue=fatigue,
    )

    drawn = draw_states(np.random.default_rng(seed), chain, tokens=tokens, fatigue=fatigue)

    assert [stepped.step() for _ in range(tokens)] == drawn.tolist()


def test_survival_is_that_of_the_generators_dwells() -> None:
    """Quantiles of drawn dwells, the first one's cut included."""
    rng = np.random.default_rng(0)
    dwell_s = 10 + rng.gamma(2.5, 140 / 2.5, 20000)

    for cut, sample in ((False, dwell_s), (True, dwell_s * rng.uniform(size=20000))):
        survival = surviving(150.0, cut=cut)
        for token in (60, 300, 900):
            assert survival[token] == pytest.approx(np.mean(sample / 0.2 > token + 0.5), abs=0.012)


def leaves_for_focused(seed: int, *, wait: int, odds_ratio: float | None) -> bool | None:
    """Tell whether a bored episode ends in focused within two minutes; None when not bored."""
    stepped = InfluencedChain(
        np.random.default_rng(seed),
        SHORT,
        tokens=10**6,
        effects=np.random.default_rng([seed, 1]),
    )
    for _ in range(wait):
        if stepped.step() != BORED:
            return None
    if stepped.state != BORED:
        return None
    if odds_ratio is not None:
        stepped.influence(odds_ratio)
    for _ in range(EFFECT_TOKENS):
        stepped.step()
        if stepped.state != BORED:
            return stepped.state == FOCUSED
    return False


def test_overwhelming_odds_lead_to_focused_in_time() -> None:
    """The state stays until it changes to focused, within the effect's two minutes."""
    stepped = InfluencedChain(
        np.random.default_rng(0), SHORT, tokens=10**6, effects=np.random.default_rng(0)
    )
    while stepped.state != BORED:
        stepped.step()
    stepped.influence(1e9)
    passed = [stepped.step() for _ in range(EFFECT_TOKENS + 1)]

    assert passed[0] == BORED
    assert next(state for state in passed if state != BORED) == FOCUSED


@pytest.mark.parametrize("wait", [0, 150])
def test_the_odds_of_leaving_for_focused_are_multiplied(wait: int) -> None:
    """1.9 within sampling error, at the start of an episode and later."""
    odds = {}
    for odds_ratio in (None, 1.9):
        every = [leaves_for_focused(s, wait=wait, odds_ratio=odds_ratio) for s in range(3000)]
        left = np.mean([one for one in every if one is not None])
        odds[odds_ratio] = left / (1 - left)

    # Matched pairs: the standard error of the log ratio is about .035.
    assert np.log(odds[1.9] / odds[None]) == pytest.approx(np.log(1.9), abs=0.11)


def test_nobody_is_kept_from_recovering() -> None:
    """Whoever leaves for focused without an influence does so with it: the pairs are matched."""
    for seed in range(300):
        if leaves_for_focused(seed, wait=0, odds_ratio=None):
            assert leaves_for_focused(seed, wait=0, odds_ratio=1.9)


def test_a_ratio_of_one_changes_nothing() -> None:
    """Complete habituation is no effect."""
    for seed in range(100):
        assert leaves_for_focused(seed, wait=0, odds_ratio=None) == leaves_for_focused(
            seed, wait=0, odds_ratio=1.0
        )


def test_effects_on_one_episode_do_not_add_up() -> None:
    """A second influence within two minutes draws nothing."""
    effects = np.random.default_rng(0)
    stepped = InfluencedChain(np.random.default_rng(3), SHORT, tokens=10**6, effects=effects)
    while stepped.state != BORED:
        stepped.step()
    stepped.influence(1.9)
    before = effects.bit_generator.state

    stepped.influence(1e9)

    assert effects.bit_generator.state == before


def test_habituation_rises_by_a_twentieth_and_falls_by_a_tenth() -> None:
    """Arithmetic of docs/DESIGN.md, 9; the ceiling is 1."""
    habituation = Habituation()
    assert habituation.odds_ratio == 1.9
    habituation.rise()
    habituation.rise()
    assert habituation.level == pytest.approx(0.10)
    habituation.recover()
    assert habituation.level == pytest.approx(0.09)
    assert habituation.odds_ratio == pytest.approx(1.9**0.91)
    habituation.recover(share=0.5)
    assert habituation.level == pytest.approx(0.09 * 0.9**0.5)
    for _ in range(30):
        habituation.rise()
    assert habituation.level == 1.0
    assert habituation.odds_ratio == 1.0
