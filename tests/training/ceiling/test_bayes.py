"""The ceiling's filter agrees with closed forms wherever there are any."""

import numpy as np
import pytest

from appliance.domain.arrays import Float64Array
from training.ceiling.bayes import bootstrap_f1
from training.ceiling.behaviour import observe_behaviour
from training.ceiling.knowledge import Chain, Person, know_chain, know_population, tabulate_chain
from training.simulator.behaviour import BehaviourModel
from training.simulator.classroom import draw_all_states, emit_tokens
from training.simulator.parameters import ONSET_S
from training.simulator.states import ChainSpec, draw_states, solve_chain

LEAVING = np.array([0.03, 0.06, 0.04, 0.10])
MEANS = np.array([0.0, 1.5, 3.0, 4.5])


def test_the_filter_is_the_forward_algorithm_on_a_markov_chain() -> None:
    """One Gaussian cue, no delay, nothing to learn of the student: mean difference <= 1e-3."""
    ceiling_filter = pytest.importorskip("training.ceiling.filter_student", reason="needs numba")
    ticks = 120
    spec = solve_chain("table3")
    rng = np.random.default_rng(5)
    states = _walk(rng, spec, ticks)
    seen = ceiling_filter.Seen(
        first=MEANS[states[:1]] + rng.standard_normal(1),
        aims=(MEANS[states] + rng.standard_normal(ticks))[:, None],
        starts=np.zeros((ticks, 0)),
        idle_s=np.zeros((ticks, 0)),
        blinks=np.zeros((ticks, 4)),
    )

    p = ceiling_filter.filter_student(
        _memoryless(spec, ticks),
        _one_cue(),
        seen,
        ceiling_filter.Effort(particles=50_000, boost=4.0, blink_ticks=1, seed=1),
    )

    exact = _forward(spec, seen.first, seen.aims[:, 0])
    assert exact.max(axis=1).mean() < 0.95  # not a foregone conclusion
    assert np.abs(p - exact).mean() <= 1e-3


def test_a_new_episode_expects_what_the_earlier_ones_told() -> None:
    """The level of a state given episodes of all four: conditioning of a normal 4-vector."""
    ceiling_filter = pytest.importorskip("training.ceiling.filter_student", reason="needs numba")
    person = know_population(tick_tokens=5)
    states, cues = person.levels.shape
    told = np.random.default_rng(0).uniform(0.5, 3.0, (1, 2, states, cues))
    told[0, 0, 1] = told[0, 1, 1] = 0  # never confused so far
    cloud = ceiling_filter.Cloud(
        log_weight=np.zeros(1),
        state=np.zeros((1, 3)),
        fatigue=np.zeros((1, 2)),
        told=told,
        aim=np.zeros((1, 4, cues)),
        rate=np.zeros((1, 2, states, 0)),
        own=np.zeros((1, 4)),
        blink=np.zeros((1, 5)),
    )

    for state in range(states):
        ceiling_filter.begin_episode(cloud, person, 0, state)

        for cue in range(cues):
            prior = person.neutral[cue] + np.diag(person.personal[:, cue])
            precision = np.linalg.inv(prior) + np.diag(told[0, 0, :, cue])
            weighted = np.linalg.solve(prior, person.levels[:, cue]) + told[0, 1, :, cue]
            mean = np.linalg.solve(precision, weighted)[state]
            variance = np.linalg.inv(precision)[state, state] + person.episode[state, cue]
            assert cloud.aim[0, 0, cue] == pytest.approx(mean)
            assert cloud.aim[0, 1, cue] == pytest.approx(variance)


def test_dwells_of_the_table_are_those_of_the_chain() -> None:
    """Mean dwell is the chain's, and half of it where the dwell is cut at a uniform place."""
    spec = solve_chain("table3")
    chain = know_chain(spec, ticks=4000, tick_s=1.0)
    age = np.arange(chain.leaves.shape[2])

    assert chain.leaves.sum(axis=2) == pytest.approx(np.ones((2, 4)), abs=1e-3)
    assert chain.leaves[1] @ age == pytest.approx(spec.dwell_s, rel=0.01)
    assert chain.leaves[0] @ age == pytest.approx(spec.dwell_s / 2, rel=0.01)


def test_what_shows_trails_the_true_state_by_the_delay() -> None:
    """Among drawn students whose first state still shows, the tabled share has moved on."""
    spec, at = solve_chain("table3"), 60
    chain = know_chain(spec, ticks=at + 1, tick_s=1.0)
    rng = np.random.default_rng(2)
    drawn = np.array([draw_states(rng, spec, tokens=5 * at + 5) for _ in range(20_000)])
    first = drawn[:, 0]
    left = np.where((drawn != first[:, None]).any(1), (drawn != first[:, None]).argmax(1), 9999) / 5
    still_shows = left + rng.uniform(*ONSET_S, len(left)) > at

    for state in range(4):
        among = still_shows & (first == state)
        share = np.mean(left[among] <= at)
        assert share == pytest.approx(chain.moved[0, state, at], abs=0.01)


def test_observing_disturbs_nothing_and_sees_the_same_students() -> None:
    """States and traits are the lesson's, and sums over ticks are sums."""
    record = observe_behaviour(seed=3, students=3, tokens=10, tick_tokens=5)
    states = draw_all_states(
        np.random.default_rng([3, 0]), students=3, tokens=10, scenario="table3"
    )
    models: list[BehaviourModel] = []
    for _ in emit_tokens(
        np.random.default_rng([3, 1]), states, regime="nominal", watch=models.append
    ):
        pass

    assert np.array_equal(record.states, states[:, 4::5])
    assert np.array_equal(record.traits.levels, models[-1].traits.levels)
    assert record.idle_s.max() <= 1 + 1e-9


def test_an_interval_of_perfect_answers_is_one() -> None:
    """Whatever the draw of students, a perfect answer stays perfect."""
    states = np.tile(np.arange(4, dtype=np.int8), (5, 3))

    assert bootstrap_f1(states.astype(np.int64), states) == [1.0, 1.0]


def _walk(rng: np.random.Generator, spec: ChainSpec, ticks: int) -> Float64Array:
    states = [int(rng.choice(4, p=spec.shares))]
    while len(states) < ticks:
        now = states[-1]
        leaves = rng.uniform() < LEAVING[now]
        states.append(int(rng.choice(4, p=spec.jumps[now])) if leaves else now)
    return np.array(states)


def _memoryless(spec: ChainSpec, ticks: int) -> Chain:
    age = np.arange(ticks + 2)
    leaves = np.where(age > 0, LEAVING[:, None] * (1 - LEAVING[:, None]) ** (age - 1), 0)
    return tabulate_chain(spec, leaves=np.stack([leaves, leaves]), delay=np.ones(1))


def _one_cue() -> Person:
    nothing, states = np.zeros(1), np.zeros((4, 1))
    return know_population(tick_tokens=5)._replace(
        levels=MEANS[:, None],
        neutral=nothing,
        personal=states,
        episode=states,
        wander=np.ones(1),
        noise=np.ones(1),
        leak=states,
        shape=np.zeros((4, 0)),
        exposure_s=np.zeros((4, 0)),
        window=np.zeros((2, 0, 3)),
    )


def _forward(spec: ChainSpec, first: Float64Array, aims: Float64Array) -> Float64Array:
    step = np.diag(1 - LEAVING) + LEAVING[:, None] * spec.jumps
    p = spec.shares * np.exp(-0.5 * (first - MEANS) ** 2)
    result = []
    for t, value in enumerate(aims):
        p = (p @ step if t else p) * np.exp(-0.5 * (value - MEANS) ** 2)
        p /= p.sum()
        result.append(p)
    return np.array(result)
