"""Populations, slow cues, events and blinks are what ``parameters`` says."""

import numpy as np
import pytest

from training.simulator import parameters as p
from training.simulator.behaviour import BehaviourModel
from training.simulator.blinks import duration_factor, load_windows, rate_factor
from training.simulator.cues import FRAME_S, Event, Levels, Wander
from training.simulator.parameters import EVENTS, LEVELS, EventCue, LevelCue
from training.simulator.traits import draw_population, draw_traits, log_uniform

PRINTED = np.zeros(1, dtype=np.int64)


def test_family_0_is_the_printed_population() -> None:
    """Every number of ``LEVELS`` and ``EVENTS``, at strength 1."""
    population = draw_population(PRINTED, np.ones(1))

    for cue, level in LEVELS.items():
        np.testing.assert_allclose(population.levels[0, :, cue], level.mean)
    for kind, event in EVENTS.items():
        np.testing.assert_allclose(population.per_min[0, :, kind], event.per_min)


def test_without_strength_every_state_looks_focused() -> None:
    """Strength 0 leaves no difference between states."""
    population = draw_population(PRINTED, np.zeros(1))

    np.testing.assert_allclose(population.levels, population.levels[:, :1].repeat(4, axis=1))
    np.testing.assert_allclose(population.per_min, population.per_min[:, :1].repeat(4, axis=1))


def test_families_bend_the_population_and_are_their_numbers() -> None:
    """The same number is the same family; rates stay within the bend of the printed ones."""
    families = np.array([1, 1, 2])
    population = draw_population(families, np.ones(3))
    printed = np.array([event.per_min for event in EVENTS.values()]).T
    bend = population.per_min / printed

    np.testing.assert_array_equal(population.per_min[0], population.per_min[1])
    assert not np.allclose(population.per_min[0], population.per_min[2])
    assert bend.min() >= p.FAMILY_BEND.low
    assert bend.max() <= p.FAMILY_BEND.high


def test_held_out_families_are_not_trained_on() -> None:
    """No number is in both ranges, and neither has the printed one."""
    assert not set(p.TRAINING_FAMILIES) & set(p.HELD_OUT_FAMILIES)
    assert 0 not in p.TRAINING_FAMILIES
    assert 0 not in p.HELD_OUT_FAMILIES


def test_a_slow_cue_wanders_about_its_episode_with_the_stated_spread() -> None:
    """Mean of the episode and ``wander``, within 3 %, over many students."""
    students = 4000
    rng = np.random.default_rng(3)
    population = draw_population(PRINTED.repeat(students), np.ones(students))
    levels = Levels(rng, draw_traits(rng, population))
    levels.begin(np.ones(students, dtype=np.bool_), np.zeros(students))
    levels.settle()
    for _ in range(300):
        levels.step(np.zeros((students, len(LEVELS))))
    off = levels.value - levels.aim

    for cue in (LevelCue.BROW_DOWN, LevelCue.ROLL):
        expected = LEVELS[cue].wander * np.sqrt(
            1 - np.exp(-2 * 300 * FRAME_S / LEVELS[cue].memory_s)
        )
        assert off[:, cue].std() == pytest.approx(expected, rel=0.03)
        assert abs(off[:, cue].mean()) < 0.05 * expected


def test_events_start_as_often_as_their_rate_while_none_goes_on() -> None:
    """Starts per idle second, within 3 % over 55 idle hours."""
    students, per_s, length_s = 200, 0.1, 2.0
    event = Event(np.random.default_rng(5), students)
    starts, idle = 0, 0.0
    for _ in range(int(1000 / FRAME_S)):
        before = event.elapsed_s + FRAME_S < event.length_s
        event.step(np.full(students, per_s), np.full(students, length_s), np.ones(students))
        starts += int(event.starts.sum())
        idle += float((~before).sum()) * FRAME_S

    assert starts / idle == pytest.approx(per_s, rel=0.03)


def test_drowsy_recordings_blink_longer_and_more_often() -> None:
    """In every fold, on average; alert ones are near the person's own usual."""
    windows, rng = load_windows(), np.random.default_rng(7)
    for fold in range(1, 5):
        folds = np.full(4000, fold)
        alert = windows.draw(rng, folds, np.zeros(4000, dtype=np.bool_))
        drowsy = windows.draw(rng, folds, np.ones(4000, dtype=np.bool_))

        assert drowsy[1].mean() > alert[1].mean()
        assert drowsy[0].mean() > alert[0].mean()
        assert alert[1].mean() == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize(
    ("z", "rate", "duration"),
    [
        pytest.param(0.0, 1.0, 1.0, id="usual"),
        pytest.param(1000.0, p.BLINK_RATE_LIMITS.high, p.BLINK_DURATION_LIMITS.high, id="high"),
        pytest.param(-1000.0, p.BLINK_RATE_LIMITS.low, p.BLINK_DURATION_LIMITS.low, id="low"),
    ],
)
def test_z_scores_turn_back_into_factors(z: float, rate: float, duration: float) -> None:
    """1 at the alert mean, limited at both ends."""
    assert float(rate_factor(np.array([z]))[0]) == rate
    assert float(duration_factor(np.array([z]))[0]) == duration


def test_every_event_has_a_length_and_every_state_a_rate() -> None:
    """No cue is forgotten in a table."""
    assert list(EVENTS) == list(EventCue)
    assert list(LEVELS) == list(LevelCue)


def test_what_wanders_has_the_stated_spread_and_memory() -> None:
    """Standard deviation and correlation after one memory, within 3 %, over many students."""
    size = np.tile([0.5, 2.0], (8000, 1))
    wander = Wander(np.random.default_rng(9), size, memory_s=1.0)
    for _ in range(100):
        before = wander.step()
    for _ in range(round(p.FRAME_HZ)):
        after = wander.step()

    np.testing.assert_allclose(after.std(axis=0), [0.5, 2.0], rtol=0.03)
    for column in (0, 1):
        correlation = np.corrcoef(before[:, column], after[:, column])[0, 1]
        assert correlation == pytest.approx(np.exp(-1), abs=0.03)


def test_blinks_follow_another_stretch_after_thirty() -> None:
    """Not before: the state stays, so nothing else begins a stretch."""
    count = 50
    rng = np.random.default_rng(11)
    population = draw_population(PRINTED.repeat(count), np.ones(count))
    model = BehaviourModel(rng, draw_traits(rng, population), folds=np.ones(count, dtype=np.int64))
    states, fresh = np.zeros(count, dtype=np.int8), np.zeros(count)
    model.step(states, fresh)
    first, blinks = model.blink_rate.copy(), np.zeros(count)
    for _ in range(round(240 * p.FRAME_HZ)):
        before = model.blink_rate.copy()
        model.step(states, fresh)
        early = blinks < p.BLINKS_PER_WINDOW - 1
        np.testing.assert_array_equal(model.blink_rate[early], before[early])
        blinks += model.blink.starts

    late = blinks > p.BLINKS_PER_WINDOW + 1
    assert late.any()
    assert (model.blink_rate[late] != first[late]).mean() > 0.8


def test_a_logarithmic_range_is_even_in_its_logarithm() -> None:
    """Half of the draws lie below the geometric mean, all inside the range."""
    drawn = log_uniform(np.random.default_rng(13), p.LIVELY_AFFECT, 20_000)

    assert drawn.min() >= p.LIVELY_AFFECT.low
    assert drawn.max() <= p.LIVELY_AFFECT.high
    middle = np.sqrt(p.LIVELY_AFFECT.low * p.LIVELY_AFFECT.high)
    assert (drawn < middle).mean() == pytest.approx(0.5, abs=0.02)
