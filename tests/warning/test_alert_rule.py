"""The early-warning rule fires exactly when both of its conditions hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.alerts import AlertEvidence
from appliance.domain.arrays import Float64Array
from appliance.errors import ShapeError
from appliance.warning.alert_rule import assess_window, find_onset

THETA = 0.5  # exact in binary, so a test can stand on the boundary itself


def assess(scores: list[float], *, tau_tokens: int) -> AlertEvidence:
    """Split each score unevenly between the two states and assess the window."""
    fatigued = np.array(scores) / 4
    return assess_window(fatigued, 3 * fatigued, theta=THETA, tau_tokens=tau_tokens)


@pytest.mark.parametrize(
    ("scores", "tau_tokens", "raised"),
    [
        pytest.param([0.75, 0.75, 0.75, 0.0], 2, True, id="both-conditions-hold"),
        pytest.param([0.75, 0.75, 0.75, 0.0], 3, False, id="count-equals-tau"),
        pytest.param([0.75, 0.75, 0.25, 0.25], 1, False, id="mean-equals-theta"),
        pytest.param([1.0, 1.0, 0.5, 0.5], 2, False, id="tokens-at-theta-do-not-count"),
        pytest.param([1.0, 1.0, 0.25, 0.25], 2, False, id="few-extreme-tokens"),
        pytest.param([0.75, 0.75, 0.75, 0.0, 0.0, 0.0], 2, False, id="peak-in-calm-window"),
    ],
)
def test_raises_only_when_both_conditions_hold(
    scores: list[float], tau_tokens: int, raised: bool
) -> None:
    """Each condition alone is not enough, and equality is not excess."""
    assert assess(scores, tau_tokens=tau_tokens).raised is raised


def test_states_the_quantities_it_rests_on() -> None:
    """The evidence is the mean of the sum and the number of tokens above theta."""
    evidence = assess([1.0, 0.75, 0.5, 0.25], tau_tokens=2)

    assert evidence == AlertEvidence(mean_score=0.625, tokens_above=2, raised=False)


def test_both_conditions_round_theta_alike_in_float32() -> None:
    """A float32 0.6 is a little above 0.6, for the mean and for the count."""
    half = np.full(4, 0.3, dtype=np.float32)

    assert assess_window(half, half, theta=0.6, tau_tokens=3).raised


def test_one_class_is_its_own_score() -> None:
    """Confused and focused are watched alone."""
    p_confused = np.array([0.75, 0.75])

    assert assess_window(p_confused, theta=THETA, tau_tokens=1).mean_score == 0.75


@given(
    scores=st.lists(st.floats(min_value=0, max_value=1), min_size=1, max_size=60),
    tau_tokens=st.integers(min_value=0, max_value=59),
    data=st.data(),
)
def test_a_worse_token_never_clears_an_alert(
    scores: list[float], tau_tokens: int, data: st.DataObject
) -> None:
    """Raising any one score to its maximum keeps a raised alert raised."""
    worst = data.draw(st.integers(min_value=0, max_value=len(scores) - 1))
    worse = [*scores[:worst], 1.0, *scores[worst + 1 :]]

    if assess(scores, tau_tokens=tau_tokens).raised:
        assert assess(worse, tau_tokens=tau_tokens).raised


def test_rejects_arrays_of_different_length() -> None:
    """The message names the argument, the promise and the fact."""
    with pytest.raises(ShapeError, match=r"p_2: .*\(L\) with \{'L': 3\}, got \(4,\)"):
        assess_window(np.zeros(3), np.zeros(4), theta=THETA, tau_tokens=0)


@pytest.mark.parametrize(
    "probabilities",
    [pytest.param([], id="no-class"), pytest.param([np.zeros(0)], id="no-token")],
)
def test_rejects_an_empty_window(probabilities: list[Float64Array]) -> None:
    """There is nothing to say about no token."""
    with pytest.raises(ValueError, match="at least one class and one token"):
        assess_window(*probabilities, theta=THETA, tau_tokens=0)


@pytest.mark.parametrize(
    ("scores", "onset"),
    [
        pytest.param([0.0, 0.0, 0.75, 0.75], 2, id="the-run-at-the-end"),
        pytest.param([0.75, 0.0, 0.0, 0.75, 0.75], 3, id="a-stray-peak-before-is-left-out"),
        pytest.param([0.0, 1.0, 1.0, 0.25, 1.0, 1.0], 1, id="a-dip-since-is-bridged"),
        pytest.param([0.75, 0.75, 0.75], 0, id="longer-than-the-window"),
        pytest.param([0.0, 0.5, 0.75, 0.75], 1, id="of-equal-sums-the-earliest"),
    ],
)
def test_finds_where_the_excess_begins(scores: list[float], onset: int) -> None:
    """The onset maximises the summed excess over theta up to now."""
    half = np.array(scores) / 2

    assert find_onset(half, half, theta=THETA) == onset


@given(st.lists(st.integers(min_value=0, max_value=16), min_size=1, max_size=40))
def test_no_other_onset_has_a_larger_excess(sixteenths: list[int]) -> None:
    """The definition, checked by trying every start."""
    scores = np.array(sixteenths) / 16
    sums = [float((scores[k:] - THETA).sum()) for k in range(len(scores))]

    assert find_onset(scores, theta=THETA) == sums.index(max(sums))
