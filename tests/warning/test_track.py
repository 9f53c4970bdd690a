"""Running means equal recomputed ones, and timers count observed time only."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.affect import AFFECTS, Affect
from appliance.domain.alerts import HeldLevel
from appliance.warning.track import ProbabilityTrack, TrackSettings

SETTINGS = TrackSettings(
    affects=AFFECTS,
    levels={Affect.FATIGUED: (0.5, 0.75), Affect.BORED: (0.5,)},
    window_tokens=8,
    mean_tokens=4,
    severe_tokens=6,
    severe_level=0.875,
)


def track_of(
    *fatigued: float, settings: TrackSettings = SETTINGS, start: int = 1
) -> ProbabilityTrack:
    """Return a track that has seen these probabilities of fatigued; focused is the rest."""
    track = ProbabilityTrack(settings)
    for number, p in enumerate(fatigued, start=start):
        told = {Affect.FOCUSED: 1 - p, Affect.FATIGUED: p}
        row = [told.get(affect, 0.0) for affect in settings.affects]
        track.append(np.array(row, dtype=np.float32), at_s=number / 5)
    return track


def held_s(track: ProbabilityTrack, level: float) -> float:
    """Return how long fatigued has been above a level."""
    return next(held.duration_s for held in track.held(Affect.FATIGUED) if held.level == level)


@given(
    rows=st.lists(
        st.tuples(*[st.floats(min_value=0, max_value=1, width=32)] * 4), min_size=8, max_size=60
    ),
    mean_tokens=st.integers(min_value=1, max_value=8),
)
def test_means_and_windows_never_drift(
    rows: list[tuple[float, float, float, float]], mean_tokens: int
) -> None:
    """After any history the mean is that of the last tokens alone, to the last bit."""
    track = ProbabilityTrack(replace(SETTINGS, mean_tokens=mean_tokens))
    for number, row in enumerate(rows):
        track.append(np.array(row, dtype=np.float32), at_s=number / 5)
    fresh = ProbabilityTrack(replace(SETTINGS, mean_tokens=mean_tokens))
    for number, row in enumerate(rows[-8:]):
        fresh.append(np.array(row, dtype=np.float32), at_s=number / 5)

    for column, affect in enumerate(AFFECTS):
        assert track.mean(affect) == fresh.mean(affect)
        assert track.mean(affect) == pytest.approx(
            np.mean([row[column] for row in rows[-mean_tokens:]]), abs=1e-9
        )
        np.testing.assert_allclose(
            track.window(affect), [row[column] for row in rows[-8:]], rtol=0, atol=1e-12
        )


def test_times_belong_to_their_tokens() -> None:
    """The first of the window is the oldest, also after the ring has wrapped."""
    track = track_of(*[0.0] * 19)

    assert [track.window_time_s(index) for index in (0, 7)] == [12 / 5, 19 / 5]


def test_a_mean_is_above_a_level_only_when_it_exceeds_it() -> None:
    """At the level itself no time is counted."""
    at_level = track_of(*[0.5] * 10)
    above = track_of(*[0.5] * 9, 0.5625)

    assert (held_s(at_level, 0.5), at_level.seen) == (0.0, 10)
    assert held_s(above, 0.5) == 0.0  # it rose this very moment
    above.append(np.array([0.5, 0, 0.5, 0], dtype=np.float32), at_s=2.2)
    assert held_s(above, 0.5) == 0.2


def test_time_is_counted_from_the_first_full_mean() -> None:
    """Four tokens make the mean; five more are one second above it."""
    assert held_s(track_of(*[1.0] * 4), 0.75) == 0.0
    assert held_s(track_of(*[1.0] * 9), 0.75) == 1.0


def test_a_mean_that_falls_back_starts_anew() -> None:
    """Duration is since the mean last rose, for each level on its own."""
    track = track_of(*[1.0] * 10, 0.0, *[1.0] * 6)

    # the mean is 0.75, not above it, while the dip is among its four tokens
    assert track.held(Affect.FATIGUED) == (
        HeldLevel(level=0.5, duration_s=13 / 5),
        HeldLevel(level=0.75, duration_s=2 / 5),
    )


def test_levels_belong_to_their_class() -> None:
    """Nobody asked about confused."""
    track = track_of(*[1.0] * 10)

    assert track.held(Affect.BORED) == (HeldLevel(level=0.5, duration_s=0.0),)
    assert track.held(Affect.CONFUSED) == ()


@pytest.mark.parametrize(
    ("p_fatigued", "severe_s"),
    [
        pytest.param(0.9375, 2.0, id="above"),
        pytest.param(0.875, 0.0, id="at-the-level"),
        pytest.param(0.0, 0.0, id="focused-does-not-count"),
    ],
)
def test_severe_time_counts_any_class_but_focused(p_fatigued: float, severe_s: float) -> None:
    """Six tokens make the longer mean; ten more are two seconds."""
    assert track_of(*[p_fatigued] * 16).severe_s == severe_s


def test_severe_time_starts_anew_after_a_fall() -> None:
    """One calm token among the six ends it."""
    assert track_of(*[1.0] * 16, 0.0, *[1.0] * 5).severe_s == 0.0
    assert track_of(*[1.0] * 16, 0.0, *[1.0] * 7).severe_s == 0.2


@given(
    sixteenths=st.lists(st.integers(min_value=0, max_value=16), max_size=40),
    cut=st.integers(min_value=0, max_value=40),
)
def test_a_restored_track_goes_on_as_if_never_interrupted(sixteenths: list[int], cut: int) -> None:
    """By way of JSON, at any moment, to the last bit."""
    values = [n / 16 for n in sixteenths]
    whole = track_of(*values)
    first = track_of(*values[:cut])
    second = ProbabilityTrack.restore(
        SETTINGS, json.loads(json.dumps(first.snapshot())), shift_s=0.0
    )
    for number, p in enumerate(values[cut:], start=cut + 1):
        second.append(np.array([1 - p, 0, p, 0], dtype=np.float32), at_s=number / 5)

    assert second.snapshot() == whole.snapshot()
    assert [second.mean(affect) for affect in AFFECTS] == [whole.mean(a) for a in AFFECTS]


def test_a_shifted_track_moves_its_times() -> None:
    """The camera's clock began anew; the probabilities did not."""
    track = ProbabilityTrack.restore(SETTINGS, track_of(*[0.5] * 8).snapshot(), shift_s=100.0)

    assert track.window_time_s(0) == 100.2
    assert track.mean(Affect.FATIGUED) == 0.5


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"seen": 7}, id="fewer-tokens-than-said"),
        pytest.param({"risen": [None]}, id="other-levels"),
        pytest.param({"rows": "AAAA"}, id="cut-off"),
        pytest.param({"times": "?"}, id="no-base64"),
    ],
)
def test_a_damaged_snapshot_is_refused(change: dict[str, object]) -> None:
    """Nothing half restored."""
    damaged = {**track_of(*[0.5] * 8).snapshot(), **change}

    with pytest.raises(ValueError, match=r"."):
        ProbabilityTrack.restore(SETTINGS, damaged, shift_s=0.0)  # type: ignore[arg-type]  # damaged


def test_keeps_only_the_classes_it_was_given() -> None:
    """The fatigue-only profile stores no other state: one float32 per token."""
    settings = replace(SETTINGS, affects=(Affect.FATIGUED,))
    track = track_of(*[1.0] * 16, settings=settings)

    assert track.mean(Affect.FATIGUED) == 1.0
    assert track.severe_s == 2.0
    rows_in_base64 = (8 * 4 + 2) // 3 * 4
    assert len(track.snapshot()["rows"]) == rows_in_base64


@pytest.mark.parametrize(
    ("mean_tokens", "severe_tokens"),
    [
        pytest.param(0, 6, id="no-mean"),
        pytest.param(9, 6, id="mean-longer-than-window"),
        pytest.param(4, 0, id="no-severe-mean"),
    ],
)
def test_rejects_undefined_means(mean_tokens: int, severe_tokens: int) -> None:
    """While an alert is open every mean must exist."""
    with pytest.raises(ValueError, match=r"mean_tokens .* severe_tokens"):
        replace(SETTINGS, mean_tokens=mean_tokens, severe_tokens=severe_tokens)


def test_the_mean_may_be_as_long_as_the_window() -> None:
    """The bound itself is allowed, and so is a severe mean longer than the window."""
    settings = replace(SETTINGS, mean_tokens=8, severe_tokens=10)

    assert track_of(*[1.0] * 12, settings=settings).severe_s == 0.4


def test_means_may_be_of_a_single_token() -> None:
    """The shortest lengths allowed."""
    settings = replace(SETTINGS, mean_tokens=1, severe_tokens=1)

    assert track_of(0.0, 1.0, 1.0, settings=settings).severe_s == 0.2
