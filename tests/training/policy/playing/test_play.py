"""The same students under several policies, and what is told of each."""

import numpy as np
import pytest

from appliance.domain.policy.choices import PolicyAction
from training.policy.fast.worlds import SLOW_WORLD
from training.policy.playing.play import Played, Policy, play
from training.policy.playing.rivals import AtRandom, ByRules, Never

NEVER, RULES, AGAIN, RANDOM = range(4)


@pytest.fixture(scope="module")
def played() -> Played:
    """Never, the rules twice, and chance."""
    policies: list[Policy] = [Never(), ByRules(), ByRules(), AtRandom(np.random.default_rng(0))]
    return play(SLOW_WORLD, policies, students=40, seed=5, without_rules=[NEVER])


def test_doing_nothing_returns_nothing(played: Played) -> None:
    """By definition of a return."""
    assert (played.returns[NEVER] == 0).all()
    assert (played.shown[NEVER] == 0).all()


def test_chance_is_shared(played: Played) -> None:
    """The same policy has the same lesson, so that a difference is the policy's."""
    np.testing.assert_array_equal(played.returns[RULES], played.returns[AGAIN])
    assert len(played.overrides[RULES].actions) == 0


def test_overrides_and_vetoes_are_told_apart(played: Played) -> None:
    """As shares of the decisions of their own policy."""
    done = played.overrides[RANDOM]
    acted = done.actions != PolicyAction.NOTHING

    assert played.acting(RANDOM) == acted.sum() / played.decisions[RANDOM]
    assert played.vetoes(RANDOM) == (~acted).sum() / played.decisions[RANDOM]
    assert played.acting(RANDOM) > 0.2
    assert (done.rules[~acted] != PolicyAction.NOTHING).all()


def test_a_fall_is_counted_with_and_without(played: Played) -> None:
    """Of what was shown during an alert; the twins are the same number."""
    shown, helped, alone = played.halved(RANDOM)

    assert 0 <= max(helped, alone) <= shown
    assert shown <= played.shown[RANDOM].sum()
