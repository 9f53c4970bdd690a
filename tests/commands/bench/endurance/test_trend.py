"""What grows is found; noise, waves and outages are not growth."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from appliance.commands.bench.endurance.trend import LONG_S, Sample, find_growth, fit_line

QUIET = Sample(at_s=0.0, rss_mb=300.0, threads=20, descriptors=30, outbox=0, writer=0, calm=True)


def samples(
    count: int, change: Callable[[int, Sample], Sample] = lambda _, one: one
) -> list[Sample]:
    """Make samples 5 s apart, each changed by its number."""
    return [change(number, replace(QUIET, at_s=5.0 * number)) for number in range(count)]


def growing(mb_h: float, *, noise_mb: float = 0.0) -> list[Sample]:
    """Make 720 samples of an hour whose memory grows."""
    noise = noise_mb * np.random.default_rng(7).standard_normal(720)
    return samples(
        720,
        lambda number, one: replace(
            one, rss_mb=300.0 + mb_h * one.at_s / 3600 + float(noise[number])
        ),
    )


def test_a_straight_line_is_found_exactly() -> None:
    """Without noise there is no error."""
    line = fit_line(growing(2.5))

    assert line.slope_mb_h == pytest.approx(2.5)
    assert line.error_mb_h == pytest.approx(0.0, abs=1e-6)


def test_the_error_says_how_far_the_slope_is_off() -> None:
    """Independent noise of 1 MB over an hour: 1 / sqrt(n var(t)) = 0.13 MB/h."""
    line = fit_line(growing(0.0, noise_mb=1.0))

    assert line.error_mb_h is not None
    assert line.error_mb_h == pytest.approx(0.13, rel=0.1)
    assert abs(line.slope_mb_h) < 3 * line.error_mb_h


def test_samples_that_repeat_each_other_count_less() -> None:
    """The same noise held for ten samples says a tenth as much."""
    steps = np.repeat(np.random.default_rng(7).standard_normal(72), 10)
    held = samples(720, lambda number, one: replace(one, rss_mb=300.0 + float(steps[number])))

    error = fit_line(held).error_mb_h

    assert error is not None
    assert error > 0.3


def test_two_samples_say_nothing_about_memory() -> None:
    """No error can be given, so nothing is claimed."""
    assert fit_line(growing(100.0)[:2]).error_mb_h is None


@pytest.mark.parametrize(("mb_h", "fails"), [(0.99, False), (1.01, True), (-5.0, False)])
def test_an_hour_is_judged_by_its_slope(mb_h: float, fails: object) -> None:
    """1 MB/h is a leak."""
    problems = find_growth(growing(mb_h), seconds=LONG_S)

    assert bool(problems) is fails
    assert not fails or problems == [
        "memory grows by 1.01 MB/h (standard error 0.00); less than 1 is allowed"
    ]


def test_a_short_soak_fails_only_beyond_doubt() -> None:
    """The same samples, once as a short soak and once as a long one."""
    unsure = growing(0.9, noise_mb=2.0)
    line = fit_line(unsure)

    assert line.error_mb_h is not None
    assert line.slope_mb_h > 1 > line.slope_mb_h - 2 * line.error_mb_h
    assert find_growth(unsure, seconds=LONG_S - 1) == []
    assert len(find_growth(unsure, seconds=LONG_S)) == 1


@pytest.mark.parametrize("name", ["threads", "descriptors"])
def test_one_more_that_stays_is_growth(name: str) -> None:
    """Even a single one."""

    def leak(number: int, one: Sample) -> Sample:
        return replace(one, **{name: getattr(one, name) + (number >= 30)})

    problems = find_growth(samples(40, leak), seconds=LONG_S)

    before = getattr(QUIET, name)
    assert problems == [f"{name}: {before} after the warm-up, {before + 1} at the end"]


def test_one_more_that_goes_away_again_is_not() -> None:
    """A command's thread lives for a moment."""
    busy = samples(40, lambda number, one: replace(one, threads=20 + number % 3))

    assert find_growth(busy, seconds=LONG_S) == []


def test_outages_are_left_out() -> None:
    """A camera that is away has fewer descriptors, one that comes back has more."""

    def outage(number: int, one: Sample) -> Sample:
        if number % 4:
            return one
        lost = replace(one, calm=False, rss_mb=250.0 + number, descriptors=10)
        return replace(lost, threads=10 + number, outbox=10 * number)

    assert find_growth(samples(80, outage), seconds=LONG_S) == []


def test_a_queue_that_fills_is_growth_and_its_waves_are_not() -> None:
    """The writer's queue is emptied every few seconds."""
    wave = samples(40, lambda number, one: replace(one, writer=number % 26))
    fills = samples(80, lambda number, one: replace(one, outbox=number, writer=10 * number))

    assert find_growth(wave, seconds=LONG_S) == []
    assert find_growth(fills, seconds=LONG_S) == [
        "writer queue grows: at most 190 at first, at least 600 later"
    ]


@pytest.mark.parametrize(("count", "enough"), [(11, False), (12, True)])
def test_too_few_calm_samples_are_no_proof(count: int, enough: object) -> None:
    """Three in each quarter."""
    assert (find_growth(samples(count), seconds=60) == []) is enough
