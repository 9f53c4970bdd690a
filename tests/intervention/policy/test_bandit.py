"""The bandit: the promises of every learner, and SquareCB."""

from collections.abc import Callable

import numpy as np
import pytest

from appliance.errors import MissingProgramError, PolicyError
from appliance.intervention.policy import bandit
from appliance.intervention.policy.bandit import (
    FEATURES,
    MEMBERS,
    BanditLearner,
    BanditSettings,
    describe_context,
)
from appliance.intervention.policy.learner import Learner
from appliance.intervention.policy.packing import pack, unpack
from tests.intervention.policy.learner_contract import EXPERIENCE, RULES, STATES, TaughtContract

ALL = np.ones((1, 5), dtype=np.bool_)


def knowing(*worth: float) -> BanditLearner:
    """Return one that holds the four actions to be worth this, everywhere."""
    coefficients = np.zeros((MEMBERS, 4, FEATURES))
    coefficients[:, :, 0] = worth
    return BanditLearner(coefficients)


class TestBandit(TaughtContract):
    """The promises of every learner."""

    @pytest.fixture(autouse=True)
    def needs_vowpal_wabbit(self) -> None:
        """It is an extra."""
        pytest.importorskip("vowpalwabbit")

    @pytest.fixture
    def fresh(self) -> Callable[[], Learner]:
        """One that knows nothing."""
        return BanditLearner

    @pytest.fixture
    def thorough(self) -> Callable[[], Learner]:
        """One that learns in bigger steps than beside a warm start, which it has not."""
        return lambda: BanditLearner(settings=BanditSettings(rate=0.03, passes=3))


def test_values_are_those_of_its_coefficients() -> None:
    """Nothing is worth 0, and where members agree the bound is the difference."""
    judgement = knowing(0.5, 0.25, -0.5, 0.0).judge(STATES[:1], np.array([2]))

    assert judgement.values.tolist() == [[0, 0.5, 0.25, -0.5, 0]]
    assert judgement.bounds.tolist() == [[-0.25, 0.25, 0, -0.75, -0.25]]


def test_its_context_is_all_but_h_fused() -> None:
    """One, 27 numbers, and ten products of mean p."""
    row = describe_context(STATES)[3]
    mean_p = STATES[3, -7:-3].astype(np.float64)

    assert len(row) == FEATURES == 38
    np.testing.assert_array_equal(row[:28], np.r_[1.0, STATES[3, 128:].astype(np.float64)])
    np.testing.assert_array_equal(row[28:32], mean_p[0] * mean_p)
    assert row[-1] == mean_p[3] ** 2


def test_with_nothing_known_all_that_is_allowed_is_alike_to_squarecb() -> None:
    """Gamma is 0, so differences do not count; what is forbidden has no chance."""
    allowed = np.array([[True, True, False, True, True]])

    chances = knowing(0.5, 9.0, 0.0, 0.0).explore(STATES[:1], allowed)

    assert chances.tolist() == [[0.25, 0.25, 0, 0.25, 0.25]]


def test_squarecb_weighs_by_the_gap_to_the_best() -> None:
    """1 / (A + gamma x gap), the rest for the best; gamma is 10 x 4 ** .5."""
    learner = knowing(0.5, 0.25, -0.5, 0.0)
    learner.resume(evident(learner, 4))

    chances = learner.explore(STATES[:1], ALL)[0]

    others = [1 / (5 + 20 * 0.5), 1 / (5 + 20 * 0.25), 1 / (5 + 20 * 1.0), 1 / (5 + 20 * 0.5)]
    np.testing.assert_allclose(chances[[0, 2, 3, 4]], others, rtol=1e-12)
    assert chances.sum() == pytest.approx(1)


def test_squarecb_is_that_of_vowpal_wabbit() -> None:
    """Its own, after as many examples as are known here."""
    library = pytest.importorskip("vowpalwabbit")
    workspace = library.Workspace("--cb_explore_adf --squarecb --noconstant --quiet -b 8")
    for _ in range(4):
        workspace.learn(["0:0:0.5 | ", "| "])  # nothing is learned, but counted
    for action, worth in enumerate((0.5, 0.25, -0.5, 0.0)):
        workspace.set_weight(action, 0, -worth)
    expected = workspace.predict(["| ", "| 0:1", "| 1:1", "| 2:1", "| 3:1"])
    workspace.finish()
    learner = knowing(0.5, 0.25, -0.5, 0.0)
    learner.resume(evident(learner, 4))

    np.testing.assert_allclose(learner.explore(STATES[:1], ALL)[0], expected, atol=1e-6)


def evident(learner: BanditLearner, outcomes: int) -> bytes:
    """Return its dump as if so many outcomes were known."""
    arrays, words = unpack(learner.dump(), kind="bandit weights")
    return pack("bandit weights", arrays | {"evidence": np.array([outcomes, 0, 0, 0, 0])}, words)


def test_without_vowpal_wabbit_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judging and making choices again need none of it."""

    def fail(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(bandit, "import_module", fail)
    learner = BanditLearner()

    with pytest.raises(MissingProgramError, match=r"pip install 'classbox\[bandit\]'"):
        learner.learn(EXPERIENCE, rng=np.random.default_rng(0))
    assert learner.judge(STATES, RULES).values.shape == (len(STATES), 5)


def test_weights_that_are_none_are_refused() -> None:
    """Of another learner, or nothing."""
    with pytest.raises(PolicyError, match="no bandit weights"):
        BanditLearner.load(b"")
