"""Blinks, closures and PERCLOS on lids whose course is known."""

from collections.abc import Callable

import numpy as np
import pytest

from appliance.windows.face.eyes import (
    MAX_BLINK_S,
    OPENING,
    PRIOR_BLINK_S,
    PRIOR_BLINKS_PER_MIN,
    PRIOR_PERCLOS,
    PRIOR_SECONDS,
    EyeCues,
    EyeTracker,
)

ROW = np.array([0])
OPENED, CLOSED = 0.1, 0.8  # scores of an encoder


def watch(
    closed: Callable[[int], bool],
    *,
    frames: int,
    readable: Callable[[int], bool] = lambda _frame: True,
    opened: float = OPENED,
    shut: float = CLOSED,
    hz: float = 15,
) -> EyeCues:
    """Show a lid, three frames per token, and return the cues at the end."""
    tracker = EyeTracker(1)
    for start in range(0, frames, 3):
        slots = range(start, start + 3)
        cues = tracker.step(
            ROW,
            np.array([[slot / hz for slot in slots]]),
            np.array([[shut if closed(slot) else opened for slot in slots]]),
            np.array([[readable(slot) for slot in slots]]),
        )
    return cues


def counted(cues: EyeCues, *, seconds: float) -> float:
    """Undo the prior: how many blinks were counted in the readable seconds."""
    prior = PRIOR_BLINKS_PER_MIN * PRIOR_SECONDS / 60
    return float(cues.blink_rate[0]) * (seconds + PRIOR_SECONDS) / 60 - prior


def test_every_blink_counts_once() -> None:
    """Three closed frames every four seconds for a minute are 15 blinks of 200 ms."""
    cues = watch(lambda frame: frame % 60 in {30, 31, 32}, frames=900)

    assert counted(cues, seconds=60) == pytest.approx(15)
    prior = PRIOR_BLINKS_PER_MIN * PRIOR_SECONDS / 60
    expected_s = (15 * 0.2 + prior * PRIOR_BLINK_S) / (15 + prior)
    assert cues.blink_duration_s[0] == pytest.approx(expected_s)


def test_a_blink_is_told_with_the_frame_that_ends_it() -> None:
    """Its duration runs from the first closed frame to the first open one."""
    tracker = EyeTracker(1)
    told: dict[int, float] = {}
    for start in range(0, 15, 3):
        slots = range(start, start + 3)
        blink_s = tracker.step(
            ROW,
            np.array([[slot / 16 for slot in slots]]),
            np.array([[CLOSED if slot in {5, 6} else OPENED for slot in slots]]),
            np.full((1, 3), fill_value=True),
        ).blink_s
        told |= {slot: float(blink_s[0, slot - start]) for slot in slots}

    assert {slot: lasted for slot, lasted in told.items() if lasted > 0} == {7: 2 / 16}


@pytest.mark.parametrize(
    ("resting", "gain"),
    [
        pytest.param(0.0, 1.0, id="as-the-prior-expects"),
        pytest.param(0.3, 0.6, id="rests-high"),
        pytest.param(0.0, 0.5, id="closes-half-way"),
        pytest.param(0.2, 0.4, id="both"),
    ],
)
def test_blinks_do_not_depend_on_the_encoders_levels(resting: float, gain: float) -> None:
    """Other weights rest elsewhere and reach less far: after a minute nothing differs."""
    cues = watch(
        lambda frame: frame % 60 in {57, 58, 59},
        frames=1800,
        opened=resting + gain * OPENED,
        shut=resting + gain * CLOSED,
    )

    assert counted(cues, seconds=60) == pytest.approx(15)
    assert cues.closure_max[0] > 0.8


@pytest.mark.parametrize(("opening", "blinks"), [(0.02, 0), (-0.02, 15)])
def test_a_blink_ends_below_the_opening_level(opening: float, blinks: int) -> None:
    """A lid that stays half way between open and the level has not opened again."""
    half_open = OPENED + (CLOSED - OPENED) * (OPENING + opening)
    tracker = EyeTracker(1)
    told = 0
    for start in range(0, 1800, 3):
        slots = range(start, start + 3)
        score = [
            CLOSED if slot % 60 in {30, 31} else half_open if slot % 60 in range(32, 48) else OPENED
            for slot in slots
        ]
        cues = tracker.step(
            ROW,
            np.array([[slot / 15 for slot in slots]]),
            np.array([score]),
            np.full((1, 3), fill_value=True),
        )
        told += int((cues.blink_s > 0).sum()) if start >= 900 else 0

    assert told == blinks


def test_perclos_is_the_closed_share_of_the_minute() -> None:
    """A quarter of the frames closed gives a quarter, shrunk by ten seconds of prior."""
    cues = watch(lambda frame: frame % 60 < 15, frames=900)

    expected = (0.25 * 60 + PRIOR_PERCLOS * PRIOR_SECONDS) / (60 + PRIOR_SECONDS)
    assert cues.perclos[0] == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize(
    ("frames", "blinks"),
    [
        pytest.param(int(MAX_BLINK_S * 16), 10, id="at-the-longest-blink"),
        pytest.param(int(MAX_BLINK_S * 16) + 1, 0, id="one-frame-longer-is-a-closure"),
    ],
)
def test_a_long_closure_is_no_blink(frames: int, blinks: int) -> None:
    """Closures above 0.75 s count into PERCLOS only; sixteenths are exact in binary."""
    cues = watch(lambda frame: 30 <= frame % 90 < 30 + frames, frames=900, hz=16)

    assert counted(cues, seconds=60) == pytest.approx(blinks)


def test_an_unreadable_eye_is_neither_open_nor_closed() -> None:
    """Frames without readable eyes count nowhere, whatever their score."""
    cues = watch(lambda frame: frame % 60 >= 45, frames=900, readable=lambda frame: frame % 60 < 45)

    assert not cues.readable[0]
    assert cues.closure_max[0] == 0
    expected = PRIOR_PERCLOS * PRIOR_SECONDS / (45 + PRIOR_SECONDS)
    assert cues.perclos[0] == pytest.approx(expected)
    assert counted(cues, seconds=45) == pytest.approx(0)


def test_a_closure_whose_end_is_not_seen_is_no_blink() -> None:
    """The face turns away with closed eyes and comes back with open ones."""
    cues = watch(
        lambda frame: frame % 60 in {30, 31}, frames=900, readable=lambda frame: frame % 60 != 32
    )

    assert counted(cues, seconds=60) == pytest.approx(0, abs=0.05)


def test_closure_is_relative_to_the_students_own_open_eye() -> None:
    """Narrow eyes that score .45 open and .9 closed read like wide ones."""
    blink = lambda frame: frame % 60 in {57, 58, 59}  # noqa: E731 - the course of one lid
    narrow = watch(blink, frames=1800, opened=0.45, shut=0.9)

    assert narrow.closure_max[0] > 0.8
    assert counted(narrow, seconds=60) == pytest.approx(15)
    opened = watch(lambda _frame: False, frames=900, opened=0.45)
    assert opened.closure_mean[0] < 0.1


def test_whoever_arrives_with_half_closed_eyes_does_not_read_as_open() -> None:
    """In the first seconds the population's open eye outweighs the student's."""
    cues = watch(lambda _frame: True, frames=15, opened=0.1, shut=0.5)

    assert cues.closure_mean[0] > 0.4


def test_without_evidence_the_slow_cues_are_the_populations() -> None:
    """A face that was never seen has the prior's blink rate, not zero."""
    cues = watch(lambda _frame: False, frames=30, readable=lambda _frame: False)

    assert cues.perclos[0] == pytest.approx(PRIOR_PERCLOS)
    assert cues.blink_rate[0] == pytest.approx(PRIOR_BLINKS_PER_MIN)
    assert cues.blink_duration_s[0] == pytest.approx(PRIOR_BLINK_S)
